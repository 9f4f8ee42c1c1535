//! Removing a volume: once Cinder lets it go and the other site hears of it, and from both sites.

use super::gone::{self, awaited};
use super::kept_for_clones;
use super::ownership::RUN_KEY;
use super::propagation::{Propagation, look, propagation};
use super::remedy::{self, ImageCommands, VolumeSeen};
use super::undone::Undone;
use crate::backend::{Standing, judge};
use crate::cloud::{ServerId, Volume, VolumeId};
use crate::event::{RemedyStep, Resource};
use crate::failure::{Failure, FailureKind};
use crate::names::SiteName;
use crate::session::Context;
use crate::wait::{Awaited, Poll, WaitError};

/// Removes a volume of the run.
///
/// # Errors
/// It is still there; or the storage would keep a part of it, and it was not requested.
pub(super) async fn remove(context: &Context, id: &str, what: &str) -> Result<(), Undone> {
    let id = VolumeId::new(id);
    require_ours(context, &id, what).await?;
    wait_until_free(context, &id, what).await?;
    if !gone::has_no_volume(&context.cloud, &id).await? {
        delete(context, &id, what).await?;
    }
    images_gone(context, &id).await?;
    kept_for_clones::require_none(context, &id, what).await
}

/// An id is where a volume is, and its metadata whose: one that carries another run's id, or none, is not deleted.
async fn require_ours(context: &Context, id: &VolumeId, what: &str) -> Result<(), Undone> {
    let Some(volume) = context.cloud.volume_if_exists(id).await? else {
        return Ok(());
    };
    match volume.metadata.get(RUN_KEY) {
        Some(run) if run == context.run.as_str() => Ok(()),
        other => Err(Undone {
            failure: Failure::cloud(format!("{what} does not carry this run's id, so it was not deleted"))
                .detail("expected", format!("{RUN_KEY} {} in its metadata", context.run))
                .detail("seen", other.map_or("no such entry", String::as_str))
                .help("find out whose it is"),
            remedy: Some(Vec::new()),
        }),
    }
}

/// Nova lets go of a volume a moment after the server is gone; Cinder refuses to delete it until then.
async fn wait_until_free(context: &Context, id: &VolumeId, what: &str) -> Result<(), Failure> {
    let is_free = |volume: &Volume| volume.status == "available" || volume.status.starts_with("error");
    let glance = |volume: &Volume| (!is_free(volume)).then(|| volume.status.clone());
    let poll = async || {
        Ok(match context.cloud.volume_if_exists(id).await? {
            Some(volume) if !is_free(&volume) => Poll::NotYet(volume.status),
            _ => Poll::Ready(()),
        })
    };
    let awaited = awaited(context, what, "free to be deleted");
    context
        .wait_for_volume(&context.patience, awaited, id, glance, poll)
        .await?;
    Ok(())
}

async fn delete(context: &Context, id: &VolumeId, what: &str) -> Result<(), Undone> {
    wait_until_propagated(context, id, what).await?;
    let was = context.cloud.volume_if_exists(id).await?.map(|volume| volume.status);
    if was.as_deref() == Some("error_deleting") {
        return Ok(delete_again(context, id, what).await?);
    }
    match ask(context, id, what).await {
        Err(failure) if is_error_deleting(context, id).await => {
            // What the storage refused a moment ago it may not refuse now: an image is busy until its last client is gone.
            wait_until_propagated(context, id, what).await.map_err(|_| failure)?;
            Ok(delete_again(context, id, what).await?)
        }
        asked => Ok(asked?),
    }
}

/// Cinder answers 400 to the deletion of a volume that is `error_deleting`: its status is reset first.
async fn delete_again(context: &Context, id: &VolumeId, what: &str) -> Result<(), Failure> {
    context.notice(format!(
        "{what} is error_deleting, and nothing on the storage blocks its deletion any more: it is reset and deleted \
         again"
    ));
    context.cloud.reset_status(id, "error").await?;
    ask(context, id, what).await
}

