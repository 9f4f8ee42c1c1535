//! Finishing what a dead run left: the same clean-up, from its journal in place of its memory.

use std::sync::Arc;

use tokio::time::Instant;

use super::cleanup::clean_up;
use super::faults::undo_all;
use super::lock::{self, Claim};
use crate::cloud::{Volume, VolumeId};
use crate::event::{EventKind, FailoverSent, Leftovers, Recorder, ResourceKind, RunPlace, UnansweredChange};
use crate::failover::readings::ACCEPTANCE;
use crate::failure::{Failure, FailureKind};
use crate::names::{RunId, SiteName, VolumeName};
use crate::session::open::connect;
use crate::session::{Answer, Context, Leftover, MadeVolume, RunOptions, Sent, place};
use crate::targets::{Fault, Target};
use crate::wait::{Awaited, Poll, milliseconds, until};

/// What the user of a recovery chose.
#[derive(Clone, Copy, Debug, Default)]
pub struct RecoverOptions {
    /// The cloud has another URL than it had.
    pub cloud_moved: bool,
    /// The backend fails back although it is not known that this is this run's to undo.
    pub force: bool,
}

/// Finishes what a dead run left: removes what it made, fails the backend back if this run failed it over, and releases its
/// lock. Answers with how many things are left. Doing it again is harmless.
///
/// Only what the journal says was requested, or what carries the run's id, is touched. A failover that was intended and never
/// sent is none of this run's, and neither is one that Cinder refused. Without its lock the run moves nothing: whoever broke
/// the lock has taken the backend over.
///
/// # Errors
/// The target, the user or the project is not that of the run, or its cloud cannot be reached.
pub async fn recover(
    recorded: &Leftovers,
    target: Arc<Target>,
    recorder: &Recorder,
    chosen: RecoverOptions,
) -> Result<usize, Failure> {
    let (Some(run), Some(place)) = (&recorded.run, &recorded.place) else {
        return Ok(0);
    };
    place::require_same(place, &target, chosen.cloud_moved)?;
    let began = Instant::now();
    recorder.record(recovery_starts(recorded));
    let options = RunOptions {
        force: chosen.force,
        ..RunOptions::default()
    };
    let mut context = connect(run.clone(), target, recorder, options, Some(&place.working_directory)).await?;
    place::require_same_login(place, &context.cloud)?;
    let claim = lock::claim(&context).await?;
    let lock = recorded
        .resources
        .iter()
        .find(|resource| resource.kind == ResourceKind::Lock);
    // A forgotten lock is this run's all the same, and blocks other runs.
    let lock = match (lock.cloned(), &claim) {
        (None, Claim::Own) => Some(lock::resource(&context)),
        (leftovers, _) => leftovers,
    };
    let leftovers = recorded
        .resources
        .iter()
        .filter(|resource| resource.kind != ResourceKind::Lock);
    let leftovers = leftovers.map(|resource| Leftover {
        chain: None,
        resource: resource.clone(),
    });
    context.backend_state.with(|state| {
        state.lock = lock;
        state.leftovers = leftovers.collect();
        state.moved = recorded.moved;
        state.left_behind = left_behind(recorded);
        // Who says --force has looked, and takes what is away for this run's.
        state.sent = sent_failover(recorded).filter(|_| !chosen.force);
    });
    context.withheld = withheld(&context, &claim).filter(|_| !chosen.force);
    // First of all: while they are in force, not even looking is of use.
    let faults_left = undo_faults(&context).await;
    wait_for_actions(&context, recorded).await?;
    find_volumes(&mut context, run).await?;
    let mut left = clean_up(&mut context).await + faults_left;
    // While something is left, no other run may drill this backend.
    if left == 0 && !lock::release(&mut context).await {
        left = 1;
    }
    recorder.record(EventKind::RecoveryFinished {
        left,
        milliseconds: milliseconds(began.elapsed()),
    });
    Ok(left)
}

/// Releases the lock of a run that is forgotten, so it keeps nobody from drilling. Answers whether it is released; if not,
/// that is recorded as left.
///
/// # Errors
/// As [`recover`].
pub async fn forget_lock(
    recorded: &Leftovers,
    target: Arc<Target>,
    recorder: &Recorder,
    chosen: RecoverOptions,
) -> Result<bool, Failure> {
    let (Some(run), Some(place)) = (&recorded.run, &recorded.place) else {
        return Ok(true);
    };
    place::require_same(place, &target, chosen.cloud_moved)?;
    let options = RunOptions::default();
    let mut context = connect(run.clone(), target, recorder, options, Some(&place.working_directory)).await?;
    place::require_same_login(place, &context.cloud)?;
    if lock::own(&context).await?.is_empty() {
        return Ok(true);
    }
    let lock = lock::resource(&context);
    context.backend_state.with(|state| state.lock = Some(lock));
    Ok(lock::release(&mut context).await)
}

