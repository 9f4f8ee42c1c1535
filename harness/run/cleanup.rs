//! Removing what the run made, and taking the backend home.

use std::time::Instant;

use super::bystanders;
use super::context::{Context, World};
use super::guard::without_panic;
use super::home::{Whereabouts, take_home, whereabouts};
use super::lookup::id_of;
use super::mirror::mirrored;
use super::wait::{Awaited, Poll, milliseconds, until};
use crate::cloud::{ApiError, FloatingIpId, Server, ServerId, VolumeId, VolumeTypeId};
use crate::event::{EventKind, Resource, ResourceKind};
use crate::failure::{Failure, FailureKind};
use crate::target::SiteName;

/// The order in which things go. Servers before the volumes that they hold; volumes before the failback, which then
/// moves nothing that could split; volume types last, since Cinder refuses to delete one that a volume has.
const ORDER: [ResourceKind; 6] = [
    ResourceKind::Server,
    ResourceKind::FloatingIp,
    ResourceKind::Volume,
    ResourceKind::KeyPair,
    ResourceKind::Failover,
    ResourceKind::VolumeType,
];

/// Removes what the chain whose turn it is made for itself, and goes on when a part of it fails. The key pair and the
/// failover, which it shares with other chains, stay. Answers with how many things are left.
pub async fn clean_up_chain(context: &mut Context) -> usize {
    let owed = std::mem::take(&mut context.world.owed);
    let left = remove_all(context, owed, Some(context.world.chain.clone())).await;
    context.world = World::default();
    left
}

/// Removes all that the run owes, takes the backend home, and goes on when a part of it fails. Answers with how many
/// things are left.
pub async fn clean_up(context: &mut Context) -> usize {
    let owed = context.all_owed();
    let left = remove_all(context, owed, None).await;
    context.forget();
    left
}

async fn remove_all(context: &mut Context, owed: Vec<Resource>, chain: Option<String>) -> usize {
    if owed.is_empty() {
        return 0;
    }
    let began = Instant::now();
    context.recorder.record(EventKind::CleanupStarted {
        resources: owed.len(),
        chain: chain.clone(),
    });
    if let Err(failure) = without_panic(settle(context)).await {
        context.notice(format!(
            "what is removed now may leave images behind: {}",
            failure.summary
        ));
    }
    // Sessions end before their servers do, or each would wait for its time-out.
    context.world.servers.clear();
    let mut left = 0;
    for kind in ORDER {
        for resource in owed.iter().filter(|resource| resource.kind == kind) {
            match without_panic(remove(context, resource)).await {
                Ok(()) => {
                    context.recorder.record(EventKind::Removed {
                        resource: resource.clone(),
                    });
                    if kind == ResourceKind::Failover {
                        left += harmed_on_the_way(context).await;
                    }
                }
                Err(failure) => {
                    left += 1;
                    let failure = with_command(failure, resource);
                    context.recorder.record(EventKind::Left {
                        resource: resource.clone(),
                        failure,
                    });
                }
            }
        }
    }
    context.recorder.record(EventKind::CleanupFinished {
        left,
        chain,
        milliseconds: milliseconds(began.elapsed()),
    });
    left
}

/// Records the volumes of others that are not as they were, now that the backend is home. Answers with how many.
async fn harmed_on_the_way(context: &mut Context) -> usize {
    // It is home, however often it was moved.
    context.common.moves += context.common.moves % 2;
    let harmed = bystanders::harmed_on_the_way_home(context).await;
    let count = harmed.len();
    for (resource, failure) in harmed {
        context.recorder.record(EventKind::Left { resource, failure });
    }
    count
}

/// After a failover or failback: waits until it is over, and until the site that is not active replays again. In the
/// middle of it an image is primary nowhere, so that Ceph refuses to delete it and the volume ends in `error_deleting`
/// (seen with Cinder 21.3); a volume that is deleted before the replay leaves its image at the other site, since nothing
/// tells that site of the deletion.
async fn settle(context: &mut Context) -> Result<(), Failure> {
    if !context.common.moved {
        return Ok(());
    }
    let active = match whereabouts(context).await {
        Whereabouts::Home => SiteName::Primary,
        Whereabouts::Away(_) => SiteName::Secondary,
        Whereabouts::Unclear(unclear) => return Err(unclear.failure),
    };
    if context.sites.is_some() {
        for (name, _) in context.world.volumes.iter().filter(|(_, made)| made.replicated) {
            mirrored(context, name, active, FailureKind::Cloud).await?;
        }
    }
    Ok(())
}

