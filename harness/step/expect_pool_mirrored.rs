//! `expect-pool-mirrored`: both sites mirror the pool with each other.

use serde::Serialize;

use super::Action;
use super::setting_up::{both_sites, needs_both_sites};
use super::verb::{Act, Compiled, Step, Verb};
use crate::document::{Field, Record, Shape};
use crate::enable::{Enabler, verify_pools};
use crate::event::Proof;
use crate::failure::Failure;
use crate::names::SiteName;
use crate::servers::require_snapshot;
use crate::session::{Context, Judges};
use crate::state::State;
use crate::targets::BudgetName;

/// `expect-pool-mirrored`
pub(super) static VERB: Verb = Verb {
    field: Field::required(
        "expect-pool-mirrored",
        Shape::Record(&Record {
            fields: &[Field::optional(
                "snapshot",
                Shape::Name,
                "Compares `rbd mirror pool info` of both sites with the snapshot of this name.",
            )],
            one_of: &[],
        }),
        "Asks both sites: both mirror the pool in mode image, and each is the other one's peer in direction rx-tx.",
    ),
    checks: true,
    change: None,
    budget: BudgetName::Command,
    judges: Judges::Backend,
    compile,
};

fn compile(state: &mut State<'_>, step: &Step<'_>) -> Option<Compiled> {
    let snapshot = step.arguments.text("snapshot");
    if let Some(snapshot) = &snapshot {
        state.checkpoint(&snapshot.value, &snapshot.at);
    }
    let pool = needs_both_sites(state, step)?;
    Some(Compiled::looking(Action::ExpectPoolMirrored(ExpectPoolMirrored {
        pool,
        snapshot: snapshot.map(|snapshot| snapshot.value),
    })))
}

/// Asks both sites for the mirroring of the pool.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct ExpectPoolMirrored {
    /// The RBD pool.
    pub pool: String,
    /// The snapshot that what they say is compared with.
    pub snapshot: Option<String>,
}

impl Act for ExpectPoolMirrored {
    fn describe(&self) -> String {
        let snapshot = match &self.snapshot {
            Some(snapshot) => format!(" (snapshot {snapshot})"),
            None => String::new(),
        };
        format!(
            "both sites mirror pool {} in mode image, each as the other's peer, rx-tx{snapshot}",
            self.pool
        )
    }

    /// Asks both sites.
    ///
    /// # Errors
    /// As [`verify_pools`]; or what they say differs from the snapshot.
    async fn run(&self, context: &mut Context) -> Result<String, Failure> {
        let nobody = |_| {};
        let enabler = Enabler::new(both_sites(context)?, true, context.target.budgets.command, &nobody);
        let verified = verify_pools(&enabler).await?;
        let snapshot = require_snapshot(
            context,
            self.snapshot.as_deref(),
            "the mirroring of the pool",
            &verified.stable,
        )?;
        let sites = SiteName::ALL.map(|name| context.site_name(name).to_owned()).to_vec();
        let done = format!(
            "pool {} is mirrored in mode image, rx-tx, between {}",
            self.pool,
            sites.join(" and ")
        );
        context.prove(Proof::PoolMirrored {
            pool: self.pool.clone(),
            sites,
            snapshot,
        });
        Ok(done)
    }
}
