//! Where the backend is, moving it, and what comes of that.

pub(crate) mod arrival;
pub(crate) mod blast_radius;
pub(crate) mod enabling;
pub(crate) mod explain;
pub(crate) mod failback;
#[cfg(test)]
mod fake_backend;
pub(crate) mod foreign_volumes;
pub(crate) mod freezing;
pub(crate) mod hanging_disk;
mod link;
pub(crate) mod mirror;
pub(crate) mod mirror_pair;
mod prepare_storage;
pub(crate) mod promise;
pub(crate) mod readings;
pub(crate) mod request;
pub(crate) mod resync;
pub(crate) mod send;
pub(crate) mod service;
pub(crate) mod settling;
#[cfg(test)]
mod settling_tests;
pub(crate) mod undecided;
pub(crate) mod unreachable_site;
pub(crate) mod unseen;
pub(crate) mod unsettled;

pub use explain::explain_after_failover;
pub use mirror::{mirrored, primary_alone};
pub use resync::{SplitBrain, demote, promote, resync, split_brain};
pub use send::fail_over;
pub use unseen::unlisted_images;
