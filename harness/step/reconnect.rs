//! `reconnect`: a server gives up the connections of its volumes and gets new ones.

use crate::cloud::ServerId;
use crate::event::{BootEvidence, Proof};
use crate::failure::{Failure, FailureKind};
use crate::run::{
    Awaited, Context, NotConnected, Poll, UNKNOWN, Waited, attachment_of, connect, explain, give_up, not_known,
    require_restarted, server_error, state, until, wait_status,
};
use serde::Serialize;
use std::time::Duration;

use super::Action;
use super::verb::{Compiled, Step, Verb};
use crate::plan::State;
use crate::scenario::ServerName;
use crate::scenario::document::{Field, Record, Shape, Word};
use crate::target::BudgetName;

/// `reconnect`
pub(super) static VERB: Verb = Verb {
    field: Field::required(
        "reconnect",
        Shape::Record(&Record {
            fields: &[
                Field::required("server", Shape::Name, "The server; it boots from a volume."),
                Field::required(
                    "by",
                    Shape::Word(&[Word {
                        word: "shelve",
                        text: "Shelve, wait until it is offloaded, unshelve.",
                    }]),
                    "How the connections are renewed.",
                ),
            ],
            one_of: &[],
        }),
        "Makes a server give up the connections of its volumes and get new ones, which name the site that is active now; and \
         requires that it was booted anew, as far as its guest tells.",
    ),
    checks: false,
    change: Some("the server: it stops and starts again"),
    budget: BudgetName::Shelve,
    compile,
};

fn compile(state: &mut State<'_>, step: &Step<'_>) -> Option<Compiled> {
    let server = state.server(step.arguments, "server")?;
    // The one word that the check lets through.
    step.arguments.text("by")?;
    state.reconnects(&server, step.at);
    let reconnect = Reconnect {
        server,
        by: ReconnectBy::Shelve,
    };
    let locks = vec![format!("server {}", reconnect.server)];
    Some(Compiled {
        action: Action::Reconnect(reconnect),
        undo: None,
        locks,
    })
}

/// Renews the connections of a server that boots from a volume.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Reconnect {
    /// The server.
    pub server: ServerName,
    /// How.
    pub by: ReconnectBy,
}

/// How connections are renewed.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReconnectBy {
    /// Shelve, wait until it is offloaded, unshelve.
    Shelve,
}

impl Reconnect {
    /// What it does, in one line.
    #[must_use]
    pub fn describe(&self) -> String {
        match self.by {
            ReconnectBy::Shelve => format!(
                "reconnect {}: shelve, wait until it is offloaded, unshelve",
                self.server
            ),
        }
    }
}

impl Reconnect {
    /// Shelves the server until it is off its host, unshelves it, and waits until its guest answers again.
    ///
    /// # Errors
    /// The server did not reach one of the states within its budget; its guest does not answer, shows another host key, was
    /// never restarted, or is another machine; or a volume of it still has the attachment from before.
    pub async fn run(&self, context: &mut Context) -> Result<String, Failure> {
        match self.by {
            ReconnectBy::Shelve => self.shelve(context).await,
        }
    }

    async fn shelve(&self, context: &mut Context) -> Result<String, Failure> {
        let name = &self.server;
        let volumes = give_up(context, name).await?;
        let server = context.server(name)?;
        let id = server.id.clone();
        let before = server.identity.clone();
        // The session would only wait for its time-out once the guest is gone.
        server.guest = None;
        let budget = context.target.budgets.shelve;
        context.cloud.shelve(&id).await?;
        let kind = FailureKind::Expectation;
        let shelved = wait_offloaded(context, name, &id, budget).await?;
        context.cloud.unshelve(&id).await?;
        let active = match wait_status(context, name, &id, "ACTIVE", budget, kind).await {
            Ok(waited) => waited,
            Err(failure) => return Err(explain(context, &id, failure).await),
        };
        let booted = match connect(context, name, kind).await {
            Ok(waited) => waited,
            // Who answers is not the server, so that nothing of the server explains it.
            Err(NotConnected::HostKeyChanged(failure)) => return Err(failure),
            Err(NotConnected::Silent(failure)) => {
                let failure = failure.detail("Nova says", "ACTIVE");
                return Err(explain(context, &id, failure).await);
            }
        };
        let restarted = require_restarted(context, name, before.as_ref())?;
        for volume in &volumes {
            attachment_of(context, volume, name).await?;
        }
        let done = format!(
            "server {name} was shelved in {:.1} s, ACTIVE again in {:.1} s and reachable in {:.1} s{}",
            shelved.elapsed.as_secs_f64(),
            active.elapsed.as_secs_f64(),
            booted.elapsed.as_secs_f64(),
            if restarted {
                ""
            } else {
                "; its guest does not tell whether it was restarted"
            }
        );
        context.prove(Proof::Reconnected {
            server: name.to_string(),
            shelve_milliseconds: shelved.milliseconds(),
            unshelve_milliseconds: active.milliseconds(),
            boot_milliseconds: booted.milliseconds(),
            boot: if restarted {
                BootEvidence::Restarted
            } else {
                BootEvidence::Untold
            },
        });
        Ok(done)
    }
}

/// What one look at a server that is being shelved means.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Shelving {
    /// It is off its host.
    Offloaded,
    /// It is off only when somebody asks for that, too.
    Shelved,
    /// It is on its way.
    UnderWay,
    /// It was on its way, and runs again: Nova has given up.
    GivenUp,
    /// Nova does not know, as its cell does not answer.
    Unknown,
    /// It is in ERROR.
    Broken,
}

