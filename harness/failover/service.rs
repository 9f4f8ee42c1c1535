//! Looking at the backend that is drilled: the one judgement that everybody uses.

use tokio::time::Instant;

use super::enabling;
use crate::backend::{self, Contradiction, ImageAt, Judgement, PrimaryAt, Reading, Standing};
use crate::cloud::Service;
use crate::failure::Failure;
use crate::names::SiteName;
use crate::session::{ChainResources, Context, MadeVolume};
use crate::site::Site;

/// What a backend on its primary site says, in words.
pub(crate) const AT_PRIMARY: &str = "up, enabled, not frozen, replication_status enabled, no active_backend_id";

/// Adds to the failure of a backend that is not as expected what was seen: one that contradicts itself with all readings.
pub(crate) fn with_readings(failure: Failure, expected: &str, judgement: &Judgement) -> Failure {
    let failure = failure.detail("expected", expected).detail("seen", judgement.words());
    match &judgement.standing {
        Standing::Contradiction(found) => with_all_readings(failure.detail("but", &found.summary), found),
        _ => failure,
    }
}

/// Adds to a failure each reading of a contradiction.
pub(crate) fn with_all_readings(failure: Failure, found: &Contradiction) -> Failure {
    let reading = |failure: Failure, reading: &Reading| failure.detail(&reading.of, &reading.says);
    found.readings.iter().fold(failure, reading)
}

/// What Cinder says of the backend: all its rows, and those of its cluster.
///
/// # Errors
/// The API did not answer, or the cloud has no such backend; then the backends that it has are named.
pub async fn look(context: &Context) -> Result<Judgement, Failure> {
    judged(context, &context.cloud.services(None).await?)
}

/// The same of rows that were asked for already.
///
/// # Errors
/// The cloud has no such backend.
pub(crate) fn judged(context: &Context, services: &[Service]) -> Result<Judgement, Failure> {
    let judgement = backend::judge(
        &context.backend,
        context.target.primary_id(),
        &enabling::to_be_enabled(context, services),
    );
    if judgement.standing != Standing::Absent {
        return Ok(judgement);
    }
    let volume_services = services.iter().filter(|service| service.binary == "cinder-volume");
    let hosts: Vec<&str> = volume_services.map(|service| service.host.as_str()).collect();
    let seen = match hosts.as_slice() {
        [] => "no cinder-volume service at all".to_owned(),
        hosts => hosts.join(", "),
    };
    let summary = format!("the cloud has no cinder-volume service {}", context.backend);
    let expected = format!("the backend that target {} names", context.target.name);
    Err(Failure::cloud(summary)
        .detail("expected", expected)
        .detail("seen", seen)
        .help("set `backend` in the target to one of these, as `host@backend`"))
}

/// What Cinder says of the backend, held against where the run's own replicated images are primary, if the sites have
/// shells. A site that does not answer proves nothing.
///
/// # Errors
/// As [`look`].
pub async fn judge(context: &Context) -> Result<Judgement, Failure> {
    let judgement = look(context).await?;
    // Nothing else is held against the storage: while a backend moves, an image may be primary nowhere.
    if !matches!(judgement.standing, Standing::AtPrimary | Standing::Away(_)) {
        return Ok(judgement);
    }
    let images = without_the_past(context, &judgement.standing, own_images(context).await);
    let name = |site| context.site_name(site);
    let judged = judgement.clone().with_storage(&images, name);
    if matches!(judged.standing, Standing::Contradiction(_)) {
        return Ok(judgement.with_storage(&as_cinder_says(context, images).await, name));
    }
    Ok(judged)
}

/// Without the images that are primary at the site where Cinder is, and also at the one that a failover left while it was dead:
/// that one has not heard of anything since, and contradicts nobody.
fn without_the_past(context: &Context, standing: &Standing, images: Vec<ImageAt>) -> Vec<ImageAt> {
    let left_behind = context.backend_state.with(|state| state.left_behind);
    let is_on = match standing {
        Standing::AtPrimary => SiteName::Primary,
        Standing::Away(_) => SiteName::Secondary,
        _ => return images,
    };
    let is_past = |image: &ImageAt| image.primary == PrimaryAt::Both && left_behind == Some(is_on.other());
    images.into_iter().filter(|image| !is_past(image)).collect()
}

