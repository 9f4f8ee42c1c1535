//! Asks everybody at once, changes nothing, and waits for nobody longer than a few seconds.

mod cloud;
mod expected;
mod machines;
mod site;
mod within;

use super::Facts;
use super::facts::active_site;
use crate::target::{SiteName, Target};

/// Asks the cloud, both sites and the machines of a target. That somebody does not answer is a fact like others.
pub async fn gather(target: &Target) -> Facts {
    let expected = expected::expected(target);
    let is_rbd = expected.other_driver.is_none();
    let ((mut cloud, known), mut primary, mut secondary, log, compute, clocks) = tokio::join!(
        cloud::ask(target),
        site::ask(target, SiteName::Primary, is_rbd),
        site::ask(target, SiteName::Secondary, is_rbd),
        machines::log(target),
        machines::compute(target),
        machines::clocks(target),
    );
    let volumes = cloud.volumes.as_deref().unwrap_or_default();
    let names = &target.volume_name_template;
    tokio::join!(
        primary.look_at_strays(volumes, names),
        secondary.look_at_strays(volumes, names)
    );
    if let Some(known) = known {
        // The pool of the site on which the backend is has an image of every volume of it.
        let site = match active_site(cloud.services.as_deref().unwrap_or_default(), &expected.backend) {
            SiteName::Primary => &primary,
            SiteName::Secondary => &secondary,
        };
        cloud.unseen = site.unseen(&known.cloud, &known.volumes, names).await;
    }
    Facts {
        expected,
        primary: primary.facts,
        secondary: secondary.facts,
        cloud,
        log,
        compute,
        clocks,
    }
}
