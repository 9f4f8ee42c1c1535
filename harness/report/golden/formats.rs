//! The formats, as they are.

use serde_json::Value;

use super::events::{
    described, failed, journal, passing, report, run_started, scenario_finished, scenario_started, step,
};
use super::torn::{statuses, written};
use crate::event::{EventKind, Journal, Resource, ResourceKind, Verdict};
use crate::failure::{Failure, FailureKind};
use crate::report::{Format, json_schema};

/// A scenario of each outcome.
pub fn every_outcome() -> Journal {
    let read = Failure::expectation("app does not read note as it was written: it is empty")
        .detail("expected", "\"x\"")
        .help("this failover loses data");
    let mut kinds = vec![
        run_started(&["bfv-failover", "other", "broken", "stopped", "later"]),
        described(None, None),
        scenario_started("other"),
    ];
    kinds.pop();
    kinds.extend(passing("other"));
    kinds.push(scenario_started("bfv-failover"));
    kinds.extend(step("bfv-failover", 2, "read", Vec::new(), Some(read.clone())));
    kinds.push(scenario_finished("bfv-failover", failed(read, Some(2))));
    kinds.push(scenario_started("broken"));
    kinds.push(scenario_finished(
        "broken",
        failed(Failure::cloud("volume root went to status error"), None),
    ));
    kinds.push(scenario_started("stopped"));
    let stopped = Failure::new(FailureKind::Interrupted, "interrupted by Ctrl-C or a signal");
    kinds.push(scenario_finished("stopped", failed(stopped, None)));
    kinds.push(scenario_started("later"));
    let because = "the run was interrupted".to_owned();
    kinds.push(scenario_finished("later", Verdict::NotRun { because }));
    kinds.push(EventKind::Left {
        resource: Resource {
            kind: ResourceKind::Volume,
            name: "v".to_owned(),
            id: Some("c0ffee".to_owned()),
        },
        failure: Failure::cloud("volume v was not deleted within 120 s"),
        remedy: Vec::new(),
    });
    kinds.push(EventKind::RunFinished { milliseconds: 9000 });
    journal(kinds)
}

pub fn text(journal: &Journal, format: Format) -> String {
    String::from_utf8(written(&report(journal), format)).expect("UTF-8")
}

#[test]
fn junit_tells_failures_errors_and_skips_apart() {
    insta::assert_snapshot!(text(&every_outcome(), Format::Junit));
}

#[test]
fn subunit_knows_only_failures_and_skips() {
    let journal = every_outcome();
    let stream = written(&report(&journal), Format::Subunit);
    let words: Vec<String> = statuses(&stream)
        .iter()
        .map(|(id, status)| format!("{id} {status:?}"))
        .collect();
    insta::assert_snapshot!(words.join("\n"), @r"
    cinder_drill.other Success
    cinder_drill.bfv-failover Failed
    cinder_drill.broken Failed
    cinder_drill.stopped Failed
    cinder_drill.later Skipped
    cinder_drill.run.20261124-120000-abcd Failed
    ");
}

#[test]
fn text_is_what_the_terminal_said_with_the_diagnoses() {
    insta::assert_snapshot!(text(&every_outcome(), Format::Text));
}

#[test]
fn html_shows_all_that_is_known() {
    let html = text(&every_outcome(), Format::Html).replace("&#x2f;", "/");
    for part in [
        "<title>failed: cinder-drill simcloud</title>",
        "verdict-passed",
        "verdict-failed",
        "verdict-error",
        "verdict-interrupted",
        "verdict-not-run",
        "the run was interrupted",
        "It is not a certification",
        "<b>0.10 s</b><span>service settled</span>",
        "the service box@ceph to be failed-over: 0.10 s",
        "The backend was not moved.",
        "<a href=\"#r0s0\">",
        "<tr class=\"changed\"><th>cluster_name",
        "<td class=\"mono\">ceph</td><td class=\"mono changed\">ceph2</td>",
        "<tr><th>name</th>",
        "the same</span>",
        "587225da7d4164178c2ddfc9247b77ef5390faa141d9343054ac998a96b1870a",
        "up+replaying",
        "req-1",
        "scenarios/bfv-failover.yaml:5",
        "5 |   - read: { guest: app }",
        "volume c0ffee was left behind",
        "Plan of bfv-failover",
        "embedded_cloud",
    ] {
        assert!(html.contains(part), "{part} is not in\n{html}");
    }
}

#[test]
fn json_is_as_its_schema_says() {
    let mut compiler = boon::Compiler::new();
    let mut schemas = boon::Schemas::new();
    compiler.add_resource("report.json", json_schema()).expect("a schema");
    let compiled = compiler.compile("report.json", &mut schemas).expect("a sound schema");
    let first = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("harness/report/golden/first-version.jsonl");
    let mut repeated = vec![run_started(&["bfv-failover"; 2]), described(Some((1, 2)), Some(2))];
    repeated.extend(passing("bfv-failover"));
    repeated.extend(passing("bfv-failover"));
    for journal in [
        every_outcome(),
        journal(repeated),
        crate::event::Journal::read(&first, crate::event::Reading::Lenient).expect("a journal"),
        super::recovery::both(),
    ] {
        let value: Value = serde_json::from_str(&text(&journal, Format::Json)).expect("JSON");
        if let Err(error) = schemas.validate(&value, compiled) {
            panic!("{error:#}");
        }
        // A schema that takes everything would prove nothing.
        let mut wrong = value;
        wrong["runs"][0]["scenarios"][0]["outcome"] = "fine".into();
        assert!(schemas.validate(&wrong, compiled).is_err());
    }
}
