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

pub use definition::{
    ActiveActive, BackendIdRule, DriverProfile, FieldRules, Groups, HomeBy, Homecoming, Identity, Mode, Moves,
    REPLICATION_ENABLED, ReplicationDevice, StorageTool, TargetsInStats, UnknownTarget, WithoutPreparation,
};
pub use fault::NoProfile;
pub use read::DriverFile;
pub use shape::{json_schema, reference};
pub use shipped::{driver_files, known, named, text_of};
