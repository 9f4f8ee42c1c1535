//! Failing a backend over or back, the one way in which all verbs do it.

use std::time::Duration;

use tokio::time::Instant;

use super::readings::has_a_dead_row;
use super::request::{answered, saw_it_away};
use super::service;
use super::settling::{Course, End, Settling};
use super::unsettled::Asked;
use super::{
    arrival, blast_radius, enabling, explain, foreign_volumes, mirror, prepare_storage, promise, request, undecided,
    unreachable_site,
};
use crate::backend::{Judgement, Standing};
use crate::counted::counted;
use crate::drivers::TargetsInStats;
use crate::event::{EventKind, Proof, Resource, ResourceKind};
use crate::failure::{Failure, FailureKind};
use crate::names::SiteName;
use crate::servers::volume_log;
use crate::session::shared_failover::Participant;
use crate::session::{Answer, Because, Context, Moved, Movement, Outcome};
use crate::wait::{Awaited, Poll, WaitError, milliseconds, until_hurried};

/// Looks whether the scenario's own volumes may move: one of them is replicated, and each that is replays at the site
/// that takes over.
///
/// # Errors
/// A failover would prove nothing, or lose data.
pub async fn ready_to_move(context: &Context, movement: &Movement) -> Result<(), Failure> {
    require_replicated(context)?;
    let (there, left) = (context.site_name(movement.to), context.site_name(movement.to.other()));
    match movement.because {
        Because::Planned => mirror::require_replaying(context, movement.to).await,
        Because::SiteLost => {
            context.notice(format!(
                "{left} is lost, so it is not known whether {there} has all that was written there: what {left} had not sent \
                 is lost with it, and the data will show how much"
            ));
            Ok(())
        }
        Because::Unready => {
            require_no_others(context).await?;
            context.notice(format!(
                "whether the volumes replay on {there} was not looked at, as the step asks: what was written to {left} may be lost"
            ));
            Ok(())
        }
    }
}

/// What may lose data on purpose is for a backend that holds nothing of others.
async fn require_no_others(context: &Context) -> Result<(), Failure> {
    let help = "nothing was sent: --accept-blast-radius does not allow this";
    blast_radius::require_no_foreign(context, "could lose data", help).await
}

/// Fails the backend over to a site: looks before the leap, sends the request exactly once for all scenarios that meet
/// here, and waits until the service and every replicated volume of the scenario have settled. The service alone proves
/// nothing: it says `failed-over` above volumes that are in `failover-error`.
///
/// # Errors
/// The backend is not in a state in which this is safe, Cinder refused or lost the request, or the service or a volume
/// did not reach the state that it must, or the storage says that an image of the scenario is primary elsewhere.
pub async fn fail_over(context: &mut Context, movement: &Movement) -> Result<String, Failure> {
    let moved = move_once(context, movement).await?;
    // Others judge their volumes at the same time, and the backend is not moved meanwhile.
    let shared = context.backend_state.clone();
    let _at_work = shared.quiet.read().await;
    let budget = context.target.budgets.failover;
    let left = budget.saturating_sub(moved.answered.elapsed());
    let service = moved.answered.elapsed();
    let witness = match arrival::require_arrived(context, movement, left).await {
        Ok(witness) => witness,
        Err(failure) => {
            let failure = unreachable_site::named(context, movement.to, failure).await;
            return Err(volume_log::with_errors_since(context, moved.log, failure).await);
        }
    };
    foreign_volumes::require_intact(context, movement.is_failback()).await?;
    let took = moved.answered.elapsed();
    let replicated = context.resources.volumes.values().filter(|volume| volume.replicated);
    let volumes = replicated.count();
    let scenario = context.position.0.as_ref().map(ToString::to_string);
    let others = |participant: &Participant| participant.others(scenario.as_deref().unwrap_or_default());
    let together_with = context.participant.as_ref().map(others).unwrap_or_default();
    let met = match together_with.len() {
        0 => String::new(),
        _ => format!(", together with {}", together_with.join(", ")),
    };
    context.prove(Proof::FailedOver {
        backend: context.backend.to_string(),
        active_backend_id: moved.active_backend_id,
        volumes,
        together_with,
        witness,
        api_milliseconds: milliseconds(moved.api),
        service_milliseconds: Some(milliseconds(service)),
        settled_milliseconds: milliseconds(took),
    });
    Ok(format!(
        "{} is {} on {} with {}, settled after {:.2} s{met}",
        context.backend,
        movement.replication_status(),
        context.site_name(movement.to),
        counted(volumes, "volume"),
        took.as_secs_f64()
    ))
}

