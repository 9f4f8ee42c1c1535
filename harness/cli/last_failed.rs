//! What did not pass in the newest run, for `run --last-failed`.

use std::collections::BTreeSet;
use std::path::Path;

use crate::counted::counted;
use crate::event::{Journal, Reading};
use crate::failure::Failure;
use crate::launch::{Listed, all_runs};
use crate::report::document::{Outcome, RunReport};

/// The scenarios that the newest run was asked for, and neither passed nor skipped for what its target lacks.
///
/// # Errors
/// There is no run, it still runs, its journal cannot be read, or nothing is left: a run of nothing must not look like a pass.
pub(super) fn last_failed(runs: &Path) -> Result<Listed, Failure> {
    let mut all = all_runs(runs)?;
    let Some(newest) = all.pop() else {
        return Err(Failure::usage(format!("there is no run in {}", runs.display()))
            .help("leave out --last-failed, or name the folder of the runs with --runs"));
    };
    if newest.alive {
        return Err(Failure::usage(format!("run {} still runs", newest.id)).help("wait until it ends"));
    }
    let report = RunReport::of(&Journal::read(&newest.journal, Reading::Lenient)?);
    let ids = not_passed(&report);
    if ids.is_empty() {
        let drilled = counted(report.judged().count(), "scenario");
        return Err(
            Failure::usage(format!("nothing failed in the newest run, {} ({drilled})", newest.id))
                .help("leave out --last-failed to drill them again"),
        );
    }
    let file = Some(newest.journal);
    Ok(Listed { file, ids })
}

/// The names of those that did not pass, each repetition of them, and those that the journal has no verdict of.
fn not_passed(report: &RunReport) -> Vec<String> {
    let is_done = |name: &&String| {
        let mut of_it = report.judged().filter(|scenario| scenario.name == **name).peekable();
        let has_begun = of_it.peek().is_some();
        has_begun && of_it.all(|scenario| matches!(scenario.outcome, Outcome::Passed | Outcome::Skipped))
    };
    let asked: BTreeSet<&String> = report.asked_for.iter().collect();
    asked.into_iter().filter(|name| !is_done(name)).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::{SourceMap, render};
    use crate::event::{Event, EventKind, Verdict};
    use crate::report::document::as_fault;

    /// A run of these scenarios, each with its verdicts in order.
    fn report(verdicts: &[(&str, Option<Verdict>)]) -> RunReport {
        let asked = verdicts.iter().map(|(name, _)| (*name).to_owned()).collect();
        let mut kinds = vec![EventKind::RunStarted {
            format: crate::event::JOURNAL_FORMAT,
            run: crate::names::RunId::generate(),
            version: "1".to_owned(),
            target: "t".to_owned(),
            backend: "h@b".to_owned(),
            scenarios: asked,
        }];
        for (name, verdict) in verdicts {
            let scenario = (*name).to_owned();
            kinds.push(EventKind::ScenarioStarted {
                scenario: scenario.clone(),
                summary: String::new(),
                steps: 0,
                beginning_only: false,
            });
            kinds.extend(verdict.clone().map(|verdict| EventKind::ScenarioFinished {
                scenario,
                verdict,
                milliseconds: 1,
            }));
        }
        let events: Vec<Event> = kinds
            .into_iter()
            .zip(1..)
            .map(|(kind, sequence)| Event {
                sequence,
                at: jiff::Timestamp::UNIX_EPOCH,
                position: None,
                kind,
            })
            .collect();
        RunReport::of(&events.into())
    }

    fn failed() -> Verdict {
        Verdict::Failed {
            failure: Failure::cloud("no answer"),
            step: None,
        }
    }

    #[test]
    fn whatever_is_not_proven_is_drilled_again() {
        let because = || "it continues a".to_owned();
        let report = report(&[
            ("passed", Some(Verdict::Passed)),
            ("failed", Some(failed())),
            ("not-run", Some(Verdict::NotRun { because: because() })),
            ("skipped", Some(Verdict::Skipped { because: because() })),
            ("twice", Some(Verdict::Passed)),
            ("twice", Some(failed())),
            ("cut", None),
        ]);
        assert_eq!(not_passed(&report), ["cut", "failed", "not-run", "twice"]);
    }

    #[test]
    fn golden_nothing_to_drill_again() {
        let folder = tempfile::tempdir().expect("a folder");
        let failure = last_failed(folder.path()).expect_err("no run");
        let said = render(&as_fault(&failure), &SourceMap::default(), false);
        let said = said.replace(&folder.path().display().to_string(), "[folder]");
        insta::assert_snapshot!(said);
    }
}
