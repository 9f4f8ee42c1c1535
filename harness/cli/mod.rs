//! The command line.

mod agree;
mod agree_side;
mod arguments;
mod check;
mod color;
mod embedded;
mod enable;
pub mod exit_code;
mod failure_text;
mod journals;
mod list;
mod on_target;
mod owing;
mod plan;
mod preflight;
mod prepare;
mod recover;
mod report;
mod run;
mod run_arguments;
mod runs;
mod schema;
mod selection;
pub mod selftest;
mod simcloud;

pub use arguments::main;
pub use color::ColorChoice;
pub use prepare::{Inputs, Prepared, prepare};
pub use selection::{Selection, SelectionArguments};
pub use simcloud::served_target;
