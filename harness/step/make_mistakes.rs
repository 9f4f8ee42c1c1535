//! `make-mistakes`: wrong calls are made, and harm nothing.

use super::mistakes::make_mistakes;
use crate::failure::Failure;
use crate::session::{Context, Judges};
use serde::Serialize;

use super::Action;
use super::verb::{Act, Compiled, Step, Verb};
use crate::document::{Field, Record, Shape};
use crate::names::{ServerName, SiteName, VolumeName};
use crate::state::State;
use crate::targets::BudgetName;

/// `make-mistakes`
pub(super) static VERB: Verb = Verb {
    field: Field::required(
        "make-mistakes",
        Shape::Record(&Record {
            fields: &[
                Field::required(
                    "volume",
                    Shape::Name,
                    "A replicated volume that is attached to the server.",
                ),
                Field::required("spare", Shape::Name, "A volume that is attached nowhere."),
                Field::required("server", Shape::Name, "The server."),
            ],
            one_of: &[],
        }),
        "Makes a fixed list of wrong calls to the APIs and the sites, and checks that they harm nothing. The agreement check \
         compares what clouds answer to them.",
    ),
    checks: true,
    change: Some("the spare volume's status, and whether the backend is frozen, both for a moment"),
    budget: BudgetName::Command,
    judges: Judges::Backend,
    compile,
};

fn compile(state: &mut State<'_>, step: &Step<'_>) -> Option<Compiled> {
    let volume = state.volume(step.arguments, "volume");
    let spare = state.volume(step.arguments, "spare");
    let server = state.server(step.arguments, "server");
    for site in SiteName::ALL {
        state.needs_storage(site, step.at);
    }
    let (volume, spare, server) = (volume?, spare?, server?);
    state.needs_attached(&server, &volume, step.at);
    let locks = vec![
        format!("backend {}", state.target().backend),
        format!("volume {volume}"),
        format!("volume {spare}"),
        format!("server {server}"),
    ];
    Some(Compiled {
        action: Action::MakeMistakes(MakeMistakes { volume, spare, server }),
        undo: Some("thaw the backend".to_owned()),
        locks,
    })
}

/// Makes wrong calls.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct MakeMistakes {
    /// A replicated volume that is attached to the server.
    pub volume: VolumeName,
    /// A volume that is attached nowhere.
    pub spare: VolumeName,
    /// The server.
    pub server: ServerName,
}

impl Act for MakeMistakes {
    fn describe(&self) -> String {
        format!(
            "make wrong calls about volume {}, volume {} and server {}",
            self.volume, self.spare, self.server
        )
    }

    fn disturbs(&self) -> bool {
        true
    }

    /// Makes them, and looks whether anything was harmed. One that a cloud does not refuse is told, and no failure:
    /// releases differ in what they refuse.
    ///
    /// # Errors
    /// A call was not answered, or the backend, the volume or the server is not afterwards what it was before.
    async fn run(&self, context: &mut Context) -> Result<String, Failure> {
        let mistakes = make_mistakes(context, &self.volume, &self.spare, &self.server).await?;
        if !mistakes.accepted.is_empty() {
            context.notice(format!("not refused: {}", mistakes.accepted.join(", ")));
        }
        Ok(format!(
            "{} of {} wrong calls were refused, and none harmed anything",
            mistakes.made - mistakes.accepted.len(),
            mistakes.made
        ))
    }
}
