//! What will be done: a scenario, compiled for a target. Nothing here touches a cloud.

mod planned;

pub use planned::{Boot, Plan, PlannedServer, PlannedStep, PlannedVolume};
