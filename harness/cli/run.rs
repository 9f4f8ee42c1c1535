//! `cinder-drill run`: drills scenarios.

use std::collections::BTreeSet;
use std::io::{IsTerminal, Write, stderr, stdout};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::signal::unix::{SignalKind, signal};

use super::failure_text::{as_text, refuse, show};
use super::on_target::{with_cloud, within_runtime};
use super::report::{of_run, write_reports, written};
use super::run_arguments::{Arguments, FailurePolicy};
use super::{ColorChoice, Inputs, Prepared, exit_code, owing, prepare};
use crate::diagnostic::SourceMap;
use crate::event::{RecordedRun, Recorder, RunId, ShardRecord};
use crate::failure::Failure;
use crate::report::Progress;
use crate::run::{Asked, Chain, Interrupt, Interrupter, RunOptions, drill_with};
use crate::target::{Target, Variables};

/// Where runs leave their journals unless the command line says otherwise.
pub(super) const RUNS: &str = "runs";

/// How the plans are drilled, and what is written about it.
struct Manner<'a> {
    runs: &'a Path,
    report: Option<PathBuf>,
    repeat: u32,
    shard: Option<ShardRecord>,
    options: RunOptions,
    on_failure: FailurePolicy,
    color: ColorChoice,
}

pub(super) fn run(arguments: &Arguments, color: ColorChoice) -> u8 {
    let selection = match arguments.selection.read() {
        Ok(selection) => selection,
        Err(faults) => {
            show(&faults, &SourceMap::default(), color);
            return exit_code::USAGE;
        }
    };
    let options = match arguments.options() {
        Ok(options) => options,
        Err(failure) => return refuse(&failure, color),
    };
    let manner = Manner {
        runs: arguments.runs.as_deref().unwrap_or(Path::new(RUNS)),
        report: arguments.report.clone(),
        repeat: arguments.repeat,
        shard: selection.shard(),
        options,
        on_failure: arguments.on_failure,
        color,
    };
    let inputs = Inputs::new(&arguments.files, arguments.target.as_deref()).selecting(selection);
    let prepared = prepare(&inputs, &Variables::of_process());
    let Some(target) = without_errors(&prepared, color) else {
        return exit_code::USAGE;
    };
    if let Err(failure) = owing::require_none(manner.runs, target) {
        return refuse(&failure, color);
    }
    let config = target.simcloud.as_ref().map(|settings| simcloud::Config {
        sabotage: arguments.sabotage.clone(),
        ..settings.into()
    });
    if config.is_none() && !arguments.sabotage.is_empty() {
        let failure = Failure::usage("only the embedded cloud can be sabotaged");
        return refuse(&failure.help("leave --sabotage out, or --target"), color);
    }
    if config.is_some() && arguments.on_failure != FailurePolicy::Clean {
        let _ = writeln!(
            stderr(),
            "note: the embedded cloud ends with the run, and what is kept in it; serve one with `cinder-drill simcloud`"
        );
    }
    let drilled = within_runtime(with_cloud(config, async |variables| {
        // Read again, with the addresses of the cloud that now runs.
        let prepared = prepare(&inputs, &variables);
        match prepared.target.as_ref().filter(|_| !prepared.faults.has_errors()) {
            Some(target) => drill_prepared(&prepared, target, &manner).await,
            None => {
                let _ = without_errors(&prepared, color);
                Ok(exit_code::USAGE)
            }
        }
    }));
    drilled.unwrap_or_else(|failure| refuse(&failure, color))
}

/// Shows all faults. The target, if there are no errors.
pub(super) fn without_errors(prepared: &Prepared, color: ColorChoice) -> Option<&Target> {
    show(&prepared.faults, &prepared.sources, color);
    prepared.target.as_ref().filter(|_| !prepared.faults.has_errors())
}

