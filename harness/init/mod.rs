//! From a cloud that nobody has described to a target: asks the cloud, and the machines that one may log in to, and writes a
//! commented file. What it could not know is left open in the file, and named.
//!
//! It changes nothing, and keeps no secret: of `replication_device` only the ids, users and paths leave the host of cinder-volume.

mod backends;
mod ceph;
mod cinder_conf;
mod cloud;
mod controller;
mod driver;
mod guest;
mod learn;
mod machine;
mod parts;
mod sites;
#[cfg(test)]
mod tests;
mod write;
mod yaml;

pub use learn::{Learnt, learn};
pub use machine::Reach;
pub use write::{Drafted, Wishes, draft};