/// Judges one look at a server that is being shelved. `began` says whether it was seen on its way before.
fn judge_shelving(status: &str, task_state: Option<&str>, began: bool) -> Shelving {
    match (status, task_state) {
        ("SHELVED_OFFLOADED", None) => Shelving::Offloaded,
        ("SHELVED", None) => Shelving::Shelved,
        ("ERROR", _) => Shelving::Broken,
        ("ACTIVE", None) if began => Shelving::GivenUp,
        (UNKNOWN, _) => Shelving::Unknown,
        _ => Shelving::UnderWay,
    }
}

/// Waits until a shelved server is off its host: only then has Nova given up the old connection. A server with a volume
/// as its root is offloaded at once (Nova's `compute/api.py`, `shelve`); for another it depends on
/// `shelved_offload_time`, so it is asked for when the server stays SHELVED.
async fn wait_offloaded(
    context: &Context,
    name: &ServerName,
    id: &ServerId,
    budget: Duration,
) -> Result<Waited, Failure> {
    let mut asked = false;
    let mut began = false;
    // How the last look was; `None` once the wait has ended by itself.
    let mut last = None;
    let awaited = Awaited {
        what: &format!("server {name}"),
        expected: "SHELVED_OFFLOADED",
        budget,
        on_timeout: FailureKind::Expectation,
    };
    let waited = until(&context.recorder, awaited, async || {
        last = None;
        let server = context.cloud.server(id).await?;
        let shelving = judge_shelving(&server.status, server.task_state.as_deref(), began);
        began |= server.task_state.is_some();
        match shelving {
            Shelving::Offloaded => return Ok(Poll::Ready(())),
            Shelving::Broken => return Err(server_error(name, &server, FailureKind::Expectation)),
            Shelving::GivenUp => return Err(given_up(name, id)),
            Shelving::Shelved if !asked => {
                asked = true;
                context.cloud.shelve_offload(id).await?;
            }
            Shelving::Shelved | Shelving::UnderWay | Shelving::Unknown => {}
        }
        last = Some(shelving);
        Ok(Poll::NotYet(state(&server)))
    })
    .await;
    match (waited, last) {
        (Ok(((), waited)), _) => Ok(waited),
        (Err(failure), Some(last)) => Err(never_offloaded(name, &last, failure)),
        (Err(failure), None) => Err(failure),
    }
}

/// What it means that a server did not leave its host in time. What it is connected to says nothing yet: its old connections
/// are those of the site that was left.
fn never_offloaded(name: &ServerName, last: &Shelving, failure: Failure) -> Failure {
    if *last == Shelving::Unknown {
        return not_known(name, failure);
    }
    failure.help(
        "nova-compute waits for the guest to stop, or cannot give its connections up: see its log for the server's id; if it \
         is only slow, raise the budget `shelve`",
    )
}

/// Nova began to shelve a server and runs it again.
fn given_up(name: &ServerName, id: &ServerId) -> Failure {
    Failure::expectation(format!("Nova gave up shelving server {name}: it is ACTIVE again"))
        .detail("server", id)
        .detail("expected", "SHELVED_OFFLOADED")
        .detail("seen", "a task under way, and then ACTIVE without one")
        .help(
            "`openstack server event list` and the nova-compute log of its host name the cause; its connections are still \
             those from before",
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_runs_again_was_given_up_only_if_it_had_begun() {
        assert_eq!(judge_shelving("ACTIVE", None, false), Shelving::UnderWay);
        assert_eq!(judge_shelving("ACTIVE", Some("shelving"), true), Shelving::UnderWay);
        assert_eq!(judge_shelving("ACTIVE", None, true), Shelving::GivenUp);
    }

    #[test]
    fn each_state_means_something_of_its_own() {
        for (status, task, expected) in [
            ("SHELVED_OFFLOADED", None, Shelving::Offloaded),
            ("SHELVED_OFFLOADED", Some("shelving_offloading"), Shelving::UnderWay),
            ("SHELVED", None, Shelving::Shelved),
            ("SHELVED", Some("shelving_image_uploading"), Shelving::UnderWay),
            ("ERROR", Some("shelving"), Shelving::Broken),
            ("UNKNOWN", None, Shelving::Unknown),
            ("SHUTOFF", None, Shelving::UnderWay),
        ] {
            assert_eq!(judge_shelving(status, task, true), expected, "{status} {task:?}");
        }
    }

    #[test]
    fn who_does_not_know_blames_nobody() {
        let name = ServerName::new("app").expect("a name");
        let timed_out = || {
            Failure::expectation("server app was not SHELVED_OFFLOADED within 12 s")
                .detail("last seen", "UNKNOWN")
                .help("if the cloud is only slow, raise this budget in the target's `budgets`")
        };
        let unknown = never_offloaded(&name, &Shelving::Unknown, timed_out());
        assert_eq!(unknown.kind, FailureKind::Cloud);
        let slow = never_offloaded(&name, &Shelving::UnderWay, timed_out());
        assert_eq!(slow.kind, FailureKind::Expectation);
        let texts = [unknown, slow, given_up(&name, &ServerId::from("s-1"))].map(|failure| failure.to_string());
        insta::assert_snapshot!("shelving", texts.join("\n\n"));
    }
}
