//! Scenarios: what must exist, the steps, what must hold; and the YAML that says so.

mod name;

pub use name::{ScenarioName, ServerName, VolumeName};
