//! What each server waited for its data: each from the one request that moved the backend for all, and by itself.

use serde_json::Value;

use super::events::{
    described, failed, file_seen, journal, report, run_started_in, scenario_finished, scenario_started, step,
};
use super::torn::written;
use crate::event::{
    BootEvidence, EventKind, Journal, MoveWitness, Position, Proof, ReconnectedBy, RecoveryPhaseName, Resource,
    ResourceKind, Verdict,
};
use crate::failure::Failure;
use crate::report::Format;
use crate::report::document::{MoveKind, Recovery, RecoveryStatistics, RunReport, Until, recovery_statistics};

/// What a chain does, a tenth of a second an event.
type Told = Vec<(&'static str, EventKind)>;

fn at(chain: &'static str, kinds: Vec<EventKind>) -> Told {
    kinds.into_iter().map(|kind| (chain, kind)).collect()
}

fn sent(to: &str) -> EventKind {
    EventKind::Requesting {
        service: "block-storage".to_owned(),
        method: "PUT".to_owned(),
        url: "http://192.0.2.1/volume/v3/os-services/failover_host".to_owned(),
        action: Some(to.to_owned()),
    }
}

fn seen(scenario: &str, number: usize, guest: &str, is_written: bool) -> EventKind {
    let mut kind = file_seen(scenario, number, "note", is_written, "sha");
    if let EventKind::FileSeen { guest: of, .. } = &mut kind {
        guest.clone_into(of);
    }
    kind
}

fn reads(scenario: &str, number: usize, guest: &str) -> Vec<EventKind> {
    step(
        scenario,
        number,
        "read",
        vec![seen(scenario, number, guest, false)],
        None,
    )
}

fn writes(scenario: &str, number: usize, guest: &str) -> Vec<EventKind> {
    step(
        scenario,
        number,
        "write",
        vec![seen(scenario, number, guest, true)],
        None,
    )
}

fn reconnects(scenario: &str, number: usize, server: &str) -> Vec<EventKind> {
    let proof = Proof::Reconnected {
        server: server.to_owned(),
        by: ReconnectedBy::Shelve,
        shelve_milliseconds: 10,
        unshelve_milliseconds: 10,
        boot_milliseconds: 10,
        boot: BootEvidence::Restarted,
    };
    let proven = EventKind::Proven {
        scenario: scenario.to_owned(),
        step: number,
        proof,
    };
    step(scenario, number, "reconnect", vec![proven], None)
}

/// The journal of what some chains do, one event after the other.
fn told(told: Told) -> Journal {
    let started = run_started_in(3, &["one", "two"]);
    let mut all = vec![("", started), ("", described(None, None))];
    all.extend(told);
    all.push(("", EventKind::RunFinished { milliseconds: 9000 }));
    let (chains, kinds): (Vec<_>, Vec<_>) = all.into_iter().unzip();
    let mut journal = journal(kinds);
    for (event, chain) in journal.events.iter_mut().zip(chains) {
        event.position = (!chain.is_empty()).then(|| Position {
            chain: chain.to_owned(),
            scenario: event.kind.scenario().map(str::to_owned),
            step: None,
        });
    }
    journal
}

/// Two chains at one failover, which the first sends for both: one has two servers, and writes after its reads; the other is the
/// beginning of its chain, whose next scenario writes, and fails back.
pub fn both() -> Journal {
    let begins = |name: &str, has: usize| {
        let mut kind = scenario_started(name);
        if let EventKind::ScenarioStarted { steps, .. } = &mut kind {
            *steps = has;
        }
        vec![kind]
    };
    let moves = |scenario: &str, number, verb, within| step(scenario, number, verb, within, None);
    let parts = vec![
        at("one", begins("one", 8)),
        at("two", begins("base", 2)),
        // What is read before the failover is no recovery.
        at("one", reads("one", 0, "app")),
        at("two", step("base", 0, "failover", Vec::new(), None)[..1].to_vec()),
        at("one", moves("one", 1, "failover", vec![sent("ceph2")])),
        at("two", step("base", 0, "failover", Vec::new(), None)[1..].to_vec()),
        at("one", reconnects("one", 2, "app")),
        at("two", reads("base", 1, "app")),
        at("one", reconnects("one", 3, "db")),
        at("one", reads("one", 4, "app")),
        at("one", reads("one", 5, "db")),
        at("one", writes("one", 6, "db")),
        at("one", reads("one", 7, "db")),
        at("one", vec![scenario_finished("one", Verdict::Passed)]),
        at("two", vec![scenario_finished("base", Verdict::Passed)]),
        at("two", begins("two", 3)),
        at("two", writes("two", 2, "app")),
        at("two", moves("two", 3, "failback", vec![sent("default")])),
        at("two", reads("two", 4, "app")),
        at("two", vec![scenario_finished("two", Verdict::Passed)]),
    ];
    told(parts.into_iter().flatten().collect())
}

/// Scenario, movement, server, and the times until its first read and write.
type Row = (String, MoveKind, String, Option<u64>, Option<u64>);

fn found(journal: &Journal) -> Vec<Row> {
    let report = RunReport::of(journal);
    let row = |found: &Recovery| {
        let (scenario, server) = (found.scenario.clone(), found.server.clone());
        (scenario, found.moved, server, found.first_read, found.first_write)
    };
    report.recoveries.iter().map(row).collect()
}

#[test]
fn each_server_waits_from_the_one_request_and_for_no_other_server() {
    let row = |scenario: &str, moved, server: &str, read, write| {
        (scenario.to_owned(), moved, server.to_owned(), Some(read), write)
    };
    assert_eq!(
        found(&both()),
        [
            // Sent by the chain beside it; written by the scenario that continues it.
            row("base", MoveKind::Failover, "app", 700, Some(2800)),
            // 1300 ms, of which 90 went to the reconnect of db.
            row("one", MoveKind::Failover, "app", 1210, None),
            // 1600 ms, of which 90 went to the reconnect of app, and 90 to its read.
            row("one", MoveKind::Failover, "db", 1420, Some(1720)),
            row("two", MoveKind::Failback, "app", 300, None),
        ]
    );
}

#[test]
fn what_was_not_read_as_it_should_be_is_no_recovery() {
    let failure = Failure::expectation("app does not read note as it was written: it is empty");
    let wrong = step(
        "one",
        1,
        "read",
        vec![seen("one", 1, "app", false)],
        Some(failure.clone()),
    );
    let parts = vec![
        at("one", vec![scenario_started("one")]),
        at("one", step("one", 0, "failover", vec![sent("ceph2")], None)),
        at("one", wrong),
        at("one", vec![scenario_finished("one", failed(failure, Some(1)))]),
    ];
    assert_eq!(found(&told(parts.into_iter().flatten().collect())), []);
}

#[test]
fn nothing_is_measured_from_a_failover_that_failed_or_from_one_before() {
    let failure = || Some(Failure::cloud("it was refused"));
    for (within, failure) in [(vec![sent("default")], failure()), (Vec::new(), None)] {
        let parts = vec![
            at("one", vec![scenario_started("one")]),
            at("one", step("one", 0, "failover", vec![sent("ceph2")], None)),
            at("one", step("one", 1, "failback", within, failure)),
            at("one", reads("one", 2, "app")),
        ];
        assert_eq!(found(&told(parts.into_iter().flatten().collect())), []);
    }
}

fn loses(fault: &str) -> EventKind {
    EventKind::Intended {
        resource: fault_named(fault),
    }
}

fn fault_named(fault: &str) -> Resource {
    Resource {
        kind: ResourceKind::Fault,
        name: fault.to_owned(),
        id: None,
    }
}

#[test]
fn only_a_site_that_is_still_lost_is_what_the_backend_moves_for() {
    let restored = EventKind::Removed {
        resource: fault_named("primary-network"),
    };
    for before in [
        vec![loses("link")],
        vec![loses("primary-mirror-daemon")],
        vec![loses("primary-network"), restored],
    ] {
        let parts = vec![
            at("one", vec![scenario_started("one")]),
            at("one", step("one", 0, "lose", before, None)),
            at("one", step("one", 1, "failover", vec![sent("ceph2")], None)),
            at("one", reads("one", 2, "app")),
        ];
        let report = RunReport::of(&told(parts.into_iter().flatten().collect()));
        let detect = report.recoveries.iter().flat_map(|found| &found.phases);
        assert_eq!(
            detect.filter(|found| found.phase == RecoveryPhaseName::Detect).count(),
            0,
            "{:?}",
            report.recoveries
        );
    }
}

#[test]
fn a_lost_site_is_where_the_wait_begins_and_the_phases_are_all_of_it() {
    let proof = Proof::FailedOver {
        backend: "box@ceph".to_owned(),
        active_backend_id: "ceph2".to_owned(),
        volumes: 1,
        together_with: Vec::new(),
        witness: MoveWitness::NotAsked,
        api_milliseconds: 20,
        service_milliseconds: Some(50),
        settled_milliseconds: 80,
    };
    let proven = EventKind::Proven {
        scenario: "one".to_owned(),
        step: 1,
        proof,
    };
    let parts = vec![
        at("one", vec![scenario_started("one")]),
        at("one", step("one", 0, "lose", vec![loses("primary-power")], None)),
        at("one", step("one", 1, "failover", vec![sent("ceph2"), proven], None)),
        at("one", reconnects("one", 2, "app")),
        at("one", reads("one", 3, "app")),
        at("one", writes("one", 4, "app")),
    ];
    let report = RunReport::of(&told(parts.into_iter().flatten().collect()));
    let [found] = report.recoveries.as_slice() else {
        panic!("{:?}", report.recoveries);
    };
    assert_eq!(
        (found.first_read, found.first_write, found.rto()),
        (Some(1000), Some(1300), Some(1300))
    );
    insta::assert_snapshot!(found.phase_words(), @"detect 0.30 s, API 0.02 s, service 0.05 s, volumes 0.03 s, disconnect 0.01 s, reconnect 0.01 s, boot 0.01 s, read 0.10 s, write 0.10 s, checks 0.67 s");
    let sum: u64 = found.phases.iter().map(|found| found.milliseconds).sum();
    assert_eq!(Some(sum), found.rto());
}

#[test]
fn percentiles_are_times_that_were_measured() {
    let recovery = |milliseconds| Recovery {
        scenario: "one".to_owned(),
        chain: "one".to_owned(),
        moved: MoveKind::Failover,
        server: "app".to_owned(),
        first_read: Some(milliseconds),
        first_write: None,
        phases: Vec::new(),
    };
    let of = |count: u64| recovery_statistics(&(1..=count).rev().map(recovery).collect::<Vec<_>>());
    let expected = |count, p50, p95, maximum| {
        vec![RecoveryStatistics {
            moved: MoveKind::Failover,
            until: Until::FirstRead,
            count,
            p50,
            p95,
            maximum,
        }]
    };
    assert_eq!(of(1), expected(1, 1, 1, 1));
    assert_eq!(of(2), expected(2, 1, 2, 2));
    assert_eq!(of(20), expected(20, 10, 19, 20));
    assert_eq!(of(0), []);
}

#[test]
fn text_says_what_each_server_waited_and_what_all_did() {
    let journal = both();
    let text = String::from_utf8(written(&report(&journal), Format::Text)).expect("UTF-8");
    insta::assert_snapshot!(text);
}

#[test]
fn html_and_json_say_it_too() {
    let journal = both();
    let text = |format| String::from_utf8(written(&report(&journal), format)).expect("UTF-8");
    let html = text(Format::Html);
    for part in [
        "<tr><th>failover to first read</th><td class=\"number\">3</td><td class=\"number\">1.21 s</td>",
        "<tr><th>base <span class=\"soft\">in two</span></th><td>app</td><td>failover</td><td class=\"number\">0.70 s</td>\
         <td class=\"number\">2.80 s</td><td>read 0.10 s, write 0.10 s, checks 2.60 s</td></tr>",
    ] {
        assert!(html.contains(part), "{part} is not in\n{html}");
    }
    let json: Value = serde_json::from_str(&text(Format::Json)).expect("JSON");
    assert_eq!(json["runs"][0]["recoveries"][0]["first_read"], 700);
    assert_eq!(json["runs"][0]["recovery_statistics"][0]["maximum"], 1420);
}