/// Moves the backend for all participants: one of them does it, alone, and publishes the outcome to the others. A change is
/// never sent twice.
async fn move_once(context: &Context, movement: &Movement) -> Result<Moved, Failure> {
    if let Some(participant) = &context.participant
        && !participant.leads()
    {
        return participant.outcome().await;
    }
    let shared = context.backend_state.clone();
    let alone = shared.quiet.write().await;
    let outcome = move_backend(context, movement).await;
    drop(alone);
    if let Some(participant) = &context.participant {
        participant.tell(outcome.clone());
    }
    outcome
}

async fn move_backend(context: &Context, movement: &Movement) -> Result<Moved, Failure> {
    let is_failback = movement.is_failback();
    let backend_id = movement.backend_id.as_deref();
    require_state(context, is_failback, &service::judge(context).await?)?;
    if is_failback {
        prepare_storage::for_failback(context).await?;
    }
    require_target(context, backend_id, is_failback).await?;
    blast_radius::check(context).await?;
    foreign_volumes::note(context).await?;
    if movement.because != Because::Planned {
        require_no_others(context).await?;
    } else if context.target.shared {
        mirror::require_foreign_replaying(context, movement.to).await?;
    }
    explain::note_attachments(context).await;
    let log = volume_log::mark(context).await;
    // Mirrors may have been waited for for minutes: what was looked at first is looked at again, right before the leap.
    blast_radius::check_again(context).await?;
    let before = service::look(context).await?;
    require_state(context, is_failback, &before)?;
    if !is_failback {
        context.intend(failover_of(context)).await?;
    }
    let began = Instant::now();
    context.backend_state.with(|state| {
        state.moved = true;
        // What it leaves while it is dead may say that it is primary when it is back, however this failover ends.
        if movement.because == Because::SiteLost {
            state.left_behind = Some(movement.to.other());
        }
    });
    let sent = request::send(context, movement.to, backend_id, &before).await;
    let api = began.elapsed();
    match Outcome::from(sent) {
        Outcome::Accepted => answered(context, Answer::Accepted),
        Outcome::Unknown(error) => {
            context.notice(format!(
                "the answer to failover_host was lost ({}); looking at the service instead of asking again",
                error.summary()
            ));
            let failure = Failure::from(error);
            wait_for_acceptance(context, movement, &before, failure).await?;
        }
        Outcome::NotDone(error) => return Err(not_done(context, movement, &before, error.into()).await),
    }
    let answered = Instant::now();
    let budget = context.target.budgets.failover;
    let active_backend_id = match wait_for_service(context, movement, &before, budget).await {
        Ok(active_backend_id) => active_backend_id,
        Err(failure) => {
            let failure = unreachable_site::named(context, movement.to, failure).await;
            return Err(volume_log::with_errors_since(context, log, failure).await);
        }
    };
    context.backend_state.with(|state| {
        state.moves += 1;
        if movement.because != Because::SiteLost {
            state.left_behind = None;
        }
    });
    if is_failback {
        enabling::enable_again(context).await?;
        // The backend is back on its primary site: whoever fails it over from now on is not this run.
        context.failover_undone();
    }
    Ok(Moved {
        active_backend_id,
        api,
        answered,
        log,
    })
}

/// The leftover of a run that requests a failover. It has no id before the backend is seen away: until then it may have been
/// refused, or may still come.
fn failover_of(context: &Context) -> Resource {
    Resource {
        kind: ResourceKind::Failover,
        name: context.backend.to_string(),
        id: None,
    }
}

/// The request was refused, or never sent: it leaves nothing to undo. Unless the backend moves all the same: then it is not
/// known whose movement it is, and it is left to a person.
async fn not_done(context: &Context, movement: &Movement, before: &Judgement, refusal: Failure) -> Failure {
    let refusal = refusal.during("failover_host");
    let moving = moves_all_the_same(context, movement, before).await;
    let Some(judgement) = moving else {
        context.backend_state.with(|state| state.sent = None);
        if !movement.is_failback() {
            context.failover_undone();
        }
        return refusal;
    };
    answered(context, Answer::Disputed);
    let failure = undecided::disputed(context, refusal, &judgement);
    if let Some(resource) = context.failover_to_undo().filter(|leftover| leftover.id.is_none()) {
        context.recorder.record(EventKind::Disputed {
            resource,
            because: failure.summary.clone(),
        });
    }
    failure
}

/// How long, and how often, a backend is looked at whose movement was refused.
const LOOKS_AFTER_A_REFUSAL: u32 = 4;
const PAUSE_AFTER_A_REFUSAL: Duration = Duration::from_millis(150);

