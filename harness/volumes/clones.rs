//! A volume that is made from another volume, or from a snapshot.

use super::{new_volume, types};
use crate::cloud::VolumeSource;
use crate::failure::Failure;
use crate::names::{SnapshotName, VolumeName};
use crate::session::Context;
use crate::state::PlannedVolume;

/// What a volume is made from.
pub(crate) enum Of<'a> {
    /// A volume, as it is now.
    Volume(&'a VolumeName),
    /// A snapshot.
    Snapshot(&'a SnapshotName),
}

/// Makes a volume from another one and waits until it is there. What was synced to its source must be on it, if the paths of its files
/// are the same there: a root disk is mounted elsewhere.
///
/// # Errors
/// Cinder refused it, could not make it, or made it from something else.
pub(crate) async fn clone(
    context: &mut Context,
    planned: &PlannedVolume,
    of: Of<'_>,
    same_paths: bool,
) -> Result<(), Failure> {
    let (source, disk_of_source, sync_log) = match of {
        Of::Volume(name) => {
            let disk = format!("volume {name}");
            let sync_log = context.resources.sync_logs.of(&disk).cloned();
            (VolumeSource::Volume(context.volume(name)?.id.clone()), disk, sync_log)
        }
        Of::Snapshot(name) => {
            let made = context.snapshot(name)?;
            let disk = format!("volume {}", made.volume);
            (VolumeSource::Snapshot(made.id.clone()), disk, made.sync_log.clone())
        }
    };
    let volume_type = types::known(context, &planned.volume_type).await?;
    let id = new_volume::ask_for(context, planned, volume_type, None, Some(source.clone())).await?;
    if let Err(failure) = new_volume::wait_until_there(context, &planned.name, &planned.volume_type.name).await {
        // It is owed, and no volume of the scenario: nobody waits for it at a failover.
        context.give_up(&planned.name);
        return Err(failure);
    }
    let seen = context.cloud.volume(&id).await?;
    let is_of = match &source {
        VolumeSource::Volume(source) => seen.source_volid.as_deref() == Some(source.as_str()),
        VolumeSource::Snapshot(source) => seen.snapshot_id.as_deref() == Some(source.as_str()),
    };
    if !is_of || seen.size_gib != planned.size_gib {
        return Err(
            Failure::cloud(format!("volume {} is not what was asked for", planned.name))
                .detail("expected", format!("{} GiB made from {source:?}", planned.size_gib))
                .detail(
                    "seen",
                    format!(
                        "{} GiB, source_volid {}, snapshot_id {}",
                        seen.size_gib,
                        seen.source_volid.as_deref().unwrap_or("none"),
                        seen.snapshot_id.as_deref().unwrap_or("none")
                    ),
                ),
        );
    }
    if let Some(sync_log) = sync_log.filter(|_| same_paths) {
        let moves = context.backend_state.moves();
        let disk = format!("volume {}", planned.name);
        context
            .resources
            .sync_logs
            .begin_with(&disk, &disk_of_source, &sync_log, moves);
    }
    Ok(())
}
