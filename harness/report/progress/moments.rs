//! What a terminal shows at some moments of a run, as goldens: the time stands still, and is set.

use std::fmt::Write;

use jiff::{SignedDuration, Timestamp};

use super::tests::screen;
use super::view::View;
use crate::event::{Event, EventKind, MoveWitness, Position, Proof, Resource, ResourceKind, Verdict};
use crate::failure::Failure;
use crate::report::golden::events::{run_started_in, scenario_finished, scenario_started};

const FAILOVER: &str = "http://192.0.2.1/volume/v3/os-services/failover_host";

/// A run on a clock that somebody sets.
struct Run {
    view: View,
    now: Timestamp,
    sequence: u64,
    seen: String,
}

impl Run {
    fn of(scenarios: &[&str]) -> Run {
        let mut run = Run {
            view: View::new(true),
            now: "2026-11-24T12:00:00Z".parse().expect("a time"),
            sequence: 0,
            seen: String::new(),
        };
        run.tells(run_started_in(3, scenarios));
        run
    }

    fn later(&mut self, seconds: i64) -> &mut Run {
        self.now += SignedDuration::from_secs(seconds);
        self
    }

    fn tells(&mut self, kind: EventKind) -> &mut Run {
        self.happens(None, kind)
    }

    /// Something of a chain, which is one scenario.
    fn of_chain(&mut self, chain: &str, kind: EventKind) -> &mut Run {
        let scenario = match &kind {
            EventKind::CleanupStarted { .. } | EventKind::CleanupFinished { .. } | EventKind::ChainFinished {} => None,
            _ => Some(chain.to_owned()),
        };
        let position = Position {
            chain: chain.to_owned(),
            scenario,
            step: None,
        };
        self.happens(Some(position), kind)
    }

    fn happens(&mut self, position: Option<Position>, kind: EventKind) -> &mut Run {
        self.sequence += 1;
        self.view.add(&Event {
            sequence: self.sequence,
            at: self.now,
            position,
            kind,
        });
        self
    }

    /// Keeps what is shown now.
    fn look(&mut self, what: &str) -> &mut Run {
        let screen = screen(&self.view, self.now);
        writeln!(self.seen, "-- {what}\n{screen}").expect("a text");
        self
    }
}

fn steps(scenario: &str, step: usize, verb: &str) -> EventKind {
    EventKind::StepStarted {
        scenario: scenario.to_owned(),
        step,
        verb: verb.to_owned(),
        description: String::new(),
    }
}

fn ends(scenario: &str, step: usize, failure: Option<Failure>) -> EventKind {
    EventKind::StepFinished {
        scenario: scenario.to_owned(),
        step,
        done: failure.is_none().then(|| "done".to_owned()),
        skipped: None,
        failure,
        milliseconds: 1000,
    }
}

fn waits_for_others(scenario: &str, step: usize) -> EventKind {
    EventKind::WaitsForOthers {
        scenario: scenario.to_owned(),
        step,
    }
}

fn waiting(awaited: &str, last_state: &str, elapsed: u64) -> EventKind {
    EventKind::Waiting {
        awaited: awaited.to_owned(),
        last_state: last_state.to_owned(),
        elapsed: elapsed * 1000,
        budget: 300_000,
    }
}

fn requesting(url: &str, action: &str) -> EventKind {
    EventKind::Requesting {
        service: "block-storage".to_owned(),
        method: "PUT".to_owned(),
        url: url.to_owned(),
        action: Some(action.to_owned()),
    }
}

fn answered(method: &str, url: &str, status: u16, refused: bool) -> EventKind {
    EventKind::Requested {
        service: "block-storage".to_owned(),
        method: method.to_owned(),
        url: url.to_owned(),
        status: Some(status),
        request_id: None,
        milliseconds: 20,
        attempt: 1,
        error: None,
        refused,
    }
}

fn failover() -> Resource {
    Resource {
        kind: ResourceKind::Failover,
        name: "box@ceph".to_owned(),
        id: Some("box@ceph".to_owned()),
    }
}

