//! What a user reads at the end of a run, as goldens.

use std::collections::BTreeMap;
use std::path::Path;

use jiff::Timestamp;
use serde_json::json;

use super::document::RunReport;
use super::verdicts;
use crate::connection::FieldChange;
use crate::event::{Event, EventKind, LogEvidence, Proof, Resource, ResourceKind, SnapshotEvidence, Verdict};
use crate::failure::Failure;
use crate::names::RunId;

fn summary(kinds: Vec<EventKind>) -> RunReport {
    let started = EventKind::RunStarted {
        format: 1,
        run: RunId::generate(),
        version: "0.1.0".to_owned(),
        target: "simcloud".to_owned(),
        backend: "box@ceph".to_owned(),
        scenarios: Vec::new(),
    };
    let kinds = std::iter::once(started).chain(kinds);
    let event = |(position, kind)| Event {
        sequence: position as u64 + 1,
        at: Timestamp::UNIX_EPOCH,
        position: None,
        kind,
    };
    let events: Vec<Event> = kinds.enumerate().map(event).collect();
    RunReport::of(&events.into())
}

fn started(scenario: &str) -> EventKind {
    EventKind::ScenarioStarted {
        scenario: scenario.to_owned(),
        summary: "It keeps its data.".to_owned(),
        steps: 2,
        beginning_only: false,
    }
}

fn finished(scenario: &str, verdict: Verdict) -> EventKind {
    EventKind::ScenarioFinished {
        scenario: scenario.to_owned(),
        verdict,
        milliseconds: 2310,
    }
}

fn proven(scenario: &str, proof: Proof) -> EventKind {
    EventKind::Proven {
        scenario: scenario.to_owned(),
        step: 0,
        proof,
    }
}

fn words(run: &RunReport) -> String {
    verdicts(run, Path::new("runs/one/journal.jsonl"), false).replace(&run.run, "[run]")
}

#[test]
fn a_pass_says_what_was_proven() {
    let change = |field: &str, before, after| FieldChange {
        field: field.to_owned(),
        before,
        after,
    };
    let connection = Proof::Connection {
        volume: "root".to_owned(),
        site: "site-b".to_owned(),
        fields: BTreeMap::from([("cluster_name".to_owned(), json!("ceph2"))]),
        changes: vec![
            change("cluster_name", json!("ceph"), json!("ceph2")),
            change("hosts", json!(["192.0.2.11"]), json!(["198.51.100.11"])),
        ],
        log: LogEvidence::Agrees {
            fields: 14,
            masked: vec!["secret_uuid".to_owned()],
        },
        snapshot: SnapshotEvidence::Matched {
            checkpoint: "after-failover".to_owned(),
        },
    };
    let read = Proof::FileRead {
        guest: "app".to_owned(),
        path: "failover-dr".to_owned(),
        bytes: 65,
        sha256_before: Some("0123456789abcdef".to_owned()),
        sha256_after: "0123456789abcdef".to_owned(),
        device: None,
        direct: None,
        second_witness: None,
    };
    let summary = summary(vec![
        started("bfv-failover"),
        proven("bfv-failover", connection),
        proven("bfv-failover", read),
        finished("bfv-failover", Verdict::Passed),
        EventKind::RunFinished { milliseconds: 4000 },
    ]);
    insta::assert_snapshot!(words(&summary), @"
    PASS  bfv-failover (2.31s)
          connection  root leads to site-b: cluster_name ceph → ceph2, hosts 192.0.2.11 → 198.51.100.11
                      API and log agree on 14 fields (masked in the log: secret_uuid)
                      snapshot after-failover matches
          data        app reads failover-dr: 65 bytes, sha256 0123456789ab…, the same as when it was written

    box@ceph on simcloud · 0 requests, 0 polls in 4.00s · runs/one/journal.jsonl
    ");
}

#[test]
fn a_failure_and_what_it_left_are_named() {
    let failure = Failure::expectation("app does not read failover-dr as it was written: it is empty")
        .detail("expected", "\"x\"")
        .detail("seen", "\"\"")
        .help("this failover loses data");
    let summary = summary(vec![
        started("bfv-failover"),
        finished("bfv-failover", Verdict::Failed { failure, step: Some(4) }),
        started("bfv-failback"),
        finished(
            "bfv-failback",
            Verdict::NotRun {
                because: "it continues bfv-failover, which did not pass".to_owned(),
            },
        ),
        EventKind::Left {
            resource: Resource {
                kind: ResourceKind::Volume,
                name: "v".to_owned(),
                id: Some("c0ffee".to_owned()),
            },
            failure: Failure::cloud("volume v was not deleted within 120 s")
                .help("to remove it by hand: openstack volume delete c0ffee"),
            remedy: Vec::new(),
        },
        EventKind::RunFinished { milliseconds: 4000 },
    ]);
    assert_eq!(summary.counts().to_string(), "0 passed, 1 failed, 1 not run");
    insta::assert_snapshot!(words(&summary), @r#"
    FAIL  bfv-failover (2.31s)
    error[expectation]: app does not read failover-dr as it was written: it is empty
     |
     = note: expected: "x"
     = note: seen: ""
     = help: this failover loses data

    NOT RUN  bfv-failback (2.31s)
          it continues bfv-failover, which did not pass

    LEFT  volume c0ffee: volume v was not deleted within 120 s
      help: to remove it by hand: openstack volume delete c0ffee
    evidence  runs/one/journal.jsonl
    next      cinder-drill report runs/one/journal.jsonl --format html --output [run].html

    box@ceph on simcloud · 0 requests, 0 polls in 4.00s · runs/one/journal.jsonl
    "#);
}

#[test]
fn a_scenario_without_a_verdict_has_not_passed() {
    let summary = summary(vec![started("bfv-failover")]);
    assert_eq!(
        summary.counts().to_string(),
        "0 passed, 0 failed, 1 without a judgement"
    );
}

#[test]
fn a_beginning_that_failed_counts_and_one_that_passed_does_not() {
    let beginning = |verdict| {
        let started = EventKind::ScenarioStarted {
            scenario: "bfv-failover".to_owned(),
            summary: String::new(),
            steps: 1,
            beginning_only: true,
        };
        summary(vec![started, finished("bfv-failover", verdict)])
            .counts()
            .to_string()
    };
    assert_eq!(beginning(Verdict::Passed), "0 passed, 0 failed");
    assert_eq!(
        beginning(Verdict::Failed {
            failure: Failure::expectation("x"),
            step: None
        }),
        "0 passed, 1 failed"
    );
}
