//! Removing what the run made, and failing the backend back.

use std::time::Duration;

use futures_util::{StreamExt, stream};
use tokio::time::Instant;

use super::failback::{require_primary_ready, require_unmoved};
use super::faults::undo_all;
use super::generations::generations;
use super::guard::without_panic;
use super::inventory::{Inventory, Scope, take_inventory};
use super::removal::{leave, leave_awaited, remove};
use super::undone::Undone;
use crate::event::{EventKind, FailoverSent, Resource, ResourceKind};
use crate::failover::failback::whereabouts;
use crate::failover::foreign_volumes;
use crate::failure::Failure;
use crate::session::{Context, Whereabouts};
use crate::wait::milliseconds;

/// The order in which things go. A backend that is frozen deletes nothing, so it is thawed first. Servers before the volumes
/// that they hold; volumes before the failback, which then moves nothing that could split; volume types last, since Cinder
/// refuses to delete one that a volume has.
const ORDER: [ResourceKind; 7] = [
    ResourceKind::Freeze,
    ResourceKind::Server,
    ResourceKind::FloatingIp,
    ResourceKind::Volume,
    ResourceKind::KeyPair,
    ResourceKind::Failover,
    ResourceKind::VolumeType,
];

/// The order where the backend fails back before its volumes are deleted: a deletion that hangs then keeps nobody's volumes to
/// the secondary site, and Cinder deletes them where it made them.
const FAILBACK_FIRST: [ResourceKind; 7] = [
    ResourceKind::Freeze,
    ResourceKind::Server,
    ResourceKind::FloatingIp,
    ResourceKind::Failover,
    ResourceKind::Volume,
    ResourceKind::KeyPair,
    ResourceKind::VolumeType,
];

/// The kind in whose turn another one goes: snapshots and volumes are made from each other.
fn goes_with(kind: ResourceKind) -> Option<ResourceKind> {
    (kind == ResourceKind::Snapshot).then_some(ResourceKind::Volume)
}

/// How many things of one kind are removed at the same time.
const AT_ONCE: usize = 10;

/// Removes what the chain made for itself, and continues when a part of it fails. The key pair and the failover, which it
/// shares with other chains, stay. Answers with how many things are left.
pub async fn clean_up_chain(context: &mut Context) -> usize {
    // A movement of the backend that another chain was interrupted in ends first.
    let shared = context.backend_state.clone();
    let _at_work = shared.quiet.read().await;
    let chain = context.resources.chain.clone();
    let leftovers = shared.with(|state| state.take_leftovers(Some(&chain)));
    let left = remove_all(context, leftovers, Some(chain)).await;
    context.forget_chain();
    left
}

/// Removes the leftovers of the run and all else that carries its id, fails the backend back, and continues when a part of it
/// fails. Answers with how many things are left.
pub async fn clean_up(context: &mut Context) -> usize {
    let leftovers = context.all_leftovers();
    let left = remove_all(context, leftovers, None).await;
    context.forget().await;
    left
}

async fn remove_all(context: &mut Context, leftovers: Vec<Resource>, chain: Option<String>) -> usize {
    let began = Instant::now();
    // What the service itself refused, and what was never sent, is no leftover.
    let recorded = context.recorder.leftovers();
    let leftovers: Vec<Resource> = leftovers
        .into_iter()
        .filter(|resource| recorded.contains(resource))
        .collect();
    let whole = chain.is_none();
    // While a fault is in force that the run made, nothing else goes as it should.
    let faults = leftovers
        .iter()
        .filter(|resource| resource.kind == ResourceKind::Fault)
        .count();
    let started = |things: usize| {
        context.recorder.record(EventKind::CleanupStarted {
            resources: things,
            chain: chain.clone(),
        });
    };
    if faults > 0 {
        started(leftovers.len());
    }
    let (leftovers, faults_left) = undo_all(context, leftovers).await;
    let scope = if whole { Scope::Run } else { Scope::Leftovers };
    let inventory = without_panic(take_inventory(context, &leftovers, scope)).await;
    let things = inventory.as_ref().map_or(leftovers.len(), |inventory| {
        inventory.there.len() + inventory.awaited.len()
    });
    let refused = whole && recorded.failover == FailoverSent::Refused && !leftovers.iter().any(is_failover);
    if things == 0 && inventory.is_ok() && !refused && faults == 0 {
        return 0;
    }
    if faults == 0 && (things > 0 || inventory.is_err()) {
        started(things);
    }
    let mut left = match inventory {
        Ok(inventory) => remove_inventory(context, inventory, whole).await,
        Err(failure) => leave_unlisted(context, &leftovers, failure).await,
    };
    left += faults_left;
    if refused && let Err(undone) = require_unmoved(context).await {
        left += 1;
        leave(context, &failover_of(context), undone).await;
    }
    if things > 0 || left > 0 || faults > 0 {
        context.recorder.record(EventKind::CleanupFinished {
            left,
            chain,
            milliseconds: milliseconds(began.elapsed()),
        });
    }
    left
}

