//! Is what Cinder calls replicated really on the other site?

use super::super::{Check, Facts, Finding, Fix, Group, SiteFacts};
use super::storage::{no_answer, not_rbd, rbd};
use crate::cloud::Volume;
use crate::site::MirrorStatus;
use crate::target::SiteName;

/// From how many journal entries on an image counts as behind. On idle images the number stays at 1 or 2 for minutes with
/// all data there, so that a small one means nothing.
const BEHIND: u64 = 100;
/// How many images are named before they are only counted.
const LISTED: usize = 20;

pub(super) static CHECK: Check = Check {
    name: "replicated-images",
    question: "Does the other site follow the image of every volume that Cinder calls replicated?",
    group: Group::Volumes,
    essential: true,
    judge,
};

fn judge(facts: &Facts) -> Finding {
    if let Some(finding) = not_rbd(facts) {
        return finding;
    }
    let volumes = match &facts.cloud.volumes {
        Ok(volumes) => volumes,
        Err(unasked) => return Finding::unasked(unasked),
    };
    let replicated: Vec<&Volume> = volumes
        .iter()
        .filter(|volume| volume.replication().has_a_mirror())
        .collect();
    if replicated.is_empty() {
        return Finding::ok("no volume on the backend is known to be replicated");
    }
    let leading = facts.active();
    for name in [leading, leading.other()] {
        if let Err(unasked) = &facts.site(name).status {
            return no_answer(facts, name, unasked);
        }
    }
    let mut findings: Vec<Finding> = replicated
        .iter()
        .filter_map(|volume| judge_image(facts, leading, volume))
        .collect();
    if findings.is_empty() {
        let following = facts.site_name(leading.other());
        return Finding::ok(format!(
            "{following} replays the images of all {} replicated volumes",
            replicated.len()
        ));
    }
    let more = findings.len().saturating_sub(LISTED);
    findings.truncate(LISTED);
    let finding = Finding::worst(findings);
    if more > 0 {
        finding.and(format!("and {more} more"))
    } else {
        finding
    }
}

/// What is wrong with an image; nothing if it is well.
fn judge_image(facts: &Facts, leading: SiteName, volume: &Volume) -> Option<Finding> {
    let image = facts.expected.volume_names.image(volume.image_id());
    let called = match volume.name.as_deref().filter(|name| !name.is_empty()) {
        Some(name) => format!("{} ({name})", volume.id),
        None => volume.id.to_string(),
    };
    let (here, there) = (facts.site_name(leading), facts.site_name(leading.other()));
    let spec = format!("{}/{image}", facts.pool_name(leading));
    let (lead, follow) = (
        status(facts.site(leading), &image),
        status(facts.site(leading.other()), &image),
    );
    let Some(lead) = lead else {
        return Some(not_mirrored(facts, leading, &called, volume, &image));
    };
    if [Some(lead), follow]
        .into_iter()
        .flatten()
        .any(MirrorStatus::is_split_brain)
    {
        let finding = Finding::problem(format!("volume {called} is in split-brain: both sites were written to")).fix(
            Fix::Do(format!(
                "compare both copies and choose which one to keep; to keep that of {here}, throw away that of {there}:"
            )),
        );
        // A copy that says split-brain is not primary, and Ceph refuses to demote it (exit 22).
        let finding = match follow.is_some_and(MirrorStatus::is_split_brain) {
            true => finding,
            false => finding.run(there, rbd(&format!("mirror image demote {spec}"))),
        };
        return Some(finding.run(there, rbd(&format!("mirror image resync {spec}"))));
    }
    let Some(follow) = follow else {
        return Some(
            Finding::problem(format!(
                "volume {called} is not on {there} (yet): {here} says {}, {}",
                lead.state, lead.description
            ))
            .fix(Fix::Do(format!(
                "a new image takes half a minute; otherwise look why {there} does not take it:"
            )))
            .run(
                there,
                rbd(&format!("mirror pool status {} --verbose", facts.pool_name(leading))),
            ),
        );
    };
    if lead.state.ends_with("replaying") {
        return Some(Finding::problem(format!(
            "volume {called} is primary on {there}, although Cinder says that the backend runs on {here}"
        )));
    }
    if !lead.state.ends_with("stopped") {
        return Some(
            Finding::problem(format!(
                "volume {called} is not primary on {here}: it says {} ({})",
                lead.state, lead.description
            ))
            .run(here, rbd(&format!("info {spec}"))),
        );
    }
    if !follow.is_replaying() {
        return Some(
            Finding::problem(format!(
                "volume {called} is not replayed: {there} says {} ({})",
                follow.state, follow.description
            ))
            .run(there, rbd(&format!("mirror image status {spec}"))),
        );
    }
    let behind = follow.replay.as_ref().and_then(|replay| replay.entries_behind_primary);
    match behind {
        Some(entries) if entries >= BEHIND => Some(
            Finding::warning(format!(
                "volume {called} is {entries} journal entries behind on {there}"
            ))
            .fix(Fix::Do("wait until it has caught up before you fail over".to_owned())),
        ),
        _ => None,
    }
}

fn status<'a>(site: &'a SiteFacts, image: &str) -> Option<&'a MirrorStatus> {
    site.status.as_ref().ok()?.image(image)
}

/// An image that the active site does not mirror, although Cinder says so.
fn not_mirrored(facts: &Facts, leading: SiteName, called: &str, volume: &Volume, image: &str) -> Finding {
    let here = facts.site_name(leading);
    let spec = format!("{}/{image}", facts.pool_name(leading));
    match facts.site(leading).strays.get(image) {
        Some(Ok(None)) => Finding::problem(format!("volume {called} has no image at {here}"))
            .fix(Fix::Do("was it migrated, or is another pool meant?".to_owned()))
            .run(here, rbd(&format!("info {spec}"))),
        Some(Err(unasked)) => Finding::unasked(unasked),
        _ => {
            let says = volume.replication_status.as_deref().unwrap_or("none");
            let words = format!("the image of volume {called} is not mirrored at {here}");
            if volume.replication().is_certain() {
                Finding::problem(format!("{words}, although Cinder says replication_status {says}"))
                    .run(here, rbd(&format!("mirror image enable {spec} journal")))
            } else {
                Finding::problem(format!("{words}, and Cinder says replication_status {says}"))
                    .fix(Fix::Do(
                        "find out what its last failover or its creation failed with".to_owned(),
                    ))
                    .run(here, rbd(&format!("info {spec}")))
            }
        }
    }
}
