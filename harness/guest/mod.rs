//! What a drill does in a guest: files, disks and mounts, by the commands that an operator would type.

mod disks;
mod error;
mod extent;
mod files;
mod handle;
mod identity;
mod mount_fault;
mod mount_table;
mod mounts;
mod noise;
mod problem;
mod records;
#[cfg(test)]
mod tests;
mod writer;

pub(crate) use disks::is_on;
pub use error::GuestError;
pub(crate) use handle::shown;
pub use handle::{Guest, Privilege};
pub use identity::Identity;
pub use mount_table::Mount;
pub(crate) use mount_table::parse as mounts_of_table;
pub use problem::Problem;
pub use writer::RECORD_BYTES;
