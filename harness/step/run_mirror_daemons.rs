//! `run-mirror-daemons`: rbd-mirror runs on both sites.

use serde::Serialize;

use super::Action;
use super::setting_up::{NOTHING, needs_both_sites, set_up};
use super::verb::{Act, Compiled, Step, Verb};
use crate::document::{Field, Shape};
use crate::enable::run_daemons;
use crate::failure::Failure;
use crate::session::{Context, Judges};
use crate::state::State;
use crate::targets::BudgetName;

/// `run-mirror-daemons`
pub(super) static VERB: Verb = Verb {
    field: Field::required(
        "run-mirror-daemons",
        Shape::Record(&NOTHING),
        "Starts rbd-mirror on both sites (`ceph orch apply rbd-mirror`), if it does not run yet.",
    ),
    checks: false,
    change: Some("the sites: rbd-mirror daemons that were not there, and that stay"),
    budget: BudgetName::Replication,
    judges: Judges::Backend,
    compile,
};

fn compile(state: &mut State<'_>, step: &Step<'_>) -> Option<Compiled> {
    let pool = needs_both_sites(state, step)?;
    let locks = vec![format!("mirroring of pool {pool}")];
    Some(Compiled::locking(
        Action::RunMirrorDaemons(RunMirrorDaemons { pool }),
        locks,
    ))
}

/// Rbd-mirror runs on both sites.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct RunMirrorDaemons {
    /// The RBD pool.
    pub pool: String,
}

impl Act for RunMirrorDaemons {
    fn describe(&self) -> String {
        format!("rbd-mirror runs on both sites, for pool {}", self.pool)
    }

    fn disturbs(&self) -> bool {
        true
    }

    /// Does it. The answer says what was done.
    ///
    /// # Errors
    /// As [`run_daemons`]; or something is left that only the operator of a site can do.
    async fn run(&self, context: &mut Context) -> Result<String, Failure> {
        set_up(context, async |enabler| run_daemons(enabler).await, &self.describe()).await
    }
}
