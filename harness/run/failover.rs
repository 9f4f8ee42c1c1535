//! Failing a backend over or back, the one way in which all verbs do it.

use std::time::{Duration, Instant};

use super::context::{Context, Unanswered};
use super::mirror;
use super::service::{is_up, volume_service, words};
use super::wait::{Awaited, Poll, Waited, milliseconds, until};
use super::{blast_radius, bystanders, volume_log};
use crate::cloud::Service;
use crate::event::{Proof, Resource, ResourceKind};
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

/// Fails the backend over to a site: looks before the leap, sends the request exactly once, and waits until the
/// service and every replicated volume of this run have settled. The service alone proves nothing: it says
/// `failed-over` above volumes that are in `failover-error`.
///
/// # Errors
/// The backend is not in a state in which this is safe, Cinder refused or lost the request, or the service or a volume
/// did not reach the state that it must.
pub async fn fail_over(context: &mut Context, to: SiteName, backend_id: Option<&str>) -> Result<String, Failure> {
    let going_home = to == SiteName::Primary;
    require_replicated(context)?;
    let before = require_state(context, going_home).await?;
    require_target(context, backend_id, going_home).await?;
    blast_radius::check(context).await?;
    bystanders::note(context).await?;
    mirror::require_replaying(context, to).await?;
    if context.target.shared {
        mirror::require_foreign_replaying(context, to).await?;
    }
    let log = volume_log::mark(context).await;
    if !going_home {
        let backend = context.backend.to_string();
        context.intend(Resource {
            kind: ResourceKind::Failover,
            name: backend.clone(),
            id: Some(backend),
        })?;
    }
    let began = Instant::now();
    context.world.moved = true;
    context.world.unanswered = Some(Unanswered {
        sent: began,
        before: before.replication_status.clone(),
    });
    let sent = context.cloud.failover_host(&context.backend, backend_id).await;
    let api = began.elapsed();
    match sent {
        Ok(()) => context.world.unanswered = None,
        Err(error) if error.outcome_unknown() => {
            context.notice(format!(
                "the answer to failover_host was lost ({}); looking at the service instead of asking again",
                error.summary()
            ));
            wait_for_acceptance(context, &before)
                .await
                .map_err(|stayed| stayed.add_to(Failure::from(error)))?;
            context.world.unanswered = None;
        }
        Err(error) => {
            context.world.unanswered = None;
            return Err(Failure::from(error).during("failover_host"));
        }
    }
    if !going_home {
        context.made(&context.backend.to_string());
    }
    let settled = Settled {
        replication_status: if going_home { "enabled" } else { "failed-over" },
        active_backend_id: if going_home { Some("") } else { backend_id },
    };
    let outcome = settle(context, &settled, &before).await;
    let (active_backend_id, settled_after) = match outcome {
        Ok(waited) => waited,
        Err(failure) => return Err(volume_log::with_errors_since(context, log, failure).await),
    };
    context.world.moves += 1;
    if going_home {
        context
            .world
            .owed
            .retain(|resource| resource.kind != ResourceKind::Failover);
        let backend = context.backend.to_string();
        let resource = Resource {
            kind: ResourceKind::Failover,
            name: backend.clone(),
            id: Some(backend),
        };
        context.recorder.record(crate::event::EventKind::Removed { resource });
    }
    bystanders::require_unharmed(context, going_home).await?;
    let volumes = context
        .world
        .volumes
        .values()
        .filter(|volume| volume.replicated)
        .count();
    context.prove(Proof::FailedOver {
        backend: context.backend.to_string(),
        active_backend_id,
        volumes,
        api_milliseconds: milliseconds(api),
        settled_milliseconds: settled_after.milliseconds(),
    });
    Ok(format!(
        "{} is {} on {} with {volumes} {}, settled after {:.2} s",
        context.backend,
        settled.replication_status,
        context.site_name(to),
        if volumes == 1 { "volume" } else { "volumes" },
        settled_after.elapsed.as_secs_f64()
    ))
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
        let moved = service.replication_status != before.replication_status
            || service.active_backend_id.as_deref().unwrap_or_default()
                != before.active_backend_id.as_deref().unwrap_or_default();
        Ok(if moved { Poll::Ready(()) } else { Poll::NotYet(seen) })
    })
    .await
    .map(|_| ())
    .map_err(|_| last)
}

/// Waits for the service and then for its volumes; answers with the service's `active_backend_id`.
async fn settle(context: &Context, settled: &Settled<'_>, before: &Service) -> Result<(String, Waited), Failure> {
    let began = Instant::now();
    let budget = context.target.budgets.failover;
    let active = wait_for_service(context, settled, before, budget).await?;
    wait_for_volumes(context, settled, budget.saturating_sub(began.elapsed())).await?;
    Ok((
        active,
        Waited {
            elapsed: began.elapsed(),
        },
    ))
}

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
