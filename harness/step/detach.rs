//! `detach`: a volume is detached from a server.

use crate::failover::hanging_disk;
use crate::failure::Failure;
use crate::servers::{detach_from, wait_no_disk};
use crate::session::{Context, Judges};
use serde::Serialize;

use super::Action;
use super::verb::{Act, Compiled, Step, Verb};
use crate::document::{Field, Record, Shape};
use crate::names::{ServerName, VolumeName};
use crate::state::State;
use crate::targets::BudgetName;

/// `detach`
pub(super) static VERB: Verb = Verb {
    field: Field::required(
        "detach",
        Shape::Record(&Record {
            fields: &[
                Field::required("volume", Shape::NameOrEach, "The volume."),
                Field::required("server", Shape::NameOrEach, "The server that it is attached to."),
            ],
            one_of: &[],
        }),
        "Detaches a volume from a server.",
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
    state.detaches(&volume, &server, step.at);
    let detach = Detach { volume, server };
    let locks = vec![format!("volume {}", detach.volume), format!("server {}", detach.server)];
    Some(Compiled::locking(Action::Detach(detach), locks))
}

/// Detaches a volume from a server.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Detach {
    /// The volume.
    pub volume: VolumeName,
    /// The server.
    pub server: ServerName,
}

impl Act for Detach {
    fn describe(&self) -> String {
        format!("detach volume {} from {}", self.volume, self.server)
    }

    /// Detaches the volume from the server and waits until Cinder has it back and the guest has not.
    ///
    /// # Errors
    /// Nova refused, the volume did not become `available`, maybe since the guest waits for a disk that does not answer, Nova and
    /// Cinder disagree on it, or the guest still has its device.
    async fn run(&self, context: &mut Context) -> Result<String, Failure> {
        context.end_workloads_on(&self.volume, "its volume was detached").await;
        let detached = match detach_from(context, &self.volume, &self.server).await {
            Ok(detached) => detached,
            Err(failure) => return Err(hanging_disk::explain(context, &self.server, &self.volume, failure).await),
        };
        wait_no_disk(context, &self.server, &self.volume).await?;
        let seconds = detached.elapsed.as_secs_f64();
        Ok(format!(
            "volume {} is off {}, available after {seconds:.2} s",
            self.volume, self.server
        ))
    }
}
