//! `reconnect`: a server gives up the connections of its volumes and gets new ones.

use crate::cloud::ServerId;
use crate::event::Proof;
use crate::failure::{Failure, FailureKind};
use crate::run::{Awaited, Context, Poll, Waited, connect, explain, server_error, state, until, wait_status};
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
        "Makes a server give up the connections of its volumes and get new ones, which name the site that is active now.",
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
    /// The server did not reach one of the states within its budget, or its guest does not answer or shows another host
    /// key.
    pub async fn run(&self, context: &mut Context) -> Result<String, Failure> {
        match self.by {
            ReconnectBy::Shelve => self.shelve(context).await,
        }
    }

    async fn shelve(&self, context: &mut Context) -> Result<String, Failure> {
        let name = &self.server;
        let server = context.server(name)?;
        let id = server.id.clone();
        // The session would only wait for its time-out once the guest is gone.
        server.guest = None;
        let budget = context.target.budgets.shelve;
        context.cloud.shelve(&id).await?;
        let kind = FailureKind::Expectation;
        let shelved = match wait_offloaded(context, name, &id, budget).await {
            Ok(waited) => waited,
            // What it is connected to says nothing yet: its old connections are those of the site that was left.
            Err(failure) if failure.details.iter().any(|(name, _)| name == "last seen") => {
                return Err(failure.help(
                    "nova-compute waits for the guest to stop, or cannot give its connections up: see its log for the \
                     server's id; if it is only slow, raise the budget `shelve`",
                ));
            }
            Err(failure) => return Err(failure),
        };
        context.cloud.unshelve(&id).await?;
        let active = match wait_status(context, name, &id, "ACTIVE", budget, kind).await {
            Ok(waited) => waited,
            Err(failure) => return Err(explain(context, &id, failure).await),
        };
        let booted = match connect(context, name, kind).await {
            Ok(waited) => waited,
            Err(failure) => {
                let failure = failure.detail("Nova says", "ACTIVE");
                return Err(explain(context, &id, failure).await);
            }
        };
        let done = format!(
            "server {name} was shelved in {:.1} s, ACTIVE again in {:.1} s and reachable in {:.1} s",
            shelved.elapsed.as_secs_f64(),
            active.elapsed.as_secs_f64(),
            booted.elapsed.as_secs_f64()
        );
        context.prove(Proof::Reconnected {
            server: name.to_string(),
            shelve_milliseconds: shelved.milliseconds(),
            unshelve_milliseconds: active.milliseconds(),
            boot_milliseconds: booted.milliseconds(),
        });
        Ok(done)
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
    let awaited = Awaited {
        what: &format!("server {name}"),
        expected: "SHELVED_OFFLOADED",
        budget,
        on_timeout: FailureKind::Expectation,
    };
    let ((), waited) = until(&context.recorder, awaited, async || {
        let server = context.cloud.server(id).await?;
        match (server.status.as_str(), &server.task_state) {
            ("SHELVED_OFFLOADED", None) => return Ok(Poll::Ready(())),
            ("ERROR", _) => return Err(server_error(name, &server, FailureKind::Expectation)),
            ("SHELVED", None) if !asked => {
                asked = true;
                context.cloud.shelve_offload(id).await?;
            }
            _ => {}
        }
        Ok(Poll::NotYet(state(&server)))
    })
    .await?;
    Ok(waited)
}
