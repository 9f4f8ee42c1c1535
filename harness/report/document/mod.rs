//! A report as data: what JSON holds, and what the other formats are made from.

mod diagnosis;
mod faults;
mod fold;
mod merge;
mod outcome;
mod phases;
mod run;
mod scenario;
mod statistics;
mod timed;
mod trend;
mod workload;

#[cfg(test)]
pub(crate) use crate::event::recovery_statistics;
pub use crate::event::{MoveKind, Recovery, RecoveryPhase, RecoveryPhaseName, RecoveryStatistics, Until};
pub use diagnosis::{as_fault, diagnosis};
pub use faults::Fault;
pub use merge::{Counts, REPORT_FORMAT, Report};
pub use outcome::Outcome;
pub use phases::{Milestones, Phase, PhaseName};
pub use run::{CleanUp, CreatedResource, Left, Request, RunReport, Whereabouts};
pub use scenario::{
    ConnectionReading, ConnectionRow, ConnectionTable, Fact, FailureReport, FileReading, MirrorReading, ScenarioReport,
};
pub use statistics::{PhaseStatistics, ScenarioStatistics};
pub use timed::{StepReport, WaitReport};
pub use trend::{Measured, Trend};
pub use workload::{WorkloadJudgement, WorkloadReport};
