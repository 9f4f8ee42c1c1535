//! A small run, and how it is changed.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::agreement::{Comparison, Evidence, compare};
use crate::connection::FieldChange;
use crate::event::{Event, EventKind, LogEvidence, Proof, SnapshotEvidence, Verdict};
use crate::names::RunId;
use crate::observation::{Observation, Printed, Shape};

/// What a run left.
#[derive(Clone)]
pub struct Run {
    pub events: Vec<EventKind>,
    pub observations: Vec<Observation>,
}

pub fn answer(method: &str, route: &str, status: u16, body: Value) -> Observation {
    Observation::Answer {
        mistake: None,
        service: "block-storage".to_owned(),
        method: method.to_owned(),
        route: route.to_owned(),
        version: Some("volume 3.60".to_owned()),
        status,
        body: Some(Shape::of(&body)),
        message: None,
    }
}

pub fn refused(mistake: &str, status: u16, message: &str) -> Observation {
    Observation::Answer {
        mistake: Some(mistake.to_owned()),
        service: "block-storage".to_owned(),
        method: "GET".to_owned(),
        route: "/volumes/{id}".to_owned(),
        version: None,
        status,
        body: Some(Shape::of(&json!({"itemNotFound": {"message": ""}}))),
        message: Some(message.to_owned()),
    }
}

pub fn command(
    mistake: Option<&str>,
    place: &str,
    command: &str,
    exit_code: i32,
    stdout: Printed,
    stderr: &[&str],
) -> Observation {
    Observation::Command {
        mistake: mistake.map(str::to_owned),
        place: place.to_owned(),
        command: command.to_owned(),
        exit_code,
        stdout,
        stderr: stderr.iter().map(|&line| line.to_owned()).collect(),
    }
}

/// A wait of a hundred polls in which each state lasts as many polls as it says.
pub fn wait(awaited: &str, states: &[(&str, u64)]) -> Vec<EventKind> {
    let mut events = Vec::new();
    let mut elapsed = 0;
    for (state, lasted) in states {
        events.push(EventKind::Waiting {
            awaited: awaited.to_owned(),
            last_state: (*state).to_owned(),
            elapsed,
            budget: 1000,
        });
        elapsed += lasted;
    }
    events.push(EventKind::Waited {
        awaited: awaited.to_owned(),
        states: states.iter().map(|(state, _)| (*state).to_owned()).collect(),
        elapsed,
        polls: 100,
    });
    events
}

fn connection(masked: &[&str], changed: &str) -> EventKind {
    EventKind::Proven {
        scenario: "flow".to_owned(),
        step: 1,
        proof: Proof::Connection {
            volume: "root".to_owned(),
            site: "site-a".to_owned(),
            fields: BTreeMap::from([("cluster_name".to_owned(), json!("ceph"))]),
            changes: vec![FieldChange {
                field: changed.to_owned(),
                before: json!("a"),
                after: json!("b"),
            }],
            log: LogEvidence::Agrees {
                fields: 3,
                masked: masked.iter().map(|&field| field.to_owned()).collect(),
            },
            snapshot: SnapshotEvidence::NotAsked,
        },
    }
}

pub fn logged(info: Value) -> Observation {
    Observation::Logged {
        connection_info: Shape::of(&info),
    }
}

impl Run {
    /// A run of a scenario on a target.
    pub fn on(target: &str) -> Run {
        let mut events = vec![EventKind::RunStarted {
            format: crate::event::JOURNAL_FORMAT,
            run: serde_json::from_value::<RunId>(json!("20261124-150000-0001")).expect("a run's id"),
            version: "0".to_owned(),
            target: target.to_owned(),
            backend: "box@ceph".to_owned(),
            scenarios: vec!["flow".to_owned()],
        }];
        events.extend(wait(
            "volume root to be available",
            &[("creating", 40), ("downloading", 60)],
        ));
        events.extend([
            connection(&["secret_uuid"], "hosts"),
            EventKind::ScenarioFinished {
                scenario: "flow".to_owned(),
                verdict: Verdict::Passed,
                milliseconds: 1,
            },
            EventKind::RunFinished { milliseconds: 1 },
        ]);
        let observations = vec![
            Observation::Names {
                names: BTreeMap::from([
                    ("box@ceph".to_owned(), "<backend>".to_owned()),
                    ("volumes/".to_owned(), "<pool>/".to_owned()),
                ]),
            },
            answer(
                "GET",
                "/volumes/{id}",
                200,
                json!({"volume": {"size": 1, "bootable": "true", "attachments": [], "links": [{"href": ""}]}}),
            ),
            answer("DELETE", "/volumes/{id}", 202, json!({})),
            command(
                None,
                "site",
                "rbd info volumes/volume-<id> --format json",
                0,
                Printed::Json(Shape::of(&json!({"size": 1, "description": "replaying, {\"a\":1}"}))),
                &[],
            ),
            command(None, "guest", "umount /mnt/data", 0, Printed::Nothing, &[]),
            refused("volume-unknown", 404, "Volume <id> could not be found."),
            command(
                Some("rbd-info-nothing"),
                "site",
                "rbd info",
                22,
                Printed::Nothing,
                &["no image"],
            ),
            logged(json!({"hosts": ["a"], "secret_uuid": "***"})),
        ];
        Run { events, observations }
    }

    pub fn evidence(&self) -> Evidence {
        let events: Vec<Event> = self
            .events
            .iter()
            .zip(1..)
            .map(|(kind, sequence)| Event {
                sequence,
                at: Timestamp::UNIX_EPOCH,
                position: None,
                kind: kind.clone(),
            })
            .collect();
        Evidence::of(&events, &self.observations)
    }

    /// Replaces the observation at a place of the list in [`Run::on`].
    pub fn observe(&mut self, place: usize, observation: Observation) {
        self.observations[place] = observation;
    }

    /// Replaces the wait.
    pub fn waits(&mut self, states: &[(&str, u64)]) {
        self.events
            .retain(|event| !matches!(event, EventKind::Waiting { .. } | EventKind::Waited { .. }));
        let waits = wait("volume root to be available", states);
        self.events.splice(1..1, waits);
    }

    /// Replaces the proof.
    pub fn proves(&mut self, masked: &[&str], changed: &str) {
        for event in &mut self.events {
            if matches!(event, EventKind::Proven { .. }) {
                *event = connection(masked, changed);
            }
        }
    }
}

/// The differences of two runs, a line each.
pub fn lines(comparison: &Comparison) -> Vec<String> {
    comparison
        .differences
        .iter()
        .map(|difference| format!("{}: {}", difference.kind, comparison.line(difference)))
        .collect()
}

/// Compares a run on `simcloud` with one on `lab` that was changed.
pub fn planted(change: impl FnOnce(&mut Run)) -> Comparison {
    let mut right = Run::on("lab");
    change(&mut right);
    compare(&Run::on("simcloud").evidence(), &right.evidence())
}
