//! Preflight on simclouds: one that is healthy, and one for each way to set it up wrongly.

mod boxes;
mod commands;
#[path = "../common/mod.rs"]
mod common;
mod documented;
mod enabled;
mod matrix;
mod refused;
mod seconds;
