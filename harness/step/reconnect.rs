//! `reconnect`: a server gives up the connections of its volumes and gets new ones.

use crate::event::{BootEvidence, Proof};
use crate::failure::{Failure, FailureKind};
use crate::servers::{
    NotConnected, attachment_of, connect, explain, give_up, require_restarted, wait_offloaded, wait_unshelved,
};
use crate::session::{Context, Judges};
use serde::Serialize;

use super::Action;
use super::verb::{Act, Compiled, Step, Verb};
use crate::document::{Field, Record, Shape, Word};
use crate::names::ServerName;
use crate::state::State;
use crate::targets::BudgetName;

/// `reconnect`
pub(super) static VERB: Verb = Verb {
    field: Field::required(
        "reconnect",
        Shape::Record(&Record {
            fields: &[
                Field::required("server", Shape::NameOrEach, "The server; it boots from a volume."),
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
        "Makes a server give up its volumes' connections and get new ones, which name the active site; and requires \
         that it was rebooted, as far as its guest shows.",
    ),
    checks: false,
    change: Some("the server: it stops and starts again"),
    budget: BudgetName::Shelve,
    judges: Judges::Renewals,
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
    Some(Compiled::locking(Action::Reconnect(reconnect), locks))
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

impl Act for Reconnect {
    fn describe(&self) -> String {
        match self.by {
            ReconnectBy::Shelve => format!(
                "reconnect {}: shelve, wait until it is offloaded, unshelve",
                self.server
            ),
        }
    }

    /// Shelves the server until it is off its host, unshelves it, and waits until its guest answers again.
    ///
    /// # Errors
    /// The server did not reach one of the states within its budget; its guest does not answer, shows another host key, was
    /// never restarted, or is another machine; or a volume of it still has the attachment from before.
    async fn run(&self, context: &mut Context) -> Result<String, Failure> {
        match self.by {
            ReconnectBy::Shelve => self.shelve(context).await,
        }
    }
}

impl Reconnect {
    async fn shelve(&self, context: &mut Context) -> Result<String, Failure> {
        let name = &self.server;
        context.end_workloads_of(name, "its server was shelved");
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
        let active = match wait_unshelved(context, name, &id, budget).await {
            Ok(waited) => waited,
            Err(failure) => return Err(explain(context, &id, failure, None).await),
        };
        let booted = match connect(context, name, kind).await {
            Ok(waited) => waited,
            // Who answers is not the server, so nothing of the server explains it.
            Err(NotConnected::HostKeyChanged(failure)) => return Err(failure),
            Err(NotConnected::Silent { failure, console }) => {
                let failure = failure.detail("Nova says", "ACTIVE");
                return Err(explain(context, &id, failure, console.as_deref()).await);
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
                "; its guest does not show whether it was restarted"
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
