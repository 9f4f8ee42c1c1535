//! What a storage site says of its images, asked with `rbd` in one of the site's shells.

mod cluster;
mod error;
mod export;
mod handle;
mod mirror_status;
mod mirroring;
mod pool_info;
mod pool_status;
mod rbd_info;
#[cfg(test)]
mod tests;

pub use cluster::{Capabilities, Cluster, MirrorDaemons, Orchestrator, Room};
pub use error::{SiteError, SiteProblem};
pub use handle::{Site, SiteOptions};
pub use mirror_status::{JournalPosition, MirrorStatus, PeerStatus, Replay};
pub use pool_info::{MirrorPeer, PoolInfo};
pub use pool_status::{ImageStatus, MirrorDaemon, PoolStatus};
pub use rbd_info::{Mirroring, RbdInfo};
