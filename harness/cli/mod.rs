//! The command line.

mod arguments;
mod check;
mod color;
mod embedded;
mod enable;
pub mod exit_code;
mod failure_text;
mod on_target;
mod plan;
mod preflight;
mod prepare;
mod run;
mod schema;
mod simcloud;

pub use arguments::main;
pub use color::ColorChoice;
pub use prepare::{Inputs, Prepared, prepare};
