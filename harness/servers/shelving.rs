//! Waiting for a server to be shelved or stopped, and to come back: what Nova's states mean on the way.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::reach::{UNKNOWN, not_known, server_error, state};
use crate::cloud::{Server, ServerId};
use crate::failure::{Failure, FailureKind};
use crate::names::ServerName;
use crate::session::Context;
use crate::wait::{Awaited, Poll, TimedOut, WaitError, Waited};

/// How long a server without a task must stay in the state that it was to leave, before Nova is taken to have given up.
const GAVE_UP_AFTER: Duration = Duration::from_secs(1);

/// Which way a server goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Out,
    Back,
    Off,
    On,
}

impl Way {
    /// The status that the server goes to, and the one that it leaves.
    fn ends(self) -> (&'static str, &'static str) {
        match self {
            Way::Out => ("SHELVED_OFFLOADED", "ACTIVE"),
            Way::Back => ("ACTIVE", "SHELVED_OFFLOADED"),
            Way::Off => ("SHUTOFF", "ACTIVE"),
            Way::On => ("ACTIVE", "SHUTOFF"),
        }
    }

    fn doing(self) -> &'static str {
        match self {
            Way::Out => "shelving",
            Way::Back => "unshelving",
            Way::Off => "stopping",
            Way::On => "starting",
        }
    }
}

/// What the looks so far mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Course {
    There,
    NotYet,
    /// SHELVED, and not offloaded yet: that has to be requested.
    AskToOffload,
    /// It had a task, and is without one in the state that it was to leave.
    GaveUp,
    Error,
}

/// A server on its way.
#[derive(Debug)]
struct Shelving {
    way: Way,
    began: bool,
    asked: bool,
    idle_since: Option<Duration>,
}

impl Shelving {
    fn new(way: Way) -> Shelving {
        Shelving {
            way,
            began: false,
            asked: false,
            idle_since: None,
        }
    }

    /// Takes in a look. Nova sets the task before it answers 202 (`compute/api.py`, `shelve`, `unshelve`), so a server which
    /// had one and is idle again in its old state is one whose compute host gave up.
    fn see(&mut self, elapsed: Duration, server: &Server) -> Course {
        let idle = server.task_state.is_none();
        self.began |= !idle;
        let (goal, left) = self.way.ends();
        match server.status.as_str() {
            "ERROR" => Course::Error,
            status if status == goal && idle => Course::There,
            "SHELVED" if idle && !self.asked && self.way == Way::Out => {
                self.asked = true;
                Course::AskToOffload
            }
            status if status == left && idle && self.began => {
                let since = *self.idle_since.get_or_insert(elapsed);
                if elapsed.saturating_sub(since) >= GAVE_UP_AFTER {
                    Course::GaveUp
                } else {
                    Course::NotYet
                }
            }
            _ => {
                self.idle_since = None;
                Course::NotYet
            }
        }
    }
}

/// Waits until a shelved server is off its host: only then has Nova given up the old connection. A server with a volume
/// as its root is offloaded at once (Nova's `compute/api.py`, `shelve`); for another it depends on
/// `shelved_offload_time`, so it is asked for when the server stays SHELVED.
///
/// # Errors
/// It went to ERROR, Nova gave up, the budget ran out, or the API did not answer.
pub async fn wait_offloaded(
    context: &Context,
    name: &ServerName,
    id: &ServerId,
    budget: Duration,
) -> Result<Waited, Failure> {
    wait(context, name, id, budget, Way::Out).await
}

/// Waits until a server that was unshelved is ACTIVE again.
///
/// # Errors
/// As [`wait_offloaded`].
pub async fn wait_unshelved(
    context: &Context,
    name: &ServerName,
    id: &ServerId,
    budget: Duration,
) -> Result<Waited, Failure> {
    wait(context, name, id, budget, Way::Back).await
}

/// Waits until a server that was asked to stop is off: its domain has ended, whatever its guest waited for.
///
/// # Errors
/// As [`wait_offloaded`].
pub async fn wait_stopped(
    context: &Context,
    name: &ServerName,
    id: &ServerId,
    budget: Duration,
) -> Result<Waited, Failure> {
    wait(context, name, id, budget, Way::Off).await
}

