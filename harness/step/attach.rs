//! `attach`: a volume is attached to a server.

use crate::failure::Failure;
use crate::servers::{attach_to, wait_disk};
use crate::session::{Context, Judges};
use serde::Serialize;

use super::Action;
use super::verb::{Act, Compiled, Step, Verb};
use crate::document::{Field, Record, Shape};
use crate::names::{ServerName, VolumeName};
use crate::state::State;
use crate::targets::BudgetName;

/// `attach`
pub(super) static VERB: Verb = Verb {
    field: Field::required(
        "attach",
        Shape::Record(&Record {
            fields: &[
                Field::required("volume", Shape::NameOrEach, "The volume."),
                Field::required("server", Shape::NameOrEach, "The server."),
            ],
            one_of: &[],
        }),
        "Attaches a volume to a server.",
    ),
    checks: false,
    change: Some("the server and the volume"),
    budget: BudgetName::Attach,
    judges: Judges::Renewals,
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

impl Act for Attach {
    fn describe(&self) -> String {
        format!("attach volume {} to {}", self.volume, self.server)
    }

    /// Attaches the volume to the server and waits until the guest has its device.
    ///
    /// # Errors
    /// Nova refused, the volume did not become `in-use`, its attachment is not a new one to the server, Nova and Cinder
    /// disagree on it, or the guest does not see a disk with the volume's serial.
    async fn run(&self, context: &mut Context) -> Result<String, Failure> {
        let attached = attach_to(context, &self.volume, &self.server).await?;
        let device = wait_disk(context, &self.server, &self.volume).await?;
        let seconds = attached.elapsed.as_secs_f64();
        Ok(format!(
            "volume {} is {device} in {}, in-use after {seconds:.2} s",
            self.volume, self.server
        ))
    }
}