/// What is about to be asked for has no id yet.
fn intended() -> EventKind {
    let resource = Resource { id: None, ..failover() };
    EventKind::Intended { resource }
}

fn moved(scenario: &str, to: &str) -> EventKind {
    EventKind::Proven {
        scenario: scenario.to_owned(),
        step: 1,
        proof: Proof::FailedOver {
            backend: "box@ceph".to_owned(),
            active_backend_id: to.to_owned(),
            volumes: 1,
            together_with: Vec::new(),
            witness: MoveWitness::NotAsked,
            api_milliseconds: 20,
            service_milliseconds: None,
            settled_milliseconds: 2000,
        },
    }
}

fn made(name: &str) -> EventKind {
    EventKind::Made {
        resource: Resource {
            kind: ResourceKind::Volume,
            name: name.to_owned(),
            id: Some(format!("id of {name}")),
        },
    }
}

fn clean_up(things: usize, chain: Option<&str>) -> EventKind {
    EventKind::CleanupStarted {
        resources: things,
        chain: chain.map(str::to_owned),
    }
}

#[test]
fn scenarios_wait_for_others_at_the_failover() {
    let names = ["a", "b", "c", "d", "e"];
    let mut run = Run::of(&names);
    run.tells(EventKind::GroupStarted {
        chains: names.map(str::to_owned).to_vec(),
    });
    for name in ["a", "b", "c"] {
        run.of_chain(name, scenario_started(name))
            .of_chain(name, steps(name, 0, "write"));
    }
    run.later(4)
        .of_chain("b", steps("b", 1, "failover"))
        .of_chain("b", waits_for_others("b", 1))
        .look("b has come to the failover; d and e wait until they may work");
    run.later(3)
        .of_chain("a", steps("a", 1, "failover"))
        .of_chain("a", waits_for_others("a", 1))
        .of_chain("d", scenario_started("d"))
        .of_chain("d", ends("d", 0, Some(Failure::cloud("no room"))))
        .of_chain(
            "d",
            scenario_finished(
                "d",
                Verdict::Failed {
                    failure: Failure::cloud("no room"),
                    step: Some(0),
                },
            ),
        )
        .of_chain("d", clean_up(1, Some("d")))
        .of_chain("e", scenario_started("e"))
        .of_chain("e", steps("e", 1, "failover"))
        .of_chain("e", waits_for_others("e", 1))
        .later(1)
        .look("d has failed, and is waited for until it is over");
    run.of_chain(
        "d",
        EventKind::CleanupFinished {
            left: 0,
            chain: Some("d".to_owned()),
            milliseconds: 1000,
        },
    )
    .of_chain("d", EventKind::ChainFinished {})
    .later(1)
    .look("only c is missing");
    run.of_chain("c", steps("c", 1, "failover"))
        .of_chain("c", waits_for_others("c", 1))
        .of_chain("a", intended())
        .of_chain("a", requesting(FAILOVER, "remote"))
        .later(40)
        .look("a asks for the failover, and Cinder does not answer");
    run.of_chain("a", answered("PUT", FAILOVER, 202, false))
        .of_chain(
            "a",
            waiting("the service box@ceph to be failed-over", "failing-over", 2),
        )
        .later(2)
        .look("Cinder has accepted it");
    run.of_chain("a", EventKind::Made { resource: failover() })
        .of_chain("a", moved("a", "remote"))
        .of_chain("a", ends("a", 1, None))
        .of_chain("b", moved("b", "remote"))
        .of_chain("b", ends("b", 1, None))
        .look("a and b go on");
    insta::assert_snapshot!(run.seen);
}