/// Undoes the faults that the run made. What is left of them is told, and not tried again by the clean-up. Answers with how many.
async fn undo_faults(context: &Context) -> usize {
    let leftovers = context.all_leftovers();
    if !leftovers.iter().any(|resource| resource.kind == ResourceKind::Fault) {
        return 0;
    }
    let (_, left) = undo_all(context, leftovers).await;
    context.undone(ResourceKind::Fault);
    left
}

/// The site that the run may have left while it was dead.
fn left_behind(recorded: &Leftovers) -> Option<SiteName> {
    let lost = recorded.faults.iter().filter_map(|key| Fault::of_key(key)?.lost_site());
    lost.into_iter().find(|site| *site == SiteName::Primary)
}

/// Why a recovery may not move the backend: the lock says that it is no longer the run's to move.
fn withheld(context: &Context, claim: &Claim) -> Option<Failure> {
    let backend = &context.backend;
    match claim {
        Claim::Own => None,
        Claim::Nobody => Some(
            Failure::cloud(format!(
                "{backend} was not changed: the lock of this run does not exist any more"
            ))
            .detail(
                "expected",
                "the volume type by which the run holds its lock on the backend",
            )
            .detail("seen", "no such type")
            .help(format!(
                "someone broke it, and uses the backend now; if the backend still is as this run left it: \
                     cinder-drill recover {} --force",
                context.run
            )),
        ),
        Claim::Other(held) => {
            let refused = lock::refused(context, held);
            let summary = format!("{backend} was left as it is: another run holds it");
            Some(Failure { summary, ..refused })
        }
    }
}

/// The event with which a recovery begins.
#[must_use]
pub fn recovery_starts(recorded: &Leftovers) -> EventKind {
    EventKind::RecoveryStarted {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        host: RunPlace::this_host(),
        process: std::process::id(),
        leftovers: recorded.resources.len(),
    }
}

/// The failover or failback that the run sent last, as far as its outcome is not known. Its age is taken as none: the clock of
/// the journal may have been another.
fn sent_failover(recorded: &Leftovers) -> Option<Sent> {
    let sent = |to, answer| Sent {
        at: Instant::now(),
        to,
        answer,
        seen: false,
    };
    if recorded.disputed {
        return Some(sent(SiteName::Secondary, Answer::Disputed));
    }
    match recorded.failover_unanswered() {
        Some(change) if change.is_failback() => Some(sent(SiteName::Primary, Answer::Lost)),
        Some(_) => Some(sent(SiteName::Secondary, Answer::Lost)),
        None if recorded.failover == FailoverSent::Accepted => Some(sent(SiteName::Secondary, Answer::Accepted)),
        None => None,
    }
}

/// Lets an action that was sent and not answered begin, if it ever does: a server that is shelved a moment later than it is
/// looked at loses hold of its volumes. What was to be made is waited for by the clean-up, which knows when it is there, and a
/// failover, too. The wait is by this process's own clock: that of the journal may have been another.
async fn wait_for_actions(context: &Context, recorded: &Leftovers) -> Result<(), Failure> {
    let is_action = |change: &&UnansweredChange| change.is_action();
    let Some(last) = recorded
        .unanswered
        .iter()
        .filter(is_action)
        .max_by_key(|change| change.at)
    else {
        return Ok(());
    };
    let what = format!("{} {}, of which no answer is known", last.method, last.url);
    let awaited = Awaited {
        what: &what,
        expected: "too old to begin still",
        budget: ACCEPTANCE.saturating_mul(2),
        on_timeout: FailureKind::Cloud,
    };
    let began = Instant::now();
    until(&context.recorder, awaited, async || {
        if began.elapsed() >= ACCEPTANCE {
            return Ok(Poll::Ready(()));
        }
        Ok(Poll::NotYet("it may still begin".to_owned()))
    })
    .await?;
    Ok(())
}

/// The volumes of the run that still exist: the clean-up waits for their mirrors, and they are nobody else's.
async fn find_volumes(context: &mut Context, run: &RunId) -> Result<(), Failure> {
    let prefix = format!("cinder-drill-{run}-");
    let leftovers = context.all_leftovers();
    let volumes: Vec<(String, VolumeId)> = leftovers
        .iter()
        .filter(|resource| resource.kind == ResourceKind::Volume)
        .filter_map(|resource| {
            let id = VolumeId::new(resource.id.as_ref()?);
            Some((resource.name.trim_start_matches(&prefix).to_owned(), id))
        })
        .collect();
    for (name, id) in volumes {
        context.backend_state.with(|state| state.own_volumes.insert(id.clone()));
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
            context.add_volume(name, made);
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
