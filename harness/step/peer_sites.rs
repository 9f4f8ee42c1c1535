//! `peer-sites`: each site is the other one's peer.

use serde::Serialize;

use super::Action;
use super::setting_up::{NOTHING, needs_both_sites, set_up};
use super::verb::{Act, Compiled, Step, Verb};
use crate::document::{Field, Shape};
use crate::enable::make_peers;
use crate::failure::Failure;
use crate::session::{Context, Judges};
use crate::state::State;
use crate::targets::BudgetName;

/// `peer-sites`
pub(super) static VERB: Verb = Verb {
    field: Field::required(
        "peer-sites",
        Shape::Record(&NOTHING),
        "Makes each site the other one's peer with a bootstrap token that is stored nowhere; peers stay as they are.",
    ),
    checks: false,
    change: Some("the sites: peers that were not there, and that stay"),
    budget: BudgetName::Command,
    judges: Judges::Backend,
    compile,
};

fn compile(state: &mut State<'_>, step: &Step<'_>) -> Option<Compiled> {
    let pool = needs_both_sites(state, step)?;
    let locks = vec![format!("mirroring of pool {pool}")];
    Some(Compiled::locking(Action::PeerSites(PeerSites { pool }), locks))
}

/// Each site is the other one's peer.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct PeerSites {
    /// The RBD pool.
    pub pool: String,
}

impl Act for PeerSites {
    fn describe(&self) -> String {
        format!("each site is the other's peer for pool {}", self.pool)
    }

    fn disturbs(&self) -> bool {
        true
    }

    /// Does it. The answer says what was done.
    ///
    /// # Errors
    /// As [`make_peers`]; or something is left that only the operator of a site can do.
    async fn run(&self, context: &mut Context) -> Result<String, Failure> {
        set_up(context, async |enabler| make_peers(enabler).await, &self.describe()).await
    }
}
