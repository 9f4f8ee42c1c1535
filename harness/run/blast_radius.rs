//! Look before the leap: whose volumes would a failover move?

use super::context::Context;
use crate::failure::Failure;

/// How many foreign volumes a refusal lists before it only counts them.
const LISTED: usize = 20;

/// Refuses when the backend holds volumes that this run did not make, unless the target says `shared: true`:
/// `failover-host` moves every volume of a backend, and those that are not replicated go to `error` and stay there.
///
/// # Errors
/// There are such volumes; they are listed. Or the API did not answer.
pub async fn check(context: &Context) -> Result<(), Failure> {
    let volumes = context.cloud.volumes_on(&context.backend).await?;
    let own = |id| context.world.volumes.values().any(|made| &made.id == id);
    let foreign: Vec<_> = volumes.iter().filter(|volume| !own(&volume.id)).collect();
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
