//! What a storage site says of its images, asked with `rbd` in one of the site's shells.

mod error;
mod export;
mod handle;
mod mirror_status;
mod pool_info;
mod rbd_info;
#[cfg(test)]
mod tests;

pub use error::{SiteError, SiteProblem};
pub use handle::{Site, SiteOptions};
pub use mirror_status::{JournalPosition, MirrorStatus, PeerStatus, Replay};
pub use pool_info::{MirrorPeer, PoolInfo};
pub use rbd_info::{Mirroring, RbdInfo};
