//! Taking the backend home after this run failed it over.

use super::context::Context;
use super::service::{volume_service, words};
use super::wait::{Awaited, Poll, until};
use crate::failure::{Failure, FailureKind};

/// Takes the backend home if it is failed over. The run's own volumes are gone by now, so nothing of it can split.
///
/// `--backend_id default` is sent only to a backend that says that it is failed over: on one that is at home it would
/// demote and promote the primary, and the next failover could split the brain.
///
/// # Errors
/// The service is in a state in which Cinder accepts no failover, refused it, or did not come home within the budget.
pub async fn take_home(context: &Context) -> Result<(), Failure> {
    let budget = context.target.budgets.failover;
    let what = format!("the service {}", context.backend);
    let failed_over = settled(context).await?;
    if !failed_over {
        return Ok(());
    }
    context
        .cloud
        .failover_host(&context.backend, Some(super::failover::HOME))
        .await?;
    let awaited = Awaited {
        what: &what,
        expected: "home again",
        budget,
        on_timeout: FailureKind::Cloud,
    };
    until(&context.recorder, awaited, async || {
        let service = volume_service(context).await?;
        let home = service.replication_status.as_deref() == Some("enabled")
            && service.active_backend_id.as_deref().unwrap_or_default().is_empty();
        Ok(if home {
            Poll::Ready(())
        } else {
            Poll::NotYet(words(&service))
        })
    })
    .await?;
    Ok(())
}

/// Waits until no failover is under way any more (one whose answer was lost, or that was interrupted, may be); answers
/// whether the backend is failed over.
///
/// # Errors
/// The service is in a state in which Cinder accepts no failover, or did not settle within the budget.
pub async fn settled(context: &Context) -> Result<bool, Failure> {
    let what = format!("the service {}", context.backend);
    let awaited = Awaited {
        what: &what,
        expected: "settled",
        budget: context.target.budgets.failover,
        on_timeout: FailureKind::Cloud,
    };
    let (failed_over, _) = until(&context.recorder, awaited, async || {
        let service = volume_service(context).await?;
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
