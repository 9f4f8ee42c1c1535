//! Journals for tests.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

use crate::event::{
    Event, EventKind, Journal, MirrorState, PlaceRecord, PlanRecord, PlannedStepRecord, Proof, Resource, ResourceKind,
    RunDescription, ShardRecord, Verdict,
};
use crate::failure::Failure;
use crate::names::RunId;
use crate::report::document::{Report, RunReport};

/// A scenario's file, in which step 2 is the third line of steps.
pub const SOURCE: &str = "scenario: bfv-failover\nsteps:\n  - write: {}\n  - failover: {}\n  - read: { guest: app }\n";

/// Events a tenth of a second apart, from 2026-11-24 12:00 on.
pub fn journal(kinds: Vec<EventKind>) -> Journal {
    let start: Timestamp = "2026-11-24T12:00:00Z".parse().expect("a time");
    let event = |(position, kind): (usize, EventKind)| {
        let tenths = i64::try_from(position).expect("few events");
        Event {
            sequence: position as u64 + 1,
            at: start + SignedDuration::from_millis(100 * tenths),
            position: None,
            kind,
        }
    };
    let events: Vec<Event> = kinds.into_iter().enumerate().map(event).collect();
    events.into()
}

/// A report of one journal.
pub fn report(journal: &Journal) -> Report {
    Report::of(vec![RunReport::of(journal)])
}

fn run_id(text: &str) -> RunId {
    serde_json::from_value(json!(text)).expect("an id")
}

pub fn run_started(scenarios: &[&str]) -> EventKind {
    run_started_in(1, scenarios)
}

/// The beginning of a run in a journal of some format.
pub fn run_started_in(format: u32, scenarios: &[&str]) -> EventKind {
    EventKind::RunStarted {
        format,
        run: run_id("20261124-120000-abcd"),
        version: "0.1.0".to_owned(),
        target: "simcloud".to_owned(),
        backend: "box@ceph".to_owned(),
        scenarios: scenarios.iter().map(|name| (*name).to_owned()).collect(),
    }
}

/// A description with the plan of one scenario.
pub fn described(shard: Option<(u32, u32)>, repetitions: Option<u32>) -> EventKind {
    let step = |step: usize, verb: &str| PlannedStepRecord {
        step,
        scenario: "bfv-failover".to_owned(),
        verb: verb.to_owned(),
        description: format!("{verb} something"),
        at: PlaceRecord {
            file: "scenarios/bfv-failover.yaml".to_owned(),
            line: 3 + step,
            column: 5,
            span: {
                let start = SOURCE.find(&format!("{verb}:")).expect("the verb");
                (start, start + verb.len())
            },
        },
        budget: 60_000,
        changes: verb != "read",
        undo: (verb == "failover").then(|| "fail back".to_owned()),
        locks: Vec::new(),
    };
    EventKind::RunDescribed {
        description: Box::new(RunDescription {
            versions: BTreeMap::from([("cinder-drill".to_owned(), "0.1.0".to_owned())]),
            target: object(
                json!({"name": "simcloud", "embedded_cloud": true, "sites": [{"name": "site-a"}], "shared": false}),
            ),
            plans: vec![PlanRecord {
                scenario: "bfv-failover".to_owned(),
                chain: Vec::new(),
                makes: vec!["volume root: 1 GiB, type replicated".to_owned()],
                steps: vec![step(0, "write"), step(1, "failover"), step(2, "read")],
            }],
            scenarios: BTreeMap::from([(
                "bfv-failover".to_owned(),
                PlaceRecord {
                    file: "scenarios/bfv-failover.yaml".to_owned(),
                    line: 1,
                    column: 11,
                    span: (10, 22),
                },
            )]),
            sources: BTreeMap::from([("scenarios/bfv-failover.yaml".to_owned(), SOURCE.to_owned())]),
            shard: shard.map(|(index, count)| ShardRecord { index, count }),
            repetitions,
        }),
    }
}

pub fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(fields) => fields,
        _ => panic!("not an object"),
    }
}

pub fn scenario_started(name: &str) -> EventKind {
    EventKind::ScenarioStarted {
        scenario: name.to_owned(),
        summary: "It keeps its data.".to_owned(),
        steps: 3,
        beginning_only: false,
    }
}

pub fn scenario_finished(name: &str, verdict: Verdict) -> EventKind {
    EventKind::ScenarioFinished {
        scenario: name.to_owned(),
        verdict,
        milliseconds: 2310,
    }
}

pub fn failed(failure: Failure, step: Option<usize>) -> Verdict {
    Verdict::Failed { failure, step }
}

pub fn step(name: &str, step: usize, verb: &str, within: Vec<EventKind>, failure: Option<Failure>) -> Vec<EventKind> {
    let mut kinds = vec![EventKind::StepStarted {
        scenario: name.to_owned(),
        step,
        verb: verb.to_owned(),
        description: format!("{verb} something"),
    }];
    kinds.extend(within);
    kinds.push(EventKind::StepFinished {
        scenario: name.to_owned(),
        step,
        done: failure.is_none().then(|| format!("{verb} did something")),
        skipped: None,
        failure,
        milliseconds: 90,
    });
    kinds
}