async fn drill_prepared(prepared: &Prepared, target: &Target, manner: &Manner<'_>) -> Result<u8, Failure> {
    let color = manner.color;
    let run = RunId::generate();
    let journal = RecordedRun::journal_of(manner.runs, run.as_str());
    // What the embedded cloud holds ends with it.
    let command = match target.simcloud {
        None => Some(owing::recover_command(manner.runs, run.as_str())),
        Some(_) => None,
    };
    let progress = Progress::new(stderr().is_terminal(), color.colors(&stderr()));
    let on_failure = manner.on_failure.with(progress.pauses());
    let recorder = Recorder::to_journal(&journal, vec![Box::new(progress)])?;
    let chains: Vec<Chain> = (0..manner.repeat).flat_map(|_| chains(prepared)).collect();
    let asked = Asked {
        sources: prepared.sources.clone(),
        shard: manner.shard,
        repetitions: (manner.repeat > 1).then_some(manner.repeat),
    };
    let (interrupter, interrupt) = Interrupt::channel();
    let listening = tokio::spawn(listen(
        interrupter,
        journal.clone(),
        command.clone(),
        manner.report.clone(),
        color,
    ));
    let options = RunOptions {
        asked,
        on_failure,
        ..manner.options.clone()
    };
    let target = Arc::new(target.clone());
    let result = drill_with(run, target, &chains, &recorder, &interrupt, options).await;
    listening.abort();
    drop(recorder);
    if let Err(failure) = &result {
        let _ = writeln!(stderr(), "{}\n", as_text(failure, color.colors(&stderr())));
    }
    let written = report_to(manner.report.as_deref(), &journal, color);
    if chains.is_empty() && manner.shard.is_some() && result.is_ok() {
        let _ = writeln!(
            stdout(),
            "this shard holds no scenario: nothing was drilled, and nothing is proven"
        );
        return Ok(if written {
            exit_code::PASS
        } else {
            exit_code::CLOUD_OR_HARNESS
        });
    }
    // What the journal does not say did not happen: the verdict is read from the disk, as every report is.
    let (text, run) = of_run(&journal, color.colors(&stdout())).map_err(|failure| {
        Failure::harness("the run's journal cannot be read again")
            .explains(failure)
            .help("free space on the disk, or name another folder with --runs; this run proves nothing")
    })?;
    let _ = stdout().write_all(text.as_bytes());
    let recover = command.filter(|_| run.runs.iter().any(|run| !run.left.is_empty()));
    if let Some(command) = recover {
        let _ = writeln!(stdout(), "to remove what is left and take the backend home: {command}");
    }
    // Who asked for a report and got none must not take the run for a pass.
    Ok(match exit_code::of(run.outcome) {
        exit_code::PASS if !written => exit_code::CLOUD_OR_HARNESS,
        code => code,
    })
}

/// The chains that run everything that was requested once.
pub(super) fn chains(prepared: &Prepared) -> Vec<Chain> {
    let mut counted = BTreeSet::new();
    let ends = prepared.ends().into_iter();
    ends.map(|plan| Chain::new(plan.clone(), &prepared.scenarios, &mut counted))
        .collect()
}

/// Writes the reports that were asked for, and says so. Whether there is no reason to complain.
fn report_to(folder: Option<&Path>, journal: &Path, color: ColorChoice) -> bool {
    let Some(folder) = folder else { return true };
    match write_reports(journal, folder) {
        Ok(()) => {
            let _ = writeln!(stdout(), "{}", written(folder));
            true
        }
        Err(failure) => {
            let _ = refuse(&failure.during("no report was written"), color);
            false
        }
    }
}

/// Ctrl-C once stops and cleans up; twice stops now. A terminal that is closed and a `kill` stop and clean up too: a
/// backend must not stay failed over because somebody's connection broke.
pub(super) async fn listen(
    interrupter: Interrupter,
    journal: PathBuf,
    command: Option<String>,
    report: Option<PathBuf>,
    color: ColorChoice,
) {
    if stopped().await.is_err() {
        return;
    }
    let _ = writeln!(
        stderr(),
        "stopping and cleaning up; press Ctrl-C again to stop now and leave what was made"
    );
    interrupter.interrupt();
    // Only Ctrl-C insists: a closed terminal sends its signal more than once.
    if tokio::signal::ctrl_c().await.is_ok() {
        let _ = match command {
            Some(command) => writeln!(
                stderr(),
                "stopped; what was made is still there, and the backend may be failed over. To remove it and take the \
                 backend home: {command}\n{} names all of it",
                journal.display()
            ),
            None => writeln!(stderr(), "stopped; what was made ends with the embedded cloud"),
        };
        report_to(report.as_deref(), &journal, color);
        std::process::exit(i32::from(exit_code::CLOUD_OR_HARNESS));
    }
}

/// Returns at the first SIGINT, SIGTERM or SIGHUP.
async fn stopped() -> std::io::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut hang_up = signal(SignalKind::hangup())?;
    tokio::select! {
        pressed = tokio::signal::ctrl_c() => pressed,
        _ = terminate.recv() => Ok(()),
        _ = hang_up.recv() => Ok(()),
    }
}
