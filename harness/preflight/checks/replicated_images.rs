//! Is what Cinder calls replicated really on the other site?

use super::super::{Asked, Check, Facts, Finding, Fix, Group};
use super::storage::{no_answer, not_rbd, rbd};
use crate::backend::PrimaryAt;
use crate::cloud::Volume;
use crate::counted::counted;
use crate::names::SiteName;
use crate::site::{MirrorStatus, Mirroring, RbdInfo, Replay};

/// From how many journal entries on an image counts as behind. On idle images the number stays at 1 or 2 for minutes with all
/// data there, so a small one means nothing.
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
        return all_well(facts, leading, &replicated);
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

/// That all are replayed, and how far the one is behind that is furthest behind.
fn all_well(facts: &Facts, leading: SiteName, replicated: &[&Volume]) -> Finding {
    let following = facts.site_name(leading.other());
    let finding = Finding::ok(format!(
        "{following} replays every image ({})",
        counted(replicated.len(), "replicated volume")
    ));
    let status = facts.site(leading.other()).status.as_ref().ok();
    let behind = replicated
        .iter()
        .filter_map(|volume| status?.image(&facts.image_of(volume))?.replay.as_ref())
        .max_by_key(|replay| replay.entries_behind_primary);
    match behind.and_then(Replay::lag) {
        Some(lag) => finding.and(format!("journal mode, at most {lag}")),
        None => finding,
    }
}

/// What is wrong with an image; nothing if it is well.
fn judge_image(facts: &Facts, leading: SiteName, volume: &Volume) -> Option<Finding> {
    let following = leading.other();
    let image = Image {
        name: facts.image_of(volume),
        volume: match volume.name.as_deref().filter(|name| !name.is_empty()) {
            Some(name) => format!("{} ({name})", volume.id),
            None => volume.id.to_string(),
        },
        facts,
        leading,
    };
    let (here, there) = (facts.site_name(leading), facts.site_name(following));
    let (lead_info, follow_info) = (image.info(leading), image.info(following));
    match lead_info {
        Some(Ok(None)) => return Some(image.absent()),
        Some(Ok(Some(info))) if info.mirroring.is_none() => return Some(image.not_mirrored(volume)),
        _ => {}
    }
    if let (Some(lead), Some(follow)) = (image.mirroring(leading), image.mirroring(following))
        && lead.global_id != follow.global_id
    {
        return Some(
            Finding::problem(format!(
                "the images of volume {} at {here} and {there} are not one mirror: their global ids are {} and {}",
                image.volume, lead.global_id, follow.global_id
            ))
            .fix(Fix::Do(
                "they are not copies of each other, so no failover keeps the data: find out where each comes from"
                    .to_owned(),
            )),
        );
    }
    let (lead, follow) = (image.status(leading), image.status(following));
    if [lead, follow].into_iter().flatten().any(MirrorStatus::is_split_brain) {
        return Some(image.split_brain());
    }
    // A daemon's words are seconds old, and may be missing: who is primary is what the images themselves say.
    match image.primary() {
        PrimaryAt::Both => return Some(image.both_primary()),
        PrimaryAt::Nowhere => return Some(image.nowhere_primary()),
        PrimaryAt::Site(site) if site == following => {
            return Some(Finding::problem(format!(
                "volume {} is primary on {there}, although Cinder says that the backend runs on {here}",
                image.volume
            )));
        }
        PrimaryAt::Site(_) => {}
        PrimaryAt::Unknown(_) => {
            if let Some(finding) = image.by_its_daemons(lead, lead_info, follow_info) {
                return Some(finding);
            }
        }
    }
    let Some(follow) = follow else {
        return Some(image.not_there(lead));
    };
    if !follow.is_replaying() {
        return Some(
            Finding::problem(format!(
                "volume {} is not replayed: {there} says {} ({})",
                image.volume, follow.state, follow.description
            ))
            .run(there, rbd(&format!("mirror image status {}", image.spec()))),
        );
    }
    if image.is_snapshot_mirrored(follow) {
        return Some(
            Finding::warning(format!(
                "volume {} is mirrored by snapshots: what a failover loses is all since the last mirror snapshot",
                image.volume
            ))
            .and(format!(
                "{there} says: {}",
                follow
                    .replay
                    .as_ref()
                    .and_then(Replay::lag)
                    .unwrap_or_else(|| "nothing of which snapshot it holds".to_owned())
            ))
            .and("Cinder's RBD driver mirrors in journal mode only, and made no image of another mode")
            .fix(Fix::Do(format!(
                "mirror it in journal mode, if that was not on purpose (disable its mirroring on {here}, then enable it with \
                 mode journal: {there} copies it again)"
            ))),
        );
    }
    match lead {
        Some(lead) if lead.state.ends_with("stopped") => {}
        lead => {
            let said = lead.map_or_else(
                || "nothing".to_owned(),
                |lead| format!("{} ({})", lead.state, lead.description),
            );
            return Some(
                Finding::warning(format!(
                    "volume {} is primary on {here} and replayed on {there}, but the rbd-mirror of {here} says {said}",
                    image.volume
                ))
                .fix(Fix::Do(format!(
                    "if that lasts, check the rbd-mirror of {here}: a failback needs it"
                ))),
            );
        }
    }
    let behind = follow.replay.as_ref().and_then(|replay| replay.entries_behind_primary);
    match behind {
        Some(entries) if entries >= BEHIND => Some(
            Finding::warning(format!(
                "volume {} is {} behind on {there}",
                image.volume,
                counted(entries, "journal entry")
            ))
            .fix(Fix::Do("wait until it has caught up before you fail over".to_owned())),
        ),
        _ => None,
    }
}

