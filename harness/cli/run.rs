//! `cinder-drill run`: drills scenarios.

use std::collections::BTreeSet;
use std::io::{IsTerminal, Write, stderr, stdout};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::signal::unix::{SignalKind, signal};

use super::failure_text::as_text;
use super::report::{of_run, write_reports, written};
use super::run_arguments::{Arguments, FailurePolicy};
use super::{ColorChoice, Inputs, Prepared, exit_code, owing, prepare};
use crate::diagnostic::{SourceMap, render_all};
use crate::event::{Event, Listener, RecordedRun, Recorder, ShardRecord};
use crate::failure::Failure;
use crate::names::RunId;
use crate::report::{Progress, RunSummary};
use crate::run::{Chain, drill_with};
use crate::session::{Asked, RunOptions};
use crate::targets::{Target, Variables};
use crate::wait::{Interrupt, Interrupter};

/// Where runs leave their journals unless the command line says otherwise.
pub(super) const RUNS: &str = "runs";

/// How the plans are drilled, and what is written about it.
struct Manner<'a> {
    runs: &'a Path,
    report: Option<PathBuf>,
    repeat: u32,
    shard: Option<ShardRecord>,
    sabotage: &'a [simcloud::Sabotage],
    options: RunOptions,
    on_failure: FailurePolicy,
    color: ColorChoice,
}

pub(super) fn run(arguments: &Arguments, color: ColorChoice) -> u8 {
    let selection = match arguments.selection.read() {
        Ok(selection) => selection,
        Err(faults) => {
            let rendered = render_all(&faults, &SourceMap::default(), color.colors(&stderr()));
            let _ = stderr().write_all(rendered.as_bytes());
            return exit_code::USAGE;
        }
    };
    let options = match arguments.options() {
        Ok(options) => options,
        Err(message) => {
            let _ = writeln!(stderr(), "error: {message}");
            return exit_code::USAGE;
        }
    };
    let manner = Manner {
        runs: arguments.runs.as_deref().unwrap_or(Path::new(RUNS)),
        report: arguments.report.clone(),
        repeat: arguments.repeat,
        shard: selection.shard(),
        sabotage: &arguments.sabotage,
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
    if target.simcloud.is_some() && arguments.on_failure != FailurePolicy::Clean {
        let _ = writeln!(
            stderr(),
            "note: the embedded cloud ends with the run, and what is kept in it; serve one with `cinder-drill simcloud`"
        );
    }
    match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => match &target.simcloud {
            Some(settings) => {
                let config = simcloud::Config {
                    seed: settings.seed,
                    pace: settings.pace,
                    port: None,
                };
                runtime.block_on(drill_simcloud(&inputs, config, &manner))
            }
            None if !manner.sabotage.is_empty() => {
                let failure = Failure::harness("only the embedded cloud can be sabotaged")
                    .help("leave --sabotage out, or --target");
                let _ = writeln!(stderr(), "{}", as_text(&failure, color.colors(&stderr())));
                exit_code::USAGE
            }
            None => runtime.block_on(drill_prepared(&prepared, target, &manner)),
        },
        Err(error) => refuse(&Failure::harness(format!("cannot start: {error}")), color),
    }
}

/// Shows all faults. The target, if there are no errors.
pub(super) fn without_errors(prepared: &Prepared, color: ColorChoice) -> Option<&Target> {
    let rendered = render_all(&prepared.faults, &prepared.sources, color.colors(&stderr()));
    // Nobody reading is no fault of the scenarios.
    let _ = stderr().write_all(rendered.as_bytes());
    prepared.target.as_ref().filter(|_| !prepared.faults.has_errors())
}

pub(super) fn refuse(failure: &Failure, color: ColorChoice) -> u8 {
    let _ = writeln!(stderr(), "{}", as_text(failure, color.colors(&stderr())));
    exit_code::CLOUD_OR_HARNESS
}

