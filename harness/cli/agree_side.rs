//! Runs scenarios on one side of an agreement check.

use std::io::{IsTerminal, stderr};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::failure_text::refuse;
use super::on_target::{with_cloud, within_runtime};
use super::owing::{recover_command, require_none};
use super::run::{chains, listen, without_errors};
use super::{ColorChoice, Inputs, Prepared, exit_code, prepare};
use crate::event::{Event, EventKind, Journal, Reading, Recorder, RunId};
use crate::failure::{Failure, FailureKind};
use crate::observation::beside;
use crate::report::Progress;
use crate::run::{Interrupt, RunOptions, drill_with};
use crate::target::{Target, Variables};

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
    let inputs = Inputs::new(&side.files, Some(&side.target));
    let prepared = prepare(&inputs, &Variables::of_process());
    let target = without_errors(&prepared, color).ok_or(exit_code::USAGE)?;
    let config = target.simcloud.as_ref().map(|settings| {
        let config = simcloud::Config::from(settings);
        let pace = side.pace.unwrap_or(config.pace);
        simcloud::Config { pace, ..config }
    });
    let drilled = require_none(&side.runs, target).and_then(|()| {
        within_runtime(with_cloud(config, async |variables| {
            let prepared = prepare(&inputs, &variables);
            match without_errors(&prepared, color) {
                Some(target) => drill_side(side, &prepared, target, color).await.map(Ok),
                None => Ok(Err(exit_code::USAGE)),
            }
        }))
    });
    drilled.unwrap_or_else(|failure| Err(refuse(&failure, color)))
}

async fn drill_side(side: &Side, prepared: &Prepared, target: &Target, color: ColorChoice) -> Result<PathBuf, Failure> {
    let run = RunId::generate();
    let folder = side.runs.join(run.as_str());
    let journal = folder.join("journal.jsonl");
    let progress = Progress::new(stderr().is_terminal(), color.colors(&stderr()));
    let recorder = Recorder::to_journal(&journal, vec![Box::new(progress)])?;
    if let Some(folder) = &side.capture {
        let captured = recorder.observations().capture_into(folder);
        captured.map_err(|error| not_captured(folder, &error))?;
    }
    let chains = chains(prepared);
    let (interrupter, interrupt) = Interrupt::channel();
    // What the embedded cloud holds ends with it.
    let command = target
        .simcloud
        .is_none()
        .then(|| recover_command(&side.runs, run.as_str()));
    let listening = tokio::spawn(listen(interrupter, journal.clone(), command, None, color));
    // Each chain has a failover of its own: the states that are compared do not depend on who else runs.
    let options = RunOptions {
        separately: true,
        ..RunOptions::default()
    };
    let target = Arc::new(target.clone());
    let result = drill_with(run, target, &chains, &recorder, &interrupt, options).await;
    listening.abort();
    result?;
    if interrupt.is_pressed() {
        return Err(Failure::new(
            FailureKind::Interrupted,
            "the run was interrupted: there is nothing to compare",
        ));
    }
    if let Some(why) = recorder.observations().failed() {
        return Err(
            Failure::harness(format!("not all that was seen could be written: {why}"))
                .help("free space on the disk, or name another folder with --runs"),
        );
    }
    if let Some(captured) = &side.capture {
        keep_run(&journal, captured)?;
    }
    Ok(folder)
}

/// Keeps what the run left where captures are, so that it can be one side of a later check. Its requests are not kept, which are
/// most of it, and in whose place the check looks at the observations; nor where the run happened, which is nobody's business.
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
