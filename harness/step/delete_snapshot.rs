//! `delete-snapshot`: a snapshot is deleted.

use serde::Serialize;

use super::Action;
use super::verb::{Act, Compiled, Step, Verb};
use crate::document::{Field, Record, Shape};
use crate::event::ResourceKind;
use crate::failure::Failure;
use crate::names::SnapshotName;
use crate::session::{Context, Judges};
use crate::state::State;
use crate::targets::BudgetName;
use crate::volumes::snapshots;

/// `delete-snapshot`
pub(super) static VERB: Verb = Verb {
    field: Field::required(
        "delete-snapshot",
        Shape::Record(&Record {
            fields: &[Field::required("name", Shape::Name, "The snapshot.")],
            one_of: &[],
        }),
        "Deletes a snapshot, and waits until Cinder has it no more.",
    ),
    checks: false,
    change: Some("the snapshot: it is deleted"),
    budget: BudgetName::Delete,
    judges: Judges::Nothing,
    compile,
};

fn compile(state: &mut State<'_>, step: &Step<'_>) -> Option<Compiled> {
    let snapshot = state.snapshot(step.arguments, "name")?;
    state.deletes_snapshot(&snapshot, step.at);
    let locks = vec![format!("snapshot {snapshot}")];
    Some(Compiled::locking(
        Action::DeleteSnapshot(DeleteSnapshot { snapshot }),
        locks,
    ))
}

/// Deletes a snapshot.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct DeleteSnapshot {
    /// The snapshot.
    pub snapshot: SnapshotName,
}

impl Act for DeleteSnapshot {
    fn describe(&self) -> String {
        format!("delete snapshot {}", self.snapshot)
    }

    /// Deletes it.
    ///
    /// # Errors
    /// As [`snapshots::remove`].
    async fn run(&self, context: &mut Context) -> Result<String, Failure> {
        let id = context.snapshot(&self.snapshot)?.id.clone();
        snapshots::remove(context, &id, &format!("snapshot {}", self.snapshot)).await?;
        context.resources.snapshots.remove(&self.snapshot);
        context.removed(ResourceKind::Snapshot, id.as_str());
        Ok(format!("snapshot {} is gone", self.snapshot))
    }
}
