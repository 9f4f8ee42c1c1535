//! Snapshots: making and removing them.

use crate::cloud::{ApiError, Snapshot, SnapshotId};
use crate::event::{Resource, ResourceKind};
use crate::failure::{Failure, FailureKind};
use crate::names::{SnapshotName, VolumeName};
use crate::session::{Context, MadeSnapshot, RUN_KEY};
use crate::wait::{Awaited, Poll, Waited};

/// Makes a snapshot of a volume, and waits until it is available.
///
/// # Errors
/// Cinder refused it, made it of another volume, or could not make it.
pub(crate) async fn make(context: &mut Context, name: &SnapshotName, volume: &VolumeName) -> Result<Waited, Failure> {
    let of = context.volume(volume)?.id.clone();
    let cloud_name = context.cloud_name(name.as_str());
    let resource = Resource {
        kind: ResourceKind::Snapshot,
        name: cloud_name.clone(),
        id: None,
    };
    context.intend(resource).await?;
    let metadata = context.metadata(name.as_str());
    let made = context.cloud.create_snapshot(&of, &cloud_name, &metadata).await?;
    context.made(ResourceKind::Snapshot, made.id.as_str());
    if made.volume_id != of {
        return Err(Failure::cloud(format!("snapshot {name} is of another volume"))
            .detail("expected", &of)
            .detail("seen", &made.volume_id));
    }
    let what = format!("snapshot {name}");
    let awaited = Awaited {
        what: &what,
        expected: "available",
        budget: context.target.budgets.volume,
        on_timeout: FailureKind::Cloud,
    };
    let (_, waited) = context
        .wait(awaited, async || {
            let Some(seen) = context.cloud.snapshot_if_exists(&made.id).await? else {
                return Err(Failure::cloud(format!("{what} is not there, though Cinder made it")));
            };
            match seen.status.as_str() {
                "available" => Ok(Poll::Ready(())),
                status if status.starts_with("error") => Err(failed(&what, &seen)),
                status => Ok(Poll::NotYet(status.to_owned())),
            }
        })
        .await?;
    let sync_log = context.resources.sync_logs.of(&format!("volume {volume}")).cloned();
    let made = MadeSnapshot {
        id: made.id,
        volume: volume.clone(),
        sync_log,
    };
    context.resources.snapshots.insert(name.clone(), made);
    Ok(waited)
}

fn failed(what: &str, seen: &Snapshot) -> Failure {
    Failure::cloud(format!("{what} went to status {}", seen.status))
        .detail("snapshot", &seen.id)
        .detail("volume", &seen.volume_id)
        .help(
            "Cinder's scheduler sets it so if the backend's service is disabled or frozen, and cinder-volume if the driver failed: \
             search their logs for the snapshot's id",
        )
}

/// Deletes a snapshot, and waits until Cinder has it no more: neither by its id nor in its list.
///
/// # Errors
/// Cinder refused it, gave it its status back, or still has it.
pub(crate) async fn remove(context: &Context, id: &SnapshotId, what: &str) -> Result<(), Failure> {
    let awaited = |expected: &'static str| Awaited {
        what,
        expected,
        budget: context.target.budgets.delete,
        on_timeout: FailureKind::Cloud,
    };
    // One that is on its way somewhere is refused.
    context
        .wait(awaited("ready to be deleted"), async || {
            let seen = context.cloud.snapshot_if_exists(id).await?;
            if let Some(seen) = &seen {
                require_ours(context, seen, what)?;
            }
            Ok(match seen {
                Some(seen) if matches!(seen.status.as_str(), "creating" | "restoring" | "backing-up") => {
                    Poll::NotYet(seen.status)
                }
                _ => Poll::Ready(()),
            })
        })
        .await?;
    let is_accepted = match context.cloud.delete_snapshot(id).await {
        Err(error) if error.is_not_found() => false,
        answer => context.accepted(&format!("deletion of {what}"), "looking whether it goes", answer)?,
    };
    context
        .wait(awaited("deleted"), async || {
            let Some(seen) = seen(context, id).await? else {
                return Ok(Poll::Ready(()));
            };
            match seen.status.as_str() {
                "error_deleting" => Err(failed(what, &seen)),
                // The API sets `deleting` before it answers, so this is what came of it.
                "available" | "error" if is_accepted => Err(Failure::cloud(format!(
                    "{what} is {} again, though Cinder accepted its deletion",
                    seen.status
                ))
                .detail("snapshot", id)
                .help("its driver says that it is busy: something is cloned from it; delete that first")),
                status => Ok(Poll::NotYet(status.to_owned())),
            }
        })
        .await?;
    Ok(())
}

/// An id is where a snapshot is, and its metadata whose: one that carries another run's id, or none, is not deleted.
fn require_ours(context: &Context, seen: &Snapshot, what: &str) -> Result<(), Failure> {
    match seen.metadata.get(RUN_KEY) {
        Some(run) if run == context.run.as_str() => Ok(()),
        other => Err(
            Failure::cloud(format!("{what} does not carry this run's id, so it was not deleted"))
                .detail("expected", format!("{RUN_KEY} {} in its metadata", context.run))
                .detail("seen", other.map_or("no such entry", String::as_str))
                .help("find out whose it is"),
        ),
    }
}

/// A snapshot, wherever Cinder still shows it: a single 404 does not prove that it is gone.
async fn seen(context: &Context, id: &SnapshotId) -> Result<Option<Snapshot>, ApiError> {
    if let Some(found) = context.cloud.snapshot_if_exists(id).await? {
        return Ok(Some(found));
    }
    let listed = context.cloud.snapshots().await?;
    Ok(listed.into_iter().find(|snapshot| snapshot.id == *id))
}