/// Waits until a server that was started is ACTIVE again.
///
/// # Errors
/// As [`wait_offloaded`].
pub async fn wait_started(
    context: &Context,
    name: &ServerName,
    id: &ServerId,
    budget: Duration,
) -> Result<Waited, Failure> {
    wait(context, name, id, budget, Way::On).await
}

async fn wait(
    context: &Context,
    name: &ServerName,
    id: &ServerId,
    budget: Duration,
    way: Way,
) -> Result<Waited, Failure> {
    let what = format!("server {name}");
    let awaited = Awaited {
        what: &what,
        expected: way.ends().0,
        budget,
        on_timeout: FailureKind::Expectation,
    };
    let shelving = Mutex::new(Shelving::new(way));
    let see = |elapsed, server: &Server| {
        let mut shelving = shelving.lock().unwrap_or_else(PoisonError::into_inner);
        shelving.see(elapsed, server)
    };
    let mut last = None;
    let began = Instant::now();
    // One that is at work is on its way; all else is looked at.
    let glance = |server: &Server| {
        let is_on_its_way = server.task_state.is_some() && see(began.elapsed(), server) == Course::NotYet;
        is_on_its_way.then(|| state(server))
    };
    let poll = async || {
        let server = context.cloud.server(id).await?;
        let course = see(began.elapsed(), &server);
        let seen = state(&server);
        let ended = match course {
            Course::There => return Ok(Poll::Ready(())),
            Course::Error => Some(server_error(name, &server, FailureKind::Expectation)),
            Course::GaveUp => Some(gave_up(name, &server, way)),
            Course::AskToOffload => {
                context.cloud.shelve_offload(id).await?;
                None
            }
            Course::NotYet => None,
        };
        last = Some(server);
        match ended {
            Some(failure) => Err(failure),
            None => Ok(Poll::NotYet(seen)),
        }
    };
    let waited = context
        .wait_for_server(&context.patience, awaited, id, glance, poll)
        .await;
    match waited {
        Ok(((), waited)) => Ok(waited),
        Err(WaitError::Failed(failure)) => Err(failure),
        Err(WaitError::TimedOut(wait)) => Err(timed_out(name, last.as_ref(), wait, way)),
    }
}

fn gave_up(name: &ServerName, server: &Server, way: Way) -> Failure {
    let failure = Failure::expectation(format!(
        "Nova gave up {} server {name}: it is {} again, without a task",
        way.doing(),
        server.status
    ))
    .detail("server", &server.id)
    .detail("expected", way.ends().0);
    let failure = match &server.fault {
        Some(fault) => failure.detail("Nova says", &fault.message),
        None => failure,
    };
    failure.help(
        "the nova-compute log has the reason under the server's id; its volumes still have the connections that they had, and \
         `openstack server event list` shows the action that failed",
    )
}

