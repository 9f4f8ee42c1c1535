//! The agreement check on whole runs: two simclouds agree whatever their seeds, and one that behaves otherwise does not.

use cinder_drill::agreement::{Accepted, Comparison, Evidence, Kind, as_text, compare, judge, read_run};
use cinder_drill::diagnostic::{SourceMap, render_all};
use cinder_drill::event::EventKind;
use cinder_drill::observation::Observation;
use cinder_drill::session::RunOptions;
use simcloud::{Config, Release};

use super::support::{Drilled, drill_in};
use crate::common::repository;

/// Each chain fails over by itself, as the recorded run on the lab did.
fn separately() -> RunOptions {
    RunOptions {
        separately: true,
        ..RunOptions::default()
    }
}

/// The four flows and the mistakes.
const SCENARIOS: [&str; 5] = [
    "bfv-failover",
    "bfv-failback",
    "data-volume-failover",
    "data-volume-failback",
    "mistakes",
];

fn drilled(seed: u64, scenarios: &[&str]) -> Drilled {
    drilled_at(seed, 1.0, scenarios)
}

fn drilled_at(seed: u64, pace: f64, scenarios: &[&str]) -> Drilled {
    drilled_as(Release::default(), seed, pace, scenarios)
}

fn drilled_as(release: Release, seed: u64, pace: f64, scenarios: &[&str]) -> Drilled {
    let config = Config {
        seed,
        pace,
        release,
        ..Config::default()
    };
    let drilled = drill_in(config, scenarios, separately(), |_, _, _| Vec::new());
    drilled.must_pass();
    drilled
}

fn differences(comparison: &Comparison) -> Vec<String> {
    comparison
        .differences
        .iter()
        .map(|found| comparison.line(found))
        .collect()
}

/// The run on the lab that is in the repository, against simcloud as it is now: what differs must be accepted.
#[test]
fn simcloud_agrees_with_the_lab() {
    agrees(Release::Zed, "lab", "accepted.yaml");
}

/// The same for Debian 13.
#[test]
fn simcloud_as_epoxy_agrees_with_the_lab_of_trixie() {
    agrees(Release::Epoxy, "trixie", "trixie/accepted.yaml");
}

/// Drills a simcloud that plays a release, and compares it with the run in a folder under these accepted differences.
fn agrees(release: Release, run: &str, accepted: &str) {
    let folder = repository().join("fixtures/agreement");
    let lab = read_run(&folder.join(run)).unwrap_or_else(|failure| panic!("{failure}"));
    let mut sources = SourceMap::default();
    let accepted = Accepted::load(&folder.join(accepted), &mut sources)
        .unwrap_or_else(|faults| panic!("{}", render_all(&faults, &sources, false)));
    let drilled = drilled_as(release, 6, 2.0, &SCENARIOS);
    let simcloud = Evidence::of(&drilled.events, &drilled.observations);
    let comparison = compare(&simcloud, &lab);
    let judged = judge(&comparison, &accepted);
    assert!(judged.agrees(), "{}", as_text(&simcloud, &lab, &comparison, &judged));
    assert!(comparison.compared(Kind::Mistakes) > 80 && comparison.compared(Kind::Answers) > 20);
}

#[test]
fn simclouds_of_other_seeds_agree() {
    let runs: Vec<Evidence> = [1, 2, 3]
        .into_iter()
        .map(|seed| {
            let drilled = drilled(seed, &SCENARIOS);
            Evidence::of(&drilled.events, &drilled.observations)
        })
        .collect();
    for (one, other) in [(0, 1), (1, 2), (2, 0)] {
        let comparison = compare(&runs[one], &runs[other]);
        assert_eq!(differences(&comparison), Vec::<String>::new());
        for kind in Kind::ALL {
            assert!(
                comparison.compared(kind) >= 5,
                "only {} {kind}",
                comparison.compared(kind)
            );
        }
    }
}

