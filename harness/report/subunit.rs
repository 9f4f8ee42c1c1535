//! subunit v2: the stream of test events that OpenStack's gate jobs collect (`testrepository.subunit`).

use std::fmt::Display;

use jiff::Timestamp;
use subunit::serialize::Serializable;
use subunit::types::event::{Event, EventBuilder};
use subunit::types::teststatus::TestStatus;

use super::document::{Outcome, Report, RunReport, ScenarioReport};
use super::joined;
use super::junit::named;
use super::time::{after, chrono};
use crate::names::TEST_PACKAGE;

/// The longest piece of an attachment in one packet; a packet holds at most 4 MiB.
const PIECE: usize = 1024 * 1024;

/// What the crate answers with.
type Written<T> = Result<T, Box<dyn std::error::Error>>;

/// The report as a subunit v2 stream. subunit knows no errors beside failures: both are `fail`, and so is a scenario
/// without a verdict. What did not run is `skip`, with the reason.
///
/// # Errors
/// A packet cannot be written.
pub(super) fn subunit(report: &Report) -> Written<Vec<u8>> {
    let mut stream = Vec::new();
    for run in &report.runs {
        for scenario in run.judged() {
            write_scenario(&mut stream, run, scenario)?;
        }
        if !run.faults.is_empty() {
            let ended = after(run.started, run.milliseconds);
            write_faults(&mut stream, &run.run, ended, &run.faults)?;
        }
    }
    if !report.faults.is_empty() {
        let now = report.runs.first().map_or(Timestamp::UNIX_EPOCH, |run| run.started);
        write_faults(&mut stream, "report", now, &report.faults)?;
    }
    Ok(stream)
}

fn write_scenario(stream: &mut Vec<u8>, run: &RunReport, scenario: &ScenarioReport) -> Written<()> {
    let began = scenario.started;
    let ended = after(began, scenario.milliseconds);
    let tags = [&run.target, &run.run];
    let event = |status, at: Timestamp| -> Written<EventBuilder> {
        let event = Event::new(status).test_id(&scenario.id).datetime(chrono(at))?;
        Ok(tags.iter().fold(event, |event, tag| event.tag(tag)))
    };
    event(TestStatus::InProgress, began)?.build().serialize(stream)?;
    let (status, attachment, text) = match scenario.outcome {
        Outcome::Passed => (TestStatus::Success, None, String::new()),
        Outcome::NotRun | Outcome::Skipped => (
            TestStatus::Skipped,
            Some("reason"),
            scenario
                .because
                .clone()
                .unwrap_or_else(|| "no reason is known".to_owned()),
        ),
        Outcome::Failed | Outcome::Error | Outcome::Interrupted | Outcome::Unfinished => (
            TestStatus::Failed,
            Some("traceback"),
            scenario.failure.as_ref().map_or_else(
                || "the journal holds no verdict: the run still runs, or was killed".to_owned(),
                |failure| format!("{}\n", failure.diagnosis),
            ),
        ),
    };
    if let Some(name) = attachment {
        attach(stream, &scenario.id, name, &text)?;
    }
    let proven: Vec<String> = scenario
        .proven
        .iter()
        .map(|fact| format!("{}: {}\n", fact.name, fact.text.replace('\n', "\n    ")))
        .collect();
    attach(stream, &scenario.id, "proven", &proven.concat())?;
    if let Some(alone) = &scenario.api_alone {
        attach(stream, &scenario.id, "api-only", &format!("{alone}\n"))?;
    }
    let skipped: Vec<String> = scenario
        .skipped_steps()
        .iter()
        .map(|line| format!("{line}\n"))
        .collect();
    attach(stream, &scenario.id, "skipped-steps", &skipped.concat())?;
    let phases: Vec<String> = named(&scenario.phases)
        .into_iter()
        .map(|(name, milliseconds)| format!("{name} {milliseconds} ms\n"))
        .collect();
    attach(stream, &scenario.id, "phases", &phases.concat())?;
    event(status, ended)?.build().serialize(stream)
}

/// What is wrong with a run as a whole is a test that failed.
fn write_faults(stream: &mut Vec<u8>, name: &str, at: Timestamp, faults: &[impl Display]) -> Written<()> {
    let id = format!("{TEST_PACKAGE}.run.{name}");
    let event = |status| -> Written<Event> { Ok(Event::new(status).test_id(&id).datetime(chrono(at))?.build()) };
    event(TestStatus::InProgress)?.serialize(stream)?;
    attach(stream, &id, "traceback", &(joined(faults, "\n") + "\n"))?;
    event(TestStatus::Failed)?.serialize(stream)
}

/// A text attached to a test, in pieces if it is long. Nothing is attached of an empty one.
fn attach(stream: &mut Vec<u8>, id: &str, name: &str, text: &str) -> Written<()> {
    let pieces = text.as_bytes().chunks(PIECE);
    let last = pieces.len().saturating_sub(1);
    for (position, piece) in pieces.enumerate() {
        let event = Event::new(TestStatus::Undefined)
            .test_id(id)
            .mime_type("text/plain;charset=utf8")
            .file_content(name, piece);
        let event = if position == last { event.end_of_file() } else { event };
        event.build().serialize(stream)?;
    }
    Ok(())
}
