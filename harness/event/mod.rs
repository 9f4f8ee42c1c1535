//! What happens in a run, as a stream of events: the journal, the terminal and every report are functions of it.

mod description;
mod journal;
mod kind;
pub(crate) mod leftovers;
mod place;
mod position;
mod proof;
pub(crate) mod recorder;
mod recovery;
mod runs;
mod sequence;
mod workload;

pub use crate::connection::FieldChange;
pub use crate::names::RunId;
pub use description::{MirrorState, PlaceRecord, PlanRecord, PlannedStepRecord, RunDescription, ShardRecord};
pub use journal::{JOURNAL_FORMAT, Journal, OLDEST_FORMAT, ReadError, Reading, json_schema};
pub use kind::{Event, EventKind, Evidence, RemedyStep, Resource, ResourceKind, Verdict};
pub(crate) use leftovers::{FailoverSent, Leftovers, UnansweredChange};
pub use place::RunPlace;
pub(crate) use position::Position;
pub(crate) use proof::plain;
pub use proof::{BootEvidence, LogEvidence, MoveWitness, Proof, ReconnectedBy, SecondWitness, SnapshotEvidence};
pub use recorder::Listener;
pub(crate) use recorder::{Recorder, Resumed, STOPPING};
pub use recovery::{MoveKind, Recovery, RecoveryPhase, RecoveryPhaseName, RecoveryStatistics, Until};
pub(crate) use recovery::{Recoveries, recovery_statistics, seconds};
pub use runs::{RecordedRun, RunRecord};
pub(crate) use sequence::Gap;
pub use workload::WorkloadFindings;
