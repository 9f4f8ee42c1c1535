//! Runs scenarios on one side of an agreement check.

use std::io::{IsTerminal, stderr};
use std::path::{Path, PathBuf};

use super::run::{refuse, refuse_all, show};
use super::{ColorChoice, Inputs, exit_code};
use crate::event::Recorder;
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
/// The exit code, if they could not be run; why is shown already. That a scenario fails is none: the comparison tells it.
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
        drill = drill.recording(move |recorder| capture_into(recorder, &folder));
    }
    let checked = drill.check().map_err(|faults| refuse_all(faults.into(), color))?;
    show(&checked.warnings(), color);
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
        keep_run(journal, captured).map_err(|error| refuse(&cannot_capture(captured, &error), color))?;
    }
    Ok(side.runs.join(launched.run.as_str()))
}

/// What a kept journal does not have: its requests, which are most of it, and in whose place the check looks at the
/// observations; and where the run happened, which is nobody's business.
const NOT_KEPT: [&str; 4] = [
    r#""event":"requested""#,
    r#""event":"requesting""#,
    r#""event":"located""#,
    r#""event":"run-described""#,
];

/// Keeps what the run left where captures are, so that it can be one side of a later check.
fn keep_run(journal: &Path, folder: &Path) -> std::io::Result<()> {
    let text = std::fs::read_to_string(journal)?;
    let kept: String = text
        .lines()
        .filter(|line| !NOT_KEPT.iter().any(|kind| line.contains(kind)))
        .flat_map(|line| [line, "\n"])
        .collect();
    let run = folder.join("run");
    std::fs::create_dir_all(&run)?;
    std::fs::write(run.join("journal.jsonl"), kept)?;
    std::fs::copy(beside(journal), run.join("observations.jsonl"))?;
    Ok(())
}

fn capture_into(recorder: &Recorder, folder: &Path) -> Result<(), Failure> {
    let captured = recorder.observations().capture_into(folder);
    captured.map_err(|error| cannot_capture(folder, &error))
}

fn cannot_capture(folder: &Path, error: &std::io::Error) -> Failure {
    Failure::harness(format!("cannot capture into {}: {error}", folder.display()))
        .help("name another folder with --capture")
}
