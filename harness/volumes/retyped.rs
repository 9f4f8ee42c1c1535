//! A volume is given another type, where it is.

use super::new_volume::{elsewhere, with_messages};
use super::types;
use crate::cloud::Volume;
use crate::failure::{Cause, Failure, FailureKind};
use crate::names::VolumeName;
use crate::session::Context;
use crate::targets::VolumeType;
use crate::wait::{Awaited, Poll, Waited};

/// Gives a volume another type, and waits until Cinder says that it has it, and that it is replicated or not, as the type selects.
/// Answers whether it is.
///
/// # Errors
/// Cinder refused it, gave the volume its status back as it was, moves it elsewhere, or could not switch replication.
pub(crate) async fn retype(
    context: &mut Context,
    name: &VolumeName,
    wanted: &VolumeType,
) -> Result<(bool, Waited), Failure> {
    let id = context.volume(name)?.id.clone();
    let (cloud_name, replicated) = types::known(context, wanted).await?;
    let before = context.cloud.volume(&id).await?;
    if before.volume_type.as_deref() == Some(&cloud_name) {
        return Err(Failure::cloud(format!(
            "volume {name} has the type {cloud_name} already"
        )));
    }
    let answer = context.cloud.retype_volume(&id, &cloud_name).await;
    let is_accepted = context.accepted(
        &format!("retype of volume {name}"),
        "looking what becomes of it",
        answer,
    )?;
    let what = format!("volume {name}");
    let state = if replicated { "replicated" } else { "not replicated" };
    let expected = format!("{} with the type {cloud_name}, and {state}", before.status);
    let awaited = Awaited {
        what: &what,
        expected: &expected,
        budget: context.target.budgets.volume,
        on_timeout: FailureKind::Cloud,
    };
    let has_type = |seen: &Volume| seen.volume_type.as_deref() == Some(&cloud_name);
    let ((), waited) = context
        .wait(awaited, async || {
            let seen = context.cloud.volume(&id).await?;
            if seen.status.starts_with("error") {
                let failure = Failure::cloud(format!("{what} went to status {}", seen.status));
                return Err(with_messages(context, failure, &id).await);
            }
            if let Some(moving) = &seen.migration_status {
                return Err(Failure::cloud(format!("{what} is being migrated, though its retype forbids that"))
                    .detail("migration_status", moving));
            }
            if seen.status != before.status {
                return Ok(Poll::NotYet(seen.words()));
            }
            if !has_type(&seen) && is_accepted {
                // The API sets `retyping` before it answers, so this is what came of it.
                let unmirrored = unmirrored(context, &before).await;
                let summary = format!("{what} has its old type, though Cinder accepted the new one");
                // That a volume is replicated no more, and nobody says so, is a judgement.
                let failure = match unmirrored {
                    Some(_) => Failure::expectation(summary),
                    None => Failure::cloud(summary),
                };
                let seen = format!("{}, {}", seen.volume_type.as_deref().unwrap_or("no type"), seen.words());
                let failure = failure.detail("expected", &expected).detail("seen", seen);
                if let Some(image) = unmirrored {
                    return Err(failure
                        .caused_by(Cause::NotReplicated)
                        .detail("but", format!("{image}: not mirrored any more"))
                        .help(
                            "Cinder says that it is replicated, and a failover loses it: its driver ended the mirroring before it failed. \
                             `rbd mirror image enable POOL/IMAGE journal` mirrors it again; the cinder-volume log says why it failed \
                             (harness/docs/upstream.md, retype-out-unmirrors)",
                        ));
                }
                return Err(with_messages(context, failure, &id).await.help(
                    "the backend takes no work, or its driver could not change the type where the volume is: search the \
                     cinder-scheduler and cinder-volume logs for its id",
                ));
            }
            let replication = seen.replication_status.as_deref();
            let is_as_typed = match replicated {
                true => replication == Some("enabled"),
                false => matches!(replication, None | Some("disabled" | "not-capable")),
            };
            Ok(match has_type(&seen) && is_as_typed {
                true if replicated && !seen.is_on(&context.backend) => {
                    return Err(elsewhere(context, name, &wanted.name, &seen));
                }
                true => Poll::Ready(()),
                false => Poll::NotYet(seen.words()),
            })
        })
        .await?;
    context.is_replicated(name, replicated);
    Ok((replicated, waited))
}

/// The image of a volume that was replicated before its retype, and is mirrored no more where the backend is; `None` if it is, or nobody
/// can be asked.
async fn unmirrored(context: &Context, before: &Volume) -> Option<String> {
    let was_replicated = matches!(before.replication_status.as_deref(), Some("enabled" | "failed-over"));
    let sites = context.sites.as_ref().filter(|_| was_replicated)?;
    let site = sites.at(context.backend_state.active());
    let image = context.image_of(before.image_id());
    let info = site.image_info(&image).await.ok()?;
    let words = || format!("image {image} at {}", site.name());
    info.mirroring.is_none().then(words)
}
