//! A volume is given more room.

use super::new_volume::with_messages;
use crate::failure::{Failure, FailureKind};
use crate::names::VolumeName;
use crate::session::Context;
use crate::wait::{Awaited, Poll, Waited};

/// Extends a volume, and waits until Cinder says that it has the new size.
///
/// # Errors
/// Cinder refused it, gave the volume its status back as it was, or could not extend it.
pub(crate) async fn extend(context: &Context, name: &VolumeName, size_gib: u64) -> Result<Waited, Failure> {
    let id = context.volume(name)?.id.clone();
    let before = context.cloud.volume(&id).await?;
    if before.size_gib >= size_gib {
        return Err(
            Failure::cloud(format!("volume {name} is not as large as it should be before"))
                .detail("expected", format!("less than {size_gib} GiB"))
                .detail("seen", format!("{} GiB", before.size_gib)),
        );
    }
    let answer = context.cloud.extend_volume(&id, size_gib).await;
    let is_accepted = context.accepted(
        &format!("extension of volume {name}"),
        "looking whether it grows",
        answer,
    )?;
    let what = format!("volume {name}");
    let expected = format!("{} with {size_gib} GiB", before.status);
    let awaited = Awaited {
        what: &what,
        expected: &expected,
        budget: context.target.budgets.volume,
        on_timeout: FailureKind::Cloud,
    };
    let ((), waited) = context
        .wait(awaited, async || {
            let seen = context.cloud.volume(&id).await?;
            if seen.status.starts_with("error") {
                let failure = Failure::cloud(format!("{what} went to status {}", seen.status));
                return Err(with_messages(context, failure, &id)
                    .await
                    .help("the driver could not extend it: search the cinder-volume log for its id"));
            }
            if seen.status != before.status {
                return Ok(Poll::NotYet(seen.words()));
            }
            if seen.size_gib == size_gib {
                return Ok(Poll::Ready(()));
            }
            if !is_accepted {
                return Ok(Poll::NotYet(format!("{} with {} GiB", seen.status, seen.size_gib)));
            }
            // The API sets `extending` before it answers, so this is what came of it.
            let failure = Failure::cloud(format!("{what} was not extended, though Cinder accepted it"))
                .detail("expected", &expected)
                .detail("seen", format!("{} with {} GiB", seen.status, seen.size_gib));
            Err(with_messages(context, failure, &id)
                .await
                .help("Cinder's scheduler found no backend for it: its service is disabled, frozen or full"))
        })
        .await?;
    Ok(waited)
}