async fn is_error_deleting(context: &Context, id: &VolumeId) -> bool {
    matches!(context.cloud.volume_if_exists(id).await, Ok(Some(volume)) if volume.status == "error_deleting")
}

/// Asks for the deletion, and waits for it.
async fn ask(context: &Context, id: &VolumeId, what: &str) -> Result<(), Failure> {
    gone::asked(context, what, context.cloud.delete_volume(id).await)?;
    let glance = |volume: &Volume| (volume.status == "deleting").then(|| volume.status.clone());
    let poll = async || match context.cloud.volume_if_exists(id).await? {
        None if gone::has_no_volume(&context.cloud, id).await? => Ok(Poll::Ready(())),
        None => Ok(Poll::NotYet("answered with 404, and listed by Cinder".to_owned())),
        Some(volume) if volume.status == "error_deleting" => {
            Err(Failure::cloud(format!("{what} went to status error_deleting"))
                .detail("volume", id)
                .help("the storage refused it: the cinder-volume log says why"))
        }
        Some(volume) => Ok(Poll::NotYet(volume.status)),
    };
    let awaited = awaited(context, what, "deleted");
    context
        .wait_for_volume(&context.patience, awaited, id, glance, poll)
        .await?;
    Ok(())
}

/// Lets the mirror come to where it hears of the deletion: that of a new volume begins after up to half a minute, and one that
/// was just moved replays again after some seconds. One that never begins has no copy that could stay; one that has a copy and
/// does not replay would keep it.
async fn wait_until_propagated(context: &Context, id: &VolumeId, what: &str) -> Result<(), Undone> {
    if context.sites.is_none() {
        return Ok(());
    }
    let image = context.image_of(id.as_str());
    let first = propagation(context, &image).await.unwrap_or(Propagation::NoImage);
    if first.stays() {
        reunite(context, &image)
            .await
            .map_err(|failure| never_propagated(context, id, failure))?;
    }
    let mirror = format!("the mirror of image {image}");
    let budget = context.target.budgets.replication.min(context.target.budgets.delete);
    let awaited = Awaited {
        what: &mirror,
        expected: "replaying before the image is deleted",
        budget,
        on_timeout: FailureKind::Cloud,
    };
    let mut silences = usize::from(first.is_silent());
    let mut last = first;
    let mut promotion = Promotion::default();
    let waited = context
        .wait(awaited, async || {
            last = propagation(context, &image).await.unwrap_or(Propagation::NoImage);
            if last == Propagation::NoPrimary {
                promote(context, &image, &mut promotion).await?;
            }
            silences = if last.is_silent() { silences + 1 } else { 0 };
            if last.stays() || silences > 1 {
                return Err(Failure::cloud("waiting does not fix it"));
            }
            Ok(if last.is_certain() {
                Poll::Ready(())
            } else {
                Poll::NotYet(last.words(|site| context.site_name(site)))
            })
        })
        .await;
    match (waited, last) {
        (Ok(_), _) | (Err(_), Propagation::PrimaryOnly(_)) => Ok(()),
        (Err(error), last) => {
            let seen = last.words(|site| context.site_name(site));
            let waited = match error {
                WaitError::TimedOut(wait) => Failure::from(wait),
                WaitError::Failed(failure) => failure.detail("seen", seen),
            };
            let failure = not_propagated(context, what, &last, waited);
            let failure = match promotion.refused {
                Some(why) if last == Propagation::NoPrimary => failure.detail("its promotion", why),
                _ => failure,
            };
            Err(never_propagated(context, id, failure))
        }
    }
}

/// A volume whose mirror timed out: no command helps before the mirror is fixed, and nobody waits for it again.
fn never_propagated(context: &Context, id: &VolumeId, failure: Failure) -> Undone {
    context.timed_out_waits.not_propagated(id.as_str());
    Undone {
        failure,
        remedy: Some(Vec::new()),
    }
}

