//! `reconnect`: a server gives up the connections of its volumes and gets new ones.

use std::fmt;
use std::time::Duration;

use crate::cloud::ServerId;
use crate::event::{BootEvidence, Proof, ReconnectedBy};
use crate::failure::{Failure, FailureKind};
use crate::guest::Identity;
use crate::servers::{
    NotConnected, attach_to, attachment_of, connect, detach_from, explain, give_up, require_restarted, wait_disk,
    wait_offloaded, wait_started, wait_stopped, wait_unshelved,
};
use crate::session::{Context, Judges};
use crate::wait::{Waited, milliseconds};
use serde::Serialize;
use tokio::time::Instant;

use super::Action;
use super::verb::{Act, Compiled, Step, Verb};
use crate::document::{Field, Record, Shape, Word};
use crate::names::{ServerName, VolumeName};
use crate::state::State;
use crate::targets::BudgetName;

/// `reconnect`
pub(super) static VERB: Verb = Verb {
    field: Field::required(
        "reconnect",
        Shape::Record(&Record {
            fields: &[
                Field::required("server", Shape::NameOrEach, "The server."),
                Field::required(
                    "by",
                    Shape::Word(&[
                        Word {
                            word: "shelve",
                            text: "Shelve, wait until it is offloaded, unshelve. For a server that boots from a volume.",
                        },
                        Word {
                            word: "cold-detach-attach",
                            text: "Stop it, detach all its data volumes and attach them again, start it. For a server whose data \
                                   volumes are on a site that is lost: a disk that does not answer leaves no running guest.",
                        },
                    ]),
                    "How the connections are renewed.",
                ),
            ],
            one_of: &[],
        }),
        "Makes a server give up its volumes' connections and get new ones, which name the active site; and requires \
         that it was rebooted, as far as its guest shows. What was mounted in it by `mount` is mounted no more.",
    ),
    checks: false,
    change: Some("the server: it stops and starts again"),
    budget: BudgetName::Shelve,
    judges: Judges::Renewals,
    compile,
};

fn compile(state: &mut State<'_>, step: &Step<'_>) -> Option<Compiled> {
    let server = state.server(step.arguments, "server")?;
    let by = match step.arguments.text("by")?.value.as_str() {
        "cold-detach-attach" => ReconnectBy::ColdDetachAttach {
            volumes: state.reconnects_data_volumes(&server, step.at),
        },
        // The only other word that the check lets through.
        _ => {
            state.reconnects(&server, step.at);
            ReconnectBy::Shelve
        }
    };
    let mut locks = vec![format!("server {server}")];
    if let ReconnectBy::ColdDetachAttach { volumes } = &by {
        locks.extend(volumes.iter().map(|volume| format!("volume {volume}")));
    }
    Some(Compiled::locking(Action::Reconnect(Reconnect { server, by }), locks))
}

/// Renews the connections of a server's volumes.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Reconnect {
    /// The server.
    pub server: ServerName,
    /// How.
    pub by: ReconnectBy,
}

/// How connections are renewed.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReconnectBy {
    /// Shelve, wait until it is offloaded, unshelve.
    Shelve,
    /// Stop, detach and attach while it is stopped, start. Nova ends the domain of a server that does not stop by itself, and
    /// with it the I/O that no cluster answers; of a running guest no such disk can be taken (seen on the lab, 5 of 5 times).
    ColdDetachAttach {
        /// All data volumes that the server has at this point.
        volumes: Vec<VolumeName>,
    },
}

/// How a server was disconnected and connected again.
struct Renewed {
    by: ReconnectedBy,
    disconnected: Duration,
    reconnected: Duration,
    volumes: Vec<VolumeName>,
}

impl Act for Reconnect {
    fn describe(&self) -> String {
        match &self.by {
            ReconnectBy::Shelve => format!(
                "reconnect {}: shelve, wait until it is offloaded, unshelve",
                self.server
            ),
            ReconnectBy::ColdDetachAttach { volumes } => format!(
                "reconnect {}: stop, detach and attach {}, start",
                self.server,
                Listed(volumes)
            ),
        }
    }

    /// Makes the server give its volumes up and take them again, and waits until its guest answers.
    ///
    /// # Errors
    /// The server or a volume did not reach one of the states within its budget; its guest does not answer, shows another host
    /// key, was never restarted, or is another machine; or a volume of it still has the attachment from before.
    async fn run(&self, context: &mut Context) -> Result<String, Failure> {
        let server = context.server(&self.server)?;
        let (id, before) = (server.id.clone(), server.identity.clone());
        let renewed = match &self.by {
            ReconnectBy::Shelve => self.shelve(context, &id).await?,
            ReconnectBy::ColdDetachAttach { volumes } => self.cold(context, &id, volumes).await?,
        };
        self.back(context, &id, before.as_ref(), renewed).await
    }
}