/// What was seen of a backend that moves although the request was refused. `None` if it stays.
async fn moves_all_the_same(context: &Context, movement: &Movement, before: &Judgement) -> Option<Judgement> {
    let mut settling = Settling::to(movement.to, promise::active_backend_id(context, movement).as_deref());
    for _ in 0..LOOKS_AFTER_A_REFUSAL {
        match service::look(context).await {
            Ok(judgement) if judgement.standing != before.standing => {
                settling.see(Duration::ZERO, &judgement);
                if settling.has_moved() {
                    return Some(judgement);
                }
            }
            // Who refuses may be away, too.
            _ => {}
        }
        tokio::time::sleep(PAUSE_AFTER_A_REFUSAL).await;
    }
    None
}

/// A failover starts at the primary site, a failback from the other site. `default` is never sent to a backend that is on its primary
/// site: Cinder accepts it, demotes and promotes the primary, and the next failover splits the brain.
fn require_state(context: &Context, is_failback: bool, judgement: &Judgement) -> Result<(), Failure> {
    let is_right = match &judgement.standing {
        Standing::AtPrimary => !is_failback,
        Standing::Away(_) => is_failback,
        _ => false,
    };
    if is_right {
        return Ok(());
    }
    let (verb, expected) = match is_failback {
        true => (
            "failed back",
            "up, not frozen, replication_status failed-over with an active_backend_id",
        ),
        false => ("failed over", service::AT_PRIMARY),
    };
    let failure = Failure::cloud(format!("{} is not in a state to be {verb}", context.backend));
    Err(service::with_readings(failure, expected, judgement).help("nothing was sent to the backend"))
}

/// A backend id that the backend does not know damages volumes: the manager sets every volume that is not replicated
/// to `error` before it asks the driver. So it is sent only if the pool offers it.
async fn require_target(context: &Context, backend_id: Option<&str>, is_failback: bool) -> Result<(), Failure> {
    // A backend that is failed over is disabled, and the scheduler shows no pools of disabled backends.
    let (Some(backend_id), false) = (backend_id, is_failback) else {
        return Ok(());
    };
    if context.profile.targets == TargetsInStats::Others {
        return Ok(());
    }
    let pools = context.cloud.pools().await?;
    let backend = context.backend.to_string();
    let own: Vec<_> = pools.iter().filter(|pool| context.backend.holds(&pool.name)).collect();
    if own.is_empty() {
        let names: Vec<&str> = pools.iter().map(|pool| pool.name.as_str()).collect();
        return Err(Failure::cloud(format!("the scheduler knows no pool of {backend}"))
            .detail(
                "expected",
                format!("a pool {backend}#… that offers replication target {backend_id}"),
            )
            .detail(
                "seen",
                if names.is_empty() {
                    "no pools".to_owned()
                } else {
                    names.join(", ")
                },
            )
            .help("check that the backend is up, enabled and not frozen; nothing was sent to it"));
    }
    if own.iter().all(|pool| {
        pool.capabilities
            .replication_targets
            .iter()
            .any(|target| target == backend_id)
    }) {
        return Ok(());
    }
    let offered: Vec<&str> = own
        .iter()
        .flat_map(|pool| pool.capabilities.replication_targets.iter().map(String::as_str))
        .collect();
    Err(Failure::cloud(format!("{backend} has no replication target {backend_id}"))
        .detail("expected", format!("{backend_id} among the pool's replication_targets"))
        .detail("seen", if offered.is_empty() { "none".to_owned() } else { offered.join(", ") })
        .help("set the secondary site's backend-id in the target to one of these; an unknown one would damage volumes, so it was not sent"))
}

/// A failover that moves no volume of this run proves nothing, whatever is read afterwards.
fn require_replicated(context: &Context) -> Result<(), Failure> {
    if context.resources.volumes.values().any(|volume| volume.replicated) {
        return Ok(());
    }
    Err(
        Failure::cloud("no volume of this run is replicated, so a failover would prove nothing")
            .detail("expected", "a volume type with replication_enabled='<is> True'")
            .help("name such a type in the target's volume-types; nothing was sent to the backend"),
    )
}

