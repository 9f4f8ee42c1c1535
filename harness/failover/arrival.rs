//! Whether the scenario's own volumes went where the backend went: by what Cinder says of each, and by the primary flags of
//! their images where they can be asked.

use std::time::Duration;

use futures_util::future::try_join_all;

use super::{promise, service};
use crate::backend::{ImageAt, PrimaryAt};
use crate::cloud::Volume;
use crate::event::MoveWitness;
use crate::failure::{Cause, Failure, FailureKind};
use crate::names::{SiteName, VolumeName};
use crate::session::{Context, MadeVolume, Movement};
use crate::wait::{Awaited, Patience, Poll, until};

/// How long the storage may take to show what Cinder says already: the driver promotes before it answers.
const STORAGE_LAG: Duration = Duration::from_secs(10);

/// Waits until the scenario's own replicated volumes are where the backend was sent: service and volumes are saved one after
/// the other, and both may say what the storage does not know of.
///
/// # Errors
/// A volume went to error or elsewhere, did not arrive within the budget, or its image is primary elsewhere.
pub(crate) async fn require_arrived(
    context: &Context,
    movement: &Movement,
    budget: Duration,
) -> Result<MoveWitness, Failure> {
    let status = promise::volume_status(context, movement);
    let moved = context.resources.volumes.iter().filter(|(_, made)| made.replicated);
    try_join_all(moved.map(|(name, made)| wait_for_volume(context, name, made, status, budget))).await?;
    wait_for_primaries(context, movement.to).await
}

/// Looks once more at the scenario's own volumes, when it ends: one may have gone to error, or elsewhere, after it had
/// arrived.
///
/// # Errors
/// One did, or the API did not answer.
pub(crate) async fn require_still_there(context: &Context) -> Result<(), Failure> {
    let statuses = promise::statuses_at(context, context.backend_state.active());
    let status = statuses[0];
    for (name, made) in context.resources.volumes.iter().filter(|(_, made)| made.replicated) {
        let volume = context.cloud.volume(&made.id).await?;
        if let Some(failure) = fault(context, &format!("volume {name}"), &volume, status) {
            return Err(failure.detail("when", "at the end of the scenario; it was in order after the failover"));
        }
        let seen = volume.replication_status.as_deref().unwrap_or("none");
        if !statuses.contains(&seen) {
            return Err(Failure::expectation(format!(
                "volume {name} says replication_status {seen} at the end, though the service says {status}"
            ))
            .detail("volume", &made.id)
            .detail(
                "expected",
                format!("replication_status {status}, as after the failover"),
            )
            .help("another user migrated or retyped it meanwhile: search the cinder-volume log for the volume's id"));
        }
    }
    Ok(())
}

async fn wait_for_volume(
    context: &Context,
    name: &VolumeName,
    made: &MadeVolume,
    status: &str,
    budget: Duration,
) -> Result<(), Failure> {
    let what = format!("volume {name}");
    let expected = format!("replication_status {status}");
    let awaited = Awaited {
        what: &what,
        expected: &expected,
        budget,
        on_timeout: FailureKind::Expectation,
    };
    let glance = |volume: &Volume| {
        let is_there = volume.replication_status.as_deref() == Some(status);
        (!is_there && fault(context, &what, volume, status).is_none()).then(|| volume.words())
    };
    let poll = async || {
        let volume = context.cloud.volume(&made.id).await?;
        if let Some(failure) = fault(context, &what, &volume, status) {
            return Err(failure);
        }
        Ok(if volume.replication_status.as_deref().unwrap_or("none") == status {
            Poll::Ready(())
        } else {
            Poll::NotYet(volume.words())
        })
    };
    context
        .wait_for_volume(&Patience::default(), awaited, &made.id, glance, poll)
        .await
        .map_err(Failure::from)?;
    Ok(())
}

/// What is wrong with a volume of a backend that says `status`, if anything is and will stay so.
fn fault(context: &Context, what: &str, volume: &Volume, status: &str) -> Option<Failure> {
    let backend = &context.backend;
    let replication = volume.replication_status.as_deref().unwrap_or("none");
    if volume.status.starts_with("error") || matches!(replication, "failover-error" | "not-capable" | "error") {
        let summary = format!(
            "{what} is in status {} with replication_status {replication}, though the service says {status}",
            volume.status
        );
        return Some(
            Failure::expectation(summary)
                .caused_by(Cause::FailoverFailed)
                .detail("volume", &volume.id)
                .detail("expected", format!("status kept, replication_status {status}"))
                .help(match context.profile.asks_rbd() {
                    true => {
                        "the driver could not promote its image: check `rbd mirror image status` on both sites before \
                         anything else"
                    }
                    false => {
                        "the driver could not move it: check its replica on the other array, and the cinder-volume log"
                    }
                }),
        );
    }
    let host = volume.host()?;
    (!backend.holds(host)).then(|| {
        Failure::expectation(format!("{what} is on {host} now, and not on {backend} any more"))
            .detail("volume", &volume.id)
            .detail(
                "expected",
                format!("a volume on {backend}: a failover leaves it on its backend"),
            )
            .help("another user migrated or retyped it during the drill: reading it proves nothing about this backend")
    })
}

