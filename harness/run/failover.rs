//! Failing a backend over or back, the one way in which all verbs do it.

use std::time::{Duration, Instant};

use super::context::{Context, Unanswered};
use super::meeting::{Moved, Outcome};
use super::mirror;
use super::service::{is_up, volume_service, words};
use super::wait::{Awaited, Poll, milliseconds, until};
use super::{blast_radius, bystanders, volume_log};
use crate::cloud::Service;
use crate::event::{EventKind, Proof, Resource, ResourceKind};
use crate::failure::{Failure, FailureKind};
use crate::target::SiteName;

/// The backend id that means the primary (Cinder's `volume/manager.py`, `failover`).
pub(super) const HOME: &str = "default";
/// How long a service is looked at after a failover whose answer was lost, before it is taken as not accepted.
pub(super) const ACCEPTANCE: Duration = Duration::from_secs(15);

/// What a service and its volumes must say once a failover to a site has settled.
struct Settled<'a> {
    replication_status: &'static str,
    /// Empty at home; `None` where the driver chooses.
    active_backend_id: Option<&'a str>,
}

/// A failover to a site, or the way home: what moves every volume of the backend. Scenarios that do the same meet at it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Movement {
    /// The site that takes over.
    pub to: SiteName,
    /// Its `backend_id`; none lets the driver choose.
    pub backend_id: Option<String>,
}

impl Movement {
    fn goes_home(&self) -> bool {
        self.to == SiteName::Primary
    }

    fn settled(&self) -> Settled<'_> {
        if self.goes_home() {
            Settled {
                replication_status: "enabled",
                active_backend_id: Some(""),
            }
        } else {
            Settled {
                replication_status: "failed-over",
                active_backend_id: self.backend_id.as_deref(),
            }
        }
    }
}

/// Looks whether the scenario's own volumes may move: one of them is replicated, and each that is replays at the site
/// that takes over.
///
/// # Errors
/// A failover would prove nothing, or lose data.
pub async fn ready_to_move(context: &Context, movement: &Movement) -> Result<(), Failure> {
    require_replicated(context)?;
    mirror::require_replaying(context, movement.to).await
}

/// Fails the backend over to a site: looks before the leap, sends the request exactly once for all scenarios that meet
/// here, and waits until the service and every replicated volume of the scenario have settled. The service alone proves
/// nothing: it says `failed-over` above volumes that are in `failover-error`.
///
/// # Errors
/// The backend is not in a state in which this is safe, Cinder refused or lost the request, or the service or a volume
/// did not reach the state that it must.
pub async fn fail_over(context: &mut Context, movement: &Movement) -> Result<String, Failure> {
    let moved = move_once(context, movement).await?;
    let settled = movement.settled();
    let budget = context.target.budgets.failover;
    let left = budget.saturating_sub(moved.answered.elapsed());
    if let Err(failure) = wait_for_volumes(context, &settled, left).await {
        return Err(volume_log::with_errors_since(context, moved.log, failure).await);
    }
    bystanders::require_unharmed(context, movement.goes_home()).await?;
    let took = moved.answered.elapsed();
    let replicated = context.world.volumes.values().filter(|volume| volume.replicated);
    let volumes = replicated.count();
    let scenario = context.position.0.as_ref().map(ToString::to_string);
    let together_with = context.common.meeting.others(scenario.as_deref().unwrap_or_default());
    let met = match together_with.len() {
        0 => String::new(),
        _ => format!(", together with {}", together_with.join(", ")),
    };
    context.prove(Proof::FailedOver {
        backend: context.backend.to_string(),
        active_backend_id: moved.active_backend_id,
        volumes,
        together_with,
        api_milliseconds: milliseconds(moved.api),
        settled_milliseconds: milliseconds(took),
    });
    Ok(format!(
        "{} is {} on {} with {volumes} {}, settled after {:.2} s{met}",
        context.backend,
        settled.replication_status,
        context.site_name(movement.to),
        if volumes == 1 { "volume" } else { "volumes" },
        took.as_secs_f64()
    ))
}

