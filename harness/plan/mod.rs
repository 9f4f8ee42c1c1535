//! What will be done: a scenario, compiled for a target. Nothing here touches a cloud.

mod compile;
#[cfg(test)]
mod golden;
mod planned;
mod record;
mod resources;
mod text;
mod witnesses;

pub use compile::compile;
pub use planned::{Plan, PlannedServer, PlannedStep};
pub(crate) use record::place;
pub use text::to_text;