/// Waits until each own image is primary at the site that took over, and at no other; says who has seen that.
async fn wait_for_primaries(context: &Context, to: SiteName) -> Result<MoveWitness, Failure> {
    let images = service::replicated_images(&context.resources);
    if context.sites.is_none() || images.is_empty() {
        return Ok(MoveWitness::Nobody {
            because: "the target gives no shells and pools of both sites".to_owned(),
        });
    }
    let there = context.site_name(to);
    let expected = format!("primary on {there} and nowhere else");
    let awaited = Awaited {
        what: "the images of the scenario",
        expected: &expected,
        budget: STORAGE_LAG,
        on_timeout: FailureKind::Expectation,
    };
    let mut last = Vec::new();
    let waited = until(&context.recorder, awaited, async || {
        last = service::primaries(context, &images).await;
        let elsewhere: Vec<String> = misplaced(&last, to)
            .map(|image| format!("{} {}", image.image, words(context, image)))
            .collect();
        Ok(if elsewhere.is_empty() {
            Poll::Ready(())
        } else {
            Poll::NotYet(elsewhere.join(", "))
        })
    })
    .await;
    let Err(timeout) = waited else {
        return Ok(witness(context, &last, there));
    };
    let Some(image) = misplaced(&last, to).next() else {
        return Err(timeout.into());
    };
    let volumes = context.resources.volumes.iter();
    let name = volumes
        .into_iter()
        .find(|(_, made)| made.image() == image.image)
        .map_or_else(|| image.image.clone(), |(name, _)| format!("volume {name}"));
    let failure = not_moved(&name, image, there, context.site_name(to.other()));
    let failure = last.iter().fold(failure, |failure, image| {
        failure.detail(format!("image {}", image.image), words(context, image))
    });
    Err(failure.explains(timeout.into()))
}

/// Who has seen images primary at a site, of which none is known to be primary elsewhere.
fn witness(context: &Context, images: &[ImageAt], there: &str) -> MoveWitness {
    let unknown = images
        .iter()
        .find(|image| matches!(image.primary, PrimaryAt::Unknown(_)));
    match unknown {
        Some(image) => MoveWitness::Nobody {
            because: format!(
                "where {} is primary is not known: {}",
                image.image,
                words(context, image)
            ),
        },
        None => MoveWitness::Storage {
            site: there.to_owned(),
            images: images.len(),
            unasked: lost_sites(context),
        },
    }
}

/// The sites that are lost, and were not asked: nothing is known of what they say.
fn lost_sites(context: &Context) -> Vec<String> {
    let lost = SiteName::ALL.into_iter().filter(|site| context.is_lost(*site));
    lost.map(|site| context.site_name(site).to_owned()).collect()
}

/// The images that are known to be primary elsewhere than at one site. What could not be asked is not among them.
fn misplaced(images: &[ImageAt], to: SiteName) -> impl Iterator<Item = &ImageAt> {
    images
        .iter()
        .filter(move |image| !matches!(image.primary, PrimaryAt::Unknown(_)) && image.primary != PrimaryAt::Site(to))
}

fn words(context: &Context, image: &ImageAt) -> String {
    image.primary.words(|site| context.site_name(site))
}

/// Cinder says that a volume was moved, and the storage says otherwise.
pub(crate) fn not_moved(name: &str, image: &ImageAt, there: &str, other: &str) -> Failure {
    let (summary, help) = match &image.primary {
        PrimaryAt::Both => (
            format!("{name} is primary on both sites, though Cinder says that it was moved to {there}"),
            format!(
                "each side can be written to, and one of them is stale: choose the one to keep, `rbd mirror image \
                 demote` the other, and `rbd mirror image resync` it. After a failover from a dead site, {other} is \
                 the stale one"
            ),
        ),
        PrimaryAt::Nowhere => (
            format!("{name} is primary nowhere, though Cinder says that it was moved to {there}"),
            "it was demoted and never promoted: the cinder-volume log says why; `rbd mirror image promote` it at one site before \
             anything else"
                .to_owned(),
        ),
        PrimaryAt::Site(_) | PrimaryAt::Unknown(_) => (
            format!("{name} was not moved: its primary is still {other}, where {there} must be"),
            "the driver reports success for a backend of which it moved other volumes only, or the service's row says what is not \
             so: with DEBUG, the cinder-volume log says `Failed to demote` for this one"
                .to_owned(),
        ),
    };
    let cause = match &image.primary {
        PrimaryAt::Both => Cause::PrimaryAtBothSites,
        PrimaryAt::Nowhere => Cause::PrimaryNowhere,
        PrimaryAt::Site(_) | PrimaryAt::Unknown(_) => Cause::NotMoved,
    };
    Failure::expectation(summary)
        .caused_by(cause)
        .detail("expected", format!("primary on {there} and nowhere else"))
        .help(help)
}