/// What it means that the time ran out in a state. A server of which Nova itself knows nothing says nothing of replication.
fn timed_out(name: &ServerName, last: Option<&Server>, wait: TimedOut, way: Way) -> Failure {
    match last {
        Some(server) if server.status == UNKNOWN => not_known(name, wait.into()),
        _ if way == Way::Out => Failure::from(wait).help(
            "nova-compute waits for the guest to stop, or cannot give its connections up: see its log for the \
             server's id; if it is only slow, raise the budget `shelve`",
        ),
        _ if way == Way::Off => Failure::from(wait).help(
            "nova-compute does one thing at a time with a server, so a detach that does not end keeps it from stopping; and it \
             waits for the guest to shut down (`[compute] shutdown_timeout`, image property `os_shutdown_timeout`): see its log \
             for the server's id; if it is only slow, raise the budget `shelve`",
        ),
        _ => wait.into(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn server(status: &str, task: Option<&str>) -> Server {
        let server = json!({ "id": "s", "name": "app", "status": status, "OS-EXT-STS:task_state": task });
        serde_json::from_value(server).expect("a server")
    }

    fn course(way: Way, looks: &[(u64, &str, Option<&str>)]) -> Course {
        let mut shelving = Shelving::new(way);
        let mut last = Course::NotYet;
        for (at, status, task) in looks {
            last = shelving.see(Duration::from_millis(*at), &server(status, *task));
        }
        last
    }

    #[test]
    fn a_server_that_is_idle_again_in_its_old_state_was_given_up() {
        let shelving = Some("shelving");
        assert_eq!(course(Way::Out, &[(0, "ACTIVE", shelving)]), Course::NotYet);
        let early = [(0, "ACTIVE", shelving), (100, "ACTIVE", None)];
        assert_eq!(course(Way::Out, &early), Course::NotYet);
        let again = [(0, "ACTIVE", shelving), (100, "ACTIVE", None), (1200, "ACTIVE", None)];
        assert_eq!(course(Way::Out, &again), Course::GaveUp);
        // A read that lagged behind the 202 is no such state: nothing was seen to begin.
        assert_eq!(
            course(Way::Out, &[(0, "ACTIVE", None), (2000, "ACTIVE", None)]),
            Course::NotYet
        );
        let back = [
            (0, "SHELVED_OFFLOADED", Some("unshelving")),
            (10, "SHELVED_OFFLOADED", None),
            (1100, "SHELVED_OFFLOADED", None),
        ];
        assert_eq!(course(Way::Back, &back), Course::GaveUp);
        let off = [
            (0, "ACTIVE", Some("powering-off")),
            (10, "ACTIVE", None),
            (1100, "ACTIVE", None),
        ];
        assert_eq!(course(Way::Off, &off), Course::GaveUp);
        let done = [(0, "ACTIVE", Some("powering-off")), (10, "SHUTOFF", None)];
        assert_eq!(course(Way::Off, &done), Course::There);
        assert_eq!(
            course(Way::On, &[(0, "SHUTOFF", Some("powering-on")), (9, "ACTIVE", None)]),
            Course::There
        );
    }

    #[test]
    fn a_server_that_stays_shelved_is_asked_to_be_offloaded_once() {
        assert_eq!(course(Way::Out, &[(0, "SHELVED", None)]), Course::AskToOffload);
        assert_eq!(
            course(Way::Out, &[(0, "SHELVED", None), (9, "SHELVED", None)]),
            Course::NotYet
        );
        assert_eq!(course(Way::Out, &[(0, "SHELVED_OFFLOADED", None)]), Course::There);
        assert_eq!(course(Way::Out, &[(0, "ERROR", None)]), Course::Error);
    }

    #[test]
    fn a_server_that_nova_cannot_ask_about_is_the_clouds_failure() {
        let name = ServerName::new("app").expect("a name");
        let wait = |way| {
            let wait = TimedOut {
                what: "server app".to_owned(),
                expected: "SHELVED_OFFLOADED".to_owned(),
                waited: Duration::from_secs(12),
                states: vec!["UNKNOWN".to_owned()],
                polls: 90,
                kind: FailureKind::Expectation,
                hurried: false,
            };
            timed_out(&name, Some(&server("UNKNOWN", None)), wait, way)
        };
        assert_eq!(wait(Way::Out).kind, FailureKind::Cloud);
        insta::assert_snapshot!(
            [
                wait(Way::Back),
                gave_up(&name, &server("ACTIVE", None), Way::Out),
                gave_up(&name, &server("SHUTOFF", None), Way::On),
                timed_out(
                    &name,
                    Some(&server("ACTIVE", Some("powering-off"))),
                    TimedOut {
                        what: "server app".to_owned(),
                        expected: "SHUTOFF".to_owned(),
                        waited: Duration::from_secs(300),
                        states: vec!["ACTIVE/powering-off".to_owned()],
                        polls: 90,
                        kind: FailureKind::Expectation,
                        hurried: false,
                    },
                    Way::Off,
                ),
            ]
            .map(|failure| failure.to_string())
            .join("\n\n")
        );
    }
}
