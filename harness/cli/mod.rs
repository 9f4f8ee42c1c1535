//! The command line.

mod agree;
mod agree_side;
mod arguments;
mod check;
mod color;
mod embedded;
pub mod exit_code;
mod failure_text;
mod plan;
mod prepare;
mod run;
mod schema;
mod simcloud;

pub use arguments::main;
pub use color::ColorChoice;
pub use prepare::{Inputs, Prepared, prepare};
