//! What the two storage sites say of a volume's image.

use super::blast_radius;
use super::context::{Context, VOLUME_NAME_TEMPLATE, image_name_of};
use super::wait::{Awaited, Poll, Waited, until};
use crate::event::{EventKind, MirrorState};
use crate::failure::{Failure, FailureKind};
use crate::scenario::VolumeName;
use crate::site::{MirrorStatus, RbdInfo, Site};
use crate::target::SiteName;

/// Both sites hold the image in one mirror, as they must.
pub struct Mirrored {
    /// The mirroring global id, the same on both sites.
    pub global_id: String,
    /// The mirroring mode, for example `journal`.
    pub mode: String,
    /// The state of the side that replays.
    pub replaying: String,
    /// How long it took until all this was so.
    pub waited: Waited,
}

/// Before a planned failover to `to`: each replicated volume of this run must be replaying there. A volume that is not
/// there yet would go to `failover-error` (a new one takes 14–33 s on a real Ceph), and one that does not replay would
/// come up stale.
///
/// # Errors
/// A volume did not replay within the budget, or is in split-brain.
pub async fn require_replaying(context: &Context, to: SiteName) -> Result<(), Failure> {
    if context.sites.is_none() {
        context.notice("the sites have no shell in the target, so nobody asked whether the volumes replay there");
        return Ok(());
    }
    let names: Vec<VolumeName> = context
        .world
        .volumes
        .iter()
        .filter(|(_, made)| made.replicated)
        .map(|(name, _)| name.clone())
        .collect();
    for name in names {
        mirrored(context, &name, to.other(), FailureKind::Cloud).await?;
    }
    Ok(())
}

/// The same for the volumes that this run did not make and that move too: a failback before the primary replays splits
/// their brains, and Cinder accepts it at once.
///
/// # Errors
/// As [`require_replaying`].
pub async fn require_foreign_replaying(context: &Context, to: SiteName) -> Result<(), Failure> {
    if context.sites.is_none() {
        return Ok(());
    }
    let moves = if to == SiteName::Primary {
        "failed-over"
    } else {
        "enabled"
    };
    for volume in blast_radius::foreign(context).await? {
        if volume.replication_status.as_deref() == Some(moves) {
            let image = image_name_of(VOLUME_NAME_TEMPLATE, &volume);
            let what = format!("volume {} of somebody else", volume.id);
            mirrored_image(context, &what, &image, to.other(), FailureKind::Cloud).await?;
        }
    }
    Ok(())
}

/// Waits until `primary` holds the volume's image as primary and the other site replays it, under one global id.
///
/// # Errors
/// It was not so within the budget (the failure is of `kind` and names what both sites said last), the image is in
/// split-brain, or a site did not answer.
pub async fn mirrored(
    context: &Context,
    name: &VolumeName,
    primary: SiteName,
    kind: FailureKind,
) -> Result<Mirrored, Failure> {
    let image = context.volume(name)?.image();
    mirrored_image(context, &format!("volume {name}"), &image, primary, kind).await
}

