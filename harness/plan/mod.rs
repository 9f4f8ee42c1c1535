//! What will be done: a scenario, compiled for a target. Nothing here touches a cloud.

mod compile;
mod disks;
mod files;
#[cfg(test)]
mod golden;
mod planned;
mod record;
mod resources;
mod sites;
mod state;
mod text;
mod witnesses;

pub use compile::compile;
pub use planned::{Boot, Plan, PlannedServer, PlannedStep, PlannedVolume};
pub(crate) use sites::TARGET_LACKS;
pub(crate) use state::State;
pub use text::to_text;
