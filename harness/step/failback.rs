//! `failback`: Cinder fails the backend back (`failover-host --backend_id default`).

use crate::cloud::BackendHost;
use crate::failover::fail_over;
use crate::failure::Failure;
use crate::session::{Because, Context, Judges, Movement};
use serde::Serialize;

use super::Action;
use super::verb::{Act, Compiled, SITES, Step, Verb};
use crate::document::{Field, Record, Shape, Word};
use crate::names::SiteName;
use crate::state::State;
use crate::targets::BudgetName;

/// `failback`
pub(super) static VERB: Verb = Verb {
    field: Field::required(
        "failback",
        Shape::Record(&Record {
            fields: &[
                Field::required(
                    "to",
                    Shape::Word(&SITES),
                    "The site that gets the backend back: `primary`.",
                ),
                Field::default(
                    "mirrors",
                    Shape::Word(&[
                        Word {
                            word: "replaying",
                            text: "Each volume must replay at the site that gets it back.",
                        },
                        Word {
                            word: "unready",
                            text: "It is sent whatever the mirrors say, to see what happens: it may lose data, so the \
                                   backend must hold no foreign volumes.",
                        },
                    ]),
                    "replaying",
                    "What the mirrors must say before it is sent.",
                ),
            ],
            one_of: &[],
        }),
        "Fails the backend back (`cinder failover-host --backend_id default`), and waits until service and volumes \
         report it.",
    ),
    checks: false,
    change: Some("the backend: every volume on it moves"),
    budget: BudgetName::Failover,
    judges: Judges::Backend,
    compile,
};

fn compile(state: &mut State<'_>, step: &Step<'_>) -> Option<Compiled> {
    let (to, to_at) = state.site(step.arguments, "to")?;
    state.fails_back(to, step.at, &to_at);
    let target = state.target();
    let failback = Failback {
        backend: target.backend.clone(),
        to,
        backend_id: target.failback_id(),
        because: match step.arguments.text("mirrors") {
            Some(word) if word.value == "unready" => Because::Unready,
            _ => Because::Planned,
        },
    };
    let locks = vec![format!("backend {}", failback.backend)];
    Some(Compiled::locking(Action::Failback(failback), locks))
}

/// Fails the backend back.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Failback {
    /// The backend.
    pub backend: BackendHost,
    /// The site that gets the backend back.
    pub to: SiteName,
    /// The `backend_id` by which the backend fails back: Cinder calls it `default`. None, or another, for a driver that refuses that word.
    pub backend_id: Option<String>,
    /// Whether the mirrors are looked at before.
    #[serde(skip_serializing_if = "Because::is_planned")]
    pub because: Because,
}

impl Act for Failback {
    fn describe(&self) -> String {
        let primary = match &self.backend_id {
            Some(backend_id) => format!("{backend_id} (the {} site)", self.to),
            None => format!("the {} site", self.to),
        };
        let mirrors = match self.because {
            Because::Unready => ", whatever its mirrors say",
            _ => "",
        };
        format!("fail back {} to {primary}{mirrors}", self.backend)
    }

    fn movement(&self) -> Option<Movement> {
        Some(self.moves())
    }

    fn strikes(&self) -> Option<&'static str> {
        Some("the failback")
    }

    /// Fails the backend back.
    ///
    /// # Errors
    /// As [`fail_over`].
    async fn run(&self, context: &mut Context) -> Result<String, Failure> {
        fail_over(context, &self.moves()).await
    }
}

impl Failback {
    fn moves(&self) -> Movement {
        Movement {
            to: self.to,
            backend_id: self.backend_id.clone(),
            because: self.because,
        }
    }
}
