//! Removing one thing, and what is said of it if that fails.

use super::undone::Undone;
use super::{failback, gone, inventory, remedy, removal_volume};
use crate::cloud::{FloatingIpId, Server, ServerId, SnapshotId, VolumeTypeId};
use crate::event::{EventKind, Resource, ResourceKind};
use crate::failure::{Failure, FailureKind};
use crate::session::Context;
use crate::volumes::snapshots;
use crate::wait::{Awaited, Poll, WaitError};

/// Records that a thing is left, with what a person does about it.
pub(super) async fn leave(context: &Context, resource: &Resource, undone: Undone) {
    let Undone { failure, remedy } = undone;
    let failure = failure.settled_for(context.profile.asks_rbd());
    let steps = match (remedy, resource.kind) {
        (Some(steps), _) => steps,
        (None, ResourceKind::Volume) => removal_volume::remedy(context, resource).await,
        (None, _) => remedy::plain(resource),
    };
    let words: Vec<String> = failure
        .help
        .clone()
        .into_iter()
        .chain(remedy::in_words(&steps))
        .collect();
    let failure = if words.is_empty() {
        failure
    } else {
        failure.help(words.join("; "))
    };
    context.recorder.record(EventKind::Left {
        resource: resource.clone(),
        failure,
        remedy: steps,
    });
}

/// Records that what was requested and not seen is left, since it may still come.
pub(super) async fn leave_awaited(context: &Context, resource: &Resource) {
    let undone = Undone {
        failure: inventory::may_come(context, resource),
        remedy: Some(Vec::new()),
    };
    leave(context, resource, undone).await;
}

/// Removes a thing, and looks whether it is gone.
///
/// # Errors
/// It is still there, or cannot be removed now.
pub(super) async fn remove(context: &Context, resource: &Resource) -> Result<(), Undone> {
    let id = resource.id.clone();
    let what = format!("{} {}", resource.kind.words(), resource.name);
    match (resource.kind, id) {
        (ResourceKind::Failover, _) => failback::undo_failover(context).await,
        (ResourceKind::Freeze, _) => failback::thaw(context).await,
        (ResourceKind::Fault, _) => super::faults::undo(context, resource).await,
        (ResourceKind::Server, Some(id)) => remove_server(context, &ServerId::new(id), &what).await,
        (ResourceKind::Volume, Some(id)) => removal_volume::remove(context, &id, &what).await,
        (ResourceKind::Snapshot, Some(id)) => Ok(snapshots::remove(context, &SnapshotId::new(id), &what).await?),
        (ResourceKind::FloatingIp, Some(id)) => {
            let id = FloatingIpId::new(id);
            gone::asked(context, &what, context.cloud.delete_floating_ip(&id).await)?;
            Ok(gone::floating_ip(context, &id, &what).await?)
        }
        (ResourceKind::KeyPair, Some(name)) => {
            gone::asked(context, &what, context.cloud.delete_keypair(&name).await)?;
            Ok(gone::keypair(context, &name, &what).await?)
        }
        (ResourceKind::VolumeType | ResourceKind::Lock, Some(id)) => {
            Ok(remove_volume_type(context, &VolumeTypeId::new(id), &what).await?)
        }
        // Taking inventory has found the id of all that is there.
        (_, None) => Ok(()),
    }
}

/// Removes a volume type, or a lock, which is one.
///
/// # Errors
/// It is still there, or Cinder refused.
pub(super) async fn remove_volume_type(context: &Context, id: &VolumeTypeId, what: &str) -> Result<(), Failure> {
    gone::asked(context, what, context.cloud.delete_volume_type(id).await)?;
    gone::volume_type(context, id, what).await
}

async fn remove_server(context: &Context, id: &ServerId, what: &str) -> Result<(), Undone> {
    wait_for_shelving(context, id, what).await?;
    gone::asked(context, what, context.cloud.delete_server(id).await)?;
    Ok(gone::server(context, id, what).await?)
}

/// Lets a shelve or an unshelve come to its end. Nova's shelve makes a new attachment for each volume, of which a delete
/// that was asked for meanwhile knows nothing: the server goes, and its volumes stay `reserved` for good (seen with Nova
/// 26; `compute/manager.py`, `_shelve_offload_instance`). One that never ends is deleted all the same.
async fn wait_for_shelving(context: &Context, id: &ServerId, what: &str) -> Result<(), Failure> {
    let awaited = Awaited {
        what,
        expected: "shelved or unshelved before it is deleted",
        budget: context.target.budgets.delete,
        on_timeout: FailureKind::Cloud,
    };
    let waited = context
        .wait(awaited, async || {
            Ok(match context.cloud.server_if_exists(id).await? {
                Some(server) if is_shelving(&server) => Poll::NotYet(crate::servers::reach::state(&server)),
                _ => Poll::Ready(()),
            })
        })
        .await;
    match waited {
        Err(WaitError::Failed(failure)) => Err(failure),
        _ => Ok(()),
    }
}

/// Whether a server is on its way to be shelved, or back: while it is built again its task is an ordinary one.
fn is_shelving(server: &Server) -> bool {
    server
        .task_state
        .as_deref()
        .is_some_and(|task| task != "deleting" && (task.contains("shelv") || server.status.starts_with("SHELVED")))
}
