//! What becomes of the volumes of others that a failover moves, where the target allows that.

use std::collections::BTreeMap;

use super::blast_radius;
use super::context::Context;
use crate::cloud::{Volume, VolumeId};
use crate::failure::Failure;

/// The statuses of the volumes of others before the first failover.
pub type Bystanders = BTreeMap<VolumeId, String>;

/// How many harmed volumes a failure lists.
const LISTED: usize = 20;

/// Notes the volumes of others before the first failover of a chain.
///
/// # Errors
/// The API did not answer.
pub async fn note(context: &mut Context) -> Result<(), Failure> {
    if context.target.shared && context.common.moves == 0 {
        let foreign = blast_radius::foreign(context).await?;
        context.common.bystanders = foreign.into_iter().map(|volume| (volume.id, volume.status)).collect();
    }
    Ok(())
}

/// Looks for volumes of others that were in order before the first failover and are in error now: a failover sets what is
/// not replicated to error, and a failback leaves it there (Cinder's `volume/manager.py`, `failover`). Away from home that
/// is told; at home it is a failure, since nobody else will notice.
///
/// # Errors
/// The backend is home and volumes are left in error, or the API did not answer.
pub async fn require_unharmed(context: &Context, going_home: bool) -> Result<(), Failure> {
    if context.common.bystanders.is_empty() {
        return Ok(());
    }
    let now = blast_radius::foreign(context).await?;
    let harmed = harmed(&context.common.bystanders, &now);
    if harmed.is_empty() {
        return Ok(());
    }
    let backend = &context.backend;
    if !going_home {
        context.notice(format!(
            "{} volumes of others on {backend} are in error now, since they are not replicated; a failback leaves them so",
            harmed.len()
        ));
        return Ok(());
    }
    Err(left_in_error(&backend.to_string(), &harmed))
}

fn harmed<'a>(before: &Bystanders, now: &'a [Volume]) -> Vec<&'a Volume> {
    let was_in_order = |volume: &&Volume| {
        before
            .get(&volume.id)
            .is_some_and(|status| !status.starts_with("error"))
    };
    now.iter()
        .filter(|volume| volume.status.starts_with("error"))
        .filter(was_in_order)
        .collect()
}

fn left_in_error(backend: &str, harmed: &[&Volume]) -> Failure {
    let failure = Failure::expectation(format!(
        "{backend} is home again, and {} volumes of others that were in order before are left in error",
        harmed.len()
    ));
    let failure = harmed.iter().take(LISTED).fold(failure, |failure, volume| {
        failure.detail(
            "volume",
            format!(
                "{} ({}, {}, replication_status {})",
                volume.id,
                volume.name.as_deref().unwrap_or("without a name"),
                volume.status,
                volume.replication_status.as_deref().unwrap_or("none")
            ),
        )
    });
    failure.help(
        "a failover sets volumes that are not replicated to error, and no failback takes that back: look whether their data is \
         in order, then `cinder reset-state --state available ID` (or `in-use`), and keep such volumes off this backend",
    )
}
