//! OpenStack as the harness uses it: logging in, Cinder, Nova, Glance and as much of Neutron as guests need.
//!
//! Knows nothing of scenarios and runs. Reads are retried within bounds; what changes something is sent once, and if its
//! answer gets lost, the error says so ([`ApiError::outcome_unknown`]) and the caller looks at the state instead.

mod any_body;
mod backend_host;
pub mod block_storage;
mod by_name;
mod call;
pub mod compute;
pub mod config;
mod connect;
mod error;
mod id;
mod identity;
mod image;
mod microversion;
mod nearest;
mod network;
mod service_kind;
#[cfg(test)]
mod tests;
mod transport;
mod version_path;

pub(crate) use any_body::errors_of_body;
pub use backend_host::{BackendHost, BackendHostError};
pub use block_storage::{
    Attachment, FAILBACK_ID, Message, NewVolume, Pool, PoolCapabilities, Quota, QuotaUsage, Replication, Service,
    Snapshot, Volume, VolumeAttachment, VolumeSource, VolumeType, is_failover,
};
pub use call::Call;
pub use compute::{AddressKind, Boot, Flavor, Keypair, NewServer, Server};
pub use config::{CloudConfig, CloudConfigError, Environment};
pub use connect::Cloud;
pub use error::{ApiError, ApiErrorKind};
#[cfg(test)]
pub(crate) use error::{Asked, LostAnswer, Unreachable};
pub use id::{
    AttachmentId, FlavorId, FloatingIpId, ImageId, NetworkId, PortId, ServerId, SnapshotId, VolumeId, VolumeTypeId,
};
pub use image::Image;
pub use microversion::Wanted;
pub use network::{FloatingIp, Network, Port};
pub use service_kind::ServiceKind;
pub use transport::{AnswerRecord, ChangeRecord, ChangesUnderWay, RequestObserver, RequestRecord, Unobserved};
#[cfg(test)]
pub(crate) use transport::{Request, RetryPolicy, in_process};
