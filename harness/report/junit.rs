//! JUnit XML: a suite for each run and a case for each scenario.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use quick_junit::{NonSuccessKind, Property, Report as Junit, SerializeError, TestCase, TestCaseStatus, TestSuite};

use super::document::{Outcome, Phase, Report, RunReport, ScenarioReport};
use super::joined;
use super::printable::printable;
use super::time::chrono;
use crate::event::PlaceRecord;
use crate::names::TEST_PACKAGE;

/// The name of the case that says what is wrong with a run as a whole. There is none if nothing is.
const WHOLE: &str = "run";

/// The report as JUnit XML. A failed expectation is a failure; a cloud that could not be asked, an interruption and a
/// missing verdict are errors; what did not run is skipped, with the reason.
///
/// # Errors
/// The XML cannot be written.
pub(super) fn junit(report: &Report) -> Result<String, SerializeError> {
    let mut junit = Junit::new("cinder-drill");
    if let Some(first) = report.runs.first() {
        junit.set_timestamp(chrono(first.started));
    }
    junit.set_time(Duration::from_millis(
        report.runs.iter().map(|run| run.milliseconds).sum(),
    ));
    for run in &report.runs {
        junit.add_test_suite(suite(run));
    }
    if !report.faults.is_empty() {
        let mut suite = TestSuite::new("cinder-drill");
        suite.add_test_case(whole("report", &report.faults));
        junit.add_test_suite(suite);
    }
    junit.to_string()
}

fn suite(run: &RunReport) -> TestSuite {
    let mut suite = TestSuite::new(clean(&format!("{} on {}", run.backend, run.target)));
    suite.set_timestamp(chrono(run.started));
    suite.set_time(Duration::from_millis(run.milliseconds));
    for (name, value) in [
        ("run", &run.run),
        ("target", &run.target),
        ("backend", &run.backend),
        ("cinder-drill", &run.version),
    ] {
        suite.add_property(property(name, value));
    }
    if let Some(shard) = run.description.as_ref().and_then(|found| found.shard) {
        suite.add_property(property("shard", &format!("{}/{}", shard.index, shard.count)));
    }
    for scenario in run.judged() {
        let written = run
            .description
            .as_ref()
            .and_then(|found| found.scenarios.get(&scenario.name));
        suite.add_test_case(case(scenario, written));
    }
    if !run.faults.is_empty() {
        suite.add_test_case(whole(&run.run, &run.faults));
    }
    suite
}

/// The case of a scenario. Readers of JUnit that mark lines look for the attributes `file` and `line` (pytest's `xunit1` has both).
fn case(scenario: &ScenarioReport, written: Option<&PlaceRecord>) -> TestCase {
    let mut case = TestCase::new(clean(in_package(&scenario.id)), status(scenario));
    case.set_classname(TEST_PACKAGE);
    if let Some(at) = written {
        case.extra.insert("file".into(), clean(&at.file).into());
        case.extra.insert("line".into(), at.line.to_string().into());
    }
    case.set_timestamp(chrono(scenario.started));
    case.set_time(Duration::from_millis(scenario.milliseconds));
    case.add_property(property("summary", &scenario.summary));
    if let Some(alone) = &scenario.api_alone {
        case.add_property(property("api-only", alone));
    }
    if let Some(cause) = scenario.failure.as_ref().and_then(|failure| failure.cause) {
        case.add_property(property("cause", cause.word()));
    }
    for skipped in scenario.skipped_steps() {
        case.add_property(property("skipped-step", &skipped));
    }
    for (name, milliseconds) in named(&scenario.phases) {
        let seconds = Duration::from_millis(milliseconds).as_secs_f64();
        case.add_property(property(&name, &format!("{seconds:.3}")));
    }
    for workload in &scenario.workloads {
        let Some(judged) = workload.judgements.last() else {
            continue;
        };
        let (name, found) = (workload.name(), &judged.findings);
        let seconds = Duration::from_millis(found.lost_milliseconds).as_secs_f64();
        case.add_property(property(&format!("rpo.records {name}"), &found.lost.to_string()));
        case.add_property(property(&format!("rpo.seconds {name}"), &format!("{seconds:.3}")));
    }
    let proven: Vec<String> = scenario
        .proven
        .iter()
        .map(|fact| format!("{}: {}", fact.name, fact.text.replace('\n', "\n    ")))
        .chain(scenario.api_alone.iter().map(|alone| format!("API only: {alone}")))
        .chain(
            scenario
                .skipped_steps()
                .iter()
                .map(|skipped| format!("skipped: {skipped}")),
        )
        .chain(scenario.notices.iter().map(|notice| format!("note: {notice}")))
        .collect();
    if !proven.is_empty() {
        case.set_system_out(clean(&proven.join("\n")));
    }
    case
}

/// The name of a test within its package, which is the class in JUnit: readers show both with a dot between them.
fn in_package(id: &str) -> &str {
    id.strip_prefix(TEST_PACKAGE)
        .and_then(|name| name.strip_prefix('.'))
        .unwrap_or(id)
}

fn status(scenario: &ScenarioReport) -> TestCaseStatus {
    let kind = match scenario.outcome {
        Outcome::Passed => return TestCaseStatus::success(),
        Outcome::NotRun | Outcome::Skipped => {
            let mut status = TestCaseStatus::skipped();
            status.set_message(clean(scenario.because.as_deref().unwrap_or("no reason is known")));
            return status;
        }
        Outcome::Failed => NonSuccessKind::Failure,
        Outcome::Error | Outcome::Interrupted | Outcome::Unfinished => NonSuccessKind::Error,
    };
    let mut status = TestCaseStatus::non_success(kind);
    status.set_type(scenario.outcome.words().replace(' ', "-"));
    match &scenario.failure {
        Some(failure) => {
            status.set_message(clean(&failure.summary));
            status.set_description(clean(&failure.diagnosis));
        }
        None => {
            status.set_message("the journal holds no verdict: the run still runs, or was killed");
        }
    }
    status
}

/// The case of what is wrong with a run, or with the whole report.
fn whole(name: &str, faults: &[impl fmt::Display]) -> TestCase {
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
    status.set_type(WHOLE);
    status.set_message(clean(&joined(faults, "; ")));
    let mut case = TestCase::new(clean(&format!("{WHOLE}.{name}")), status);
    case.set_classname(TEST_PACKAGE);
    case.set_time(Duration::ZERO);
    case
}

/// Phases under names of which none comes twice.
pub(super) fn named(phases: &[Phase]) -> Vec<(String, u64)> {
    let mut seen: BTreeMap<&str, u32> = BTreeMap::new();
    phases
        .iter()
        .map(|phase| {
            let name = phase.phase.as_str();
            let number = seen.entry(name).and_modify(|number| *number += 1).or_insert(1);
            let suffix = if *number > 1 {
                format!(".{number}")
            } else {
                String::new()
            };
            (format!("phase.{name}{suffix}"), phase.milliseconds)
        })
        .collect()
}

fn property(name: &str, value: &str) -> Property {
    Property::new(clean(name), clean(value))
}

/// Text without the characters that XML 1.0 has no way to hold, which the crate does not all remove.
fn clean(text: &str) -> String {
    printable(text)
}
