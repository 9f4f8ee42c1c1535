//! `snapshot`: a snapshot of a volume is made.

use serde::Serialize;

use super::Action;
use super::verb::{Act, Compiled, Step, Verb};
use crate::document::{Field, Record, Shape};
use crate::failure::Failure;
use crate::names::{SnapshotName, VolumeName};
use crate::session::{Context, Judges};
use crate::state::State;
use crate::targets::BudgetName;
use crate::volumes::snapshots;

/// `snapshot`
pub(super) static VERB: Verb = Verb {
    field: Field::required(
        "snapshot",
        Shape::Record(&Record {
            fields: &[
                Field::required("name", Shape::Name, "What later steps call the snapshot."),
                Field::required("volume", Shape::NameOrEach, "The volume; a server may have it."),
            ],
            one_of: &[],
        }),
        "Makes a snapshot of a volume, and waits until it is available. It is deleted when the run's resources go. What it holds shows in \
         a volume that is made from it with `clone`.",
    ),
    checks: false,
    change: Some("the volume's snapshots: there is one more"),
    budget: BudgetName::Volume,
    judges: Judges::Nothing,
    compile,
};

fn compile(state: &mut State<'_>, step: &Step<'_>) -> Option<Compiled> {
    let volume = state.volume(step.arguments, "volume")?;
    let name = step.arguments.text("name")?;
    let snapshot = state.takes_snapshot(&name, &volume, step.at)?;
    Some(Compiled {
        undo: Some(format!("delete snapshot {snapshot}")),
        locks: vec![format!("volume {volume}")],
        action: Action::Snapshot(Snapshot { snapshot, volume }),
    })
}

/// Makes a snapshot of a volume.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Snapshot {
    /// The snapshot.
    pub snapshot: SnapshotName,
    /// The volume.
    pub volume: VolumeName,
}

impl Act for Snapshot {
    fn describe(&self) -> String {
        format!("make snapshot {} of volume {}", self.snapshot, self.volume)
    }

    /// Makes it.
    ///
    /// # Errors
    /// As [`snapshots::make`].
    async fn run(&self, context: &mut Context) -> Result<String, Failure> {
        let waited = snapshots::make(context, &self.snapshot, &self.volume).await?;
        let seconds = waited.elapsed.as_secs_f64();
        Ok(format!("snapshot {} is available after {seconds:.2} s", self.snapshot))
    }
}
