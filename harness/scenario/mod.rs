//! Scenarios: what must exist, the steps, what must hold; and the YAML that says so.

mod definition;
mod draft;
#[cfg(test)]
pub(crate) mod golden;
mod load;
mod needs;
mod read;
mod shape;

pub(crate) use definition::ServerBoot;
pub use definition::{Continues, Scenario, Server, Step, Volume};
pub use load::{ScenarioSet, load_all};
pub use shape::{json_schema, part_json_schema, reference};
