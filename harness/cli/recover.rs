//! `cinder-drill recover`: finishes what a dead run left.

use std::io::{IsTerminal, Write, stderr, stdout};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use super::failure_text::refuse;
use super::options::RunsOption;
use super::{ColorChoice, exit_code};
use crate::counted::{by_count, counted};
use crate::diagnostic::{SourceMap, render_all};
use crate::event::{Event, EventKind, Leftovers, Listener, RecordedRun, Recorder, Resource, Resumed, RunPlace};
use crate::failure::Failure;
use crate::launch::{all_runs, in_words, recover_command, within_runtime};
use crate::report::Progress;
use crate::run::{RecoverOptions, recovery_starts};
use crate::targets::{Target, Variables};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The run: its id, or the beginning of it. Default: the only run with leftovers
    run: Option<String>,
    /// The target's file, if it is no longer where the run found it
    #[arg(long, short, value_name = "FILE")]
    target: Option<PathBuf>,
    #[command(flatten)]
    runs: RunsOption,
    /// The run was on another machine, and is dead there
    #[arg(long)]
    dead: bool,
    /// The cloud is the same, and has another URL now
    #[arg(long)]
    cloud_moved: bool,
    /// Removes only the run's lock, and records that nothing is left over: the cloud no longer exists, you removed everything
    /// by hand, or an unanswered request will never take effect
    #[arg(long)]
    forget: bool,
    /// Fails back although the run's lock is gone, its failover was refused, or its failback has no answer. Use it only after
    /// you checked that nobody else moved the backend
    #[arg(long)]
    force: bool,
}

pub(super) fn recover(arguments: &Arguments, color: ColorChoice) -> u8 {
    let runs = arguments.runs.path();
    match chosen(arguments.run.as_deref(), runs) {
        Ok(Some(run)) => recover_run(arguments, runs, &run, color),
        Ok(None) => {
            let _ = writeln!(stdout(), "no run in {} has leftovers", runs.display());
            exit_code::PASS
        }
        Err(failure) => refuse(&failure, color),
    }
}

/// The run that is meant; `None` if none was named and none has leftovers.
fn chosen(named: Option<&str>, runs: &Path) -> Result<Option<RecordedRun>, Failure> {
    let all = all_runs(runs)?;
    let has_leftovers = |run: &RecordedRun| run.read.as_ref().is_ok_and(|record| record.has_leftovers());
    let Some(named) = named else {
        let mut unfinished: Vec<RecordedRun> = all.into_iter().filter(has_leftovers).collect();
        if unfinished.len() > 1 {
            let ids: Vec<&str> = unfinished.iter().map(|run| run.id.as_str()).collect();
            return Err(Failure::usage(format!(
                "{} in {} have leftovers",
                counted(unfinished.len(), "run"),
                runs.display()
            ))
            .detail("runs", ids.join("\n"))
            .help("name one of them; `cinder-drill runs` shows their leftovers"));
        }
        return Ok(unfinished.pop());
    };
    let ids: Vec<String> = all.iter().map(|run| run.id.clone()).collect();
    let mut fitting: Vec<RecordedRun> = all.into_iter().filter(|run| run.id.starts_with(named)).collect();
    match fitting.len() {
        1 => Ok(fitting.pop()),
        0 => Err(Failure::usage(format!("there is no run {named} in {}", runs.display()))
            .detail(
                "there are",
                if ids.is_empty() {
                    "none".to_owned()
                } else {
                    ids.join("\n")
                },
            )
            .help("name another folder with --runs, or one of these")),
        count => Err(Failure::usage(format!("{count} runs begin with {named}")).help("write more of the id")),
    }
}

