//! Progress, as goldens.

use jiff::Timestamp;

use super::lines::Lines;
use super::view::{Line, View};
use crate::event::{Event, EventKind, Verdict};
use crate::report::golden::events::{described, journal, passing, run_started, scenario_finished, scenario_started};
use crate::report::golden::formats::every_outcome;

/// The lines of a log.
pub fn lines_of(events: &[Event]) -> String {
    lines(events, false)
}

fn lines(events: &[Event], live: bool) -> String {
    let mut lines = Lines::new(live, false);
    events
        .iter()
        .flat_map(|event| lines.of(event))
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn a_log_has_plain_lines_with_times_and_a_line_for_each_test() {
    insta::assert_snapshot!(lines(&every_outcome().events, false));
}

#[test]
fn the_line_of_a_test_that_failed_is_what_gate_logs_are_searched_for() {
    // devstack's .zuul.yaml, job devstack-tox-base: `failure-output`.
    let matcher = regex::Regex::new(r"(?m)^\{\d+\} (.*?) \[[\d\.]+s\] \.\.\. FAILED$").expect("a pattern");
    let text = lines(&every_outcome().events, false);
    let found: Vec<&str> = matcher
        .captures_iter(&text)
        .map(|found| found.get(1).expect("a name").as_str())
        .collect();
    assert_eq!(
        found,
        [
            "cinder_drill.bfv-failover",
            "cinder_drill.broken",
            "cinder_drill.stopped"
        ]
    );
}

#[test]
fn a_wait_is_a_line_in_a_log_only_if_it_is_long() {
    let wait = |elapsed| EventKind::Waiting {
        awaited: "server app to be ACTIVE".to_owned(),
        last_state: "BUILD/spawning".to_owned(),
        elapsed,
        budget: 300_000,
    };
    let events = journal(vec![
        run_started(&["a"]),
        scenario_started("a"),
        wait(2_900),
        wait(3_100),
    ])
    .events;
    assert_eq!(
        lines(&events, false).matches("BUILD/spawning (3.10s of 300s)").count(),
        1
    );
    assert_eq!(lines(&events, false).matches("BUILD/spawning").count(), 1);
    assert_eq!(lines(&events, true).matches("BUILD/spawning").count(), 0);
}

#[test]
fn a_request_is_known_by_the_end_of_its_path() {
    let answer = |url: &str| {
        let mut view = View::default();
        let mut kinds = vec![run_started(&["a"]), scenario_started("a")];
        kinds.push(EventKind::Requested {
            service: "compute".to_owned(),
            method: "GET".to_owned(),
            url: url.to_owned(),
            status: Some(200),
            request_id: None,
            milliseconds: 1,
            attempt: 1,
            error: None,
            refused: false,
        });
        kinds.push(EventKind::Waiting {
            awaited: "x".to_owned(),
            last_state: "y".to_owned(),
            elapsed: 150,
            budget: 1000,
        });
        let events = journal(kinds).events;
        events.iter().for_each(|event| view.add(event));
        let lines = view.lines(events.last().expect("an event").at);
        lines.last().expect("a line").text.clone()
    };
    assert_eq!(
        answer("http://h/volume/v3/os-services?binary=x"),
        "    last seen: y (GET os-services 200)"
    );
    assert_eq!(
        answer("http://h/compute/v2.1/servers/65658fbe-af47-4074-b8bf-1fd70b4d4d0b"),
        "    last seen: y (GET servers/65658fbe 200)"
    );
}

/// What moves at some time.
pub(super) fn screen(view: &View, now: Timestamp) -> String {
    let lines = view.lines(now);
    let line = |line: &Line| match &line.clock {
        Some(clock) => format!("{} [{clock}]", line.text),
        None => line.text.clone(),
    };
    lines.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// What moves after each of the events, without repetitions.
pub fn screens_of(events: &[Event]) -> String {
    let mut view = View::new(true);
    let mut screens: Vec<String> = Vec::new();
    for event in events {
        view.add(event);
        let screen = screen(&view, event.at);
        if screens.last() != Some(&screen) {
            screens.push(screen);
        }
    }
    screens.join("\n--\n")
}

#[test]
fn a_terminal_shows_every_scenario_and_what_the_running_one_waits_for() {
    let mut kinds = vec![run_started(&["bfv-failover", "bfv-failback"]), described(None, None)];
    kinds.extend(passing("bfv-failover"));
    kinds.push(scenario_started("bfv-failback"));
    let because = "the run was interrupted".to_owned();
    kinds.push(scenario_finished("bfv-failback", Verdict::NotRun { because }));
    insta::assert_snapshot!(screens_of(&journal(kinds).events));
}

#[test]
fn of_many_scenarios_those_around_the_running_one_are_shown() {
    let names: Vec<String> = (0..30).map(|number| format!("s-{number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut kinds = vec![run_started(&names)];
    for name in &names[..10] {
        kinds.extend([scenario_started(name), scenario_finished(name, Verdict::Passed)]);
    }
    kinds.push(scenario_started("s-10"));
    let mut view = View::default();
    let events = journal(kinds).events;
    events.iter().for_each(|event| view.add(event));
    insta::assert_snapshot!(screen(&view, events[0].at));
}