/// Moves the backend, unless a scenario that met this one here has done so already: a change is never sent twice.
async fn move_once(context: &mut Context, movement: &Movement) -> Result<Moved, Failure> {
    match std::mem::replace(&mut context.common.meeting.outcome, Outcome::Begun) {
        Outcome::NotBegun => {}
        Outcome::Begun => {
            return Err(Failure::cloud(
                "another scenario began to move the backend, and was stopped before the end of it",
            )
            .help("see why that scenario failed; the request was not sent again"));
        }
        Outcome::Ended(outcome) => {
            context.common.meeting.outcome = Outcome::Ended(outcome.clone());
            return outcome;
        }
    }
    let outcome = move_backend(context, movement).await;
    context.common.meeting.outcome = Outcome::Ended(outcome.clone());
    outcome
}

async fn move_backend(context: &mut Context, movement: &Movement) -> Result<Moved, Failure> {
    let going_home = movement.goes_home();
    let backend_id = movement.backend_id.as_deref();
    require_state(context, going_home).await?;
    require_target(context, backend_id, going_home).await?;
    blast_radius::check(context).await?;
    bystanders::note(context).await?;
    if context.target.shared {
        mirror::require_foreign_replaying(context, movement.to).await?;
    }
    let log = volume_log::mark(context).await;
    // Mirrors may have been waited for for minutes: what was looked at first is looked at again, right before the leap.
    blast_radius::check_again(context).await?;
    let before = require_state(context, going_home).await?;
    if !going_home {
        context.intend(failover_of(context, None))?;
    }
    let began = Instant::now();
    context.common.moved = true;
    context.common.unanswered = Some(Unanswered {
        sent: began,
        before: before.replication_status.clone(),
    });
    let sent = context.cloud.failover_host(&context.backend, backend_id).await;
    let api = began.elapsed();
    match sent {
        Ok(()) => context.common.unanswered = None,
        Err(error) if error.outcome_unknown() => {
            context.notice(format!(
                "the answer to failover_host was lost ({}); looking at the service instead of asking again",
                error.summary()
            ));
            wait_for_acceptance(context, &before)
                .await
                .map_err(|stayed| stayed.add_to(Failure::from(error)))?;
            context.common.unanswered = None;
        }
        Err(error) => {
            context.common.unanswered = None;
            return Err(Failure::from(error).during("failover_host"));
        }
    }
    let answered = Instant::now();
    let budget = context.target.budgets.failover;
    let active_backend_id = match wait_for_service(context, &movement.settled(), &before, budget).await {
        Ok(active_backend_id) => active_backend_id,
        Err(failure) => return Err(volume_log::with_errors_since(context, log, failure).await),
    };
    context.common.moves += 1;
    if going_home {
        // The backend is home again: whoever fails it over from now on is not this run.
        let owed = &mut context.common.owed;
        owed.retain(|resource| resource.kind != ResourceKind::Failover);
        let resource = failover_of(context, Some(context.backend.to_string()));
        context.recorder.record(EventKind::Removed { resource });
    }
    Ok(Moved {
        active_backend_id,
        api,
        answered,
        log,
    })
}

/// What a run owes that failed its backend over. It has an id once the service was seen moving.
fn failover_of(context: &Context, id: Option<String>) -> Resource {
    Resource {
        kind: ResourceKind::Failover,
        name: context.backend.to_string(),
        id,
    }
}

/// Whether the service moved since it was `before`.
fn has_moved(before: &Service, service: &Service) -> bool {
    service.replication_status != before.replication_status
        || service.active_backend_id.as_deref().unwrap_or_default()
            != before.active_backend_id.as_deref().unwrap_or_default()
}

/// A failover starts from home, a failback from the other site. `default` is never sent to a backend that is at home:
/// Cinder accepts it, demotes and promotes the primary, and the next failover splits the brain.
async fn require_state(context: &Context, going_home: bool) -> Result<Service, Failure> {
    let service = volume_service(context).await?;
    let expected = if going_home { "failed-over" } else { "enabled" };
    if is_up(&service) && service.replication_status.as_deref() == Some(expected) {
        return Ok(service);
    }
    let verb = if going_home { "failed back" } else { "failed over" };
    Err(
        Failure::cloud(format!("{} is not in a state to be {verb}", context.backend))
            .detail("expected", format!("up, replication_status {expected}"))
            .detail("seen", words(&service))
            .help("nothing was sent to the backend"),
    )
}