async fn remove_inventory(context: &mut Context, inventory: Inventory, whole: bool) -> usize {
    settle(context).await;
    // Sessions end before their servers do, or each would wait for its time-out.
    context.resources.servers.clear();
    let context = &*context;
    let mut left = 0;
    for resource in &inventory.awaited {
        left += 1;
        leave_awaited(context, resource).await;
    }
    for kind in order(context, &inventory, whole).await {
        let is_of = |resource: &&Resource| resource.kind == kind || goes_with(resource.kind) == Some(kind);
        let of_kind: Vec<Resource> = inventory.there.iter().filter(is_of).cloned().collect();
        let groups = match kind {
            ResourceKind::Volume => generations(context, of_kind).await,
            _ => vec![of_kind],
        };
        for group in groups {
            let removing = group.iter().map(|resource| remove_or_leave(context, resource));
            let removed: Vec<usize> = stream::iter(removing).buffer_unordered(AT_ONCE).collect().await;
            left += removed.iter().sum::<usize>();
        }
    }
    left
}

/// Removes a thing, or says why it is left. Answers with how many things are left for it.
async fn remove_or_leave(context: &Context, resource: &Resource) -> usize {
    if let Err(undone) = guarded(context, resource).await {
        leave(context, resource, undone).await;
        return 1;
    }
    context.recorder.record(EventKind::Removed {
        resource: resource.clone(),
    });
    match is_failover(resource) {
        true => broken_by_failback(context).await,
        false => 0,
    }
}

/// Records the foreign volumes that are not as they were, now that the backend is back. Answers with how many.
async fn broken_by_failback(context: &Context) -> usize {
    // It is back, however often it was moved.
    context.backend_state.with(|state| state.moves += state.moves % 2);
    let broken = foreign_volumes::broken_by_failback(context).await;
    let count = broken.len();
    for (resource, failure) in broken {
        context.recorder.record(EventKind::Left {
            resource,
            failure: failure.settled_for(context.profile.asks_rbd()),
            remedy: Vec::new(),
        });
    }
    count
}

/// A panic of one removal must not keep the others from being removed.
async fn guarded(context: &Context, resource: &Resource) -> Result<(), Undone> {
    match without_panic(async { Ok(remove(context, resource).await) }).await {
        Ok(removed) => removed,
        Err(panic) => Err(panic.into()),
    }
}

/// The failback first where that is safe: the primary site answers, and each volume that the run still has replays there
/// by now. What does not yet is waited for when it is deleted.
async fn order(context: &Context, inventory: &Inventory, whole: bool) -> [ResourceKind; 7] {
    let has = |kind: ResourceKind| inventory.there.iter().any(|resource| resource.kind == kind);
    let both = whole && has(ResourceKind::Failover) && has(ResourceKind::Volume);
    if both && context.sites.is_some() && require_primary_ready(context, Duration::ZERO).await.is_ok() {
        FAILBACK_FIRST
    } else {
        ORDER
    }
}

/// After a failover or failback: waits until it is over. In the middle of it an image is primary nowhere, so Ceph refuses to
/// delete it and the volume ends in `error_deleting` (seen with Cinder 21.3).
async fn settle(context: &Context) {
    if !context.backend_state.moved() {
        return;
    }
    let found = without_panic(async { Ok(whereabouts(context).await) }).await;
    if let Ok(Whereabouts::Unclear(unclear)) = found {
        context.notice(format!(
            "where the backend is cannot be said: {}",
            unclear.failure.summary
        ));
    }
}

/// Without a list it is not known what carries the run's id, so nothing is removed on a guess, and all of it stays left over.
async fn leave_unlisted(context: &Context, leftovers: &[Resource], failure: Failure) -> usize {
    let failure = failure.during("the resources of this run could not be listed, so nothing was removed");
    let lock = context.backend_state.with(|state| state.lock.clone());
    for resource in leftovers.iter().chain(&lock) {
        leave(context, resource, failure.clone().into()).await;
    }
    leftovers.len().max(1)
}

fn is_failover(resource: &Resource) -> bool {
    resource.kind == ResourceKind::Failover
}

fn failover_of(context: &Context) -> Resource {
    Resource {
        kind: ResourceKind::Failover,
        name: context.backend.to_string(),
        id: None,
    }
}
