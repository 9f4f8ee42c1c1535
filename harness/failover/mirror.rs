//! What the two storage sites say of a volume's image.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::future::try_join_all;
use tokio::time::Instant;

use super::blast_radius;
use super::link::require_link;
use super::mirror_pair::{Asked, Obstacle, Pair, SETTLED, Side, judge_infos, judge_status, one_cluster};
use super::unreachable_site;
use crate::event::{EventKind, MirrorState};
use crate::failure::{Failure, FailureKind};
use crate::names::{SiteName, VolumeName};
use crate::session::Context;
use crate::site::{MirrorStatus, RbdInfo, Replay, Site, SiteError};
use crate::wait::{Awaited, Poll, Waited, until};

/// Both sites hold the image in one mirror, as they must.
pub struct Mirrored {
    /// The mirroring global id, the same on both sites.
    pub global_id: String,
    /// The mirroring mode, for example `journal`.
    pub mode: String,
    /// The state of the side that replays.
    pub replaying: String,
    /// How far that side is behind, as its daemon says.
    pub lag: Option<String>,
    /// How long it took until all this was so.
    pub waited: Waited,
}

/// Before a planned failover to `to`: each replicated volume of this run must be replaying there. A volume that is not
/// there yet would go to `failover-error` (a new one takes 14–33 s on a real Ceph), and one that does not replay would
/// come up stale.
///
/// # Errors
/// A volume did not replay within the budget, or is in split-brain; or the site that is left does not hear of the other one.
pub async fn require_replaying(context: &Context, to: SiteName) -> Result<(), Failure> {
    if context.sites.is_none() {
        context.notice("the sites have no shell in the target, so it was not checked whether the volumes replay there");
        return Ok(());
    }
    let names: Vec<VolumeName> = context
        .resources
        .volumes
        .iter()
        .filter(|(_, made)| made.replicated)
        .map(|(name, _)| name.clone())
        .collect();
    let all = names
        .iter()
        .map(|name| mirrored(context, name, to.other(), FailureKind::Cloud));
    try_join_all(all).await?;
    require_link(context, to).await
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
    let foreign = blast_radius::foreign(context).await?.into_iter();
    let moving = foreign.filter(|volume| volume.replication_status.as_deref() == Some(moves));
    let all = moving.map(async |volume| {
        let (what, image) = (
            format!("foreign volume {}", volume.id),
            context.image_of(volume.image_id()),
        );
        mirrored_image(context, &what, &image, to.other(), FailureKind::Cloud).await
    });
    try_join_all(all).await?;
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

/// Looks whether the volume's image is primary at the only site that can be asked, since the other one is lost; the mode of its
/// mirroring.
///
/// # Errors
/// It is not, or the site does not answer.
pub async fn primary_alone(context: &Context, name: &VolumeName, primary: SiteName) -> Result<String, Failure> {
    let image = context.volume(name)?.image();
    let site = context.sites()?.at(primary);
    let here = context.site_name(primary);
    let what = format!("volume {name}");
    let expected = format!("primary on {here}");
    let awaited = Awaited {
        what: &what,
        expected: &expected,
        budget: context.target.budgets.command,
        on_timeout: FailureKind::Expectation,
    };
    let (mode, _) = until(&context.recorder, awaited, async || {
        let Some(info) = info(site, &image).await? else {
            return Ok(Poll::NotYet(format!("{here} has no such image")));
        };
        Ok(match info.mirroring {
            None => Poll::NotYet(format!("mirroring is not enabled on the image at {here}")),
            Some(mirroring) if !mirroring.primary => Poll::NotYet(format!("{here} primary false")),
            Some(mirroring) if mirroring.state != "enabled" => {
                Poll::NotYet(format!("mirroring is {} at {here}", mirroring.state))
            }
            Some(mirroring) => Poll::Ready(mirroring.mode.unwrap_or_default()),
        })
    })
    .await?;
    Ok(mode)
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
    let asked = Asked {
        whose,
        image,
        pool: context
            .target
            .sites
            .get(primary)
            .and_then(|site| site.pool.as_deref())
            .unwrap_or("POOL"),
        moved: context.backend_state.moved(),
    };
    let awaited = Awaited {
        what: &what,
        expected: &expected,
        budget,
        on_timeout: kind,
    };
    // What was in the way at the last look; nothing if a look failed.
    let mut last = None;
    // Since when something was seen that no waiting mends.
    let mut stays_since = None;
    let mut apart = false;
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
    // The site that did not answer, which ends the wait.
    let mut silent = None;
    // Whether the last look found no image at the site that follows: one that is not listed there is still not there, then.
    let is_absent = AtomicBool::new(false);
    let glance = |listed: Option<&MirrorStatus>| match listed {
        Some(status) => on_its_way(following_name, status),
        None => {
            let is_absent = is_absent.load(Ordering::Relaxed);
            is_absent.then(|| absent(following_name).words(leading_name, following_name))
        }
    };
    let poll = async || {
        last = None;
        is_absent.store(false, Ordering::Relaxed);
        let not_yet = |obstacle: Obstacle| (obstacle.words(leading_name, following_name), obstacle);
        let lead = info(leading, image).await;
        note_silence(&lead, primary, &mut silent);
        let Some(lead) = lead? else {
            let (words, obstacle) = not_yet(absent(leading_name));
            tell(vec![absent_at(leading_name, &words)]);
            last = Some(obstacle);
            return Ok(Poll::NotYet(words));
        };
        let follow = info(following, image).await;
        note_silence(&follow, primary.other(), &mut silent);
        let Some(follow) = follow? else {
            let (words, obstacle) = not_yet(absent(following_name));
            tell(vec![state_of(leading_name, &lead), absent_at(following_name, &words)]);
            last = Some(obstacle);
            is_absent.store(true, Ordering::Relaxed);
            return Ok(Poll::NotYet(words));
        };
        if !apart {
            require_two_clusters(leading, following, &lead, &follow).await?;
            apart = true;
        }
        let lead_side = Side {
            name: leading_name,
            info: &lead,
        };
        let follow_side = Side {
            name: following_name,
            info: &follow,
        };
        let (lead_state, mut follow_state) = (state_of(leading_name, &lead), state_of(following_name, &follow));
        let infos = judge_infos(&asked, lead_side, follow_side);
        let is_over = infos.as_ref().is_some_and(|infos| infos.ends(&asked).is_some());
        let pair = if is_over || lead.mirroring.is_none() || follow.mirroring.is_none() {
            tell(vec![lead_state, follow_state]);
            infos.unwrap_or(Pair::Mirrored)
        } else {
            let status = following.mirror_status(image).await;
            note_silence(&status, primary.other(), &mut silent);
            let status = status?;
            follow_state.state = Some(status.state.clone());
            follow_state.note = description_words(&status);
            tell(vec![lead_state, follow_state]);
            let pair = judge_status(&asked, follow_side, &status, infos);
            if pair == Pair::Mirrored {
                let mirroring = lead.mirroring.as_ref();
                return Ok(Poll::Ready(Mirrored {
                    global_id: status.global_id,
                    mode: mirroring
                        .and_then(|mirroring| mirroring.mode.clone())
                        .unwrap_or_default(),
                    lag: status.replay.as_ref().and_then(Replay::lag),
                    replaying: status.state,
                    waited: Waited {
                        elapsed: Duration::ZERO,
                    },
                }));
            }
            pair
        };
        if let Some(failure) = pair.ends(&asked) {
            return Err(failure);
        }
        let Pair::NotYet(obstacle) = pair else {
            return Err(Failure::harness(format!(
                "{what} was judged without both sites' mirroring"
            )));
        };
        let (words, obstacle) = not_yet(obstacle);
        stays_since = obstacle.stays().then(|| stays_since.unwrap_or_else(Instant::now));
        let is_settled = stays_since.is_some_and(|since: Instant| since.elapsed() >= SETTLED.min(budget));
        if is_settled {
            let failure = Failure::new(kind, format!("{what} cannot become {expected}"))
                .detail("expected", &expected)
                .detail("seen", words);
            return Err(obstacle.explain(&asked, leading_name, following_name, failure));
        }
        last = Some(obstacle);
        Ok(Poll::NotYet(words))
    };
    let found = context
        .wait_for_mirror(primary.other(), awaited, image, glance, poll)
        .await;
    match (found, last) {
        (Ok((found, waited)), _) => Ok(Mirrored { waited, ..found }),
        (Err(error), Some(obstacle)) => Err(obstacle.explain(&asked, leading_name, following_name, error.into())),
        (Err(error), None) => Err(match silent {
            Some(site) => unreachable_site::unjudged(context, &what, image, site, error.into()).await,
            None => error.into(),
        }),
    }
}

fn absent(site: &str) -> Obstacle {
    Obstacle::Absent { site: site.to_owned() }
}

/// Of what a site says of all its images at once only this counts: that a copy is still being made or taken up, in words. Everything
/// else is looked at, at both sites: what ends a wait, what no waiting mends, and what a daemon says that does not report.
fn on_its_way(following: &str, status: &MirrorStatus) -> Option<String> {
    let is_on_its_way = ["up+starting_replay", "up+syncing", "up+stopping_replay"].contains(&status.state.as_str());
    (is_on_its_way && !status.is_split_brain()).then(|| format!("{following} {}", status.state))
}

/// Notes the site whose answer never came.
fn note_silence<T>(answer: &Result<T, SiteError>, site: SiteName, silent: &mut Option<SiteName>) {
    if answer.as_ref().is_err_and(SiteError::is_silent) {
        *silent = Some(site);
    }
}

/// Requires that the two sites are two. An image has an id of its own at each, which Ceph makes of its client's number and at
/// random, so only images with one id are looked at further: by what the clusters call themselves.
async fn require_two_clusters(
    leading: &Site,
    following: &Site,
    lead: &RbdInfo,
    follow: &RbdInfo,
) -> Result<(), Failure> {
    if lead.id != follow.id {
        return Ok(());
    }
    let image = format!("the image has id {} at both", lead.id);
    let how = match (leading.cluster().await, following.cluster().await) {
        (Ok(one), Ok(other)) if one.fsid == other.fsid => format!("both have fsid {}, and {image}", one.fsid),
        (Ok(_), Ok(_)) => return Ok(()),
        (Err(error), _) | (_, Err(error)) => format!("{image}; no fsid: {}", error.summary()),
    };
    Err(one_cluster(leading.name(), following.name(), &how))
}

/// The journal's entry for a site that holds the image.
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

/// The journal's entry for a site without the image.
fn absent_at(site: &str, seen: &str) -> MirrorState {
    MirrorState {
        site: site.to_owned(),
        primary: None,
        state: None,
        note: Some(seen.to_owned()),
    }
}

/// What a site says of an image; `None` if it has none yet.
async fn info(site: &Site, image: &str) -> Result<Option<RbdInfo>, SiteError> {
    match site.image_info(image).await {
        Ok(info) => Ok(Some(info)),
        Err(error) if error.is_no_such_image() => Ok(None),
        Err(error) => Err(error),
    }
}