async fn mirrored_image(
    context: &Context,
    whose: &str,
    image: &str,
    primary: SiteName,
    kind: FailureKind,
) -> Result<Mirrored, Failure> {
    let sites = context.sites()?;
    let (leading, following) = (sites.at(primary), sites.at(primary.other()));
    let (leading_name, following_name) = (context.site_name(primary), context.site_name(primary.other()));
    let what = format!("the mirror of {whose}");
    let expected = format!("primary on {leading_name} and replaying on {following_name}");
    let budget = context.target.budgets.replication;
    let awaited = Awaited {
        what: &what,
        expected: &expected,
        budget,
        on_timeout: kind,
    };
    let mut reversed = false;
    let mut told = Vec::new();
    let mut tell = |states: Vec<MirrorState>| {
        if states != told {
            told.clone_from(&states);
            context.recorder.record(EventKind::MirrorSeen {
                image_of: whose.to_owned(),
                sites: states,
            });
        }
    };
    let found = until(&context.recorder, awaited, async || {
        let lead = match info(leading, image, leading_name).await? {
            Ok(info) => info,
            Err(seen) => {
                tell(vec![absent(leading_name, &seen)]);
                return Ok(Poll::NotYet(seen));
            }
        };
        let follow = match info(following, image, following_name).await? {
            Ok(info) => info,
            Err(seen) => {
                tell(vec![state_of(leading_name, &lead), absent(following_name, &seen)]);
                return Ok(Poll::NotYet(seen));
            }
        };
        let (lead_state, mut follow_state) = (state_of(leading_name, &lead), state_of(following_name, &follow));
        let (Some(lead), Some(follow)) = (&lead.mirroring, &follow.mirroring) else {
            tell(vec![lead_state, follow_state]);
            return Ok(Poll::NotYet("mirroring is not enabled on the image".to_owned()));
        };
        if lead.global_id != follow.global_id {
            tell(vec![lead_state, follow_state]);
            return Err(Failure::expectation(format!("{what} is not one mirror: its images have different global ids"))
                .detail(leading_name, &lead.global_id)
                .detail(following_name, &follow.global_id)
                .help("the images are strangers to each other: no failover of this volume can keep its data"));
        }
        reversed = follow.primary && !lead.primary;
        let status = following.mirror_status(image).await?;
        follow_state.state = Some(status.state.clone());
        follow_state.note = description_words(&status);
        tell(vec![lead_state, follow_state]);
        if status.is_split_brain() {
            return Err(Failure::expectation(format!("{what} is in split-brain"))
                .detail(following_name, format!("{} ({})", status.state, status.description))
                .help("both sides were written to: choose the side to keep, demote the other and `rbd mirror image resync` it"));
        }
        let seen = format!(
            "{leading_name} primary {}, {following_name} primary {}, {following_name} {}",
            lead.primary, follow.primary, status.state
        );
        if !lead.primary || follow.primary || status.state != "up+replaying" {
            return Ok(Poll::NotYet(seen));
        }
        Ok(Poll::Ready(Mirrored {
            global_id: lead.global_id.clone(),
            mode: lead.mode.clone().unwrap_or_default(),
            replaying: status.state,
            waited: Waited { elapsed: std::time::Duration::ZERO },
        }))
    })
    .await;
    match found {
        Ok((found, waited)) => Ok(Mirrored { waited, ..found }),
        Err(failure) if reversed => {
            let symptom = failure.summary.clone();
            let summary =
                format!("{whose} was not moved: its primary is still {following_name}, where {leading_name} must be");
            Err(Failure { summary, ..failure }.detail("so", symptom).help(
                "the driver reports success for a backend of which it moved other volumes only: with DEBUG, the cinder-volume \
                 log says `Failed to demote` for this one",
            ))
        }
        Err(failure) => Err(failure),
    }
}

/// What the journal is told of a site that holds the image.
fn state_of(site: &str, info: &RbdInfo) -> MirrorState {
    MirrorState {
        site: site.to_owned(),
        primary: info.mirroring.as_ref().map(|mirroring| mirroring.primary),
        state: None,
        note: info
            .mirroring
            .is_none()
            .then(|| "mirroring is not enabled on the image".to_owned()),
    }
}

/// A status's description without its figures, which differ at each poll and prove nothing; none if it only repeats the
/// state.
fn description_words(status: &MirrorStatus) -> Option<String> {
    let words = status.description.split('{').next().unwrap_or_default();
    let words = words.trim_end_matches([',', ' ']);
    (!words.is_empty() && !status.state.ends_with(words)).then(|| words.to_owned())
}

/// What the journal is told of a site without the image.
fn absent(site: &str, seen: &str) -> MirrorState {
    MirrorState {
        site: site.to_owned(),
        primary: None,
        state: None,
        note: Some(seen.to_owned()),
    }
}

/// What a site says of an image, or that it has none yet.
async fn info(site: &Site, image: &str, name: &str) -> Result<Result<RbdInfo, String>, Failure> {
    match site.image_info(image).await {
        Ok(info) => Ok(Ok(info)),
        Err(error) if error.is_no_such_image() => Ok(Err(format!("{name} has no image {image}"))),
        Err(error) => Err(error.into()),
    }
}
