//! Cinder (<https://docs.openstack.org/api-ref/block-storage/v3/>).

mod attachment;
mod fields;
mod message;
mod pool;
mod quota;
mod raw;
mod replication;
mod service;
mod snapshot;
mod versions;
mod volume;
mod volume_calls;
mod volume_list;
mod volume_type;

pub use attachment::Attachment;
pub use message::Message;
pub use pool::{Pool, PoolCapabilities};
pub use quota::{Quota, QuotaUsage};
pub use replication::Replication;
pub use service::{FAILBACK_ID, Service, is_failover};
pub use snapshot::Snapshot;
pub use volume::{NewVolume, Volume, VolumeAttachment, VolumeSource};
pub use volume_type::VolumeType;
