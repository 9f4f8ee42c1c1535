//! cinder-drill proves, rather than hopes, that OpenStack Cinder replication survives a disaster.
//!
//! Data flows one way: parse (`scenario`, `targets`) → compile (`plan`) → run → events → report.

pub mod agreement;
pub mod backend;
pub mod bad_input;
mod bounded_file;
pub mod cli;
pub mod cloud;
pub mod connection;
pub mod diagnostic;
pub mod document;
pub mod enable;
pub mod event;
pub mod failure;
pub mod guest;
pub mod names;
pub mod observation;
pub mod plan;
pub mod preflight;
pub mod redaction;
pub mod report;
pub mod run;
pub mod scenario;
pub mod session;
pub mod shell;
pub mod site;
pub mod step;
pub mod targets;
pub mod wait;
