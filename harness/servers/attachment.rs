//! Waiting for an attach or a detach: until Cinder says so, and until the guest sees it.

use super::attached::{attachment_of, give_up_volume, require_nova_agrees};
use crate::cloud::Volume;
use crate::failure::{Failure, FailureKind};
use crate::names::{ServerName, VolumeName};
use crate::session::Context;
use crate::wait::{Awaited, Patience, Poll, TimedOut, WaitError, Waited, until};

/// What Nova was asked to do with a volume.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum AttachmentChange {
    /// Attach it.
    Attach,
    /// Detach it.
    Detach,
}

impl AttachmentChange {
    /// The status that the volume must reach.
    fn status(self) -> &'static str {
        match self {
            AttachmentChange::Attach => "in-use",
            AttachmentChange::Detach => "available",
        }
    }

    fn words(self) -> &'static str {
        match self {
            AttachmentChange::Attach => "attached",
            AttachmentChange::Detach => "detached",
        }
    }
}

/// Attaches a volume to a server, and holds what Cinder and Nova say of it against each other.
///
/// # Errors
/// Nova refused, the volume did not become `in-use`, its attachment is not a new one to the server, or Nova and Cinder disagree
/// on it.
pub async fn attach_to(context: &Context, name: &VolumeName, server: &ServerName) -> Result<Waited, Failure> {
    let volume = context.volume(name)?.id.clone();
    context
        .cloud
        .attach_volume(&context.server_id(server)?, &volume)
        .await?;
    let attached = wait_attachment(context, name, AttachmentChange::Attach).await?;
    let attachment = attachment_of(context, name, server).await?;
    require_nova_agrees(context, name, server, Some(&attachment.id)).await?;
    Ok(attached)
}

/// Detaches a volume from a server; its attachments of now never count again.
///
/// # Errors
/// Nova refused, the volume did not become `available`, or Nova and Cinder disagree on it.
pub async fn detach_from(context: &mut Context, name: &VolumeName, server: &ServerName) -> Result<Waited, Failure> {
    give_up_volume(context, name).await?;
    let volume = context.volume(name)?.id.clone();
    context
        .cloud
        .detach_volume(&context.server_id(server)?, &volume)
        .await?;
    let detached = wait_attachment(context, name, AttachmentChange::Detach).await?;
    require_nova_agrees(context, name, server, None).await?;
    Ok(detached)
}

/// Waits until Cinder has attached a volume, or has it back.
///
/// # Errors
/// The volume went to an error status, or the budget ran out.
async fn wait_attachment(context: &Context, name: &VolumeName, change: AttachmentChange) -> Result<Waited, Failure> {
    let id = context.volume(name)?.id.clone();
    let what = format!("volume {name}");
    let awaited = Awaited {
        what: &what,
        expected: change.status(),
        budget: context.target.budgets.attach,
        on_timeout: FailureKind::Expectation,
    };
    let glance = |seen: &Volume| {
        let is_on_its_way = ["attaching", "detaching", "reserved"].contains(&seen.status.as_str());
        is_on_its_way.then(|| seen.status.clone())
    };
    let poll = async || {
        let seen = context.cloud.volume(&id).await?;
        if seen.status.starts_with("error") {
            let doing = change.words();
            return Err(
                Failure::expectation(format!("{what} went to status {} when it was {doing}", seen.status))
                    .detail("volume", &id)
                    .help("the nova-compute and cinder-volume logs name the cause; search them for the volume's id"),
            );
        }
        let attached = !seen.attachments.is_empty();
        let there = seen.status == change.status() && attached == (change == AttachmentChange::Attach);
        Ok(if there {
            Poll::Ready(())
        } else {
            Poll::NotYet(seen.status)
        })
    };
    let patience = Patience::default();
    let waited = context.wait_for_volume(&patience, awaited, &id, glance, poll).await;
    match waited {
        Ok(((), waited)) => Ok(waited),
        Err(WaitError::Failed(failure)) => Err(failure),
        Err(WaitError::TimedOut(wait)) => Err(stuck(&what, wait)),
    }
}

/// What it means that a volume stayed in a status on its way.
fn stuck(what: &str, wait: TimedOut) -> Failure {
    let status = wait.last().unwrap_or_default().to_owned();
    let (meaning, help) = match status.as_str() {
        "detaching" => (
            "Nova announced a detach and does not finish it",
            "see the nova-compute log for the volume's id: the guest does not give the disk up, or libvirt or Cinder does not \
             answer. Take the volume out of it with `cinder reset-state` only when the server has really lost it",
        ),
        "reserved" | "attaching" => (
            "Nova took it for an attach and does not finish that",
            "see the nova-compute log for the volume's id; `openstack volume attachment list` shows the attachment that is left",
        ),
        _ => return wait.into(),
    };
    Failure::from(wait)
        .because(format!("{what} is stuck in {status}: {meaning}"))
        .help(help)
}

/// Waits until a guest sees a volume's disk; answers with its device.
///
/// # Errors
/// No disk with the volume's serial came up within the budget, or the guest cannot be asked.
pub async fn wait_disk(context: &Context, server: &ServerName, name: &VolumeName) -> Result<String, Failure> {
    wait_device(context, server, name, "seen by the guest", |device| match device {
        Some(device) => Poll::Ready(device),
        None => Poll::NotYet("no disk has its serial".to_owned()),
    })
    .await
}

/// Waits until a guest no longer sees a volume's disk.
///
/// # Errors
/// The disk is still there at the end of the budget, or the guest cannot be asked.
pub async fn wait_no_disk(context: &Context, server: &ServerName, name: &VolumeName) -> Result<(), Failure> {
    wait_device(
        context,
        server,
        name,
        "not visible in the guest",
        |device| match device {
            None => Poll::Ready(()),
            Some(device) => Poll::NotYet(format!("still {device}")),
        },
    )
    .await
}

async fn wait_device<T>(
    context: &Context,
    server: &ServerName,
    name: &VolumeName,
    expected: &str,
    judge: impl Fn(Option<String>) -> Poll<T>,
) -> Result<T, Failure> {
    let id = context.volume(name)?.id.to_string();
    let guest = context.guest(server)?;
    let awaited = Awaited {
        what: &format!("the disk of volume {name}"),
        expected,
        budget: context.target.budgets.attach,
        on_timeout: FailureKind::Expectation,
    };
    let (found, _) = until(&context.recorder, awaited, async || {
        Ok(judge(guest.device_of(&id).await?))
    })
    .await?;
    Ok(found)
}