/// Looks whether a failover whose answer was lost was accepted all the same. That nothing is seen of it is no proof that
/// nothing comes.
async fn wait_for_acceptance(
    context: &Context,
    movement: &Movement,
    before: &Judgement,
    failure: Failure,
) -> Result<(), Failure> {
    let what = format!("the service {}", context.backend);
    let awaited = Awaited {
        what: &what,
        expected: "failing over",
        budget: super::readings::ACCEPTANCE,
        on_timeout: FailureKind::Cloud,
    };
    let mut settling = Settling::to(movement.to, promise::active_backend_id(context, movement).as_deref());
    let mut last = before.words();
    let mut unseen = None;
    let began = Instant::now();
    let waited = until_hurried(&context.recorder, &context.patience, awaited, async || {
        let judgement = match service::look(context).await {
            Ok(judgement) => judgement,
            Err(failure) => {
                unseen = Some(failure.summary.clone());
                return Ok(Poll::NotYet(failure.summary));
            }
        };
        unseen = None;
        last = judgement.words();
        settling.see(began.elapsed(), &judgement);
        Ok(if settling.has_moved() {
            Poll::Ready(())
        } else {
            Poll::NotYet(judgement.words())
        })
    })
    .await;
    if waited.is_ok() {
        saw_it_move(context);
        return Ok(());
    }
    let word = if movement.is_failback() { "failback" } else { "failover" };
    Err(match unseen {
        Some(why) => failure.detail("the service could not be asked", why),
        None => failure.detail("the service stayed", last),
    }
    .help(format!(
        "it is not known whether the {word} was accepted, and it was not sent again: it may still be executed. Search \
         the cinder-api log for the request id, and check `cinder service-list --withreplication`"
    )))
}

/// Notes that the request which was sent last has begun.
fn saw_it_move(context: &Context) {
    context.backend_state.with(|state| {
        if let Some(sent) = &mut state.sent {
            sent.seen = true;
        }
    });
    saw_it_away(context);
}

/// Waits for the service to be where it was sent, up and not frozen; answers with its `active_backend_id`. A state from
/// which nothing comes any more ends the wait.
pub(crate) async fn wait_for_service(
    context: &Context,
    movement: &Movement,
    before: &Judgement,
    budget: Duration,
) -> Result<String, Failure> {
    let what = format!("the service {}", context.backend);
    let expected = movement.expected(promise::active_backend_id(context, movement).as_deref());
    let awaited = Awaited {
        what: &what,
        expected: &expected,
        budget,
        on_timeout: FailureKind::Expectation,
    };
    let began = Instant::now();
    let sent = context.backend_state.with(|state| state.sent.clone());
    let mut told = sent.as_ref().is_some_and(|sent| sent.seen);
    let accepted = sent.is_some_and(|sent| sent.answer == Answer::Accepted);
    let mut settling = Settling::to(movement.to, promise::active_backend_id(context, movement).as_deref())
        .accepted(accepted)
        .begun(told);
    let mut last = before.clone();
    let mut unseen = None;
    let patience = context.patience.clone();
    let recorder = context.recorder.clone();
    let waited = until_hurried(&recorder, &patience, awaited, async || {
        let services = match context.cloud.services(None).await {
            // Who waits for the backend waits for an API that is away, too.
            Err(error) if !error.refused() => {
                let words = error.summary();
                unseen = Some(error);
                return Ok(Poll::NotYet(words));
            }
            services => services?,
        };
        unseen = None;
        let judgement = service::judged(context, &services)?;
        let course = settling.see(began.elapsed(), &judgement);
        let is_dead = judgement.standing == Standing::Moving && has_a_dead_row(&judgement);
        context.backend_state.with(|state| {
            state.dead_since = is_dead.then(|| state.dead_since.unwrap_or_else(Instant::now));
        });
        last = judgement;
        // On disk as soon as it is seen: who finishes a dead run is to know it.
        if settling.has_moved() && !told {
            told = true;
            saw_it_move(context);
        }
        Ok(match course {
            Course::NotYet(words) => Poll::NotYet(words),
            Course::Arrived(active) => Poll::Ready(Ok(active)),
            Course::Ended(end) => Poll::Ready(Err(end)),
        })
    })
    .await;
    let images = match &waited {
        Ok((Ok(_), _)) | Err(WaitError::Failed(_)) => Vec::new(),
        _ => service::own_images(context).await,
    };
    let asked = Asked {
        what: &what,
        expected: &expected,
        to: movement.to,
        primary: context.site_name(SiteName::Primary),
        secondary: context.site_name(SiteName::Secondary),
        accepted,
        asks_rbd: context.profile.asks_rbd(),
    };
    // It was not seen failing-over between two readings, but the storage shows that it was: it is not a request that may still
    // be executed.
    let saw_nothing = matches!(waited, Err(WaitError::TimedOut(_)) | Ok((Err(End::NeverBegan), _)));
    let began_unseen = !told && saw_nothing && asked.moved_images(&images);
    let failed = match waited {
        Ok((Ok(active), _)) => return Ok(active),
        Ok((Err(end), _)) => asked.ended(&end, &last, &images),
        Err(WaitError::TimedOut(wait)) => match unseen {
            // It is not known where the backend is.
            Some(error) => Failure::from(error),
            None => asked.timed_out(&settling.stuck(), &last, &images, wait.into()),
        },
        Err(WaitError::Failed(failure)) => failure,
    };
    if began_unseen {
        saw_it_move(context);
    }
    Err(failed)
}
