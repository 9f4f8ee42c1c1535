//! Taking the backend home after this run failed it over.

use super::context::Context;
use super::failover::ACCEPTANCE;
use super::mirror;
use super::service::{volume_service, words};
use super::wait::{Awaited, Poll, until};
use crate::cloud::Volume;
use crate::failure::{Failure, FailureKind};
use crate::target::SiteName;

/// Waits until no failover is under way; answers whether the backend is failed over.
///
/// # Errors
/// The service is in a state in which Cinder accepts no failover, or did not settle within the budget.
pub async fn settled(context: &Context) -> Result<bool, Failure> {
    let budget = context.target.budgets.failover.max(ACCEPTANCE);
    let what = format!("the service {}", context.backend);
    // A failover whose answer was lost, or that was interrupted, may still be under way.
    let awaited = Awaited {
        what: &what,
        expected: "settled",
        budget,
        on_timeout: FailureKind::Cloud,
    };
    let (failed_over, _) = until(&context.recorder, awaited, async || {
        let service = match volume_service(context).await {
            Ok(service) => service,
            // An API that is away for a moment must not leave the backend at the other site.
            Err(failure) => return Ok(Poll::NotYet(failure.summary)),
        };
        if let Some(unanswered) = &context.common.unanswered
            && unanswered.before == service.replication_status
            && unanswered.sent.elapsed() < ACCEPTANCE
        {
            return Ok(Poll::NotYet(format!(
                "{}, after a request without an answer",
                words(&service)
            )));
        }
        Ok(match service.replication_status.as_deref() {
            Some("failing-over") => Poll::NotYet(words(&service)),
            Some("failed-over") => Poll::Ready(true),
            Some("enabled") => Poll::Ready(false),
            _ => {
                return Err(Failure::cloud(format!("{} cannot be taken home", context.backend))
                    .detail("expected", "replication_status failed-over or enabled")
                    .detail("seen", words(&service))
                    .help(
                        "Cinder accepts a failover only from these; restart cinder-volume and look at its log first",
                    ));
            }
        })
    })
    .await?;
    Ok(failed_over)
}

/// Takes the backend home if it is failed over. The run's own volumes are gone by now, so nothing of it can split;
/// volumes of others must replay at the primary first.
///
/// `--backend_id default` is sent only to a backend that says that it is failed over: on one that is at home it would
/// demote and promote the primary, and the next failover could split the brain.
///
/// # Errors
/// The service is in a state in which Cinder accepts no failover, refused it, or did not come home within the budget.
pub async fn take_home(context: &Context) -> Result<(), Failure> {
    let failed_over = settled(context).await?;
    let budget = context.target.budgets.failover;
    let what = format!("the service {}", context.backend);
    if !failed_over {
        return Ok(());
    }
    mirror::require_foreign_replaying(context, SiteName::Primary)
        .await
        .map_err(|failure| {
            let text =
                "going home now could split the brain of a volume that this run did not make, so it was not sent";
            let help = failure
                .help
                .clone()
                .map_or_else(String::new, |help| format!("; {help}"));
            failure.help(format!("{text}{help}"))
        })?;
    match context
        .cloud
        .failover_host(&context.backend, Some(super::failover::HOME))
        .await
    {
        Err(error) if error.outcome_unknown() => context.notice(format!(
            "the answer to failover_host was lost ({}); looking at the service instead of asking again",
            error.summary()
        )),
        sent => sent?,
    }
    let awaited = Awaited {
        what: &what,
        expected: "home again",
        budget,
        on_timeout: FailureKind::Cloud,
    };
    until(&context.recorder, awaited, async || {
        let service = match volume_service(context).await {
            Ok(service) => service,
            Err(failure) => return Ok(Poll::NotYet(failure.summary)),
        };
        let home = service.replication_status.as_deref() == Some("enabled")
            && service.active_backend_id.as_deref().unwrap_or_default().is_empty();
        Ok(if home {
            Poll::Ready(())
        } else {
            Poll::NotYet(words(&service))
        })
    })
    .await?;
    volumes_home(context).await
}

/// Waits until the volumes that are still on the backend have come home too: Cinder saves the service before them.
async fn volumes_home(context: &Context) -> Result<(), Failure> {
    let awaited = Awaited {
        what: &format!("the volumes on {}", context.backend),
        expected: "home again",
        budget: context.target.budgets.failover,
        on_timeout: FailureKind::Cloud,
    };
    let ((), _) = until(&context.recorder, awaited, async || {
        let volumes = match context.cloud.volumes_on(&context.backend).await {
            Ok(volumes) => volumes,
            Err(error) => return Ok(Poll::NotYet(error.summary())),
        };
        let away = |volume: &&Volume| volume.replication_status.as_deref() == Some("failed-over");
        let away: Vec<&str> = volumes.iter().filter(away).map(|volume| volume.id.as_str()).collect();
        Ok(if away.is_empty() {
            Poll::Ready(())
        } else {
            Poll::NotYet(format!("failed-over: {}", away.join(", ")))
        })
    })
    .await?;
    Ok(())
}