fn recover_run(arguments: &Arguments, runs: &Path, run: &RecordedRun, color: ColorChoice) -> u8 {
    let colors = color.colors(&stderr());
    let refuse = |failure: Failure| refuse(&failure, color);
    let left = NotRemoved::default();
    let progress = Progress::new(stderr().is_terminal(), colors);
    let resumed = Recorder::resume(&run.journal, vec![Box::new(progress), Box::new(left.clone())]);
    let (journal, recorder) = match resumed {
        Ok(Resumed::Ours(journal, recorder)) => (journal, recorder),
        Ok(Resumed::Alive) => {
            return refuse(
                Failure::harness(format!("run {} is alive, or being recovered", run.id))
                    .detail("journal", run.journal.display())
                    .help("stop it with Ctrl-C, and it cleans up itself; or wait until it ends"),
            );
        }
        Err(error) => return refuse(Failure::harness(error.to_string()).help(UNREADABLE)),
    };
    let recorded = Leftovers::of(&journal.events);
    let embedded = recorded.place.as_ref().is_some_and(|place| place.embedded);
    // Who names a run has a reason: a lock, or a thing that came late, may be there of which its journal knows nothing.
    let is_named = arguments.run.is_some() && recorded.place.is_some();
    if recorded.resources.is_empty() && (embedded || !is_named) {
        let _ = writeln!(stdout(), "run {} has no leftovers", run.id);
        return exit_code::PASS;
    }
    let chosen = RecoverOptions {
        cloud_moved: arguments.cloud_moved,
        force: arguments.force,
    };
    if arguments.forget || embedded {
        recorder.record(recovery_starts(&recorded));
        if !embedded {
            release_lock(arguments, &recorded, &recorder, chosen, &left);
        }
        for resource in recorded.resources.iter().cloned() {
            recorder.record(EventKind::Forgotten { resource });
        }
        let why = if embedded {
            "ended with its embedded cloud"
        } else {
            "is forgotten, and was not removed"
        };
        let _ = writeln!(
            stdout(),
            "leftovers of run {} {why}:\n{}",
            run.id,
            in_words(&recorded.resources)
        );
        return exit_code::PASS;
    }
    let target = match target(arguments, &recorded) {
        Ok(target) => target,
        Err(Refused::Failure(failure)) => return refuse(*failure),
        Err(Refused::Faults(text)) => {
            let _ = stderr().write_all(text.as_bytes());
            return exit_code::USAGE;
        }
    };
    let recovering = within_runtime(crate::run::recover(&recorded, Arc::new(target), &recorder, chosen)).flatten();
    drop(recorder);
    match recovering {
        Ok(0) => {
            let text = match recorded.resources.len() {
                0 => format!(
                    "run {} has no leftovers, and no resource in the cloud carries its id",
                    run.id
                ),
                leftovers => format!(
                    "run {} is recovered: {} {} removed",
                    run.id,
                    counted(leftovers, "leftover"),
                    by_count(leftovers, "is", "are")
                ),
            };
            let _ = writeln!(stdout(), "{text}");
            exit_code::PASS
        }
        Ok(_) => {
            left.tell();
            let command = recover_command(runs, &run.id);
            let _ = writeln!(stdout(), "when the cause is fixed, try again: {command}");
            exit_code::CLOUD_OR_HARNESS
        }
        Err(failure) => refuse(failure),
    }
}

/// Keeps what a recovery could not remove, for the end of it.
#[derive(Clone, Default)]
struct NotRemoved(Arc<Mutex<Vec<(Resource, Failure)>>>);

impl NotRemoved {
    fn tell(&self) {
        for (resource, failure) in &*self.0.lock().unwrap_or_else(PoisonError::into_inner) {
            let _ = writeln!(stdout(), "LEFT  {} {}: {failure}", resource.kind.words(), resource.name);
        }
    }
}

impl Listener for NotRemoved {
    fn event(&mut self, event: &Event) {
        if let EventKind::Left { resource, failure, .. } = &event.kind {
            let mut left = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            left.push((resource.clone(), failure.clone()));
        }
    }
}

/// Releases the lock of a run that is forgotten, if its cloud can be asked. If not, the lock blocks nothing, or the refusal of
/// the next run says how to break it.
fn release_lock(
    arguments: &Arguments,
    recorded: &Leftovers,
    recorder: &Recorder,
    chosen: RecoverOptions,
    left: &NotRemoved,
) {
    let released = match target(arguments, recorded) {
        Ok(target) => within_runtime(crate::run::forget_lock(recorded, Arc::new(target), recorder, chosen)).flatten(),
        Err(Refused::Failure(failure)) => Err(*failure),
        Err(Refused::Faults(text)) => Err(Failure::harness(text.trim_end())),
    };
    match released {
        Ok(true) => {}
        Ok(false) => left.tell(),
        Err(failure) => {
            let _ = writeln!(stderr(), "note: its lock was not looked for: {}", failure.summary);
        }
    }
}

const UNREADABLE: &str = "this cinder-drill cannot read its leftovers: read the lines `intended`, `made` and `removed` \
    of the journal, remove by hand what is left, and delete the run's folder";

enum Refused {
    Failure(Box<Failure>),
    /// Faults of the target's file, rendered.
    Faults(String),
}

/// The target of the run, from where it was or from where the user says.
fn target(arguments: &Arguments, recorded: &Leftovers) -> Result<Target, Refused> {
    let Some(place) = &recorded.place else {
        let failure = Failure::harness("the journal does not say where the run happened").help(UNREADABLE);
        return Err(Refused::Failure(Box::new(failure)));
    };
    let here = RunPlace::this_host();
    if place.host != here && !arguments.dead {
        let failure = Failure::usage(format!("the run was started on {}, and this is {here}", place.host))
            .detail("process", format!("{} on {}", place.process, place.host))
            .help("recover it there; or, if you know that it is dead, pass --dead");
        return Err(Refused::Failure(Box::new(failure)));
    }
    let file = arguments.target.as_ref().unwrap_or(&place.target_file);
    let mut sources = SourceMap::default();
    Target::load(file, &Variables::of_process(), &mut sources).map_err(|faults| {
        let rendered = render_all(&faults, &sources, false);
        let help = if arguments.target.is_none() {
            "help: this is where the run found its target; name it with --target if it has moved\n"
        } else {
            ""
        };
        Refused::Faults(format!("{rendered}{help}"))
    })
}
