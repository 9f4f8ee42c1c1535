//! Scenarios that share a backend meet at its failovers, and none of them suffers from another.

use cinder_drill::OnFailure;
use cinder_drill::event::{EventKind, Proof, Verdict};
use cinder_drill::failure::FailureKind;
use cinder_drill::internals::RunOptions;
use simcloud::FaultAnswer;

use crate::common::repository;
use crate::support::{Drilled, Trigger, drill_in_a_box, drill_with_interrupt, drill_with_options};

const FLOWS: &[&str] = &[
    "bfv-failover",
    "bfv-failback",
    "data-volume-failover",
    "data-volume-failback",
];
const FAILOVERS: &[&str] = &["bfv-failover", "data-volume-failover"];

/// One after another, so it is known who fails.
fn one_after_another() -> RunOptions {
    RunOptions {
        workers: Some(1),
        ..RunOptions::default()
    }
}

fn sent(drilled: &Drilled) -> usize {
    drilled.requests("PUT", "/os-services/failover_host")
}

/// Each scenario that proved a failover, and with whom it met.
fn met(drilled: &Drilled) -> Vec<(String, Vec<String>)> {
    let met = drilled.events.iter().filter_map(|event| match &event.kind {
        EventKind::Proven {
            scenario,
            proof: Proof::FailedOver {
                together_with, volumes, ..
            },
            ..
        } => {
            assert_eq!(*volumes, 1, "a scenario counts volumes that are not its own");
            Some((scenario.clone(), together_with.clone()))
        }
        _ => None,
    });
    met.collect()
}

fn verdict<'a>(drilled: &'a Drilled, scenario: &str) -> &'a Verdict {
    let found = drilled.report.scenarios.iter().find(|found| found.name == scenario);
    let found = found.unwrap_or_else(|| panic!("{scenario} did not begin"));
    found.verdict.as_ref().expect("a verdict")
}

fn one_begins_to_fail_over(kind: &EventKind) -> bool {
    matches!(kind, EventKind::StepStarted { verb, .. } if verb == "failover")
}

#[test]
fn four_flows_meet_at_one_failover() {
    let drilled = drill_in_a_box(FLOWS, |_, _| Vec::new());
    drilled.must_pass();
    assert_eq!(drilled.report.counts().to_string(), "4 passed, 0 failed");
    assert_eq!(sent(&drilled), 2, "one failover and one failback");
    let pair = |one: &str, other: &str| (one.to_owned(), vec![other.to_owned()]);
    let mut met = met(&drilled);
    met.sort();
    assert_eq!(
        met,
        [
            pair("bfv-failback", "data-volume-failback"),
            pair("bfv-failover", "data-volume-failover"),
            pair("data-volume-failback", "bfv-failback"),
            pair("data-volume-failover", "bfv-failover"),
        ]
    );
    // They are made side by side: the second begins before the first has its servers.
    let position = |is: fn(&EventKind) -> bool| drilled.events.iter().position(|event| is(&event.kind));
    let begun =
        position(|kind| matches!(kind, EventKind::PrepareStarted { scenario } if scenario == "data-volume-failover"));
    let made =
        position(|kind| matches!(kind, EventKind::PrepareFinished { scenario, .. } if scenario == "bfv-failover"));
    assert!(begun < made);
}

#[test]
fn one_worker_gets_through_too() {
    let drilled = drill_with_options(FLOWS, one_after_another(), |_, _, _| Vec::new());
    drilled.must_pass();
    assert_eq!(sent(&drilled), 2, "one failover and one failback");
    assert!(met(&drilled).iter().all(|(_, others)| others.len() == 1));
}

