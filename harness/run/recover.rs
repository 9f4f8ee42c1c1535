//! Finishing what a dead run left: the same clean-up, from its journal in place of its memory.

use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::bearings::ACCEPTANCE;
use super::cleanup::clean_up;
use super::context::{Context, MadeVolume};
use super::drill::connect;
use super::failover::HOME;
use super::lock;
use super::lookup::id_of;
use super::options::RunOptions;
use super::place;
use super::sent::{Answer, Sent};
use super::wait::{Awaited, Poll, milliseconds, until};
use crate::cloud::{Volume, VolumeId};
use crate::event::{Debts, EventKind, Recorder, Resource, ResourceKind, RunId, RunPlace};
use crate::failure::{Failure, FailureKind};
use crate::scenario::VolumeName;
use crate::target::{SiteName, Target};

/// Finishes what a dead run left: removes what it made, takes the backend home if this run failed it over, and releases
/// its lock. Answers with how many things are left. Doing it again is harmless. `cloud_moved` says that the cloud has
/// another URL than it had.
///
/// Only what the journal says was asked for is touched. A failover that was intended and never sent is none of this run's,
/// and neither is one that Cinder refused.
///
/// # Errors
/// The target is not that of the run, or its cloud cannot be reached.
pub async fn recover(
    debts: &Debts,
    target: Arc<Target>,
    recorder: &Recorder,
    cloud_moved: bool,
) -> Result<usize, Failure> {
    let (Some(run), Some(place)) = (&debts.run, &debts.place) else {
        return Ok(0);
    };
    place::require_same(place, &target, cloud_moved)?;
    let began = Instant::now();
    recorder.record(recovery_starts(debts));
    let options = RunOptions::default();
    let mut context = connect(run.clone(), target, recorder, options, Some(&place.working_directory)).await?;
    let (locks, owed): (Vec<Resource>, Vec<Resource>) = debts
        .owed
        .iter()
        .cloned()
        .partition(|resource| resource.kind == ResourceKind::Lock);
    context.common.owed = owed;
    context.lock = locks.into_iter().next();
    context.common.moved = debts.moved;
    context.common.sent = sent_failover(debts);
    wait_for_unanswered(&context, debts).await?;
    find_ids(&mut context).await?;
    find_volumes(&mut context, run).await?;
    let mut left = clean_up(&mut context).await;
    // While something is left, nobody else is to drill this backend.
    if left == 0 && !lock::release(&mut context).await {
        left = 1;
    }
    recorder.record(EventKind::RecoveryFinished {
        left,
        milliseconds: milliseconds(began.elapsed()),
    });
    Ok(left)
}

/// The event with which a recovery begins.
#[must_use]
pub fn recovery_starts(debts: &Debts) -> EventKind {
    EventKind::RecoveryStarted {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        host: RunPlace::this_host(),
        process: std::process::id(),
        owed: debts.owed.len(),
    }
}

/// How long ago something happened. A clock that was set back since makes it now.
fn age(at: Timestamp) -> Duration {
    Duration::try_from(Timestamp::now().duration_since(at)).unwrap_or_default()
}

/// The failover or failback that the run sent last, as far as its outcome is not known.
fn sent_failover(debts: &Debts) -> Option<Sent> {
    let now = Instant::now();
    if debts.disputed {
        return Some(Sent {
            at: now,
            to: SiteName::Secondary,
            answer: Answer::Disputed,
            seen: false,
        });
    }
    let change = debts.failover_unanswered()?;
    let home = change.action.as_deref() == Some(HOME);
    Some(Sent {
        at: now.checked_sub(age(change.at)).unwrap_or(now),
        to: if home { SiteName::Primary } else { SiteName::Secondary },
        answer: Answer::Lost,
        seen: false,
    })
}

/// Lets what was sent and not answered begin, if it ever does: what is looked for too early is not found, and is there a
/// moment later. A failover is looked at by the clean-up itself, and what was to be made is there as soon as it is seen.
async fn wait_for_unanswered(context: &Context, debts: &Debts) -> Result<(), Failure> {
    let others = || debts.unanswered.iter().filter(|change| !change.is_failover());
    let Some(last) = others().max_by_key(|change| change.at) else {
        return Ok(());
    };
    let make = others().all(|change| change.method == "POST" && change.action.is_none());
    let what = format!("{} {}, of which no answer is known", last.method, last.url);
    let awaited = Awaited {
        what: &what,
        expected: "seen in the cloud, or too old to begin still",
        budget: ACCEPTANCE,
        on_timeout: FailureKind::Cloud,
    };
    until(&context.recorder, awaited, async || {
        if age(last.at) >= ACCEPTANCE || (make && all_found(context).await?) {
            return Ok(Poll::Ready(()));
        }
        Ok(Poll::NotYet("it may still begin".to_owned()))
    })
    .await?;
    Ok(())
}

async fn all_found(context: &Context) -> Result<bool, Failure> {
    for resource in context.common.owed.iter().chain(&context.lock) {
        if resource.id.is_none() && id_of(context, resource).await?.is_none() {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Finds by its name what was asked for without a known answer, and notes its id for whoever comes after a second death.
async fn find_ids(context: &mut Context) -> Result<(), Failure> {
    let mut found = Vec::new();
    for resource in &context.common.owed {
        if resource.id.is_none()
            && let Some(id) = id_of(context, resource).await?
        {
            found.push((resource.name.clone(), id));
        }
    }
    for (name, id) in found {
        if let Some(resource) = context.common.owed.iter_mut().find(|resource| resource.name == name) {
            resource.id = Some(id);
            let resource = resource.clone();
            context.recorder.record(EventKind::Made { resource });
        }
    }
    Ok(())
}

/// The volumes of the run that still exist: the clean-up waits for their mirrors, and they are nobody else's.
async fn find_volumes(context: &mut Context, run: &RunId) -> Result<(), Failure> {
    let prefix = format!("cinder-drill-{run}-");
    let volumes: Vec<(String, VolumeId)> = context
        .common
        .owed
        .iter()
        .filter(|resource| resource.kind == ResourceKind::Volume)
        .filter_map(|resource| {
            let id = VolumeId::new(resource.id.as_ref()?);
            Some((resource.name.trim_start_matches(&prefix).to_owned(), id))
        })
        .collect();
    for (name, id) in volumes {
        context.common.own_volumes.insert(id.clone());
        let Some(volume) = context.cloud.volume_if_exists(&id).await? else {
            continue;
        };
        let made = MadeVolume {
            image_name: context.image_of(volume.image_id()),
            id,
            replicated: has_a_mirror(&volume),
        };
        // What is not named as a run names its volumes is removed all the same.
        if let Some(name) = VolumeName::new(&name) {
            context.world.volumes.insert(name, made);
        }
    }
    Ok(())
}

/// Whether a mirror of the volume is to be waited for: there is none of what is not replicated, of what is on its way out,
/// and of what never came to life.
fn has_a_mirror(volume: &Volume) -> bool {
    let replicated = matches!(
        volume.replication_status.as_deref(),
        Some("enabled" | "failed-over" | "failing-over")
    );
    replicated && volume.status != "deleting" && volume.status != "creating"
}
