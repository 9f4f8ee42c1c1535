//! What did not come to its end is never a pass, in no format.

use subunit::io::sync::iter_stream;
use subunit::types::stream::ScannedItem;
use subunit::types::teststatus::TestStatus;

use super::events::{
    described, failed, file_seen, journal, passing_run, report, run_started, scenario_finished, scenario_started, step,
};
use crate::event::{EventKind, Journal, Reading, Resource, ResourceKind, Verdict};
use crate::failure::Failure;
use crate::report::document::{Outcome, Report};
use crate::report::{Format, text};

/// A report in a format, as text.
pub fn written(report: &Report, format: Format) -> Vec<u8> {
    let words = || text(report, &["journal.jsonl".into()], false);
    format.write(report, words).expect("a report")
}

/// The final status of each test of a subunit stream.
pub fn statuses(stream: &[u8]) -> Vec<(String, TestStatus)> {
    let events = iter_stream(stream).map(|item| match item.expect("a packet") {
        ScannedItem::Event(event) => event,
        other => panic!("no event: {other:?}"),
    });
    events
        .filter(|event| !matches!(event.status, TestStatus::Undefined | TestStatus::InProgress))
        .map(|event| (event.test_id.expect("an id"), event.status))
        .collect()
}

/// Panics if any format lets somebody take the journal for one of a pass.
fn must_not_pass(journal: &Journal, what: &str) {
    let report = report(journal);
    assert_ne!(report.outcome, Outcome::Passed, "{what}");
    let text = |format| String::from_utf8(written(&report, format)).expect("UTF-8");
    let junit = quick_junit::Report::deserialize_from_str(&text(Format::Junit)).expect("JUnit");
    assert!(junit.errors + junit.failures > 0, "{what}: {junit:?}");
    let statuses = statuses(&written(&report, Format::Subunit));
    assert!(
        statuses.iter().any(|(_, status)| *status == TestStatus::Failed),
        "{what}: {statuses:?}"
    );
    let metrics = text(Format::Metrics);
    for family in ["run", "report"] {
        let passed = format!("cinder_drill_{family}_outcome=\"passed\"}} ");
        assert!(metrics.contains(&format!("{passed}0\n")), "{what}: {metrics}");
        assert!(!metrics.contains(&format!("{passed}1\n")), "{what}: {metrics}");
    }
    let html = text(Format::Html);
    assert!(!html.contains("<title>passed"), "{what}");
    assert!(html.contains("class=\"note fault\""), "{what}");
    assert!(text(Format::Text).contains("not a pass: "), "{what}");
    assert!(
        !text(Format::Json).starts_with("{\n  \"format\": 1,\n  \"outcome\": \"passed\""),
        "{what}"
    );
}

#[test]
fn the_whole_journal_is_a_pass() {
    let journal = journal(passing_run());
    let report = report(&journal);
    assert_eq!((report.outcome, report.counts.passed), (Outcome::Passed, 1));
    assert_eq!(report.runs[0].faults, Vec::new());
    let subunit = written(&report, Format::Subunit);
    assert_eq!(
        statuses(&subunit),
        [("cinder_drill.bfv-failover".to_owned(), TestStatus::Success)]
    );
}

#[test]
fn a_journal_that_is_cut_off_anywhere_is_no_pass() {
    let whole = passing_run();
    for length in 1..whole.len() {
        let mut cut = journal(whole[..length].to_vec());
        must_not_pass(&cut, &format!("the first {length} events"));
        cut.torn = true;
        must_not_pass(&cut, &format!("the first {length} events and half a one"));
    }
}

#[test]
fn a_run_that_loses_any_event_that_judges_is_no_pass() {
    let whole = passing_run();
    let judges = |kind: &EventKind| {
        matches!(
            kind,
            EventKind::ScenarioStarted { .. }
                | EventKind::StepStarted { .. }
                | EventKind::StepFinished { .. }
                | EventKind::ScenarioFinished { .. }
                | EventKind::RunFinished { .. }
        )
    };
    let positions: Vec<usize> = (0..whole.len()).filter(|position| judges(&whole[*position])).collect();
    assert_eq!(positions.len(), 9);
    for position in positions {
        let mut kinds = whole.clone();
        kinds.remove(position);
        must_not_pass(&journal(kinds), &format!("without event {position}"));
    }
}

#[test]
fn a_journal_that_lacks_any_line_is_no_pass() {
    let lines: Vec<String> = journal(passing_run())
        .events
        .iter()
        .map(|event| serde_json::to_string(event).expect("a line"))
        .collect();
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("journal.jsonl");
    for missing in 0..lines.len() - 1 {
        let mut kept = lines.clone();
        kept.remove(missing);
        std::fs::write(&path, kept.join("\n") + "\n").expect("written");
        must_not_pass(
            &Journal::read(&path, Reading::Lenient).expect("a journal"),
            &format!("without line {}", missing + 1),
        );
    }
}

#[test]
fn a_clean_up_that_left_more_than_it_names_is_no_pass() {
    let mut kinds = passing_run();
    let end = kinds.len() - 1;
    let clean_up = |left| {
        let started = EventKind::CleanupStarted {
            resources: 1,
            chain: None,
        };
        let finished = EventKind::CleanupFinished {
            left,
            chain: None,
            milliseconds: 1,
        };
        [started, finished]
    };
    let mut honest = kinds.clone();
    honest.splice(end..end, clean_up(0));
    assert_eq!(report(&journal(honest)).outcome, Outcome::Passed);
    kinds.splice(end..end, clean_up(1));
    must_not_pass(&journal(kinds), "a thing that is left and not named");
}

