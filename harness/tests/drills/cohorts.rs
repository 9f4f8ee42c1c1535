//! Scenarios that share a backend meet at its failovers, and none of them suffers from another.

use cinder_drill::event::{EventKind, Proof, Verdict};
use cinder_drill::failure::FailureKind;
use cinder_drill::run::{OnFailure, RunOptions};
use simcloud::FaultAnswer;

use crate::support::{Drilled, Trigger, drill_in_a_box, drill_with_interrupt, drill_with_options};

/// Every test, by its name.
pub const ALL: &[(&str, fn())] = &[
    ("four_flows_meet_at_one_failover", four_flows_meet_at_one_failover),
    (
        "separately_each_chain_has_a_failover_of_its_own",
        separately_each_chain_has_a_failover_of_its_own,
    ),
    (
        "a_scenario_that_fails_before_the_failover_keeps_nobody_from_it",
        a_scenario_that_fails_before_the_failover_keeps_nobody_from_it,
    ),
    (
        "a_failover_that_fails_fails_all_that_met_at_it",
        a_failover_that_fails_fails_all_that_met_at_it,
    ),
    (
        "an_interruption_before_the_meeting_moves_nothing",
        an_interruption_before_the_meeting_moves_nothing,
    ),
    (
        "what_one_scenario_leaves_is_not_moved_by_another",
        what_one_scenario_leaves_is_not_moved_by_another,
    ),
    (
        "what_one_scenario_keeps_is_not_moved_by_another",
        what_one_scenario_keeps_is_not_moved_by_another,
    ),
];

const FLOWS: &[&str] = &[
    "bfv-failover",
    "bfv-failback",
    "data-volume-failover",
    "data-volume-failback",
];
const FAILOVERS: &[&str] = &["bfv-failover", "data-volume-failover"];

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

fn four_flows_meet_at_one_failover() {
    let drilled = drill_in_a_box(FLOWS, |_, _| Vec::new());
    drilled.must_pass();
    assert_eq!(drilled.report.counts().to_string(), "4 passed, 0 failed");
    assert_eq!(sent(&drilled), 2, "one failover and one failback");
    let pair = |one: &str, other: &str| (one.to_owned(), vec![other.to_owned()]);
    assert_eq!(
        met(&drilled),
        [
            pair("bfv-failover", "data-volume-failover"),
            pair("data-volume-failover", "bfv-failover"),
            pair("bfv-failback", "data-volume-failback"),
            pair("data-volume-failback", "bfv-failback"),
        ]
    );
}

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

fn a_scenario_that_fails_before_the_failover_keeps_nobody_from_it() {
    let drilled = drill_in_a_box(FLOWS, |cloud, _| {
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

fn an_interruption_before_the_meeting_moves_nothing() {
    let drilled = drill_with_interrupt(FAILOVERS, |_, _, interrupter| {
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

fn what_one_scenario_leaves_is_not_moved_by_another() {
    let drilled = drill_in_a_box(FAILOVERS, |cloud, _| {
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

fn what_one_scenario_keeps_is_not_moved_by_another() {
    let options = RunOptions {
        on_failure: OnFailure::Keep,
        ..RunOptions::default()
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
