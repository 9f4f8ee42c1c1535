//! `attach`: a volume is attached to a server.

use crate::failure::{Failure, FailureKind};
use crate::run::{Awaited, Context, Poll, until};
use serde::Serialize;

use super::Action;
use super::verb::{Compiled, Step, Verb};
use crate::plan::State;
use crate::scenario::document::{Field, Record, Shape};
use crate::scenario::{ServerName, VolumeName};
use crate::target::BudgetName;

/// `attach`
pub(super) static VERB: Verb = Verb {
    field: Field::required(
        "attach",
        Shape::Record(&Record {
            fields: &[
                Field::required("volume", Shape::Name, "The volume."),
                Field::required("server", Shape::Name, "The server."),
            ],
            one_of: &[],
        }),
        "Attaches a volume to a server.",
    ),
    checks: false,
    change: Some("the server and the volume"),
    budget: BudgetName::Attach,
    compile,
};

fn compile(state: &mut State<'_>, step: &Step<'_>) -> Option<Compiled> {
    let volume = state.volume(step.arguments, "volume");
    let server = state.server(step.arguments, "server");
    let (volume, server) = (volume?, server?);
    state.attaches(&volume, &server, step.at);
    let attach = Attach { volume, server };
    Some(Compiled {
        undo: Some(format!("detach volume {} from {}", attach.volume, attach.server)),
        locks: vec![format!("volume {}", attach.volume), format!("server {}", attach.server)],
        action: Action::Attach(attach),
    })
}

/// Attaches a volume to a server.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Attach {
    /// The volume.
    pub volume: VolumeName,
    /// The server.
    pub server: ServerName,
}

impl Attach {
    /// What it does, in one line.
    #[must_use]
    pub fn describe(&self) -> String {
        format!("attach volume {} to {}", self.volume, self.server)
    }
}

impl Attach {
    /// Attaches the volume to the server and waits until the guest has its device.
    ///
    /// # Errors
    /// Nova refused, the volume did not become `in-use`, or the guest does not see a disk with the volume's serial.
    pub async fn run(&self, context: &mut Context) -> Result<String, Failure> {
        let volume = context.volume(&self.volume)?.id.clone();
        let server = context.server(&self.server)?.id.clone();
        let budget = context.target.budgets.attach;
        context.cloud.attach_volume(&server, &volume).await?;
        let what = format!("volume {}", self.volume);
        let awaited = Awaited {
            what: &what,
            expected: "in-use",
            budget,
            on_timeout: FailureKind::Expectation,
        };
        let ((), attached) = until(&context.recorder, awaited, async || {
            let seen = context.cloud.volume(&volume).await?;
            if seen.status.starts_with("error") {
                return Err(Failure::expectation(format!(
                    "{what} went to status {} when it was attached",
                    seen.status
                ))
                .detail("volume", &volume)
                .help("the nova-compute log names the cause; look for the volume's id in it"));
            }
            let there = seen.status == "in-use" && !seen.attachments.is_empty();
            Ok(if there {
                Poll::Ready(())
            } else {
                Poll::NotYet(seen.status)
            })
        })
        .await?;
        let guest = context.guest(&self.server)?;
        let what = format!("the disk of volume {}", self.volume);
        let awaited = Awaited {
            what: &what,
            expected: "seen by the guest",
            budget,
            on_timeout: FailureKind::Expectation,
        };
        let (device, _) = until(&context.recorder, awaited, async || {
            Ok(match guest.device_of(volume.as_str()).await? {
                Some(device) => Poll::Ready(device),
                None => Poll::NotYet("no disk has its serial".to_owned()),
            })
        })
        .await?;
        let seconds = attached.elapsed.as_secs_f64();
        Ok(format!(
            "volume {} is {device} in {}, in-use after {seconds:.2} s",
            self.volume, self.server
        ))
    }
}
