//! Failing the backend back after this run failed it over.

use std::time::Duration;

use tokio::time::Instant;

use super::readings::{ACCEPTANCE, Known, Location, Readings, Request};
use super::request::{self, answered, saw_it_away};
use super::send::wait_for_service;
use super::service;
use super::undecided;
use super::{enabling, mirror, prepare_storage};
use crate::backend::{Judgement, Standing};
use crate::cloud::Volume;
use crate::failure::{Failure, FailureKind};
use crate::names::SiteName;
use crate::session::{Answer, Because, Context, Movement, Outcome, Unclear, Undecided, Whereabouts};
use crate::wait::{Awaited, Poll, WaitError};

/// Waits until no failover is under way, and says where the backend is then: by all its rows, by several looks, and by the
/// primary flags of the run's own images where they can be asked.
///
/// Several chains may ask at once, and one asks for them: each is told what was seen by looks that began after it asked.
pub async fn whereabouts(context: &Context) -> Whereabouts {
    // On the heap: what it waits for is large.
    context.backend_state.whereabouts.ask(Box::pin(settled(context))).await
}

/// What was unclear once stays so for this process: the images that showed it may be gone by the next look, and nobody waits
/// for the same twice.
async fn settled(context: &Context) -> Whereabouts {
    let shared = context.backend_state.clone();
    if let Some(location_unknown) = shared.with(|state| state.location_unknown.clone()) {
        return Whereabouts::Unclear(Box::new(location_unknown));
    }
    let found = find(context).await;
    if let Whereabouts::Unclear(unclear) = &found {
        // What may still come may have come by the next look.
        let may_come = matches!(
            unclear.undecided,
            Some(Undecided::FailoverMayCome | Undecided::FailbackMayCome | Undecided::Disputed)
        );
        if !may_come && unclear.judgement.is_some() {
            shared.with(|state| state.location_unknown = Some(Unclear::clone(unclear)));
        }
    }
    found
}

async fn find(context: &Context) -> Whereabouts {
    let budget = context.target.budgets.failover.max(ACCEPTANCE);
    let what = format!("the service {}", context.backend);
    // A failover whose answer was lost, or that was interrupted, may still be under way.
    let awaited = Awaited {
        what: &what,
        expected: "settled",
        budget,
        on_timeout: FailureKind::Cloud,
    };
    let mut readings = Readings::new(known(context));
    let began = Instant::now();
    let mut last = None;
    let found = context
        .wait(awaited, async || {
            let judgement = match service::judge(context).await {
                Ok(judgement) => judgement,
                // An API that is away for a moment must not leave the backend at the other site.
                Err(failure) => return Ok(Poll::NotYet(failure.summary)),
            };
            let location = readings.see(began.elapsed(), &judgement);
            last = Some(judgement);
            Ok(match location {
                Location::NotYet(seen) => Poll::NotYet(seen),
                settled => Poll::Ready(settled),
            })
        })
        .await;
    context.backend_state.with(|state| {
        let since = |after| state.dead_since.unwrap_or(began + after);
        state.dead_since = readings.dead_since().map(since);
    });
    if readings.saw_it_away() {
        saw_it_away(context);
    }
    match found {
        Ok((Location::AtPrimary, _)) => Whereabouts::AtPrimary,
        Ok((Location::Away(_), _)) => Whereabouts::Away,
        Ok((Location::Unclear(undecided), _)) => {
            let failure = undecided::failure(context, &undecided, last.as_ref());
            unclear(Some(undecided), last, failure)
        }
        Ok((Location::NotYet(_), _)) => {
            unclear(None, last, Failure::harness("a wait ended without what it waited for"))
        }
        Err(WaitError::TimedOut(wait)) => {
            let failure = undecided::did_not_settle(context, last.as_ref(), wait.into());
            unclear(None, last, failure)
        }
        Err(WaitError::Failed(failure)) => unclear(None, last, failure),
    }
}

fn unclear(undecided: Option<Undecided>, judgement: Option<Judgement>, failure: Failure) -> Whereabouts {
    Whereabouts::Unclear(Box::new(Unclear {
        undecided,
        judgement,
        failure,
    }))
}

/// What the run knows of its own failovers.
fn known(context: &Context) -> Known {
    context.backend_state.with(|state| Known {
        failover_to_undo: state.failover_to_undo().map(|leftover| leftover.id.is_some()),
        sent: state.sent.as_ref().map(|sent| Request {
            to: sent.to,
            answer: sent.answer,
            seen: sent.seen,
            age: sent.at.elapsed(),
        }),
        dead_for: state.dead_since.map_or(Duration::ZERO, |since| since.elapsed()),
    })
}

/// Fails the backend back if it is failed over. The run's own volumes are gone by now, so nothing of it can split;
/// foreign volumes must replay at the primary first.
///
/// `--backend_id default` is sent once, and only to a backend that says that it is failed over: on one that is on its primary
/// site it would demote and promote the primary, and the next failover could split the brain.
///
/// # Errors
/// Nobody can say where it is (the failure says all readings and the command for each case), Cinder refused it, or it did not
/// fail back within the budget: up, enabled, not frozen and without `active_backend_id`.
pub async fn fail_back(context: &Context) -> Result<(), Failure> {
    match whereabouts(context).await {
        Whereabouts::AtPrimary => return enabling::enable_again(context).await,
        Whereabouts::Away => {}
        Whereabouts::Unclear(unclear) => return Err(unclear.failure),
    }
    mirror::require_foreign_replaying(context, SiteName::Primary)
        .await
        .map_err(|failure| {
            let text = "a failback now could split-brain a foreign volume, so it was not sent";
            let help = failure
                .help
                .clone()
                .map_or_else(String::new, |help| format!("; {help}"));
            failure.help(format!("{text}{help}"))
        })?;
    prepare_storage::for_failback(context).await?;
    // Mirrors may have been waited for for minutes.
    let before = service::look(context).await?;
    if !matches!(before.standing, Standing::Away(_)) {
        return Err(undecided::moved_meanwhile(context, &before));
    }
    let backend_id = context.target.failback_id();
    match Outcome::from(request::send(context, SiteName::Primary, backend_id.as_deref(), &before).await) {
        Outcome::Accepted => answered(context, Answer::Accepted),
        Outcome::Unknown(error) => context.notice(format!(
            "the answer to failover_host was lost ({}); looking at the service instead of asking again",
            error.summary()
        )),
        Outcome::NotDone(error) => {
            context.backend_state.with(|state| state.sent = None);
            return Err(Failure::from(error).during("failover_host"));
        }
    }
    let movement = Movement {
        to: SiteName::Primary,
        backend_id,
        because: Because::Planned,
    };
    let budget = context.target.budgets.failover;
    wait_for_service(context, &movement, &before, budget).await?;
    enabling::enable_again(context).await?;
    wait_for_volumes(context).await
}

/// Waits until the volumes that are still on the backend have failed back too: Cinder saves the service before them.
async fn wait_for_volumes(context: &Context) -> Result<(), Failure> {
    let awaited = Awaited {
        what: &format!("the volumes on {}", context.backend),
        expected: "back on its primary site",
        budget: context.target.budgets.failover,
        on_timeout: FailureKind::Cloud,
    };
    context
        .wait(awaited, async || {
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
