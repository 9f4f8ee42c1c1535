//! Look before the leap: whose volumes would a failover move?

use super::context::Context;
use crate::cloud::Volume;
use crate::failure::Failure;

/// How many foreign volumes a refusal lists before it only counts them.
const LISTED: usize = 20;

/// The volumes on the backend that this run did not make.
///
/// # Errors
/// The API did not answer.
pub async fn foreign(context: &Context) -> Result<Vec<Volume>, Failure> {
    let mut volumes = context.cloud.volumes_on(&context.backend).await?;
    volumes.retain(|volume| context.world.volumes.values().all(|made| made.id != volume.id));
    Ok(volumes)
}

/// Refuses when the backend holds volumes that this run did not make, unless the target says `shared: true`:
/// `failover-host` moves every volume of a backend, and those that are not replicated go to `error` and stay there.
///
/// # Errors
/// There are such volumes; they are listed. Or the API did not answer.
pub async fn check(context: &Context) -> Result<(), Failure> {
    let foreign = foreign(context).await?;
    if foreign.is_empty() {
        return Ok(());
    }
    if context.target.shared {
        context.notice(format!(
            "{} other volumes are on {} and move with it (shared: true)",
            foreign.len(),
            context.backend
        ));
        return Ok(());
    }
    let mut failure = Failure::cloud(format!(
        "{} holds {} volumes that this run did not make, and failover-host would move them all",
        context.backend,
        foreign.len()
    ));
    for volume in foreign.iter().take(LISTED) {
        let name = volume
            .name
            .as_deref()
            .filter(|name| !name.is_empty())
            .unwrap_or("without a name");
        failure = failure.detail(
            "volume",
            format!(
                "{} ({name}, {} GiB, {}, project {})",
                volume.id,
                volume.size_gib,
                volume.status,
                volume.project_id.as_deref().unwrap_or("unknown")
            ),
        );
    }
    if foreign.len() > LISTED {
        failure = failure.detail("and", format!("{} more", foreign.len() - LISTED));
    }
    Err(failure.help("drill a backend of its own, or say `shared: true` in the target if these may move too; nothing was failed over"))
}