#[test]
fn what_was_made_and_is_not_said_to_be_gone_is_no_pass() {
    let mut kinds = passing_run();
    let end = kinds.len() - 1;
    let resource = Resource {
        kind: ResourceKind::Volume,
        name: "v".to_owned(),
        id: Some("1".to_owned()),
    };
    let intended = EventKind::Intended {
        resource: resource.clone(),
    };
    let made = EventKind::Made {
        resource: resource.clone(),
    };
    kinds.splice(end..end, [intended, made]);
    must_not_pass(&journal(kinds.clone()), "a volume of which nothing is said");
    let end = kinds.len() - 1;
    kinds.insert(end, EventKind::Removed { resource });
    assert_eq!(report(&journal(kinds)).outcome, Outcome::Passed);
}

#[test]
fn an_expectation_that_did_not_hold_stays_one_whatever_else_went_wrong() {
    let lost = || failed(Failure::expectation("it is empty"), None);
    let cloud = || failed(Failure::cloud("it does not answer"), None);
    let because = || Verdict::NotRun {
        because: "interrupted".to_owned(),
    };
    let of = |verdicts: Vec<Option<Verdict>>| {
        let names: Vec<String> = (0..verdicts.len()).map(|position| format!("s{position}")).collect();
        let mut kinds = vec![run_started(&names.iter().map(String::as_str).collect::<Vec<_>>())];
        for (name, verdict) in names.iter().zip(verdicts) {
            kinds.push(scenario_started(name));
            kinds.extend(verdict.map(|verdict| scenario_finished(name, verdict)));
        }
        kinds.push(EventKind::RunFinished { milliseconds: 1 });
        report(&journal(kinds)).outcome
    };
    assert_eq!(of(vec![Some(lost())]), Outcome::Failed);
    assert_eq!(of(vec![Some(lost()), Some(cloud())]), Outcome::Failed);
    assert_eq!(of(vec![Some(lost()), Some(because())]), Outcome::Failed);
    assert_eq!(of(vec![Some(lost()), None]), Outcome::Failed);
    assert_eq!(of(vec![Some(cloud()), Some(because())]), Outcome::Error);
    assert_eq!(of(vec![Some(because())]), Outcome::Error);
    assert_eq!(of(vec![None]), Outcome::Unfinished);
}

#[test]
fn a_verdict_is_that_of_the_scenario_that_it_names() {
    let mut kinds = vec![run_started(&["a", "b"]), scenario_started("a"), scenario_started("b")];
    // The steps of both, by turns.
    for number in 0..3 {
        kinds.extend(step(
            "a",
            number,
            "write",
            vec![file_seen("a", number, "of-a", true, "1")],
            None,
        ));
        kinds.extend(step(
            "b",
            number,
            "write",
            vec![file_seen("b", number, "of-b", true, "2")],
            None,
        ));
    }
    kinds.push(scenario_finished("a", Verdict::Passed));
    let lost = failed(Failure::expectation("it is empty"), Some(2));
    kinds.push(scenario_finished("b", lost.clone()));
    kinds.push(EventKind::RunFinished { milliseconds: 1 });
    let run = &report(&journal(kinds.clone())).runs[0];
    assert_eq!(run.faults, Vec::new());
    let told: Vec<_> = run
        .scenarios
        .iter()
        .map(|scenario| {
            (
                scenario.name.as_str(),
                scenario.outcome,
                scenario.files[0].path.as_str(),
            )
        })
        .collect();
    assert_eq!(told, [("a", Outcome::Passed, "of-a"), ("b", Outcome::Failed, "of-b")]);
    // The verdict of one that never began is nobody's.
    for kind in &mut kinds {
        if let EventKind::ScenarioFinished { scenario, .. } = kind
            && scenario == "a"
        {
            "c".clone_into(scenario);
        }
    }
    must_not_pass(&journal(kinds), "a verdict of another scenario");
}

#[test]
fn a_run_without_scenarios_is_no_pass_and_an_empty_shard_is_no_error() {
    let finished = EventKind::RunFinished { milliseconds: 1 };
    let empty = |shard| vec![run_started(&[]), described(shard, None), finished.clone()];
    must_not_pass(&journal(empty(None)), "no scenario");
    let shard = report(&journal(empty(Some((2, 2)))));
    assert_eq!(shard.outcome, Outcome::NotRun);
    assert_eq!(shard.faults, Vec::<String>::new());
}

#[test]
fn a_scenario_that_did_not_run_is_no_pass_for_those_who_count_failures_only() {
    let because = "the cloud cannot be reached".to_owned();
    let kinds = vec![
        run_started(&["a"]),
        scenario_started("a"),
        scenario_finished("a", Verdict::NotRun { because }),
        EventKind::RunFinished { milliseconds: 1 },
    ];
    must_not_pass(&journal(kinds), "nothing but a skip");
}

#[test]
fn events_of_a_later_version_make_no_pass() {
    let mut journal = journal(passing_run());
    journal.unknown.push("teleported".to_owned());
    must_not_pass(&journal, "an unknown event");
}

#[test]
fn a_journal_of_the_first_version_can_be_read() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("harness/report/golden/first-version.jsonl");
    let journal = crate::event::Journal::read(&path, crate::event::Reading::Lenient).expect("a journal");
    let report = report(&journal);
    assert_eq!(report.outcome, Outcome::Passed, "{:?}", report.runs[0].faults);
    let phases: Vec<&str> = report.runs[0].scenarios[0]
        .phases
        .iter()
        .map(|phase| phase.phase.as_str())
        .collect();
    assert_eq!(
        phases,
        [
            "prepare",
            "failover-api",
            "service-settled",
            "reconnect",
            "boot",
            "first-read",
            "failover-to-first-read"
        ]
    );
    for format in Format::FILES {
        assert!(!written(&report, format).is_empty());
    }
}
