//! `reconnect`: a server gives up the connections of its volumes and gets new ones.

use serde::Serialize;

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