impl Reconnect {
    async fn shelve(&self, context: &mut Context, id: &ServerId) -> Result<Renewed, Failure> {
        let name = &self.server;
        context.end_workloads_of(name, "its server was shelved");
        let volumes = give_up(context, name).await?;
        // The session would only wait for its time-out once the guest is gone.
        context.server(name)?.guest = None;
        let budget = context.target.budgets.shelve;
        context.cloud.shelve(id).await?;
        let shelved = wait_offloaded(context, name, id, budget).await?;
        context.cloud.unshelve(id).await?;
        let active = self
            .active(context, id, wait_unshelved(context, name, id, budget).await)
            .await?;
        Ok(Renewed {
            by: ReconnectedBy::Shelve,
            disconnected: shelved.elapsed,
            reconnected: active.elapsed,
            volumes,
        })
    }

    async fn cold(&self, context: &mut Context, id: &ServerId, volumes: &[VolumeName]) -> Result<Renewed, Failure> {
        let name = &self.server;
        context.end_workloads_of(name, "its server was stopped");
        give_up(context, name).await?;
        context.server(name)?.guest = None;
        let budget = context.target.budgets.shelve;
        let began = Instant::now();
        context.cloud.stop(id).await?;
        wait_stopped(context, name, id, budget).await?;
        for volume in volumes {
            detach_from(context, volume, name).await?;
        }
        let disconnected = began.elapsed();
        for volume in volumes {
            attach_to(context, volume, name).await?;
        }
        context.cloud.start(id).await?;
        self.active(context, id, wait_started(context, name, id, budget).await)
            .await?;
        Ok(Renewed {
            by: ReconnectedBy::ColdDetachAttach,
            disconnected,
            reconnected: began.elapsed().saturating_sub(disconnected),
            volumes: volumes.to_vec(),
        })
    }

    /// Why a server does not become ACTIVE again, if it does not.
    async fn active(
        &self,
        context: &Context,
        id: &ServerId,
        waited: Result<Waited, Failure>,
    ) -> Result<Waited, Failure> {
        match waited {
            Ok(waited) => Ok(waited),
            Err(failure) => Err(explain(context, id, failure, None).await),
        }
    }

    /// Waits until the guest answers again, and holds it and its volumes against those from before.
    async fn back(
        &self,
        context: &mut Context,
        id: &ServerId,
        before: Option<&Identity>,
        renewed: Renewed,
    ) -> Result<String, Failure> {
        let name = &self.server;
        let booted = match connect(context, name, FailureKind::Expectation).await {
            Ok(waited) => waited,
            // Who answers is not the server, so nothing of the server explains it.
            Err(NotConnected::HostKeyChanged(failure)) => return Err(failure),
            Err(NotConnected::Silent { failure, console }) => {
                let failure = failure.detail("Nova says", "ACTIVE");
                return Err(explain(context, id, failure, console.as_deref()).await);
            }
        };
        let restarted = require_restarted(context, name, before)?;
        for volume in &renewed.volumes {
            attachment_of(context, volume, name).await?;
            if renewed.by == ReconnectedBy::ColdDetachAttach {
                wait_disk(context, name, volume).await?;
            }
        }
        let done = format!(
            "server {name} was {} in {:.1} s, ACTIVE again in {:.1} s and reachable in {:.1} s{}",
            renewed.by.words(),
            renewed.disconnected.as_secs_f64(),
            renewed.reconnected.as_secs_f64(),
            booted.elapsed.as_secs_f64(),
            if restarted {
                ""
            } else {
                "; its guest does not show whether it was restarted"
            }
        );
        context.prove(Proof::Reconnected {
            server: name.to_string(),
            by: renewed.by,
            shelve_milliseconds: milliseconds(renewed.disconnected),
            unshelve_milliseconds: milliseconds(renewed.reconnected),
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

/// Volumes in a sentence.
struct Listed<'a>(&'a [VolumeName]);

impl fmt::Display for Listed<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.0.iter().map(VolumeName::as_str).collect();
        match names.as_slice() {
            [one] => write!(formatter, "volume {one}"),
            names => write!(formatter, "volumes {}", names.join(", ")),
        }
    }
}
