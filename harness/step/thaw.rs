//! `thaw`: the backend is thawed.

use serde::Serialize;

use super::Action;
use super::setting_up::NOTHING;
use super::verb::{Act, Compiled, Step, Verb};
use crate::cloud::BackendHost;
use crate::document::{Field, Shape};
use crate::failover::freezing;
use crate::failure::Failure;
use crate::session::{Context, Judges};
use crate::state::State;
use crate::targets::BudgetName;

/// `thaw`
pub(super) static VERB: Verb = Verb {
    field: Field::required(
        "thaw",
        Shape::Record(&NOTHING),
        "Thaws the backend, and waits until its service says so, and is enabled. That enables it also while it is failed over. A scenario that does this runs alone.",
    ),
    checks: false,
    change: Some("the backend: it takes work again"),
    budget: BudgetName::Command,
    judges: Judges::Backend,
    compile,
};

fn compile(state: &mut State<'_>, step: &Step<'_>) -> Option<Compiled> {
    state.thaws(step.at);
    let backend = state.target().backend.clone();
    let locks = vec![format!("backend {backend}")];
    Some(Compiled::locking(Action::Thaw(Thaw { backend }), locks))
}

/// Thaws the backend.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Thaw {
    /// The backend.
    pub backend: BackendHost,
}

impl Act for Thaw {
    fn describe(&self) -> String {
        format!("thaw {}", self.backend)
    }

    fn disturbs(&self) -> bool {
        true
    }

    fn harms_others(&self) -> bool {
        true
    }

    /// Thaws it.
    ///
    /// # Errors
    /// As [`freezing::thaw`].
    async fn run(&self, context: &mut Context) -> Result<String, Failure> {
        let waited = freezing::thaw(context).await?;
        let seconds = waited.elapsed.as_secs_f64();
        Ok(format!("{} is thawed after {seconds:.2} s", self.backend))
    }
}