/// A backend id that the backend does not know damages volumes: the manager sets every volume that is not replicated
/// to `error` before it asks the driver. So it is sent only if the pool offers it.
async fn require_target(context: &Context, backend_id: Option<&str>, going_home: bool) -> Result<(), Failure> {
    // A backend that is failed over is disabled, and the scheduler shows no pools of disabled backends.
    let (Some(backend_id), false) = (backend_id, going_home) else {
        return Ok(());
    };
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

/// What was seen of a failover whose answer was lost, and of which nothing was seen to begin.
enum Stayed {
    /// The service kept this state.
    Unmoved(String),
    /// The service could not be asked in the end.
    Unseen(String),
}

impl Stayed {
    fn add_to(self, failure: Failure) -> Failure {
        match self {
            Stayed::Unmoved(seen) => failure.detail("the service stayed", seen).help(
                "the failover was not accepted and was not sent again: see the cinder-api log for the request id, then drill again",
            ),
            Stayed::Unseen(why) => failure.detail("the service could not be asked", why).help(
                "whether the failover was accepted is not known, and it was not sent again: look at `cinder service-list --withreplication`",
            ),
        }
    }
}

/// A failover that moves no volume of this run proves nothing, whatever is read afterwards.
fn require_replicated(context: &Context) -> Result<(), Failure> {
    if context.world.volumes.values().any(|volume| volume.replicated) {
        return Ok(());
    }
    Err(
        Failure::cloud("no volume of this run is replicated, so that a failover would prove nothing")
            .detail("expected", "a volume type with replication_enabled='<is> True'")
            .help("name such a type in the target's volume-types; nothing was sent to the backend"),
    )
}

/// Looks whether a failover whose answer was lost was accepted all the same.
async fn wait_for_acceptance(context: &Context, before: &Service) -> Result<(), Stayed> {
    let what = format!("the service {}", context.backend);
    let awaited = Awaited {
        what: &what,
        expected: "failing over",
        budget: ACCEPTANCE,
        on_timeout: FailureKind::Cloud,
    };
    let mut last = Stayed::Unmoved(words(before));
    until(&context.recorder, awaited, async || {
        let service = match volume_service(context).await {
            Ok(service) => service,
            Err(failure) => {
                last = Stayed::Unseen(failure.summary.clone());
                return Ok(Poll::NotYet(failure.summary));
            }
        };
        let seen = words(&service);
        last = Stayed::Unmoved(seen.clone());
        let moved = has_moved(before, &service);
        if moved {
            context.saw_failover();
        }
        Ok(if moved { Poll::Ready(()) } else { Poll::NotYet(seen) })
    })
    .await
    .map(|_| ())
    .map_err(|_| last)
}

/// Waits for the service; answers with its `active_backend_id`.
async fn wait_for_service(
    context: &Context,
    settled: &Settled<'_>,
    before: &Service,
    budget: Duration,
) -> Result<String, Failure> {
    let what = format!("the service {}", context.backend);
    let expected = match settled.active_backend_id {
        None => settled.replication_status.to_owned(),
        Some("") => format!("{} without active_backend_id", settled.replication_status),
        Some(active) => format!("{} with active_backend_id {active}", settled.replication_status),
    };
    let awaited = Awaited {
        what: &what,
        expected: &expected,
        budget,
        on_timeout: FailureKind::Expectation,
    };
    let mut last = None;
    let waited = until(&context.recorder, awaited, async || {
        let service = volume_service(context).await?;
        last = Some(service.clone());
        if has_moved(before, &service) {
            context.saw_failover();
        }
        let status = service.replication_status.as_deref().unwrap_or("none");
        let active = service.active_backend_id.as_deref().unwrap_or_default();
        let right = settled.active_backend_id.is_none_or(|wanted| wanted == active);
        if status == settled.replication_status && right {
            return Ok(Poll::Ready(active.to_owned()));
        }
        if matches!(status, "failover-error" | "error" | "not-capable") {
            return Err(
                Failure::expectation(format!("{what} went to replication_status {status}"))
                    .detail("expected", &expected)
                    .detail("seen", words(&service))
                    .help("the driver failed: the cinder-volume log of this backend says why"),
            );
        }
        if status == "failed-over" && settled.replication_status == status {
            return Err(
                Failure::expectation(format!("{what} failed over to another backend than was asked for"))
                    .detail("expected", &expected)
                    .detail("seen", words(&service))
                    .help("check replication_device in cinder.conf and the backend-id of the target's secondary site"),
            );
        }
        Ok(Poll::NotYet(words(&service)))
    })
    .await;
    match (waited, last) {
        (Ok((active, _)), _) => Ok(active),
        (Err(failure), Some(last)) if is_timeout(&failure) => Err(stuck(&what, settled, before, &last, failure)),
        (Err(failure), _) => Err(failure),
    }
}

/// Whether a failure is that of a wait that ran out.
fn is_timeout(failure: &Failure) -> bool {
    failure.details.iter().any(|(name, _)| name == "last seen")
}

/// What it means that a service did not settle, by the state that it stayed in.
fn stuck(what: &str, settled: &Settled<'_>, before: &Service, last: &Service, failure: Failure) -> Failure {
    let status = last.replication_status.as_deref().unwrap_or("none");
    let moved = last.replication_status != before.replication_status
        || last.active_backend_id.as_deref().unwrap_or_default()
            != before.active_backend_id.as_deref().unwrap_or_default();
    let (summary, help) = if !moved {
        (
            format!("{what} accepted the request (202), and nothing happened: it is still {status}"),
            "cinder-volume did not take the message, or its driver refused the target and only its log says so (`Error \
             encountered during failover`): look there for the request id of failover_host",
        )
    } else if status == "failing-over" {
        (
            format!("{what} is still failing-over: it neither arrived nor gave up"),
            "cinder-volume hangs in its driver or died in the middle: see its log. Look at the mirrors of both sites before \
             you restart it: a restart sets the status to enabled whatever has been moved (volume/manager.py, \
             init_host); if it is only slow, raise the budget `failover`",
        )
    } else if status == settled.replication_status {
        (
            format!("{what} is {status} and has {}", active_words(last)),
            "its row in the database and its driver differ on where it is: a restart of cinder-volume would take the row's \
             word; look at the connection of a new attachment, and at `cinder service-list --withreplication`",
        )
    } else {
        return failure;
    };
    let symptom = failure.summary.clone();
    Failure { summary, ..failure }.detail("so", symptom).help(help)
}

fn active_words(service: &Service) -> String {
    match service.active_backend_id.as_deref() {
        None | Some("") => "no active_backend_id".to_owned(),
        Some(active) => format!("active_backend_id {active}"),
    }
}

async fn wait_for_volumes(context: &Context, settled: &Settled<'_>, budget: Duration) -> Result<(), Failure> {
    for (name, made) in context.world.volumes.iter().filter(|(_, made)| made.replicated) {
        let what = format!("volume {name}");
        let expected = format!("replication_status {}", settled.replication_status);
        let awaited = Awaited {
            what: &what,
            expected: &expected,
            budget,
            on_timeout: FailureKind::Expectation,
        };
        until(&context.recorder, awaited, async || {
            let volume = context.cloud.volume(&made.id).await?;
            let replication = volume.replication_status.as_deref().unwrap_or("none");
            if volume.status.starts_with("error") || matches!(replication, "failover-error" | "not-capable" | "error") {
                return Err(Failure::expectation(format!(
                    "{what} is in status {} with replication_status {replication}, though the service says {}",
                    volume.status, settled.replication_status
                ))
                .detail("volume", &made.id)
                .detail("expected", format!("status kept, {expected}"))
                .help("the driver could not promote its image: look at `rbd mirror image status` on both sites before anything else"));
            }
            let seen = format!("{}, replication_status {replication}", volume.status);
            Ok(if replication == settled.replication_status { Poll::Ready(()) } else { Poll::NotYet(seen) })
        })
        .await?;
    }
    Ok(())
}
