//! `expect-replication-enabled`: Cinder replicates the backend to the secondary site.

use serde::Serialize;

use super::Action;
use super::setting_up::NOTHING;
use super::verb::{Act, Compiled, Step, Verb};
use crate::cloud::BackendHost;
use crate::document::{Field, Shape};
use crate::drivers::TargetsInStats;
use crate::event::Proof;
use crate::failure::Failure;
use crate::names::SiteName;
use crate::session::{Context, Judges};
use crate::state::State;
use crate::targets::BudgetName;

/// `expect-replication-enabled`
pub(super) static VERB: Verb = Verb {
    field: Field::required(
        "expect-replication-enabled",
        Shape::Record(&NOTHING),
        "Asks Cinder: the backend has `replication_enabled`, and the secondary site is among its targets.",
    ),
    checks: true,
    change: None,
    budget: BudgetName::Command,
    judges: Judges::Backend,
    compile,
};

fn compile(state: &mut State<'_>, _: &Step<'_>) -> Option<Compiled> {
    let target = state.target();
    let secondary = target.sites.get(SiteName::Secondary);
    Some(Compiled::looking(Action::ExpectReplicationEnabled(
        ExpectReplicationEnabled {
            backend: target.backend.clone(),
            // Some drivers name their targets by other words than those that a failover takes.
            backend_id: secondary
                .and_then(|site| site.backend_id.clone())
                .filter(|_| target.driver.profile.targets == TargetsInStats::BackendIds),
        },
    )))
}

/// Asks Cinder for the backend's capabilities.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct ExpectReplicationEnabled {
    /// The backend.
    pub backend: BackendHost,
    /// The `backend_id` that must be among its targets; none if the target does not say.
    pub backend_id: Option<String>,
}

impl Act for ExpectReplicationEnabled {
    fn describe(&self) -> String {
        match &self.backend_id {
            Some(id) => format!("{} replicates, and {id} is one of its targets", self.backend),
            None => format!("{} replicates", self.backend),
        }
    }

    /// Asks Cinder.
    ///
    /// # Errors
    /// It does not replicate, or not to that target; or Cinder cannot be asked.
    async fn run(&self, context: &mut Context) -> Result<String, Failure> {
        let pools = context.cloud.pools().await?;
        let Some(pool) = pools.into_iter().find(|pool| context.backend.holds(&pool.name)) else {
            return Err(
                Failure::expectation(format!("the scheduler knows no pool of {}", self.backend)).help(
                    "a backend that is down, disabled, frozen or failed over has none: see `cinder-drill preflight`",
                ),
            );
        };
        let (enabled, targets) = (
            pool.capabilities.replication_enabled,
            pool.capabilities.replication_targets,
        );
        let has = |id: &String| targets.contains(id);
        if !enabled || !self.backend_id.as_ref().is_none_or(has) {
            let expected = self.backend_id.as_deref().unwrap_or("any");
            return Err(
                Failure::expectation(format!("{} does not replicate to {expected}", self.backend))
                    .detail(
                        "expected",
                        format!("replication_enabled true, {expected} among replication_targets"),
                    )
                    .detail(
                        "seen",
                        format!(
                            "replication_enabled {enabled}, replication_targets {}",
                            targets.join(", ")
                        ),
                    )
                    .help("`cinder-drill enable` prints the line `replication_device` for cinder.conf"),
            );
        }
        let done = format!("{} replicates, with targets {}", self.backend, targets.join(", "));
        context.prove(Proof::Replicates {
            backend: self.backend.to_string(),
            targets,
        });
        Ok(done)
    }
}