/// Starts the embedded cloud, reads everything again with its addresses, and drills on it.
async fn drill_simcloud(inputs: &Inputs, config: simcloud::Config, manner: &Manner<'_>) -> u8 {
    let color = manner.color;
    let cloud = match simcloud::start(config).await {
        Ok(cloud) => cloud,
        Err(error) => {
            return refuse(
                &Failure::harness(format!("cannot start the embedded cloud: {error}")),
                color,
            );
        }
    };
    for sabotage in manner.sabotage {
        cloud.sabotage(*sabotage);
    }
    let prepared = prepare(inputs, &Variables::of_process().with_simcloud(cloud.variables()));
    let code = match prepared.target.as_ref().filter(|_| !prepared.faults.has_errors()) {
        Some(target) => {
            let broken = target.simcloud.iter().flat_map(|settings| &settings.broken);
            cloud.misconfigure(&broken.copied().collect::<Vec<_>>()).await;
            drill_prepared(&prepared, target, manner).await
        }
        None => {
            let _ = without_errors(&prepared, color);
            exit_code::USAGE
        }
    };
    cloud.shutdown().await;
    code
}

async fn drill_prepared(prepared: &Prepared, target: &Target, manner: &Manner<'_>) -> u8 {
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
    let recorder = match Recorder::to_journal(&journal, vec![Box::new(progress)]) {
        Ok(recorder) => recorder,
        Err(error) => {
            return refuse(
                &Failure::harness(error.to_string()).help("name another folder with --runs"),
                color,
            );
        }
    };
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
    let written = report_to(manner.report.as_deref(), &journal);
    if chains.is_empty() && manner.shard.is_some() && result.is_ok() {
        let _ = writeln!(
            stdout(),
            "this shard holds no scenario: nothing was drilled, and nothing is proven"
        );
        return if written {
            exit_code::PASS
        } else {
            exit_code::CLOUD_OR_HARNESS
        };
    }
    // What the journal does not say did not happen: the verdict is read from the disk, as every report is.
    let (text, run) = match of_run(&journal, color.colors(&stdout())) {
        Ok(read) => read,
        Err(message) => {
            let failure = Failure::harness(format!("the run's journal cannot be read again: {message}"))
                .help("free space on the disk, or name another folder with --runs; this run proves nothing");
            return refuse(&failure, color);
        }
    };
    let _ = stdout().write_all(text.as_bytes());
    let recover = command.filter(|_| run.runs.iter().any(|run| !run.left.is_empty()));
    if let Some(command) = recover {
        let _ = writeln!(stdout(), "to remove what is left and take the backend home: {command}");
    }
    // Who asked for a report and got none must not take the run for a pass.
    match exit_code::of(run.outcome) {
        exit_code::PASS if !written => exit_code::CLOUD_OR_HARNESS,
        code => code,
    }
}

/// The chains that run everything that was requested once.
pub(super) fn chains(prepared: &Prepared) -> Vec<Chain> {
    let mut counted = BTreeSet::new();
    let ends = prepared.ends().into_iter();
    ends.map(|plan| Chain::new(plan.clone(), &prepared.scenarios, &mut counted))
        .collect()
}

/// Writes the reports that were asked for, and says so. Whether there is no reason to complain.
fn report_to(folder: Option<&Path>, journal: &Path) -> bool {
    let Some(folder) = folder else { return true };
    match write_reports(journal, folder) {
        Ok(()) => {
            let _ = writeln!(stdout(), "{}", written(folder));
            true
        }
        Err(message) => {
            let _ = writeln!(stderr(), "error: no report was written: {message}");
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
        report_to(report.as_deref(), &journal);
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

/// Folds events into a summary that can be read when the run is over.
#[derive(Clone, Default)]
pub(super) struct Folded {
    summary: Arc<Mutex<RunSummary>>,
}

impl Folded {
    pub(super) fn summary(&self) -> RunSummary {
        self.summary.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Listener for Folded {
    fn event(&mut self, event: &Event) {
        self.summary.lock().unwrap_or_else(PoisonError::into_inner).add(event);
    }
}