/// Panics where an event of one chain speaks of what another one made.
fn must_be_told_apart(drilled: &Drilled) {
    let made: Vec<(&str, &str)> = drilled
        .events
        .iter()
        .filter_map(|event| match &event.kind {
            EventKind::Made { resource } => Some((event.chain()?, resource.id.as_deref()?)),
            _ => None,
        })
        .filter(|(_, id)| id.len() == 36)
        .collect();
    assert!(made.len() >= 2, "{made:?}");
    let mut told = 0;
    for event in &drilled.events {
        let Some(chain) = event.chain() else { continue };
        let text = match &event.kind {
            EventKind::Requested { url, .. } | EventKind::Requesting { url, .. } => url.clone(),
            EventKind::StepFinished { failure, .. } => format!("{failure:?}"),
            EventKind::ScenarioFinished { verdict, .. } => format!("{verdict:?}"),
            // The log is that of all.
            EventKind::Collected { evidence } if !evidence.title.contains("log") => evidence.text.clone(),
            EventKind::Removed { resource } => format!("{:?}", resource.id),
            _ => continue,
        };
        // A movement is done by one of them for all, and looks at the volumes of all.
        let moves = event
            .position
            .as_ref()
            .and_then(|position| position.step)
            .is_some_and(|step| {
                drilled.events.iter().any(|other| {
                    matches!(&other.kind, EventKind::StepStarted { step: started, verb, .. }
                    if *started == step && matches!(verb.as_str(), "failover" | "failback"))
                        && other.chain() == Some(chain)
                })
            });
        for (owner, id) in made.iter().filter(|(_, id)| text.contains(id)) {
            assert!(
                *owner == chain || moves,
                "{chain} tells of {id}, which {owner} made: {event:?}"
            );
            told += 1;
        }
    }
    assert!(told > 4, "nothing was told of what was made");
}

#[test]
fn what_is_told_of_a_chain_is_told_of_no_other() {
    let drilled = drill_in_a_box(FLOWS, |_, _| Vec::new());
    drilled.must_pass();
    must_be_told_apart(&drilled);
    let within = drilled.events.iter().filter(|event| {
        let scenario = event
            .position
            .as_ref()
            .and_then(|position| position.scenario.as_deref());
        event.kind.scenario().is_some_and(|named| Some(named) != scenario)
    });
    assert_eq!(within.count(), 0, "an event names another scenario than its position");
    // While scenarios run, all that is waited for and asked belongs to one.
    let judges = |event: &cinder_drill::event::Event| {
        matches!(
            event.kind,
            EventKind::ScenarioStarted { .. } | EventKind::ScenarioFinished { .. }
        )
    };
    let first = drilled.events.iter().position(judges).expect("a scenario");
    let last = drilled.events.iter().rposition(judges).expect("a scenario");
    let bare: Vec<String> = drilled.events[first..=last]
        .iter()
        .filter(|event| event.chain().is_none())
        .map(|event| format!("{:?}", event.kind))
        .collect();
    assert!(bare.is_empty(), "{bare:?}");
}

#[test]
fn two_that_fail_at_once_are_not_blamed_for_each_other() {
    let drilled = drill_in_a_box(FAILOVERS, |cloud, _| {
        cloud.faults().fail_next_volumes(2);
        Vec::new()
    });
    let mut volumes = Vec::new();
    for scenario in FAILOVERS {
        let Verdict::Failed { failure, .. } = verdict(&drilled, scenario) else {
            panic!("{scenario} has not failed");
        };
        let (_, volume) = failure
            .details
            .iter()
            .find(|(name, _)| name == "volume")
            .expect("the volume");
        let own = drilled.events.iter().any(|event| {
            event.chain() == Some(scenario)
                && matches!(&event.kind, EventKind::Made { resource } if resource.id.as_ref() == Some(volume))
        });
        assert!(own, "{scenario} fails for volume {volume}, which it did not make");
        let collected = |event: &&cinder_drill::event::Event| {
            event.chain() == Some(scenario)
                && matches!(&event.kind, EventKind::Collected { evidence } if evidence.text.contains(volume))
        };
        assert!(
            drilled.events.iter().filter(collected).count() > 0,
            "no evidence of {scenario}"
        );
        volumes.push(volume.clone());
    }
    assert_ne!(volumes[0], volumes[1]);
    must_be_told_apart(&drilled);
    assert_eq!(sent(&drilled), 0);
    drilled.must_be_clean();
}

