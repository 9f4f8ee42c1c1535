//! Runs scenarios on one side of an agreement check.

use std::io::{IsTerminal, stderr};
use std::path::{Path, PathBuf};

use super::failure_text::refuse;
use super::run::{refuse_all, show_all};
use super::{ColorChoice, Inputs, exit_code};
use crate::event::{Event, EventKind, Journal, Reading};
use crate::failure::Failure;
use crate::launch::{Drill, within_runtime};
use crate::observation::beside;
use crate::report::Progress;

/// What is run, and where.
pub(super) struct Side {
    /// The scenarios.
    pub files: Vec<PathBuf>,
    /// The target's file.
    pub target: PathBuf,
    /// Where runs leave their journals.
    pub runs: PathBuf,
    /// The pace of the embedded cloud, if the target is one and this is not to be the target's.
    pub pace: Option<f64>,
    /// Where answers and outputs are kept.
    pub capture: Option<PathBuf>,
}

/// Runs the scenarios. Answers with the run's folder.
///
/// # Errors
/// The exit code, if they could not be run; why is shown already. A failed scenario is none: the comparison shows it.
pub(super) fn run_side(side: &Side, color: ColorChoice) -> Result<PathBuf, u8> {
    let progress = Progress::new(stderr().is_terminal(), color.colors(&stderr()));
    // Each chain has a failover of its own: the states that are compared do not depend on who else runs.
    let mut drill = Drill::of(Inputs::new(&side.files, Some(&side.target)))
        .runs(&side.runs)
        .pace(side.pace)
        .separately()
        .on_event(progress)
        .stop_on_signals();
    if let Some(folder) = side.capture.clone() {
        drill = drill.recording(move |recorder| {
            let captured = recorder.observations().capture_into(&folder);
            captured.map_err(|error| not_captured(&folder, &error))
        });
    }
    let checked = drill.check().map_err(|faults| refuse_all(faults.into(), color))?;
    show_all(&checked.warnings(), color);
    let launched = within_runtime(checked.launch()).map_err(|failure| refuse(&failure, color))?;
    let launched = launched.map_err(|error| refuse_all(error, color))?;
    if let Some(failure) = &launched.refused {
        return Err(refuse(failure, color));
    }
    if launched.interrupted {
        return Err(exit_code::CLOUD_OR_HARNESS);
    }
    if let Some(why) = launched.recorder.observations().failed() {
        let failure = Failure::harness(format!("not all that was seen could be written: {why}"))
            .help("free space on the disk, or name another folder with --runs");
        return Err(refuse(&failure, color));
    }
    if let (Some(captured), Some(journal)) = (&side.capture, &launched.journal) {
        keep_run(journal, captured).map_err(|failure| refuse(&failure, color))?;
    }
    Ok(side.runs.join(launched.run.as_str()))
}

/// Keeps what the run left where captures are, so it can be one side of a later check. Its requests are not kept, which are
/// most of it, and in whose place the check looks at the observations; nor where the run happened.
fn keep_run(journal: &Path, folder: &Path) -> Result<(), Failure> {
    let not_kept = |event: &Event| {
        matches!(
            event.kind,
            EventKind::Requested { .. }
                | EventKind::Requesting { .. }
                | EventKind::Located { .. }
                | EventKind::RunDescribed { .. }
        )
    };
    let mut events = Journal::read(journal, Reading::Strict)?.events;
    events.retain(|event| !not_kept(event));
    let run = folder.join("run");
    let write = || {
        let lines = events
            .iter()
            .map(serde_json::to_string)
            .collect::<Result<Vec<_>, _>>()?;
        std::fs::create_dir_all(&run)?;
        std::fs::write(run.join("journal.jsonl"), lines.join("\n") + "\n")?;
        std::fs::copy(beside(journal), run.join("observations.jsonl"))
    };
    write().map_err(|error| not_captured(folder, &error))?;
    Ok(())
}

fn not_captured(folder: &Path, error: &std::io::Error) -> Failure {
    Failure::file(format!("cannot capture into {}", folder.display()), error).help("name another folder with --capture")
}
