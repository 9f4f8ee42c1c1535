//! Drills on embedded clouds in which something goes wrong, or is done that a scenario cannot say.

mod cohorts;
#[path = "../common/mod.rs"]
mod common;
mod mishaps;
mod support;
mod trust;
