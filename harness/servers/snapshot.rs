//! Snapshots that a person accepted.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::connection::{SnapshotOutcome, assert_value_snapshot};
use crate::event::SnapshotEvidence;
use crate::failure::Failure;
use crate::session::Context;

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
    snapshot_evidence(context, outcome, what, checkpoint, &scenario)
}

/// What a comparison proves, or why it proves nothing. Of a checkpoint that has no snapshot yet, what was seen is kept with
/// the run and noted: a missing snapshot is not a fault of the cloud.
///
/// # Errors
/// As [`require_snapshot`].
pub fn snapshot_evidence(
    context: &Context,
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
        SnapshotOutcome::New { path, text } => {
            let seen = keep(context, scenario, checkpoint, &text);
            let to_accept = match &seen {
                Some(seen) => format!(
                    "the connection info seen is in {}; if it is right, accept it: mkdir -p {} && cp {} {}",
                    seen.display(),
                    shell(path.parent().unwrap_or(&path)),
                    shell(seen),
                    shell(&path)
                ),
                None => "accept what is seen with INSTA_UPDATE=new and `cargo insta review`".to_owned(),
            };
            context.notice(format!(
                "there is no snapshot {checkpoint} of {scenario} yet, so {what} was not compared; {to_accept}"
            ));
            Ok(SnapshotEvidence::New {
                checkpoint: checkpoint.to_owned(),
                seen: seen.map(|seen| seen.display().to_string()),
            })
        }
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

/// Whether a run has kept something of a scenario because there was no snapshot to compare it with. `run` is the run's
/// folder.
pub(crate) fn has_new_snapshots(run: &Path, scenario: &str) -> bool {
    kept_in(run, scenario).is_dir()
}

fn kept_in(run: &Path, scenario: &str) -> PathBuf {
    run.join("snapshots").join(scenario)
}

/// Keeps what was seen in the run's folder; `None` if the run has none, or it cannot be written.
fn keep(context: &Context, scenario: &str, checkpoint: &str, text: &str) -> Option<PathBuf> {
    let folder = kept_in(&context.recorder.folder()?, scenario);
    let file = folder.join(format!("{checkpoint}.snap"));
    std::fs::create_dir_all(&folder).ok()?;
    std::fs::write(&file, text).ok()?;
    Some(file)
}

/// A path as a word of a command.
fn shell(path: &Path) -> String {
    let text = path.display().to_string();
    shlex::try_quote(&text).map_or_else(|_| text.clone(), |quoted| quoted.into_owned())
}