#[test]
fn a_line_that_does_not_move_says_why() {
    let mut run = Run::of(&["a"]);
    let server = "http://192.0.2.1/compute/v2.1/servers/65658fbe-af47-4074-b8bf-1fd70b4d4d0b";
    run.of_chain("a", scenario_started("a"))
        .of_chain("a", steps("a", 0, "reconnect"))
        .later(1)
        .of_chain("a", answered("GET", server, 200, false))
        .of_chain("a", waiting("server app to be ACTIVE", "SHELVED/spawning", 1))
        .later(29)
        .look("not yet");
    run.later(1).look("the task has not changed, and no answer came since");
    run.of_chain("a", answered("GET", server, 200, false))
        .of_chain("a", waiting("server app to be ACTIVE", "SHELVED/spawning", 31))
        .later(4)
        .look("the task has not changed, though answers come");
    run.of_chain("a", waiting("server app to be ACTIVE", "ACTIVE/-", 35))
        .later(2)
        .look("it has changed");
    run.of_chain(
        "a",
        EventKind::Waited {
            awaited: "server app to be ACTIVE".to_owned(),
            states: Vec::new(),
            elapsed: 37_000,
            polls: 9,
        },
    )
    .of_chain("a", ends("a", 0, None))
    .of_chain("a", steps("a", 1, "read"))
    .later(29)
    .look("a guest is asked");
    run.later(1).look("and does not answer");
    run.of_chain("a", answered("GET", server, 200, false))
        .later(75)
        .look("after the cloud has");
    run.of_chain("a", requesting(server, "delete"))
        .later(30)
        .look("a change that has no answer");
    insta::assert_snapshot!(run.seen);
}

#[test]
fn it_says_where_the_backend_is_and_what_ctrl_c_does() {
    let mut run = Run::of(&["a"]);
    run.look("nothing is made");
    run.of_chain("a", scenario_started("a"))
        .of_chain("a", made("root"))
        .look("a volume is made");
    run.of_chain("a", made("data")).of_chain("a", steps("a", 1, "failover"));
    run.of_chain("a", intended())
        .of_chain("a", requesting(FAILOVER, "remote"))
        .later(5)
        .look("the failover is sent");
    run.of_chain("a", answered("PUT", FAILOVER, 202, false))
        .later(5)
        .look("it is accepted, and not seen to move");
    run.of_chain("a", EventKind::Made { resource: failover() })
        .of_chain("a", moved("a", "remote"))
        .of_chain("a", ends("a", 1, None))
        .look("it has moved");
    run.of_chain("a", steps("a", 2, "failback"))
        .of_chain("a", requesting(FAILOVER, "default"))
        .look("the failback is sent");
    run.tells(EventKind::StopRequested {
        signal: "SIGINT".to_owned(),
    })
    .look("somebody has pressed Ctrl-C");
    run.of_chain("a", answered("PUT", FAILOVER, 202, false))
        .of_chain("a", ends("a", 2, Some(Failure::cloud("interrupted"))))
        .look("the step has given up before anybody saw it arrive");
    run.of_chain(
        "a",
        scenario_finished(
            "a",
            Verdict::Failed {
                failure: Failure::cloud("interrupted"),
                step: Some(2),
            },
        ),
    )
    .tells(clean_up(3, None))
    .tells(EventKind::Removed { resource: failover() })
    .look("the clean-up has seen that it is back");
    insta::assert_snapshot!(run.seen);
}

#[test]
fn a_failover_that_cinder_refuses_has_moved_nothing() {
    let mut run = Run::of(&["a"]);
    run.of_chain("a", scenario_started("a"))
        .of_chain("a", steps("a", 0, "failover"))
        .of_chain("a", intended())
        .of_chain("a", requesting(FAILOVER, "remote"))
        .look("sent");
    run.of_chain("a", answered("PUT", FAILOVER, 400, true)).look("refused");
    run.of_chain("a", ends("a", 0, Some(Failure::cloud("refused"))))
        .of_chain(
            "a",
            EventKind::ScenarioFinished {
                scenario: "a".to_owned(),
                verdict: Verdict::Passed,
                milliseconds: 1,
            },
        )
        .tells(clean_up(1, None))
        .look("the clean-up, which nobody has asked to stop");
    insta::assert_snapshot!(run.seen);
}
