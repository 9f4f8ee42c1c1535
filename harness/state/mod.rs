//! What is known before each step: what was declared, attached, mounted and written, and where the backend is. Whether a
//! scenario's order makes sense is judged here, without a cloud.

mod copies;
mod disk;
mod disks;
mod faults;
mod files;
mod known;
mod resource;
mod sites;
mod workloads;

pub(crate) use copies::{CopyOf, SnapshotState};
pub use disk::{Disk, Filesystem};
pub(crate) use known::{MountPoint, ServerState, State, VolumeState};
pub use resource::{Boot, PlannedVolume};
pub(crate) use sites::TARGET_LACKS;
pub use workloads::Place;
pub(crate) use workloads::WorkloadState;
