//! cinder-drill proves, rather than hopes, that OpenStack Cinder replication survives a disaster.
//!
//! Data flows one way: parse (`scenario`, `target`) → compile (`plan`) → run → events → report.

pub mod agreement;
pub mod backend;
pub mod bad_input;
mod bounded_file;
pub mod cli;
pub mod cloud;
pub mod connection;
pub mod diagnostic;
pub mod enable;
pub mod event;
pub mod failure;
pub mod guest;
mod launch;
pub mod observation;
pub mod plan;
pub mod preflight;
pub mod redaction;
pub mod report;
pub mod run;
pub mod scenario;
pub mod shell;
pub mod site;
pub mod step;
pub mod target;

pub use launch::{Checked, Drill, DrillError, Faults};
pub use report::document::{Outcome, RunReport};
