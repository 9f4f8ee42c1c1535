//! The command line.

#[cfg(not(feature = "simcloud"))]
mod absent;
mod arguments;
mod bundle;
mod certify;
mod check;
mod color;
mod completions;
mod drivers;
mod enable;
mod example;
mod examples;
pub mod exit_code;
mod failure_text;
mod init;
mod journals;
mod last_failed;
mod list;
mod narrator;
mod new_file;
mod on_target;
mod opened;
mod options;
mod plan;
mod preflight;
mod recover;
mod report;
mod run;
mod run_arguments;
mod runs;
mod schema;
mod selection;
#[cfg(feature = "simcloud")]
pub mod selftest;
#[cfg(feature = "simcloud")]
mod simcloud;
mod status;
mod status_text;
mod verify;

use crate::launch::{Inputs, prepare};
#[cfg(not(feature = "simcloud"))]
use absent::{selftest, simcloud};
pub use arguments::main;
pub use color::ColorChoice;
pub use failure_text::{refuse, show};
pub use run::refuse_all;
use selection::SelectionArguments;
#[cfg(feature = "simcloud")]
pub use simcloud::served_target;