/// The outcome of the promotion of an image.
#[derive(Debug, Default)]
struct Promotion {
    told: bool,
    /// Why the storage refused the last one.
    refused: Option<String>,
}

/// The site on which Cinder says that the backend is, if it has settled.
async fn cinder_is_on(context: &Context) -> Result<Option<SiteName>, Failure> {
    let services = context.cloud.services(None).await?;
    Ok(
        match judge(&context.backend, context.target.primary_id(), &services).standing {
            Standing::AtPrimary => Some(SiteName::Primary),
            Standing::Away(_) => Some(SiteName::Secondary),
            _ => None,
        },
    )
}

/// Brings the two primaries of an image of this run together: after a failover away from a site that was dead, both sites say
/// that they are primary, and neither hears of the other. That of the site on which Cinder works is kept, the other one is
/// demoted, and copied anew once it has found that they differ (the order that works on Ceph 16: demote, wait for split-brain,
/// resync). No data of anybody but this run is in it.
async fn reunite(context: &Context, image: &str) -> Result<(), Failure> {
    let Some(sites) = &context.sites else { return Ok(()) };
    let Some(kept) = cinder_is_on(context).await? else {
        return Ok(());
    };
    let stale = sites.at(kept.other());
    let tell = |command: &str| {
        context.notice(format!(
            "image {image} of this run is primary on both sites or in split-brain, and Cinder works on {}; on {}: \
             {command}",
            context.site_name(kept),
            stale.name()
        ));
    };
    let mirror = format!("the mirror of image {image}");
    let awaited = Awaited {
        what: &mirror,
        expected: "one again, before the image is deleted",
        budget: context.target.budgets.replication,
        on_timeout: FailureKind::Cloud,
    };
    let (mut demoted, mut flagged) = (false, false);
    context
        .wait(awaited, async || {
            let seen = propagation(context, image).await.unwrap_or(Propagation::NoImage);
            match &seen {
                Propagation::TwoPrimaries if !demoted => {
                    let command = stale.image_command("mirror image demote", image);
                    tell(&command);
                    stale
                        .perform(&format!("demote image {image} of this run"), &command)
                        .await?;
                    demoted = true;
                }
                Propagation::NotReplaying { primary, .. } if seen.stays() && *primary == kept && !flagged => {
                    let command = stale.image_command("mirror image resync", image);
                    tell(&command);
                    stale
                        .perform(&format!("resync image {image} of this run"), &command)
                        .await?;
                    flagged = true;
                }
                _ => {}
            }
            Ok(if seen.is_certain() {
                Poll::Ready(())
            } else {
                Poll::NotYet(seen.words(|site| context.site_name(site)))
            })
        })
        .await?;
    Ok(())
}

/// Makes our own image primary again where Cinder says that the backend is. A failover that died between its demotion and its
/// promotion left it primary nowhere, and then Ceph refuses to delete it. Not while a failover is under way, which promotes it
/// itself; and again while the storage refuses, for a site that has not heard of the demotion yet is busy.
async fn promote(context: &Context, image: &str, promotion: &mut Promotion) -> Result<(), Failure> {
    let (Some(sites), Some(at)) = (&context.sites, cinder_is_on(context).await?) else {
        return Ok(());
    };
    let site = sites.at(at);
    let command = site.image_command("mirror image promote", image);
    if !promotion.told {
        promotion.told = true;
        context.notice(format!(
            "image {image} of this run is primary on neither site, so it cannot be deleted; on {}: {command}",
            site.name()
        ));
    }
    let performed = site
        .perform(&format!("promote image {image} of this run"), &command)
        .await;
    promotion.refused = performed.err().map(|error| error.summary());
    Ok(())
}

