//! `detach`: a volume is detached from a server.

use serde::Serialize;

use super::Action;
use super::verb::{Compiled, Step, Verb};
use crate::plan::State;
use crate::scenario::document::{Field, Record, Shape};
use crate::scenario::{ServerName, VolumeName};
use crate::target::BudgetName;

/// `detach`
pub(super) static VERB: Verb = Verb {
    field: Field::required(
        "detach",
        Shape::Record(&Record {
            fields: &[
                Field::required("volume", Shape::Name, "The volume."),
                Field::required("server", Shape::Name, "The server that it is attached to."),
            ],
            one_of: &[],
        }),
        "Detaches a volume from a server.",
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
    state.detaches(&volume, &server, step.at);
    let detach = Detach { volume, server };
    Some(Compiled {
        undo: None,
        locks: vec![format!("volume {}", detach.volume), format!("server {}", detach.server)],
        action: Action::Detach(detach),
    })
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

impl Detach {
    /// What it does, in one line.
    #[must_use]
    pub fn describe(&self) -> String {
        format!("detach volume {} from {}", self.volume, self.server)
    }
}
