//! What a storage site says of its images, asked with `rbd` in one of the site's shells.

mod cluster;
mod error;
mod export;
mod handle;
mod mirror_status;
mod mirroring;
mod monitor_hosts;
mod object;
mod peering;
mod pool_info;
mod pool_status;
mod problem;
mod rbd_info;
#[cfg(test)]
mod tests;

pub use cluster::{Capabilities, Cluster, Orchestrator, PoolRoom};
pub use error::SiteError;
pub use handle::{Site, SiteOptions};
pub use mirror_status::{MirrorStatus, PeerStatus, Replay};
pub use peering::{OtherSite, Peering, peering};
pub use pool_info::{MirrorPeer, PoolInfo};
pub use pool_status::PoolStatus;
#[cfg(test)]
pub use pool_status::{ImageStatus, MirrorDaemon};
pub use problem::SiteProblem;
pub use rbd_info::{Mirroring, RbdInfo};
