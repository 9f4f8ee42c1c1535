//! The command line.

mod agree;
mod agree_side;
mod arguments;
mod check;
mod color;
mod enable;
pub mod exit_code;
mod failure_text;
mod journals;
mod list;
mod on_target;
mod plan;
mod preflight;
mod recover;
mod report;
mod run;
mod run_arguments;
mod runs;
mod schema;
mod selection;
pub mod selftest;
mod simcloud;
mod status;
mod status_text;

use crate::launch::{Inputs, prepare};
pub use arguments::main;
pub use color::ColorChoice;
use selection::SelectionArguments;
pub use simcloud::served_target;