async fn remove(context: &mut Context, resource: &Resource) -> Result<(), Failure> {
    match resource.kind {
        ResourceKind::Server => remove_server(context, resource).await,
        ResourceKind::Volume => remove_volume(context, resource).await,
        ResourceKind::FloatingIp => remove_floating_ip(context, resource).await,
        ResourceKind::KeyPair => gone_is_good(context.cloud.delete_keypair(&resource.name).await),
        ResourceKind::VolumeType | ResourceKind::Lock => remove_volume_type(context, resource).await,
        ResourceKind::Failover => take_home(context).await,
    }
}

/// What was to be deleted and is not there is as good as deleted.
fn gone_is_good(deleted: Result<(), ApiError>) -> Result<(), Failure> {
    match deleted {
        Err(error) if error.status() != Some(404) => Err(error.into()),
        _ => Ok(()),
    }
}

/// The same for what is looked at afterwards until it is gone: a deletion whose answer was lost may have been done, and
/// one that was not shows in that it stays.
fn gone_or_going(context: &Context, what: &str, deleted: Result<(), ApiError>) -> Result<(), Failure> {
    match deleted {
        Err(error) if error.outcome_unknown() => {
            context.notice(format!(
                "the answer to the deletion of {what} was lost ({}); looking whether it goes",
                error.summary()
            ));
            Ok(())
        }
        deleted => gone_is_good(deleted),
    }
}

/// What a removal waits for, within the budget of a removal. That it does not come says nothing of replication.
fn awaited_removal<'a>(context: &Context, what: &'a str, expected: &'a str) -> Awaited<'a> {
    Awaited {
        what,
        expected,
        budget: context.target.budgets.delete,
        on_timeout: FailureKind::Cloud,
    }
}

async fn remove_server(context: &Context, resource: &Resource) -> Result<(), Failure> {
    let Some(id) = id_of(context, resource).await?.map(ServerId::new) else {
        return Ok(());
    };
    let what = format!("server {}", resource.name);
    wait_for_shelving(context, &id, &what).await?;
    gone_or_going(context, &what, context.cloud.delete_server(&id).await)?;
    let awaited = awaited_removal(context, &what, "deleted");
    until(&context.recorder, awaited, async || {
        Ok(match context.cloud.server_if_exists(&id).await? {
            None => Poll::Ready(()),
            Some(server) => Poll::NotYet(super::reach::state(&server)),
        })
    })
    .await?;
    Ok(())
}

/// Lets a shelve or an unshelve come to its end. Nova's shelve makes a new attachment for each volume, of which a delete
/// that was asked for meanwhile knows nothing: the server goes, and its volumes stay `reserved` for good (seen with Nova
/// 26; `compute/manager.py`, `_shelve_offload_instance`). One that never ends is deleted all the same.
async fn wait_for_shelving(context: &Context, id: &ServerId, what: &str) -> Result<(), Failure> {
    let began = Instant::now();
    let budget = context.target.budgets.delete;
    let awaited = Awaited {
        what,
        expected: "shelved or unshelved before it is deleted",
        budget,
        on_timeout: FailureKind::Cloud,
    };
    let waited = until(&context.recorder, awaited, async || {
        Ok(match context.cloud.server_if_exists(id).await? {
            Some(server) if is_shelving(&server) => Poll::NotYet(super::reach::state(&server)),
            _ => Poll::Ready(()),
        })
    })
    .await;
    match waited {
        Err(failure) if began.elapsed() < budget => Err(failure),
        _ => Ok(()),
    }
}

/// Whether a server is on its way to be shelved, or back: while it is built again its task is an ordinary one.
fn is_shelving(server: &Server) -> bool {
    server
        .task_state
        .as_deref()
        .is_some_and(|task| task != "deleting" && (task.contains("shelv") || server.status.starts_with("SHELVED")))
}

async fn remove_volume(context: &Context, resource: &Resource) -> Result<(), Failure> {
    let storage = &context.cloud;
    let Some(id) = id_of(context, resource).await?.map(VolumeId::new) else {
        return Ok(());
    };
    let what = format!("volume {}", resource.name);
    // Nova lets go of a volume a moment after the server is gone; Cinder refuses to delete it until then.
    let awaited = awaited_removal(context, &what, "free to be deleted");
    until(&context.recorder, awaited, async || {
        Ok(match storage.volume_if_exists(&id).await? {
            None => Poll::Ready(()),
            Some(volume) if volume.status == "available" || volume.status.starts_with("error") => Poll::Ready(()),
            Some(volume) => Poll::NotYet(volume.status),
        })
    })
    .await?;
    // After a failover the mirrors were waited for already, with those of all volumes.
    if !context.common.moved {
        wait_for_replay(context, &id).await;
    }
    gone_or_going(context, &what, storage.delete_volume(&id).await)?;
    let awaited = awaited_removal(context, &what, "deleted");
    until(&context.recorder, awaited, async || {
        match storage.volume_if_exists(&id).await? {
            None => Ok(Poll::Ready(())),
            Some(volume) if volume.status == "error_deleting" => {
                Err(Failure::cloud(format!("{what} went to status error_deleting")).detail("volume", &id))
            }
            Some(volume) => Ok(Poll::NotYet(volume.status)),
        }
    })
    .await?;
    images_gone(context, &id).await
}

