//! Gathers all facts at once, changes nothing, and waits for no answer longer than a few seconds.

mod cloud;
mod expected;
mod guest;
pub(super) mod machines;
mod site;
pub(super) mod turns;
mod within;

use std::collections::BTreeMap;

use self::cloud::Known;
#[cfg(test)]
pub(super) use self::machines::tail_of;
use self::site::AskedSite;
use self::turns::Turns;
use super::{Asked, Clock, CloudFacts, ComputeFacts, Facts, LogTail, SiteFacts};
use crate::cloud::Cloud;
use crate::names::SiteName;
use crate::targets::Target;

/// The end of each cinder-volume log, by its path.
type Logs = Vec<(String, Asked<LogTail>)>;

/// Asks the cloud, both sites and the machines of a target. A missing answer is a fact like others.
pub async fn gather(target: &Target) -> Facts {
    let turns = Turns::default();
    let (cloud, (primary, secondary), logs, compute, clocks) = tokio::join!(
        // On the heap: together they are too large for the stack of a test's thread.
        Box::pin(cloud::ask(target)),
        Box::pin(sites(target)),
        Box::pin(machines::logs(target, &turns)),
        Box::pin(machines::compute(target, &turns)),
        Box::pin(machines::clocks(target, &turns)),
    );
    Box::pin(put_together(target, (cloud, primary, secondary, logs), compute, clocks)).await
}

/// The same for a run, which is logged in already: without compute hosts and clocks, on which no run depends.
pub(crate) async fn gather_for_run(target: &Target, cloud: &Cloud) -> Facts {
    let turns = Turns::default();
    let (cloud, (primary, secondary), logs) = tokio::join!(
        Box::pin(cloud::ask_as(target, cloud)),
        Box::pin(sites(target)),
        Box::pin(machines::logs(target, &turns))
    );
    let facts = put_together(target, (cloud, primary, secondary, logs), BTreeMap::new(), Vec::new());
    Box::pin(facts).await
}

async fn sites(target: &Target) -> (AskedSite, AskedSite) {
    let is_rbd = expected::expected(target).other_driver.is_none();
    tokio::join!(
        Box::pin(site::ask(target, SiteName::Primary, is_rbd)),
        Box::pin(site::ask(target, SiteName::Secondary, is_rbd))
    )
}

async fn put_together(
    target: &Target,
    ((cloud, known), primary, secondary, logs): ((CloudFacts, Option<Known>), AskedSite, AskedSite, Logs),
    compute: BTreeMap<String, ComputeFacts>,
    clocks: Vec<Clock>,
) -> Facts {
    let mut facts = Facts {
        expected: expected::expected(target),
        primary: primary.facts.clone(),
        secondary: secondary.facts.clone(),
        cloud,
        logs,
        compute,
        clocks,
    };
    look_at_images(&primary, &secondary, &mut facts).await;
    if let Some(known) = known {
        // The pool of the site on which the backend is has an image of every volume of it.
        let site = match facts.active() {
            SiteName::Primary => &primary,
            SiteName::Secondary => &secondary,
        };
        let names = &target.volume_name_template;
        facts.cloud.unseen = Box::pin(site.unseen(&known.cloud, &known.volumes, names)).await;
    }
    facts
}

async fn look_at_images(primary: &AskedSite, secondary: &AskedSite, facts: &mut Facts) {
    let images = images_to_look_at(facts);
    (facts.primary.images, facts.secondary.images) = tokio::join!(
        Box::pin(primary.look_at_images(&images)),
        Box::pin(secondary.look_at_images(&images))
    );
}

/// Asks both sites of a target, and their images of the volumes that are known already.
#[cfg(test)]
pub(super) async fn gather_sites(target: &Target, facts: &mut Facts) {
    let (primary, secondary) = sites(target).await;
    (facts.primary, facts.secondary) = (primary.facts.clone(), secondary.facts.clone());
    look_at_images(&primary, &secondary, facts).await;
}

/// How many images are looked at one by one.
const IMAGES: usize = 20;

/// The images that are looked at one by one: those first of which the sites' daemons do not both say that all is well.
fn images_to_look_at(facts: &Facts) -> Vec<String> {
    let volumes = facts.cloud.volumes.as_deref().unwrap_or_default();
    let replicated = volumes.iter().filter(|volume| volume.replication().has_a_mirror());
    let mut images: Vec<String> = replicated.map(|volume| facts.image_of(volume)).collect();
    let state = |site: &SiteFacts, image: &str| {
        let status = site.status.as_ref().ok()?.image(image)?;
        Some(status.state.clone())
    };
    images.sort_by_cached_key(|image| {
        let leads = state(facts.site(facts.active()), image).is_some_and(|state| state == "up+stopped");
        let follows = state(facts.site(facts.active().other()), image).is_some_and(|state| state == "up+replaying");
        leads && follows
    });
    images.truncate(IMAGES);
    images
}
