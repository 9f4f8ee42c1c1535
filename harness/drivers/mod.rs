//! Driver profiles: what a Cinder driver does in a failover and what its connection info means, for one driver, protocol and
//! mode; the files that say so, and those that come along.

mod definition;
mod fault;
#[cfg(test)]
mod golden;
mod read;
mod shape;
mod shipped;
#[cfg(test)]
mod tests;

#[cfg(feature = "simcloud")]
pub use definition::UnknownTarget;
pub use definition::{
    BackendIdRule, DriverProfile, FailbackBy, Identity, Moves, REPLICATION_ENABLED, TargetsInStats, WithoutPreparation,
};
pub use fault::NoProfile;
pub use read::DriverFile;
pub use shape::{json_schema, reference};
pub use shipped::{driver_files, named, text_of};
