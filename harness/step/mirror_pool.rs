//! `mirror-pool`: both sites mirror the pool, image by image.

use serde::Serialize;

use super::Action;
use super::setting_up::{NOTHING, needs_both_sites, set_up};
use super::verb::{Act, Compiled, Step, Verb};
use crate::document::{Field, Shape};
use crate::enable::mirror_pools;
use crate::failure::Failure;
use crate::session::{Context, Judges};
use crate::state::State;
use crate::targets::BudgetName;

/// `mirror-pool`
pub(super) static VERB: Verb = Verb {
    field: Field::required(
        "mirror-pool",
        Shape::Record(&NOTHING),
        "Mirrors the pool in mode image on both sites (`rbd mirror pool enable POOL image`), if it is not mirrored yet.",
    ),
    checks: false,
    change: Some("the sites: the mirroring of a pool that was not mirrored, which stays"),
    budget: BudgetName::Command,
    judges: Judges::Backend,
    compile,
};

fn compile(state: &mut State<'_>, step: &Step<'_>) -> Option<Compiled> {
    let pool = needs_both_sites(state, step)?;
    let locks = vec![format!("mirroring of pool {pool}")];
    Some(Compiled::locking(Action::MirrorPool(MirrorPool { pool }), locks))
}

/// Both sites mirror the pool, image by image.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct MirrorPool {
    /// The RBD pool.
    pub pool: String,
}

impl Act for MirrorPool {
    fn describe(&self) -> String {
        format!("both sites mirror pool {} in mode image", self.pool)
    }

    fn disturbs(&self) -> bool {
        true
    }

    /// Does it. The answer says what was done.
    ///
    /// # Errors
    /// As [`mirror_pools`]; or something is left that only the operator of a site can do.
    async fn run(&self, context: &mut Context) -> Result<String, Failure> {
        set_up(context, async |enabler| mirror_pools(enabler).await, &self.describe()).await
    }
}
