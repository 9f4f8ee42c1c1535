//! `failback`: Cinder fails the backend back (`failover-host --backend_id default`).

use crate::cloud::{BackendHost, HOME};
use crate::failover::fail_over;
use crate::failure::Failure;
use crate::session::{Context, Judges, Movement};
use serde::Serialize;

use super::Action;
use super::verb::{Act, Compiled, SITES, Step, Verb};
use crate::document::{Field, Record, Shape};
use crate::names::SiteName;
use crate::state::State;
use crate::targets::BudgetName;

/// `failback`
pub(super) static VERB: Verb = Verb {
    field: Field::required(
        "failback",
        Shape::Record(&Record {
            fields: &[Field::required(
                "to",
                Shape::Word(&SITES),
                "The site that gets the backend back: `primary`.",
            )],
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
    let backend_id = target
        .sites
        .primary
        .backend_id
        .clone()
        .unwrap_or_else(|| HOME.to_owned());
    let failback = Failback {
        backend: target.backend.clone(),
        to,
        backend_id,
    };
    let locks = vec![format!("backend {}", failback.backend)];
    Some(Compiled {
        action: Action::Failback(failback),
        undo: None,
        locks,
    })
}

/// Takes the backend home.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Failback {
    /// The backend.
    pub backend: BackendHost,
    /// The site that gets the backend back.
    pub to: SiteName,
    /// The `backend_id` that means home; Cinder calls it `default`.
    pub backend_id: String,
}

impl Act for Failback {
    fn describe(&self) -> String {
        format!(
            "fail back {} to {} (the {} site)",
            self.backend, self.backend_id, self.to
        )
    }

    fn movement(&self) -> Option<Movement> {
        Some(self.moves())
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
            backend_id: Some(self.backend_id.clone()),
        }
    }
}
