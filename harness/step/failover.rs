//! `failover`: Cinder fails the backend over (`failover-host`).

use crate::cloud::BackendHost;
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

/// `failover`
pub(super) static VERB: Verb = Verb {
    field: Field::required(
        "failover",
        Shape::Record(&Record {
            fields: &[Field::required(
                "to",
                Shape::Word(&SITES),
                "The site that takes over: `secondary`.",
            )],
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
    state.fails_over(to, step.at, &to_at);
    let target = state.target();
    let failover = Failover {
        backend: target.backend.clone(),
        to,
        backend_id: target.sites.get(to).and_then(|site| site.backend_id.clone()),
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
}

impl Act for Failover {
    fn describe(&self) -> String {
        match &self.backend_id {
            Some(backend_id) => format!("fail over {} to {backend_id} (the {} site)", self.backend, self.to),
            None => format!(
                "fail over {} to the {} site; the driver chooses its backend id",
                self.backend, self.to
            ),
        }
    }

    fn movement(&self) -> Option<Movement> {
        Some(self.moves())
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
        }
    }
}
