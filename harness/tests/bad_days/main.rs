//! Drills on embedded clouds in which something goes wrong, or is done that a scenario cannot say.

#[path = "../common/mod.rs"]
mod common;
mod failover_groups;
mod mishaps;
mod support;
mod trust;
