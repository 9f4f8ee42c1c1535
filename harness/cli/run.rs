//! `cinder-drill run`: drills scenarios.

use std::io::{IsTerminal, Write, stderr, stdout};
use std::path::{Path, PathBuf};

use super::failure_text::{as_text, refuse, show};
use super::last_failed::last_failed;
use super::report::{of_run, of_run_in_short, write_reports, written};
use super::run_arguments::{Arguments, FailurePolicy};
use super::{ColorChoice, Inputs, bundle, exit_code};
use crate::diagnostic::SourceMap;
use crate::launch::{Drill, DrillError, Faults, Launched, Selection, not_read_again, recover_command, within_runtime};
use crate::report::Progress;

pub(super) fn run(arguments: &Arguments, color: ColorChoice) -> u8 {
    let selection = match arguments.selection.read() {
        Ok(selection) => selection,
        Err(faults) => {
            show(&faults, &SourceMap::default(), color);
            return exit_code::USAGE;
        }
    };
    let selection = match arguments.last_failed.then(|| last_failed(arguments.runs.path())) {
        Some(Ok(listed)) => Selection {
            listed: Some(listed),
            ..selection
        },
        Some(Err(failure)) => return refuse(&failure, color),
        None => selection,
    };
    let options = match arguments.options() {
        Ok(options) => options,
        Err(failure) => return refuse(&failure, color),
    };
    let runs = arguments.runs.path();
    let is_shard = selection.shard().is_some();
    let progress = Progress::telling(arguments.telling(), stderr().is_terminal(), color.colors(&stderr()));
    let on_failure = arguments.on_failure.with(progress.pauses());
    // A folder that cannot be taken is said before a cloud is touched, and not when all is over.
    if let Some(Err(failure)) = arguments.bundle.as_deref().map(bundle::must_be_new) {
        return refuse(&failure, color);
    }
    let told = Told {
        report: arguments.report.path().map(Path::to_owned),
        bundle: arguments.bundle.clone(),
        quiet: arguments.quiet,
    };
    let last = told.clone();
    let inputs = Inputs::new(&arguments.files, arguments.target.path()).selecting(selection);
    let drill = Drill::of(inputs)
        .runs(runs)
        .repeat(arguments.repeat)
        .sabotage(arguments.sabotage.iter().copied())
        .options(options)
        .timeout(arguments.timeout)
        .on_failure(on_failure)
        .on_event(progress)
        .last_words(move |journal| {
            last.tell(journal, color);
        });
    let checked = match drill.check() {
        Ok(checked) => checked,
        Err(faults) => return refuse_all(faults.into(), color),
    };
    show_all(&checked.warnings(), color);
    if checked.target().simcloud.is_some() && arguments.on_failure != FailurePolicy::Clean {
        let _ = writeln!(
            stderr(),
            "note: the embedded cloud ends with the run, and what is kept in it; serve one with `cinder-drill simcloud`"
        );
    }
    let nothing_to_do = is_shard && checked.scenarios().next().is_none();
    let is_embedded = checked.target().simcloud.is_some();
    match within_runtime(checked.launch()) {
        Ok(Ok(launched)) => {
            let recover = (!is_embedded).then(|| recover_command(runs, launched.run.as_str()));
            ended(launched, &told, nothing_to_do, recover, color)
        }
        Ok(Err(error)) => refuse_all(error, color),
        Err(failure) => refuse(&failure, color),
    }
}

/// Shows the faults of a drill.
pub(super) fn show_all(faults: &Faults, color: ColorChoice) {
    show(&faults.diagnostics, &faults.sources, color);
}

/// Says why a drill did not happen.
pub fn refuse_all(error: DrillError, color: ColorChoice) -> u8 {
    match error {
        DrillError::Faults(faults) => {
            show_all(&faults, color);
            exit_code::USAGE
        }
        DrillError::Failure(failure) => refuse(&failure, color),
    }
}

/// Says how a run ended, from its journal.
fn ended(launched: Launched, told: &Told, nothing_to_do: bool, recover: Option<String>, color: ColorChoice) -> u8 {
    let Launched {
        journal,
        refused,
        recorder,
        ..
    } = launched;
    // A reader of the journal must see that it is not written any more.
    drop(recorder);
    let journal = journal.unwrap_or_default();
    if let Some(failure) = &refused {
        let _ = writeln!(stderr(), "{}\n", as_text(failure, color.colors(&stderr())));
    }
    let written = told.tell(&journal, color);
    if nothing_to_do && refused.is_none() {
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
    let in_words = if told.quiet { of_run_in_short } else { of_run };
    let (text, run) = match in_words(&journal, color.colors(&stdout())) {
        Ok(read) => read,
        Err(failure) => return refuse(&not_read_again(failure), color),
    };
    let _ = stdout().write_all(text.as_bytes());
    let is_left = run.runs.iter().any(|run| !run.left.is_empty());
    if let Some(command) = recover.filter(|_| is_left) {
        let _ = writeln!(stdout(), "to remove what is left and fail the backend back: {command}");
    }
    // Who asked for a report and got none must not take the run for a pass.
    match exit_code::of(run.outcome) {
        exit_code::PASS if !written => exit_code::CLOUD_OR_HARNESS,
        code => code,
    }
}

/// How a run is told of, and the folders in which it is.
#[derive(Clone)]
struct Told {
    report: Option<PathBuf>,
    bundle: Option<PathBuf>,
    /// Whether what passed is told in a word.
    quiet: bool,
}

impl Told {
    /// Writes the report and the bundle that were requested, and says so. Whether there is no reason to complain.
    fn tell(&self, journal: &Path, color: ColorChoice) -> bool {
        let report = self.report.as_deref().map(|folder| {
            let done = write_reports(journal, folder).map(|()| written(folder));
            done.map_err(|failure| failure.during("no report was written"))
        });
        let bundle = self.bundle.as_deref().map(|folder| {
            let done = bundle::write(&[journal.to_owned()], folder).map(|_| bundle::written(folder));
            done.map_err(|failure| failure.during("no bundle was written"))
        });
        let mut complete = true;
        for done in [report, bundle].into_iter().flatten() {
            match done {
                Ok(said) => drop(writeln!(stdout(), "{said}")),
                Err(failure) => {
                    let _ = refuse(&failure, color);
                    complete = false;
                }
            }
        }
        complete
    }
}