/// The images of volumes of which Cinder itself does not say that they failed: one in `failover-error` that is primary
/// elsewhere contradicts nobody.
async fn as_cinder_says(context: &Context, images: Vec<ImageAt>) -> Vec<ImageAt> {
    let made = made_volumes(context);
    let mut kept = Vec::new();
    for image in images {
        let volume = made.iter().find(|made| made.image() == image.image);
        let failed = match volume {
            Some(made) => match context.cloud.volume(&made.id).await {
                Ok(volume) => {
                    let replication = volume.replication_status.as_deref();
                    volume.status == "error" || matches!(replication, Some("failover-error" | "error"))
                }
                Err(_) => false,
            },
            None => false,
        };
        if !failed {
            kept.push(image);
        }
    }
    kept
}

/// Where the run's own replicated images are primary. Empty where the sites have no shells.
pub async fn own_images(context: &Context) -> Vec<ImageAt> {
    primaries(context, &own_image_names(context)).await
}

/// The images of the replicated volumes that the run made and that it still knows of, by whatever chain.
fn own_image_names(context: &Context) -> Vec<String> {
    let made = made_volumes(context);
    made.iter()
        .filter(|made| made.replicated)
        .map(MadeVolume::image)
        .collect()
}

/// The volumes that chains have made which are not over.
fn made_volumes(context: &Context) -> Vec<MadeVolume> {
    context
        .backend_state
        .with(|state| state.volumes.iter().map(|own| own.made.clone()).collect())
}

/// The images of the replicated volumes of a chain.
pub(crate) fn replicated_images(resources: &ChainResources) -> Vec<String> {
    let replicated = resources.volumes.values().filter(|made| made.replicated);
    replicated.map(MadeVolume::image).collect()
}

/// Where images are primary. A site that was silent is not asked again at once: each silence takes the whole budget.
pub(crate) async fn primaries(context: &Context, images: &[String]) -> Vec<ImageAt> {
    let Some(sites) = &context.sites else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for image in images {
        let (primary, secondary) = tokio::join!(
            flag(context, &sites.primary, image),
            flag(context, &sites.secondary, image)
        );
        found.push(ImageAt {
            image: image.clone(),
            primary: together(primary, secondary),
        });
    }
    found
}

/// The primary flag of an image at a site, or why it is not known.
async fn flag(context: &Context, site: &Site, image: &str) -> Result<bool, String> {
    // Its silence would prove nothing.
    if site.is_lost() {
        return Err(format!("{} is lost, and was not asked", site.name()));
    }
    if let Some(why) = context.timed_out_waits.silent(site.name()) {
        return Err(why);
    }
    let began = Instant::now();
    let info = site.image_info(image).await;
    match &info {
        Err(error) if error.is_silent() => {
            let why = format!("{} did not say: {}", site.name(), error.summary());
            context.timed_out_waits.was_silent(site.name(), began.elapsed(), &why);
        }
        _ => context.timed_out_waits.answered(site.name()),
    }
    match info {
        Ok(info) => match info.mirroring {
            Some(mirroring) => Ok(mirroring.primary),
            None => Err(format!("{} does not mirror it", site.name())),
        },
        Err(error) if error.is_no_such_image() => Err(format!("{} has no such image", site.name())),
        Err(error) => Err(format!("{} did not say: {}", site.name(), error.summary())),
    }
}

fn together(primary: Result<bool, String>, secondary: Result<bool, String>) -> PrimaryAt {
    match PrimaryAt::of(primary.clone().ok(), secondary.clone().ok()) {
        PrimaryAt::Unknown(_) => {
            let why: Vec<String> = [primary, secondary].into_iter().filter_map(Result::err).collect();
            PrimaryAt::Unknown(why.join("; "))
        }
        known => known,
    }
}
