//! Whether what was deleted is gone. One answer is no proof: a 404 may come from a wrong route or a cell that is away, a 204
//! from a proxy. So each is looked for at two places, or twice.

use crate::cloud::{ApiError, Cloud, FloatingIpId, Server, ServerId, VolumeId, VolumeTypeId};
use crate::failure::{Failure, FailureKind};
use crate::servers::reach;
use crate::session::Context;
use crate::wait::{Awaited, Poll};

/// What a removal waits for, within the budget of a removal. That it does not come says nothing of replication.
pub(super) fn awaited<'a>(context: &Context, what: &'a str, expected: &'a str) -> Awaited<'a> {
    Awaited {
        what,
        expected,
        budget: context.target.budgets.delete,
        on_timeout: FailureKind::Cloud,
    }
}

/// What a deletion's answer means: that it was refused is an error, and all else is looked at. What is not found may have been
/// deleted before, or be hidden.
///
/// # Errors
/// The service refused it.
pub(super) fn asked(context: &Context, what: &str, deleted: Result<(), ApiError>) -> Result<(), Failure> {
    match deleted {
        Err(error) if error.is_not_found() => Ok(()),
        deleted => context
            .accepted(&format!("deletion of {what}"), "looking whether it goes", deleted)
            .map(drop),
    }
}

/// Waits until a server is gone: Nova has it neither by its id nor in its list, and no volume of the run names it. Nova lets go
/// of volumes a moment after the server is gone; a cell that is away answers 404 for servers that run.
///
/// # Errors
/// It is still there, or the API did not answer.
pub(super) async fn server(context: &Context, id: &ServerId, what: &str) -> Result<(), Failure> {
    let glance = |server: &Server| Some(reach::state(server));
    let poll = async || {
        if let Some(server) = context.cloud.server_if_exists(id).await? {
            return Ok(Poll::NotYet(reach::state(&server)));
        }
        if context.cloud.servers().await?.iter().any(|server| server.id == *id) {
            return Ok(Poll::NotYet("answered with 404, and listed by Nova".to_owned()));
        }
        let volumes = context.cloud.volumes().await?;
        let holds = |attachment: &crate::cloud::VolumeAttachment| attachment.server_id.as_ref() == Some(id);
        let held = volumes.iter().find(|volume| volume.attachments.iter().any(holds));
        Ok(match held {
            None => Poll::Ready(()),
            Some(volume) => Poll::NotYet(format!("not there, and volume {} is attached to it", volume.id)),
        })
    };
    let awaited = awaited(context, what, "deleted");
    context
        .wait_for_server(&context.patience, awaited, id, glance, poll)
        .await?;
    Ok(())
}

/// Whether Cinder has a volume neither by its id nor in its list.
///
/// # Errors
/// The API did not answer.
pub(super) async fn has_no_volume(cloud: &Cloud, id: &VolumeId) -> Result<bool, ApiError> {
    if cloud.volume_if_exists(id).await?.is_some() {
        return Ok(false);
    }
    Ok(!cloud.volumes().await?.iter().any(|volume| volume.id == *id))
}

/// Waits until a key pair is gone.
///
/// # Errors
/// It is still there, or the API did not answer.
pub(super) async fn keypair(context: &Context, name: &str, what: &str) -> Result<(), Failure> {
    until_absent(context, what, async || {
        let by_name = context.cloud.keypair_if_exists(name).await?.is_some();
        Ok(by_name || context.cloud.keypairs().await?.iter().any(|found| found.name == name))
    })
    .await
}

/// Waits until a volume type, which may be a lock, is gone.
///
/// # Errors
/// It is still there, or the API did not answer.
pub(super) async fn volume_type(context: &Context, id: &VolumeTypeId, what: &str) -> Result<(), Failure> {
    until_absent(context, what, async || {
        Ok(context.cloud.volume_types().await?.iter().any(|found| found.id == *id))
    })
    .await
}

/// Waits until a floating IP is gone.
///
/// # Errors
/// It is still there, or the API did not answer.
pub(super) async fn floating_ip(context: &Context, id: &FloatingIpId, what: &str) -> Result<(), Failure> {
    until_absent(context, what, async || {
        Ok(context.cloud.floating_ips().await?.iter().any(|found| found.id == *id))
    })
    .await
}

/// Waits until two looks, one after the other, do not find it.
async fn until_absent(
    context: &Context,
    what: &str,
    mut is_there: impl AsyncFnMut() -> Result<bool, ApiError>,
) -> Result<(), Failure> {
    context
        .wait(awaited(context, what, "deleted"), async || {
            let there = is_there().await? || is_there().await?;
            Ok(if there {
                Poll::NotYet("still there".to_owned())
            } else {
                Poll::Ready(())
            })
        })
        .await?;
    Ok(())
}
