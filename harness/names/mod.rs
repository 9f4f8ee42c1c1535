//! The names of things: of scenarios and what they declare, of sites and of runs. They know nothing of what they name.

mod name;
mod run_id;
mod site;

pub(crate) use name::is_name;
pub use name::{ScenarioName, ServerName, SnapshotName, TEST_PACKAGE, VolumeName};
pub use run_id::RunId;
pub use site::SiteName;