/// The image of a volume at both sites.
struct Image<'a> {
    name: String,
    /// The volume in words.
    volume: String,
    facts: &'a Facts,
    /// Where Cinder says that the backend runs.
    leading: SiteName,
}

impl<'a> Image<'a> {
    fn spec(&self) -> String {
        format!("{}/{}", self.facts.pool_name(self.leading), self.name)
    }

    fn names(&self) -> (&'a str, &'a str) {
        (
            self.facts.site_name(self.leading),
            self.facts.site_name(self.leading.other()),
        )
    }

    /// What `rbd info` says of it at a site, if that was asked.
    fn info(&self, site: SiteName) -> Option<&'a Asked<Option<RbdInfo>>> {
        self.facts.site(site).images.get(&self.name)
    }

    fn status(&self, site: SiteName) -> Option<&'a MirrorStatus> {
        self.facts.site(site).status.as_ref().ok()?.image(&self.name)
    }

    fn mirroring(&self, site: SiteName) -> Option<&'a Mirroring> {
        self.info(site)?.as_ref().ok()?.as_ref()?.mirroring.as_ref()
    }

    fn primary(&self) -> PrimaryAt {
        let flag = |site: SiteName| self.mirroring(site).map(|mirroring| mirroring.primary);
        PrimaryAt::of(flag(SiteName::Primary), flag(SiteName::Secondary))
    }

    /// Whether it is mirrored by snapshots, by its mode, or by the times of snapshots in the words of its daemon.
    fn is_snapshot_mirrored(&self, status: &MirrorStatus) -> bool {
        let modes = SiteName::ALL.map(|site| self.mirroring(site).and_then(|mirroring| mirroring.mode.as_deref()));
        modes.contains(&Some("snapshot")) || status.description.contains("_snapshot_timestamp")
    }

    /// What the daemons of both sites come to where the images were not asked. Neither of them alone is believed.
    fn by_its_daemons(
        &self,
        lead: Option<&MirrorStatus>,
        lead_info: Option<&Asked<Option<RbdInfo>>>,
        follow_info: Option<&Asked<Option<RbdInfo>>>,
    ) -> Option<Finding> {
        let (here, there) = self.names();
        let unasked = [lead_info, follow_info]
            .into_iter()
            .flatten()
            .find_map(|info| info.as_ref().err());
        match lead {
            Some(lead) if lead.state.ends_with("stopped") => None,
            Some(lead) if lead.state.ends_with("replaying") && unasked.is_none() => Some(Finding::problem(format!(
                "volume {} is primary on {there}, although Cinder says that the backend runs on {here}",
                self.volume
            ))),
            lead => {
                let said = lead.map_or_else(
                    || "nothing".to_owned(),
                    |lead| format!("{} ({})", lead.state, lead.description),
                );
                let finding = Finding::not_checked(format!(
                    "it is not known where volume {} is primary: the rbd-mirror of {here} says {said}",
                    self.volume
                ));
                let finding = match unasked {
                    Some(unasked) => finding.and(unasked.reason.clone()),
                    None => finding,
                };
                Some(finding.run(here, rbd(&format!("info {}", self.spec()))))
            }
        }
    }

    fn split_brain(&self) -> Finding {
        let (here, there) = self.names();
        let spec = self.spec();
        let finding = Finding::problem(format!(
            "volume {} is in split-brain: both sites were written to",
            self.volume
        ))
        .fix(Fix::Do(format!(
            "compare both copies and choose which one to keep; to keep that of {here}, discard that of {there}:"
        )));
        // A copy that says split-brain is not primary, and Ceph refuses to demote it (exit 22).
        let is_copy = self
            .status(self.leading.other())
            .is_some_and(MirrorStatus::is_split_brain);
        let finding = match is_copy {
            true => finding,
            false => finding.run(there, rbd(&format!("mirror image demote {spec}"))),
        };
        finding.run(there, rbd(&format!("mirror image resync {spec}")))
    }

    fn both_primary(&self) -> Finding {
        let (here, there) = self.names();
        let spec = self.spec();
        Finding::problem(format!(
            "volume {} is primary on both sites: each can be written to",
            self.volume
        ))
        .and(format!("Cinder says that the backend runs on {here}"))
        .fix(Fix::Do(format!(
            "find out which copy is stale and unused since; if it is that of {there}, where Cinder does not run, \
                 discard it (it follows {here} from then on):"
        )))
        .run(there, rbd(&format!("mirror image demote {spec}")))
        .run(there, rbd(&format!("mirror image resync {spec}")))
    }

    fn nowhere_primary(&self) -> Finding {
        let (here, _) = self.names();
        Finding::problem(format!(
            "volume {} is primary on neither site: a failover ended between its demotion and its promotion",
            self.volume
        ))
        .fix(Fix::Do(format!(
            "the copies are equal, unless one of them was forced before: make that of {here} primary, where Cinder says that the \
             backend runs:"
        )))
        .run(here, rbd(&format!("mirror image promote {}", self.spec())))
    }

    fn absent(&self) -> Finding {
        let (here, there) = self.names();
        let finding = Finding::problem(format!("volume {} has no image at {here}", self.volume));
        let finding = match self.info(self.leading.other()) {
            Some(Ok(Some(_))) => finding.and(format!("{there} has it")),
            _ => finding,
        };
        finding
            .fix(Fix::Do(
                "was it migrated, is another pool meant, or does cinder.conf set volume_name_template?".to_owned(),
            ))
            .run(here, rbd(&format!("info {}", self.spec())))
    }

    /// An image that the active site does not mirror.
    fn not_mirrored(&self, volume: &Volume) -> Finding {
        let (here, _) = self.names();
        let says = volume.replication_status.as_deref().unwrap_or("none");
        let words = format!("the image of volume {} is not mirrored at {here}", self.volume);
        if volume.replication().is_certain() {
            Finding::problem(format!("{words}, although Cinder says replication_status {says}"))
                .run(here, rbd(&format!("mirror image enable {} journal", self.spec())))
        } else {
            Finding::problem(format!("{words}, and Cinder says replication_status {says}"))
                .fix(Fix::Do(
                    "find out what its last failover or its creation failed with".to_owned(),
                ))
                .run(here, rbd(&format!("info {}", self.spec())))
        }
    }

    fn not_there(&self, lead: Option<&MirrorStatus>) -> Finding {
        let (here, there) = self.names();
        let said = lead.map_or_else(
            || "nothing of it".to_owned(),
            |lead| format!("{}, {}", lead.state, lead.description),
        );
        Finding::problem(format!(
            "volume {} is not on {there} (yet): {here} says {said}",
            self.volume
        ))
        .fix(Fix::Do(format!(
            "a new image takes half a minute; otherwise check why {there} does not take it:"
        )))
        .run(
            there,
            rbd(&format!(
                "mirror pool status {} --verbose",
                self.facts.pool_name(self.leading)
            )),
        )
    }
}
