//! Snapshots that a person accepted.

use serde_json::Value;

use super::context::Context;
use crate::connection::{SnapshotOutcome, assert_value_snapshot};
use crate::event::SnapshotEvidence;
use crate::failure::Failure;

/// Compares what the sites said with the snapshot of this name, if a step names one and the target has a folder of
/// snapshots.
///
/// # Errors
/// It differs, there is no snapshot yet, or the snapshot cannot be read.
pub fn require_snapshot(
    context: &Context,
    checkpoint: Option<&str>,
    what: &str,
    value: &Value,
) -> Result<SnapshotEvidence, Failure> {
    let Some(checkpoint) = checkpoint else {
        return Ok(SnapshotEvidence::NotAsked);
    };
    let Some(folder) = &context.target.snapshots else {
        return Ok(SnapshotEvidence::NotConfigured);
    };
    let scenario = context.position.0.as_ref().map(ToString::to_string).unwrap_or_default();
    let outcome = assert_value_snapshot(&folder.join(&scenario), checkpoint, value);
    snapshot_evidence(outcome, what, checkpoint, &scenario)
}

/// What a comparison proves, or why it proves nothing.
///
/// # Errors
/// As [`require_snapshot`].
pub fn snapshot_evidence(
    outcome: SnapshotOutcome,
    what: &str,
    checkpoint: &str,
    scenario: &str,
) -> Result<SnapshotEvidence, Failure> {
    match outcome {
        SnapshotOutcome::Matched => Ok(SnapshotEvidence::Matched {
            checkpoint: checkpoint.to_owned(),
        }),
        SnapshotOutcome::Failed { path, cause } => Err(Failure::harness(format!(
            "snapshot {checkpoint} of {scenario} cannot be compared"
        ))
        .detail("snapshot", path.display())
        .detail("cause", cause)
        .help("check that the target's snapshots folder can be read and written")),
        SnapshotOutcome::New(path) => Err(Failure::expectation(format!(
            "there is no snapshot {checkpoint} of {scenario} yet"
        ))
        .detail("written", path.display())
        .help("read it, and if it is right, accept it with `cargo insta review`")),
        SnapshotOutcome::Different { diff, path } => Err(Failure::expectation(format!(
            "{what} differs from snapshot {checkpoint}"
        ))
        .detail("snapshot", path.display())
        .detail("difference", diff)
        .help(format!(
            "if the new {} is right, accept it with `cargo insta review`",
            what.trim_start_matches("the ")
        ))),
    }
}
