//! A volume is given another type, where it is.

use super::new_volume::{elsewhere, with_messages};
use super::types;
use crate::cloud::Volume;
use crate::failure::{Failure, FailureKind};
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
                let failure = Failure::cloud(format!("{what} has its old type, though Cinder accepted the new one"))
                    .detail("expected", &expected)
                    .detail(
                        "seen",
                        format!("{}, {}", seen.volume_type.as_deref().unwrap_or("no type"), seen.words()),
                    );
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
