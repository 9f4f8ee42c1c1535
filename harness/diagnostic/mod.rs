//! Faults that point into a file: what was expected, what was seen, where, and what to do next.

mod fault;
mod location;
mod render;
mod suggestion;

pub use fault::{Diagnostic, Diagnostics, Label, Severity};
pub use location::{Location, SourceMap};
pub use render::{render, render_all};
pub use suggestion::near_miss;
