//! What happens in a run, as a stream of events: the journal, the terminal and every report are functions of it.

mod description;
mod journal;
mod kind;
mod leftovers;
mod place;
mod position;
mod proof;
mod recorder;
mod recovery;
mod runs;
mod sequence;
mod workload;

pub use description::{MirrorState, PlaceRecord, PlanRecord, PlannedStepRecord, RunDescription, ShardRecord};
pub use journal::{JOURNAL_FORMAT, Journal, OLDEST_FORMAT, ReadError, Reading, json_schema};
pub use kind::{Event, EventKind, Evidence, RemedyStep, Resource, ResourceKind, Verdict};
pub use leftovers::{FailoverSent, Leftovers, UnansweredChange};
pub use place::RunPlace;
pub use position::Position;
pub use proof::{BootEvidence, LogEvidence, MoveWitness, Proof, SecondWitness, SnapshotEvidence, plain};
pub use recorder::{JournalError, KILL_AFTER, KILL_AT_ENTRY, Listener, Recorder, Resumed};
pub(crate) use recovery::seconds;
pub use recovery::{
    MoveKind, Recoveries, Recovery, RecoveryPhase, RecoveryPhaseName, RecoveryStatistics, Until, recovery_statistics,
};
pub use runs::{RecordedRun, RunRecord};
pub use sequence::Gap;
pub use workload::WorkloadFindings;
