//! Chains that run side by side: whatever is told of one is read of that one, also where two fail in the same moment.

use super::events::{failed, file_seen, journal, run_started_in, scenario_finished, scenario_started, step};
use crate::event::{Event, EventKind, Evidence, Journal, Position, Resource, ResourceKind};
use crate::failure::Failure;
use crate::report::document::{Outcome, RunReport, ScenarioReport};
use crate::report::progress::{lines_of, screens_of};

/// The events of a chain in which one scenario writes, waits and fails, each with where it happens.
fn failing(chain: &str, state: &str) -> Vec<(Option<Position>, EventKind)> {
    let base = || "base".to_owned();
    let requested = |url: &str| EventKind::Requested {
        service: "block-storage".to_owned(),
        method: "GET".to_owned(),
        url: format!("http://192.0.2.1/volume/v3/{url}"),
        status: Some(200),
        request_id: None,
        milliseconds: 20,
        attempt: 1,
        error: None,
        refused: false,
    };
    let failure = Failure::cloud(format!("volume root of {chain} went to status error"));
    let mut kinds = vec![scenario_started("base")];
    kinds.extend(step(
        "base",
        0,
        "write",
        vec![file_seen("base", 0, "note", true, &format!("{chain}-sha"))],
        None,
    ));
    kinds.extend(step(
        "base",
        1,
        "read",
        vec![
            requested(&format!("volumes/{chain}")),
            EventKind::Waiting {
                awaited: "volume root to be available".to_owned(),
                last_state: state.to_owned(),
                elapsed: 3500,
                budget: 60_000,
            },
            EventKind::Noticed {
                text: format!("noticed in {chain}"),
            },
            file_seen("base", 1, "note", false, &format!("{chain}-sha")),
        ],
        Some(failure.clone()),
    ));
    kinds.push(scenario_finished("base", failed(failure, Some(1))));
    let within = kinds.into_iter().map(|kind| {
        let step = match &kind {
            EventKind::StepStarted { step, .. } => Some(*step),
            EventKind::ScenarioStarted { .. } | EventKind::ScenarioFinished { .. } => None,
            _ => Some(1),
        };
        let position = Position {
            chain: chain.to_owned(),
            scenario: Some(base()),
            step,
        };
        (Some(position), kind)
    });
    let after = [
        EventKind::Collected {
            evidence: Evidence {
                title: "volume root".to_owned(),
                text: format!("evidence of {chain}"),
                file: None,
            },
        },
        EventKind::CleanupStarted {
            resources: 1,
            chain: Some(chain.to_owned()),
        },
        requested(&format!("volumes/{chain}-deleted")),
        EventKind::Left {
            resource: Resource {
                kind: ResourceKind::Volume,
                name: format!("{chain}-root"),
                id: None,
            },
            failure: Failure::cloud("it stays"),
            remedy: Vec::new(),
        },
        EventKind::CleanupFinished {
            left: 1,
            chain: Some(chain.to_owned()),
            milliseconds: 100,
        },
    ];
    let position = Position {
        chain: chain.to_owned(),
        ..Position::default()
    };
    let after = after.into_iter().map(|kind| (Some(position.clone()), kind));
    within.chain(after).collect()
}

/// The journal of two chains that begin with the same scenario and fail in the same moment: an event of one follows each of the
/// other.
fn both() -> Journal {
    let started = run_started_in(3, &["base"]);
    let (one, other) = (failing("one", "creating"), failing("other", "downloading"));
    let both = one.into_iter().zip(other).flat_map(|(one, other)| [one, other]);
    let end = (None, EventKind::RunFinished { milliseconds: 4000 });
    let (positions, kinds): (Vec<_>, Vec<_>) = [(None, started)].into_iter().chain(both).chain([end]).unzip();
    let mut journal = journal(kinds);
    for (event, position) in journal.events.iter_mut().zip(positions) {
        event.position = position;
    }
    journal
}

fn words(scenario: &ScenarioReport) -> String {
    let json = serde_json::to_string(scenario).expect("JSON");
    json.replace("volume root to be", "")
}

#[test]
fn two_that_fail_in_the_same_moment_are_told_apart_in_a_report() {
    let report = RunReport::of(&both());
    assert_eq!(report.scenarios.len(), 2);
    for (scenario, (chain, state, other)) in report
        .scenarios
        .iter()
        .zip([("one", "creating", "other"), ("other", "downloading", "one")])
    {
        assert_eq!(scenario.outcome, Outcome::Error);
        let failure = scenario.failure.as_ref().expect("a failure");
        assert!(failure.summary.contains(&format!("of {chain} ")), "{}", failure.summary);
        assert_eq!(scenario.notices, [format!("noticed in {chain}")]);
        assert_eq!(scenario.evidence.len(), 1);
        assert_eq!(scenario.evidence[0].text, format!("evidence of {chain}"));
        assert_eq!(scenario.steps.len(), 2);
        assert_eq!(scenario.steps[1].waits.len(), 1);
        assert_eq!(scenario.steps[1].waits[0].states, [state]);
        // What was read is what was written by the same chain, though the other has a guest and a file of these names.
        let read = scenario.files.iter().find(|file| !file.written).expect("a file");
        assert_eq!(read.sha256_before.as_deref(), Some(read.sha256.as_str()));
        assert!(!words(scenario).contains(&format!("{other} ")), "{}", words(scenario));
    }
    for request in &report.requests {
        let deleted = request.url.ends_with("-deleted");
        assert_eq!(request.scenario.is_none(), deleted, "{request:?}");
        assert_eq!(request.step, (!deleted).then_some(1), "{request:?}");
    }
    let named: Vec<(Option<usize>, usize)> = report.clean_ups.iter().map(|found| (found.left, found.named)).collect();
    assert_eq!(named, [(Some(1), 1), (Some(1), 1)]);
}

#[test]
fn progress_tells_of_each_chain_what_is_its_own() {
    let events: Vec<Event> = both().events;
    insta::assert_snapshot!(format!("{}\n\n{}", lines_of(&events), screens_of(&events)));
}
