//! The command line.

mod arguments;
mod check;
mod color;
mod embedded;
mod enable;
pub mod exit_code;
mod failure_text;
mod on_target;
mod owing;
mod plan;
mod preflight;
mod prepare;
mod recover;
mod run;
mod runs;
mod schema;
pub mod selftest;
mod simcloud;

pub use arguments::main;
pub use color::ColorChoice;
pub use prepare::{Inputs, Prepared, prepare};
pub use simcloud::served_target;
