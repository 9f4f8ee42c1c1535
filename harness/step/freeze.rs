//! `freeze`: the backend is frozen.

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

/// `freeze`
pub(super) static VERB: Verb = Verb {
    field: Field::required(
        "freeze",
        Shape::Record(&NOTHING),
        "Freezes the backend, and waits until its service says so: Cinder makes and deletes nothing on it then, and what is attached goes on. It is thawed by `thaw`, and else first of all by the clean-up. A scenario that does this runs alone.",
    ),
    checks: false,
    change: Some("the backend: nothing is made or deleted on it, for anybody"),
    budget: BudgetName::Command,
    judges: Judges::Backend,
    compile,
};

fn compile(state: &mut State<'_>, step: &Step<'_>) -> Option<Compiled> {
    state.freezes(step.at);
    let backend = state.target().backend.clone();
    Some(Compiled {
        undo: Some(format!("thaw {backend}")),
        locks: vec![format!("backend {backend}")],
        action: Action::Freeze(Freeze { backend }),
    })
}

/// Freezes the backend.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Freeze {
    /// The backend.
    pub backend: BackendHost,
}

impl Act for Freeze {
    fn describe(&self) -> String {
        format!("freeze {}", self.backend)
    }

    fn disturbs(&self) -> bool {
        true
    }

    fn harms_others(&self) -> bool {
        true
    }

    /// Freezes it.
    ///
    /// # Errors
    /// As [`freezing::freeze`].
    async fn run(&self, context: &mut Context) -> Result<String, Failure> {
        let waited = freezing::freeze(context).await?;
        let seconds = waited.elapsed.as_secs_f64();
        Ok(format!("{} is frozen after {seconds:.2} s", self.backend))
    }
}
