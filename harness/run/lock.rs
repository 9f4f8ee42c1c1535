//! The lock on a backend: no two runs drill one backend at once, from whatever machines.
//!
//! Cinder has no lock that a user can take, so a private volume type carries it, one a run, named
//! `cinder-drill-lock:BACKEND:RUN`. Names say who claims, and a claim only counts if it is alone: a run makes its type,
//! lists all types, and gives way if another claim on its backend is there. Of two runs at the same moment each sees the
//! other or one sees both, so at most one goes on; both may give way, and neither drills then.
//!
//! One name for all would not do. Cinder looks for the name and then inserts (`db/sqlalchemy/api.py`, `volume_type_create`),
//! without a unique column, so two API workers can both succeed; and its list of types is keyed by name
//! (`volume_types.get_all_types`), so one would hide the other.
//!
//! An unused type does nothing: when its holder dies, the backend works on, and only drills are kept away. That is meant: the
//! dead run may have left the backend failed over. `cinder-drill recover` releases it, since the journal lists the leftovers;
//! who has lost the journal and knows that the run is dead deletes the type. It has no expiry: a clock cannot know whether a
//! drill of hours is still alive.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::ownership::{LOCK_PREFIX, RUN_KEY, is_lock};
use super::removal::{leave, leave_awaited, remove_volume_type};
use crate::cloud::{VolumeType, VolumeTypeId};
use crate::event::{EventKind, Resource, ResourceKind, RunPlace};
use crate::failure::{Failure, FailureKind};
use crate::session::Context;
use crate::wait::{Awaited, Poll, until};

/// Takes the lock on the backend.
///
/// # Errors
/// Another run holds it, which is named; or the API did not answer.
pub(super) async fn take(context: &mut Context) -> Result<(), Failure> {
    if let Some(held) = others(context).await?.first() {
        return Err(refused(context, held));
    }
    let lock = resource(context);
    context
        .intend_event(EventKind::Intended { resource: lock.clone() })
        .await?;
    hold(context, Some(lock.clone()));
    let specs = specs(context);
    let made = context.cloud.create_private_volume_type(&lock.name, &specs).await;
    let id = match made {
        Ok(made) => made.id.to_string(),
        Err(error) if error.outcome_unknown() => {
            context.notice(format!(
                "the answer to the lock's creation was lost ({}); checking whether it exists",
                error.summary()
            ));
            String::new()
        }
        // The name has this run's id: it was this run's request, which something sent twice. Who does that to a lock does it
        // to a failover.
        Err(error) if error.status() == Some(409) => {
            context.recorder.record(EventKind::Made { resource: lock });
            release(context).await;
            return Err(sent_twice(context, Failure::from(error)));
        }
        Err(error) => {
            hold(context, None);
            context.recorder.record(EventKind::Removed { resource: lock });
            return Err(Failure::from(error).during("take the lock on the backend, a private volume type"));
        }
    };
    let (id, rivals) = match look(context, &lock.name, id).await {
        Ok(seen) => seen,
        Err(failure) => {
            release(context).await;
            return Err(failure);
        }
    };
    let lock = Resource { id: Some(id), ..lock };
    context.recorder.record(EventKind::Made { resource: lock.clone() });
    hold(context, Some(lock));
    match rivals.first() {
        None => Ok(()),
        Some(rival) => {
            release(context).await;
            Err(refused(context, rival))
        }
    }
}

/// Notes the lock that the run holds.
fn hold(context: &Context, lock: Option<Resource>) {
    context.backend_state.with(|state| state.lock = lock);
}

/// Waits until this run's claim is seen; answers with its id and with the other claims on the backend.
async fn look(context: &Context, name: &str, id: String) -> Result<(String, Vec<VolumeType>), Failure> {
    let awaited = Awaited {
        what: "the lock on the backend",
        expected: "listed by Cinder",
        budget: context.target.budgets.command,
        on_timeout: FailureKind::Cloud,
    };
    let (found, _) = until(&context.recorder, awaited, async || {
        let types = context.cloud.volume_types().await?;
        let Some(own) = types.iter().find(|found| found.name == name) else {
            return Ok(Poll::NotYet(format!("no volume type {name}")));
        };
        let id = if id.is_empty() { own.id.to_string() } else { id.clone() };
        Ok(Poll::Ready((id, rivals(context, &types))))
    })
    .await?;
    Ok(found)
}

/// Releases the lock, if the run holds it: all types of its name, since a proxy may have created two. Answers whether it is
/// released; if not, that is recorded.
pub(super) async fn release(context: &mut Context) -> bool {
    let Some(lock) = context.backend_state.with(|state| state.lock.take()) else {
        return true;
    };
    let own = match own(context).await {
        Ok(own) => own,
        Err(failure) => {
            leave(context, &lock, failure.into()).await;
            return false;
        }
    };
    if own.is_empty() && context.recorder.leftovers().may_come(&lock) {
        leave_awaited(context, &lock).await;
        return false;
    }
    // A list that lacks it proves nothing: what was made is removed by its id, too.
    let listed = own.iter().map(|found| found.id.to_string());
    let ids: BTreeSet<String> = listed.chain(lock.id.clone()).collect();
    for id in ids {
        let resource = Resource {
            id: Some(id.clone()),
            ..lock.clone()
        };
        let what = format!("lock {}", lock.name);
        if let Err(failure) = remove_volume_type(context, &VolumeTypeId::new(id), &what).await {
            leave(context, &resource, failure.into()).await;
            return false;
        }
    }
    context.recorder.record(EventKind::Removed { resource: lock });
    true
}