#[test]
fn an_interruption_of_the_failover_ends_it_before_anything_is_deleted() {
    let drilled = drill_with_interrupt(FLOWS, |_, _, interrupter| {
        vec![Trigger {
            on: |kind| matches!(kind, EventKind::Requesting { url, .. } if url.ends_with("/failover_host")),
            act: Box::new(move || interrupter.interrupt()),
        }]
    });
    for scenario in FAILOVERS {
        let Verdict::Failed { failure, .. } = verdict(&drilled, scenario) else {
            panic!("{scenario} was interrupted");
        };
        assert_eq!(failure.kind, FailureKind::Interrupted);
    }
    drilled.must_be_clean();
}

#[test]
fn separately_each_chain_has_a_failover_of_its_own() {
    let options = RunOptions {
        separately: true,
        ..RunOptions::default()
    };
    let drilled = drill_with_options(FLOWS, options, |_, _, _| Vec::new());
    drilled.must_pass();
    assert_eq!(sent(&drilled), 4);
    assert!(met(&drilled).iter().all(|(_, others)| others.is_empty()));
}

#[test]
fn a_scenario_that_fails_before_the_failover_keeps_nobody_from_it() {
    let drilled = drill_with_options(FLOWS, one_after_another(), |cloud, _, _| {
        cloud.faults().fail_next_volumes(1);
        Vec::new()
    });
    assert!(matches!(verdict(&drilled, "bfv-failover"), Verdict::Failed { .. }));
    assert!(matches!(verdict(&drilled, "bfv-failback"), Verdict::NotRun { .. }));
    assert!(verdict(&drilled, "data-volume-failover").passed());
    assert!(verdict(&drilled, "data-volume-failback").passed());
    assert_eq!(sent(&drilled), 2);
    assert!(met(&drilled).iter().all(|(_, others)| others.is_empty()));
    drilled.must_be_clean();
}

#[test]
fn a_failover_that_fails_fails_all_that_met_at_it() {
    let drilled = drill_in_a_box(FAILOVERS, |cloud, _| {
        let refused = FaultAnswer::status(403);
        cloud.faults().answer("PUT", "/os-services/failover_host", 1, refused);
        Vec::new()
    });
    for scenario in FAILOVERS {
        let Verdict::Failed { failure, .. } = verdict(&drilled, scenario) else {
            panic!("{scenario} has not failed");
        };
        assert!(failure.to_string().contains("failover_host"), "{failure}");
    }
    assert_eq!(sent(&drilled), 1, "a refused failover was sent again");
    drilled.must_be_clean();
}

#[test]
fn an_interruption_before_the_shared_failover_moves_nothing() {
    let drilled = drill_with_options(FAILOVERS, one_after_another(), |_, _, interrupter| {
        vec![Trigger {
            on: one_begins_to_fail_over,
            act: Box::new(move || interrupter.interrupt()),
        }]
    });
    let Verdict::Failed { failure, .. } = verdict(&drilled, "bfv-failover") else {
        panic!("it was interrupted");
    };
    assert_eq!(failure.kind, FailureKind::Interrupted);
    assert!(matches!(
        verdict(&drilled, "data-volume-failover"),
        Verdict::NotRun { .. }
    ));
    assert_eq!(sent(&drilled), 0);
    drilled.must_be_clean();
}

