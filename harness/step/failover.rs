//! `failover`: Cinder fails the backend over (`failover-host`).

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

/// `failover`
pub(super) static VERB: Verb = Verb {
    field: Field::required(
        "failover",
        Shape::Record(&Record {
            fields: &[
                Field::required("to", Shape::Word(&SITES), "The site that takes over: `secondary`."),
                Field::default(
                    "names-target",
                    Shape::Boolean,
                    "true",
                    "Whether the request names the site's `backend-id`. If not, the driver chooses.",
                ),
                Field::default(
                    "because",
                    Shape::Word(&[
                        Word {
                            word: "planned",
                            text: "Both sites are well: each volume must replay at the site that takes over.",
                        },
                        Word {
                            word: "site-lost",
                            text: "The other site is lost: nothing is asked of it, and what it had not sent is lost with it.",
                        },
                    ]),
                    "planned",
                    "Why the backend fails over.",
                ),
            ],
            one_of: &[],
        }),
        "Fails the backend over (`cinder failover-host`), and waits until service and volumes report it.",
    ),
    checks: false,
    change: Some("the backend: every volume on it moves"),
    budget: BudgetName::Failover,
    judges: Judges::Backend,
    compile,
};

fn compile(state: &mut State<'_>, step: &Step<'_>) -> Option<Compiled> {
    let (to, to_at) = state.site(step.arguments, "to")?;
    let because = match step.arguments.text("because") {
        Some(word) if word.value == "site-lost" => {
            state.needs_lost(to.other(), &word.at);
            Because::SiteLost
        }
        _ => Because::Planned,
    };
    state.fails_over(to, step.at, &to_at);
    let names_target = step.arguments.boolean("names-target").unwrap_or(true);
    if !names_target {
        state.driver_chooses(step.at);
    }
    let target = state.target();
    let backend_id = target.sites.get(to).and_then(|site| site.backend_id.clone());
    let failover = Failover {
        backend: target.backend.clone(),
        to,
        backend_id: backend_id.filter(|_| names_target),
        because,
    };
    Some(Compiled {
        locks: vec![format!("backend {}", failover.backend)],
        action: Action::Failover(failover),
        undo: Some(format!("fail back {} to the primary site", target.backend)),
    })
}

/// Fails the backend over.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Failover {
    /// The backend.
    pub backend: BackendHost,
    /// The site that takes over.
    pub to: SiteName,
    /// The `backend_id` of that site's replication device; none lets the driver choose.
    pub backend_id: Option<String>,
    /// Why.
    #[serde(skip_serializing_if = "Because::is_planned")]
    pub because: Because,
}

impl Act for Failover {
    fn describe(&self) -> String {
        let lost = match self.because {
            Because::SiteLost => format!(", without the {} site, which is lost", self.to.other()),
            _ => String::new(),
        };
        match &self.backend_id {
            Some(backend_id) => format!(
                "fail over {} to {backend_id} (the {} site){lost}",
                self.backend, self.to
            ),
            None => format!(
                "fail over {} to the {} site; the driver chooses its backend id{lost}",
                self.backend, self.to
            ),
        }
    }

    fn movement(&self) -> Option<Movement> {
        Some(self.moves())
    }

    fn strikes(&self) -> Option<&'static str> {
        Some("the failover")
    }

    /// Fails the backend over.
    ///
    /// # Errors
    /// As [`fail_over`].
    async fn run(&self, context: &mut Context) -> Result<String, Failure> {
        fail_over(context, &self.moves()).await
    }
}

impl Failover {
    fn moves(&self) -> Movement {
        Movement {
            to: self.to,
            backend_id: self.backend_id.clone(),
            because: self.because,
        }
    }
}
