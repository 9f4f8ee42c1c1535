//! Faults that a scenario makes on purpose: making them, seeing that they took effect, and undoing them.

mod commands;
mod make;
mod sight;
mod undo;

pub(crate) use make::make;
pub(crate) use undo::{undo, undo_by_hand};