#[test]
fn what_one_scenario_leaves_is_not_moved_by_another() {
    let drilled = drill_with_options(FAILOVERS, one_after_another(), |cloud, _, _| {
        // The first scenario fails, and its volume cannot be deleted.
        cloud.faults().fail_next_volumes(1);
        cloud
            .faults()
            .answer("DELETE", "/volumes/", 1, FaultAnswer::status(403));
        Vec::new()
    });
    assert!(matches!(verdict(&drilled, "bfv-failover"), Verdict::Failed { .. }));
    let Verdict::NotRun { because } = verdict(&drilled, "data-volume-failover") else {
        panic!("it went on with what is left on the backend");
    };
    assert!(because.contains("LEFT"), "{because}");
    assert_eq!(drilled.report.left.len(), 1, "{:?}", drilled.report.left);
    assert_eq!(sent(&drilled), 0);
}

#[test]
fn what_one_scenario_keeps_is_not_moved_by_another() {
    let options = RunOptions {
        on_failure: OnFailure::Keep,
        ..one_after_another()
    };
    let drilled = drill_with_options(FAILOVERS, options, |cloud, _, _| {
        cloud.faults().fail_next_volumes(1);
        Vec::new()
    });
    assert!(matches!(verdict(&drilled, "bfv-failover"), Verdict::Failed { .. }));
    let Verdict::NotRun { because } = verdict(&drilled, "data-volume-failover") else {
        panic!("it went on with what is kept on the backend");
    };
    assert!(because.contains("KEPT"), "{because}");
    assert!(!drilled.report.left.is_empty());
    assert_eq!(sent(&drilled), 0);
}

#[test]
fn all_scenarios_together_leave_the_cloud_as_it_was() {
    let drilled = drill_in_a_box(
        &[
            "bfv-failover",
            "bfv-failback",
            "data-volume-failover",
            "data-volume-failback",
            "enable-mirroring",
            "replicated-volume",
        ],
        |_, _| Vec::new(),
    );
    assert_eq!(drilled.report.counts().to_string(), "6 passed, 0 failed");
    drilled.must_pass();
}

/// Of a run, how often somebody who waited for a server was told its state, and how many requests that took.
fn told_and_asked(drilled: &Drilled) -> (usize, usize) {
    let told = drilled.events.iter().filter_map(|event| match &event.kind {
        EventKind::Waited { awaited, polls, .. } if awaited.starts_with("server ") => Some(*polls as usize),
        _ => None,
    });
    (told.sum(), drilled.requests("GET", "/servers"))
}

#[test]
fn who_waits_side_by_side_is_told_by_the_requests_of_one() {
    const SCENARIOS: usize = 12;
    let folder = tempfile::tempdir().expect("a folder");
    let flow = std::fs::read_to_string(repository().join("scenarios/bfv-failover.yaml")).expect("the flow");
    let files: Vec<String> = (1..=SCENARIOS)
        .map(|number| {
            let file = folder.path().join(format!("copy-{number}.yaml"));
            // Under a name of its own, which no snapshot knows.
            let copy = flow
                .replace("scenario: bfv-failover", &format!("scenario: copy-{number}"))
                .replace(", snapshot: before-failover", "")
                .replace(", snapshot: after-failover", "");
            std::fs::write(&file, copy).expect("a copy");
            file.to_str().expect("a path").to_owned()
        })
        .collect();
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    let drilled = drill_in_a_box(&files, |_, _| Vec::new());
    drilled.must_pass();
    assert_eq!(sent(&drilled), 2, "they meet at the failover, and fail back once");
    let (told, asked) = told_and_asked(&drilled);
    // Each is told by the listings of all, and ends by a look of its own: as many requests as states would be one a waiter. How many
    // fewer depends on how busy the machine is, and is held with paused time beside the listings (`session/listing.rs`).
    assert!(asked < told, "{asked} requests for {told} states that were told");
    // One that is alone asks for each state that it is told.
    let (told, asked) = told_and_asked(&drill_in_a_box(&files[..1], |_, _| Vec::new()));
    assert!(told <= asked, "{asked} requests for {told} states that were told");
}
