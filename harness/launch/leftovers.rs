//! Runs that stand in the way of the next one.

use std::path::Path;

use crate::event::{RecordedRun, Resource};
use crate::failure::Failure;
use crate::targets::Target;

/// The runs of a folder.
///
/// # Errors
/// The folder cannot be read.
pub(crate) fn all(runs: &Path) -> Result<Vec<RecordedRun>, Failure> {
    RecordedRun::all(runs)
        .map_err(|error| Failure::file(format!("cannot read the folder of runs {}", runs.display()), &error))
}

/// Refuses a run on a backend on which a run of the same folder has leftovers, or is alive.
///
/// # Errors
/// There is such a run; the command that recovers it is named.
pub(crate) fn require_none(runs: &Path, target: &Target) -> Result<(), Failure> {
    // The embedded cloud is made anew for every run.
    if target.simcloud.is_some() {
        return Ok(());
    }
    let all = all(runs)?;
    let in_the_way = |run: &&RecordedRun| match &run.read {
        Ok(record) => {
            let place = record.leftovers.place.as_ref();
            record.has_leftovers() && place.is_some_and(|place| crate::session::is_on(place, target))
        }
        // Its leftovers cannot be known; `runs` shows it, and it must not block all later runs for ever.
        Err(_) => false,
    };
    match all.iter().find(in_the_way) {
        Some(run) => Err(refused(runs, run, target)),
        None => Ok(()),
    }
}

fn refused(runs: &Path, run: &RecordedRun, target: &Target) -> Failure {
    let leftovers = match &run.read {
        Ok(record) => in_words(&record.leftovers.resources),
        Err(error) => error.to_string(),
    };
    let failure = Failure::harness(if run.alive {
        format!("run {} is drilling {} right now", run.id, target.backend)
    } else {
        format!("run {} still has leftovers on {}", run.id, target.backend)
    })
    .detail("leftovers", leftovers)
    .detail("journal", run.journal.display());
    failure.help(if run.alive {
        "wait until it ends".to_owned()
    } else {
        format!("finish it first: {}", recover_command(runs, &run.id))
    })
}

/// The command that finishes a run.
pub(crate) fn recover_command(runs: &Path, run: &str) -> String {
    if runs == Path::new(super::RUNS) {
        format!("cinder-drill recover {run}")
    } else {
        format!("cinder-drill recover {run} --runs {}", runs.display())
    }
}

/// Leftovers in words, a line each.
pub(crate) fn in_words(leftovers: &[Resource]) -> String {
    let lines: Vec<String> = leftovers.iter().map(Resource::to_string).collect();
    lines.join("\n")
}
