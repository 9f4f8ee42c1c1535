//! Scenarios: what must exist, the steps, what must hold; and the YAML that says so.

mod definition;
pub(crate) mod document;
mod files;
#[cfg(test)]
pub(crate) mod golden;
mod load;
pub(crate) mod name;
mod read;
mod shape;

pub(crate) use definition::ServerBoot;
pub use definition::{Continues, Scenario, Server, Step, Volume};
pub use files::{DiskFiles, Files, MemoryFiles};
pub use load::{ScenarioSet, load, load_all};
pub use name::{ScenarioName, ServerName, TEST_PACKAGE, VolumeName};
pub use shape::{json_schema, reference};