/// Who claims the backend, as far as a recovery is concerned.
pub(super) enum Claim {
    /// This run, alone.
    Own,
    /// None: its lock was broken, and the backend is not this run's any more.
    Nobody,
    /// Another run.
    Other(VolumeType),
}

/// Who claims the backend now.
///
/// # Errors
/// The API did not answer.
pub(super) async fn claim(context: &Context) -> Result<Claim, Failure> {
    if let Some(rival) = others(context).await?.into_iter().next() {
        return Ok(Claim::Other(rival));
    }
    Ok(if own(context).await?.is_empty() {
        Claim::Nobody
    } else {
        Claim::Own
    })
}

/// This run's own locks: they have its name and its id.
pub(super) async fn own(context: &Context) -> Result<Vec<VolumeType>, Failure> {
    let mut types = context.cloud.volume_types().await?;
    types.retain(|found| is_lock(found) && bears(found, context.run.as_str()));
    Ok(types)
}

/// Whether a lock is a run's: its extra specs say so, or, where they are hidden, its name.
fn bears(found: &VolumeType, run: &str) -> bool {
    match found.extra_specs.get(RUN_KEY) {
        Some(bearer) => bearer == run,
        None => found.name.ends_with(&format!(":{run}")),
    }
}

/// The leftover of a run that holds a lock.
pub(super) fn resource(context: &Context) -> Resource {
    Resource {
        kind: ResourceKind::Lock,
        name: name(context),
        id: None,
    }
}

/// Why a run does not go on whose lock was there before it was made.
fn sent_twice(context: &Context, conflict: Failure) -> Failure {
    let failure = Failure::cloud(format!(
        "the lock on {} was there before this run made it, under this run's own name: something between here and Cinder sends \
         requests twice",
        context.backend
    ));
    conflict
        .details
        .into_iter()
        .fold(failure, |failure, (name, value)| failure.detail(name, value))
        .help(
            "nothing was drilled, because a failover that is sent twice looks like another user's: find the proxy that \
             repeats unanswered requests (HAProxy's `retry-on`, nginx' `proxy_next_upstream non_idempotent`)",
        )
}

async fn others(context: &Context) -> Result<Vec<VolumeType>, Failure> {
    Ok(rivals(context, &context.cloud.volume_types().await?))
}

fn rivals(context: &Context, types: &[VolumeType]) -> Vec<VolumeType> {
    let claim = format!("{LOCK_PREFIX}{}:", context.backend);
    let own = name(context);
    let is_rival = |found: &&VolumeType| found.name.starts_with(&claim) && found.name != own;
    types.iter().filter(is_rival).cloned().collect()
}

fn name(context: &Context) -> String {
    format!("{LOCK_PREFIX}{}:{}", context.backend, context.run)
}

/// Who holds it, for whoever meets it. The first entry keeps the scheduler from placing a volume by it.
fn specs(context: &Context) -> BTreeMap<String, String> {
    [
        ("volume_backend_name", "cinder-drill-lock".to_owned()),
        (RUN_KEY, context.run.to_string()),
        ("cinder-drill-backend", context.backend.to_string()),
        ("cinder-drill-host", RunPlace::this_host()),
        ("cinder-drill-process", std::process::id().to_string()),
        (
            "cinder-drill-since",
            Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        ),
        ("cinder-drill-user", context.cloud.user_name().to_owned()),
    ]
    .map(|(key, value)| (key.to_owned(), value))
    .into()
}

/// Why a backend that another run holds is not touched.
pub(super) fn refused(context: &Context, held: &VolumeType) -> Failure {
    let spec = |key: &str| {
        let value = held.extra_specs.get(key).map(String::as_str);
        value.unwrap_or("unknown").to_owned()
    };
    let run = spec(RUN_KEY);
    let host = spec("cinder-drill-host");
    Failure::cloud(format!("{} is being drilled by another run", context.backend))
        .detail("run", &run)
        .detail(
            "on",
            format!(
                "{host}, process {}, user {}",
                spec("cinder-drill-process"),
                spec("cinder-drill-user")
            ),
        )
        .detail("since", spec("cinder-drill-since"))
        .detail("lock", format!("volume type {}", held.name))
        .help(format!(
            "wait until it ends; if it died, run `cinder-drill recover {run}` on {host}, where its journal is; only if \
             the journal is lost, check that the backend is on its primary site and break the lock: openstack volume \
             type delete {}",
            held.id
        ))
}
