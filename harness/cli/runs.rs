//! `cinder-drill runs`: the runs of a folder, their verdicts and their leftovers.

use std::fmt::Write as _;
use std::io::{Write, stdout};
use std::path::Path;

use super::failure_text::refuse;
use super::options::RunsOption;
use super::{ColorChoice, exit_code};
use crate::event::{Journal, Reading, RecordedRun};
use crate::launch::{all_runs, in_words, recover_command};
use crate::report::document::RunReport;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    runs: RunsOption,
}

pub(super) fn runs(arguments: &Arguments, color: ColorChoice) -> u8 {
    let folder = arguments.runs.path();
    match all_runs(folder) {
        Ok(all) => {
            // A closed output is not a fault of the runs.
            let _ = stdout().write_all(text(&all, folder).as_bytes());
            exit_code::PASS
        }
        Err(failure) => refuse(&failure, color),
    }
}

fn text(all: &[RecordedRun], folder: &Path) -> String {
    if all.is_empty() {
        return format!("no runs in {}\n", folder.display());
    }
    let mut text = String::new();
    for run in all {
        let record = match &run.read {
            Ok(record) => record,
            Err(error) => {
                let _ = writeln!(text, "{}  unreadable: {error}", run.id);
                continue;
            }
        };
        // Counted as every report counts, and with the same faults.
        let report = Journal::read(&run.journal, Reading::Lenient).map(|journal| RunReport::of(&journal));
        let counts = report.as_ref().map(RunReport::counts).unwrap_or_default();
        let state = if run.alive {
            "alive"
        } else if record.leftovers.finished {
            "ended"
        } else {
            "died"
        };
        let _ = writeln!(
            text,
            "{}  {state}  {counts}  {} on {}",
            run.id, record.backend, record.target
        );
        // Its leftovers and its death are shown here already.
        if let Ok(report) = &report
            && report.complete
        {
            for fault in report.faults.iter().filter(|fault| !fault.is_left()) {
                let _ = writeln!(text, "    not a pass: {fault}");
            }
        }
        if record.has_leftovers() {
            for line in in_words(&record.leftovers.resources).lines() {
                let _ = writeln!(text, "    left over: {line}");
            }
            if !run.alive {
                let _ = writeln!(text, "    {}", recover_command(folder, &run.id));
            }
        } else if record.is_embedded() && !record.leftovers.resources.is_empty() && !run.alive {
            let _ = writeln!(text, "    its resources ended with its embedded cloud");
        }
    }
    text
}