pub fn file_seen(name: &str, step: usize, path: &str, written: bool, sha256: &str) -> EventKind {
    EventKind::FileSeen {
        scenario: name.to_owned(),
        step,
        guest: "app".to_owned(),
        path: path.to_owned(),
        written,
        bytes: 66,
        sha256: sha256.to_owned(),
    }
}

pub fn connection_seen(name: &str, step: usize, volume: &str, fields: Value, changed: &[&str]) -> EventKind {
    EventKind::ConnectionSeen {
        scenario: name.to_owned(),
        step,
        volume: volume.to_owned(),
        expected_site: "site-b".to_owned(),
        fields: object(fields),
        changed: changed.iter().map(|field| (*field).to_owned()).collect(),
    }
}

pub fn mirror_seen(image_of: &str, note: &str) -> EventKind {
    let site = |site: &str, primary| MirrorState {
        site: site.to_owned(),
        primary: Some(primary),
        state: Some("up+replaying".to_owned()),
        note: Some(note.to_owned()),
    };
    EventKind::MirrorSeen {
        image_of: image_of.to_owned(),
        sites: vec![site("site-a", true), site("site-b", false)],
    }
}

/// The events of a scenario that passes, from its beginning to its verdict.
pub fn passing(name: &str) -> Vec<EventKind> {
    let digest = "587225da7d4164178c2ddfc9247b77ef5390faa141d9343054ac998a96b1870a";
    let volume = Resource {
        kind: ResourceKind::Volume,
        name: "cinder-drill-root".to_owned(),
        id: Some("c0ffee".to_owned()),
    };
    let prove = |proof| EventKind::Proven {
        scenario: name.to_owned(),
        step: 1,
        proof,
    };
    let mut kinds = vec![
        scenario_started(name),
        EventKind::PrepareStarted {
            scenario: name.to_owned(),
        },
        EventKind::Intended {
            resource: volume.clone(),
        },
        EventKind::Made {
            resource: volume.clone(),
        },
        EventKind::PrepareFinished {
            scenario: name.to_owned(),
            summary: "volume root is available".to_owned(),
            milliseconds: 300,
        },
    ];
    kinds.extend(step(
        name,
        0,
        "write",
        vec![file_seen(name, 0, "note", true, digest)],
        None,
    ));
    let failover = vec![
        EventKind::Requested {
            service: "block-storage".to_owned(),
            method: "PUT".to_owned(),
            url: "http://192.0.2.1/volume/v3/os-services/failover_host".to_owned(),
            status: Some(202),
            request_id: Some("req-1".to_owned()),
            milliseconds: 20,
            attempt: 1,
            error: None,
            refused: false,
        },
        EventKind::Waiting {
            awaited: "the service box@ceph to be failed-over".to_owned(),
            last_state: "up, failing-over".to_owned(),
            elapsed: 10,
            budget: 60_000,
        },
        EventKind::Waited {
            awaited: "the service box@ceph to be failed-over".to_owned(),
            states: vec!["up, failing-over".to_owned()],
            elapsed: 100,
            polls: 4,
        },
        prove(Proof::FailedOver {
            backend: "box@ceph".to_owned(),
            active_backend_id: "ceph2".to_owned(),
            volumes: 1,
            together_with: Vec::new(),
            witness: crate::event::MoveWitness::Storage {
                site: "site-b".to_owned(),
                images: 1,
                unasked: Vec::new(),
            },
            api_milliseconds: 20,
            service_milliseconds: None,
            settled_milliseconds: 100,
        }),
    ];
    kinds.extend(step(name, 1, "failover", failover, None));
    let read = vec![
        mirror_seen("volume root", "local image is primary"),
        connection_seen(
            name,
            2,
            "root",
            json!({"hosts": ["192.0.2.11"], "cluster_name": "ceph", "name": "volumes/v"}),
            &[],
        ),
        connection_seen(
            name,
            2,
            "root",
            json!({"hosts": ["198.51.100.11"], "cluster_name": "ceph2", "name": "volumes/v"}),
            &["hosts", "cluster_name"],
        ),
        file_seen(name, 2, "note", false, digest),
        prove(Proof::FileRead {
            guest: "app".to_owned(),
            path: "note".to_owned(),
            bytes: 66,
            sha256_before: Some(digest.to_owned()),
            sha256_after: digest.to_owned(),
            device: Some("/dev/vda1".to_owned()),
            direct: Some(true),
            second_witness: Some(crate::event::SecondWitness::Storage {
                site: "site-b".to_owned(),
                writes: 10,
            }),
        }),
    ];
    kinds.extend(step(name, 2, "read", read, None));
    kinds.push(scenario_finished(name, Verdict::Passed));
    kinds.extend([
        EventKind::CleanupStarted {
            resources: 1,
            chain: None,
        },
        EventKind::Removed { resource: volume },
        EventKind::CleanupFinished {
            left: 0,
            chain: None,
            milliseconds: 100,
        },
    ]);
    kinds
}

/// The events of a run in which one scenario passes.
pub fn passing_run() -> Vec<EventKind> {
    let mut kinds = vec![run_started(&["bfv-failover"]), described(None, None)];
    kinds.extend(passing("bfv-failover"));
    kinds.push(EventKind::RunFinished { milliseconds: 4000 });
    kinds
}
