//! The command line.

mod arguments;
mod check;
mod color;
mod embedded;
pub mod exit_code;
mod failure_text;
mod journals;
mod list;
mod plan;
mod prepare;
mod report;
mod run;
mod schema;
mod selection;
mod simcloud;

pub use arguments::main;
pub use color::ColorChoice;
pub use prepare::{Inputs, Prepared, prepare};
pub use selection::{Selection, SelectionArguments};