/// What a run left is changed as if the cloud had behaved otherwise: each kind of change must be found in a whole run.
#[test]
fn a_simcloud_that_behaves_otherwise_disagrees() {
    let mut drilled = drilled(4, &["data-volume-failover", "mistakes"]);
    // As if it had been asked often: on a busy machine a wait of simcloud's is over after two or three polls, which is too
    // few to say that a state was missed.
    for event in &mut drilled.events {
        if let EventKind::Waited { polls, .. } = &mut event.kind {
            *polls = (*polls).max(50);
        }
    }
    let good = Evidence::of(&drilled.events, &drilled.observations);
    let mut found = Vec::new();
    for (name, change) in PLANTS {
        let (mut events, mut observations) = (drilled.events.clone(), drilled.observations.clone());
        let mut changed = 0;
        match change {
            Plant::Seen(change) => observations
                .iter_mut()
                .for_each(|seen| changed += usize::from(change(seen))),
            Plant::Told(change) => events
                .iter_mut()
                .for_each(|event| changed += usize::from(change(&mut event.kind))),
        }
        assert!(changed > 0, "{name} changed nothing");
        let comparison = compare(&good, &Evidence::of(&events, &observations));
        let lines = differences(&comparison);
        assert!(!lines.is_empty(), "{name} was not found");
        found.extend(comparison.differences.into_iter().map(|difference| difference.kind));
    }
    for kind in Kind::ALL {
        assert!(found.contains(&kind), "no planted difference of {kind}");
    }
}

/// A change of one observation or event; answers whether it applied.
enum Plant {
    Seen(fn(&mut Observation) -> bool),
    Told(fn(&mut EventKind) -> bool),
}

const PLANTS: [(&str, Plant); 6] = [
    (
        "another status",
        Plant::Seen(|seen| match seen {
            Observation::Answer {
                method,
                status,
                mistake: None,
                ..
            } if method == "DELETE" && *status == 204 => {
                *status = 200;
                true
            }
            _ => false,
        }),
    ),
    (
        "another refusal",
        Plant::Seen(|seen| match seen {
            Observation::Answer {
                mistake: Some(mistake),
                message,
                ..
            } if mistake == "failover-unknown-host" => {
                *message = Some("No such host.".to_owned());
                true
            }
            _ => false,
        }),
    ),
    (
        "another exit code",
        Plant::Seen(|seen| match seen {
            Observation::Command {
                mistake: None,
                command,
                exit_code,
                ..
            } if command.starts_with("mkfs") => {
                *exit_code = 1;
                true
            }
            _ => false,
        }),
    ),
    (
        "no field in the log",
        Plant::Seen(|seen| match seen {
            Observation::Logged { connection_info } => {
                *connection_info = cinder_drill::observation::Shape::default();
                true
            }
            _ => false,
        }),
    ),
    (
        "another state",
        Plant::Told(|event| match event {
            EventKind::Waiting {
                awaited, last_state, ..
            } if awaited.starts_with("server app") => {
                *last_state = "REBUILD".to_owned();
                true
            }
            _ => false,
        }),
    ),
    (
        "another verdict",
        Plant::Told(|event| match event {
            EventKind::ScenarioFinished { verdict, .. } => {
                *verdict = cinder_drill::event::Verdict::NotRun {
                    because: "planted".to_owned(),
                };
                true
            }
            _ => false,
        }),
    ),
];

/// The file lies beside the journal of every run, so nothing that is a secret may be in it: not the password, not a token,
/// not what is in a guest's files.
#[test]
fn what_is_observed_holds_no_secret() {
    let mut password = String::new();
    let config = Config {
        seed: 5,
        pace: 1.0,
        ..Config::default()
    };
    let drilled = drill_in(config, &["bfv-failover"], separately(), |cloud, _, _| {
        let clouds = cloud.clouds_yaml();
        let line = clouds.lines().find_map(|line| line.trim().strip_prefix("password: "));
        password = line.expect("a password").trim_matches('"').to_owned();
        Vec::new()
    });
    drilled.must_pass();
    let text = serde_json::to_string(&drilled.observations).expect("JSON");
    assert!(password.len() > 3, "{password:?}");
    for secret in [password.as_str(), "gAAAA", "# Before failover", "AQ=="] {
        assert!(!text.contains(secret), "{secret} is in the observations");
    }
    assert!(
        text.contains("connection_info.secret_uuid"),
        "the shape of connection info is not there"
    );
}