/// Lets the mirror of a new volume begin, which takes up to half a minute: if the primary image goes before the other
/// site replays it, rbd-mirror never deletes the copy there (`error bootstrapping replay`, seen with Ceph 16). It is no
/// condition: a mirror that is broken is one reason to clean up.
async fn wait_for_replay(context: &Context, id: &VolumeId) {
    let Some(sites) = &context.sites else { return };
    let image = context.image_of(id.as_str());
    let what = format!("the mirror of image {image}");
    let awaited = Awaited {
        what: &what,
        expected: "replaying before the image is deleted",
        budget: context.target.budgets.replication.min(context.target.budgets.delete),
        on_timeout: FailureKind::Cloud,
    };
    // Nobody is told of a wait that failed: whether the image goes from both sites is looked at afterwards.
    let _ = until(&context.recorder, awaited, async || {
        let mut states = Vec::new();
        for site in [&sites.primary, &sites.secondary] {
            match site.image_info(&image).await {
                Ok(info) if info.mirroring.is_some() => states.push(site.mirror_status(&image).await?.state),
                // An image that is nowhere, or not mirrored, has nothing to wait for.
                Ok(_) => return Ok(Poll::Ready(())),
                Err(error) if error.is_no_such_image() => states.push("no image".to_owned()),
                Err(error) => return Err(error.into()),
            }
        }
        let done = states.iter().any(|state| state == "up+replaying") || states.iter().all(|state| state == "no image");
        Ok(if done {
            Poll::Ready(())
        } else {
            Poll::NotYet(states.join(", "))
        })
    })
    .await;
}

/// Waits until neither site has the volume's image any more: Cinder deletes it on one, and rbd-mirror a moment later on
/// the other. One that stayed there would be in the way of nobody but the storage's administrator.
async fn images_gone(context: &Context, id: &VolumeId) -> Result<(), Failure> {
    let Some(sites) = &context.sites else { return Ok(()) };
    let image = context.image_of(id.as_str());
    for site in [&sites.primary, &sites.secondary] {
        let what = format!("image {image} on {}", site.name());
        let awaited = awaited_removal(context, &what, "deleted");
        until(&context.recorder, awaited, async || {
            match site.image_info(&image).await {
                Ok(_) => Ok(Poll::NotYet("still there".to_owned())),
                Err(error) if error.is_no_such_image() => Ok(Poll::Ready(())),
                Err(error) => Err(error.into()),
            }
        })
        .await?;
    }
    Ok(())
}

async fn remove_floating_ip(context: &Context, resource: &Resource) -> Result<(), Failure> {
    match id_of(context, resource).await?.map(FloatingIpId::new) {
        Some(id) => gone_is_good(context.cloud.delete_floating_ip(&id).await),
        None => Ok(()),
    }
}

/// Also removes a lock, which is a volume type.
pub(super) async fn remove_volume_type(context: &Context, resource: &Resource) -> Result<(), Failure> {
    match id_of(context, resource).await?.map(VolumeTypeId::new) {
        Some(id) => gone_is_good(context.cloud.delete_volume_type(&id).await),
        None => Ok(()),
    }
}

/// Adds the command by which an operator removes the thing by hand.
pub(super) fn with_command(failure: Failure, resource: &Resource) -> Failure {
    let id = resource.id.as_deref().unwrap_or(&resource.name);
    let command = match resource.kind {
        ResourceKind::Server => format!("openstack server delete {id}"),
        ResourceKind::Volume => format!("openstack volume delete --force {id}"),
        ResourceKind::FloatingIp => format!("openstack floating ip delete {id}"),
        ResourceKind::KeyPair => format!("openstack keypair delete {id}"),
        ResourceKind::VolumeType | ResourceKind::Lock => format!("openstack volume type delete {id}"),
        // Its failure says what to do in which case: the one command would be wrong in most.
        ResourceKind::Failover => return failure,
    };
    let help = failure
        .help
        .as_ref()
        .map_or_else(String::new, |help| format!("{help}; "));
    failure.help(format!("{help}to remove it by hand: {command}"))
}
