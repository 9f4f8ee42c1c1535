//! The command line.

mod arguments;
mod check;
mod color;
mod embedded;
pub mod exit_code;
mod plan;
mod prepare;
mod schema;

pub use arguments::main;
pub use color::ColorChoice;
pub use prepare::{Inputs, Prepared, prepare};
