//! What happens in a run, as a stream of events: the journal, the terminal and every report are functions of it.

mod description;
mod kind;
mod proof;
mod read;
mod recorder;
mod run_id;

pub use description::{MirrorState, PlaceRecord, PlanRecord, PlannedStepRecord, RunDescription, ShardRecord};
pub use kind::{Event, EventKind, Evidence, Resource, ResourceKind, Verdict};
pub use proof::{LogEvidence, Proof, SnapshotEvidence, plain};
pub use read::{ReadJournal, ReadJournalError, read_journal};
pub use recorder::{JournalError, Listener, Recorder};
pub use run_id::RunId;
