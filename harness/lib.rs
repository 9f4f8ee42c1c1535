//! cinder-drill proves, rather than hopes, that OpenStack Cinder replication survives a disaster.
//!
//! A scenario says in YAML which volumes and servers there are, what is done to them and what must hold; a target says on
//! which cloud. A drill compiles them to a plan, makes what they declare, writes files in the guests, fails the backend over,
//! reconnects the servers, reads the files back, fails the backend back and removes all that it made. It is judged by what the
//! storage, the APIs and the guest's own files say, and records what happened as events, from which every report is made.
//!
//! # As tests
//!
//! [`Suite`] makes a test binary of a folder of scenarios, for `cargo test` and nextest; `fixtures/vendor-example` is a
//! repository that has nothing else. This is all that is in its `fn main()`:
//!
//! ```no_run
//! cinder_drill::Suite::new("scenarios").target("targets/my-array.yaml").snapshots("snapshots").main()
//! ```
//!
//! # From a program
//!
//! [`Drill`] does the same for a program, which gets a [`RunReport`]. Without a target, as here, the drill is on the embedded
//! cloud: a stand-in for OpenStack with two mirrored storage sites, which starts in this process and ends with the run.
//!
//! ```
//! use cinder_drill::event::{Event, EventKind};
//! use cinder_drill::{Drill, Outcome};
//!
//! # let runs = tempfile::tempdir()?;
//! let report = Drill::new(["scenarios"])
//!     .only(["bfv-failover", "data-volume-failover"])
//!     .runs(runs.path())
//!     .on_event(|event: &Event| {
//!         if let EventKind::StepStarted { scenario, verb, .. } = &event.kind {
//!             println!("{scenario}: {verb}");
//!         }
//!     })
//!     .run_blocking()?;
//!
//! // Both met at one failover, and each has a verdict of its own.
//! assert_eq!(report.outcome(), Outcome::Passed);
//! assert_eq!(report.judged().count(), 2);
//! assert!(report.stand_in, "a pass on the embedded cloud says nothing about any storage");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Map
//!
//! Data flows one way: files → plan → run → events → report.
//!
//! | what | where |
//! | --- | --- |
//! | a test binary of scenarios | [`Suite`] |
//! | a drill, what is wrong with its files, and why it did not happen | [`Drill`], [`Checked`], [`Faults`], [`DrillError`] |
//! | what a drill did and proved | [`RunReport`], [`Outcome`], [`report`] |
//! | what happens while it runs, and its journal | [`event`] |
//! | a target's file as it was read | [`targets`] |
//! | why something did not work | [`failure`], [`diagnostic`] |
//!
//! The modules that these are made of are private; `ARCHITECTURE.md` says who may call whom.

mod backend;
mod bad_input;
mod bounded_file;
mod certificate;
mod cli;
mod cloud;
mod connection;
mod counted;
pub mod diagnostic;
mod document;
mod drivers;
mod embedded;
mod enable;
pub mod event;
mod expansion;
mod failover;
pub mod failure;
mod faults;
mod guest;
mod init;
#[doc(hidden)]
pub mod internals;
mod launch;
#[cfg(test)]
mod layers;
mod names;
mod plan;
mod preflight;
mod redaction;
pub mod report;
mod run;
mod scenario;
mod servers;
mod session;
mod shell;
mod site;
mod state;
mod status;
mod step;
mod suite;
mod sync_log;
pub mod targets;
mod volumes;
mod wait;
mod witness;
mod workload;

pub use embedded::Sabotage;
pub use launch::{Checked, Drill, DrillError, Faults};
pub use report::document::{Outcome, RunReport};
pub use session::OnFailure;
pub use suite::Suite;
pub use wait::Interrupter;