fn not_propagated(context: &Context, what: &str, propagation: &Propagation, waited: Failure) -> Failure {
    let name = |site| context.site_name(site);
    let (summary, help) = match propagation {
        Propagation::Silent(site, _) => (
            format!(
                "{what} was not deleted: {} does not answer, and would keep its image",
                name(*site)
            ),
            format!("bring {} back first", name(*site)),
        ),
        Propagation::NotReplaying { primary, .. } => (
            format!(
                "{what} was not deleted: {} would not learn of the deletion, and would keep its image",
                name(primary.other())
            ),
            format!(
                "check rbd-mirror on {0} and the link between the sites, and whether there is a split-brain: `rbd \
                 mirror image status` on {0}",
                name(primary.other())
            ),
        ),
        Propagation::CopyOnly(site) => (
            format!(
                "{what} was not deleted: only a copy of its image is there, on {}, which Ceph does not delete",
                name(*site)
            ),
            "find its primary before anything else".to_owned(),
        ),
        Propagation::TwoPrimaries => (
            format!("{what} was not deleted: its image is primary on both sites, so neither replicates the deletion"),
            format!(
                "the volume is this run's own, so no user data is in it; once Cinder says where the backend is, the \
                 next `cinder-drill recover {}` demotes and resyncs the other image, and deletes the volume",
                context.run
            ),
        ),
        _ => (
            format!("{what} was not deleted: its image is primary on neither site, so Ceph refuses"),
            format!(
                "a failover ended in its middle; once cinder-volume is settled and the sites see each other, the next `cinder-drill \
                 recover {}` promotes and deletes it",
                context.run
            ),
        ),
    };
    Failure { summary, ..waited }.help(help)
}

/// Waits until neither site has the volume's image any more: Cinder deletes it on one, and rbd-mirror a moment later on
/// the other. One that stayed there would be in the way of nobody but the storage's administrator.
async fn images_gone(context: &Context, id: &VolumeId) -> Result<(), Failure> {
    let Some(sites) = &context.sites else { return Ok(()) };
    let image = context.image_of(id.as_str());
    for site in [&sites.primary, &sites.secondary] {
        let what = format!("image {image} on {}", site.name());
        context
            .wait(awaited(context, &what, "deleted"), async || {
                match site.image_info(&image).await {
                    Ok(_) => Ok(Poll::NotYet("still there, though Cinder has no such volume".to_owned())),
                    Err(error) if error.is_no_such_image() => Ok(Poll::Ready(())),
                    Err(error) => Err(error.into()),
                }
            })
            .await?;
    }
    Ok(())
}

/// What a person does about a volume that is left, by what is seen of it now. What cannot be requested is taken as unknown,
/// and then no command is given that might not work.
pub(super) async fn remedy(context: &Context, resource: &Resource) -> Vec<RemedyStep> {
    let Some(id) = &resource.id else { return Vec::new() };
    let Ok(volume) = context.cloud.volume_if_exists(&VolumeId::new(id)).await else {
        return Vec::new();
    };
    let mut seen = VolumeSeen {
        cinder_is_on: cinder_is_on(context).await.ok().flatten(),
        ..VolumeSeen::default()
    };
    if let Some(volume) = volume {
        seen.status = Some(volume.status);
        for server in volume
            .attachments
            .into_iter()
            .filter_map(|attachment| attachment.server_id)
        {
            let is_there = has_server(context, &server).await;
            seen.attached_to.push((server.to_string(), is_there));
        }
    }
    let image = context.image_of(id);
    match &context.sites {
        Some(sites) => {
            seen.sides = Some(look(sites, &image).await);
            let images = ImageCommands {
                primary: &sites.primary,
                secondary: &sites.secondary,
                image,
            };
            remedy::of_volume(id, &seen, Some(&images))
        }
        None => remedy::of_volume(id, &seen, None),
    }
}

/// Whether Nova has a server; one that cannot be requested is taken as there.
async fn has_server(context: &Context, server: &ServerId) -> bool {
    !matches!(context.cloud.server_if_exists(server).await, Ok(None))
}
