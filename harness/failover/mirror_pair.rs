//! What both sites' words on an image mean, taken together. Nothing is judged by one side, by a daemon or by a name alone.

use std::time::Duration;

use crate::backend::PrimaryAt;
use crate::failure::{Cause, Failure, FailureKind};
use crate::names::SiteName;
use crate::site::{MirrorStatus, RbdInfo};

/// How long a state must be seen from which no mirror comes by itself, before the wait for it ends: both sites are not asked
/// at one moment, so a promotion in between can look like it.
pub(crate) const SETTLED: Duration = Duration::from_secs(5);

/// What one site says of an image.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Side<'a> {
    /// The site's name.
    pub name: &'a str,
    /// What `rbd info` says.
    pub info: &'a RbdInfo,
}

/// An image and who asks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked<'a> {
    /// Whose image it is, for example `volume root`.
    pub whose: &'a str,
    /// The image's name.
    pub image: &'a str,
    /// The pool that it is in, as the sites are asked.
    pub pool: &'a str,
    /// Whether a failover or failback was sent by then: without one, a missing image is no fault.
    pub moved: bool,
}

/// What the two sites' words on an image mean.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Pair {
    /// As it must be.
    Mirrored,
    /// Not yet, or never: what is in the way.
    NotYet(Obstacle),
    /// A site answers of something else than it was asked: nothing is known of the mirror.
    Nonsense {
        /// The site.
        site: String,
        /// What it answered of.
        of: String,
        /// What it was asked.
        asked: String,
    },
    /// The images have nothing to do with each other.
    NotCopies {
        /// Each site and its image's global id.
        ids: [(String, String); 2],
    },
    /// The images are mirrored in different modes, so neither follows the other.
    Modes {
        /// Each site and its image's mode.
        modes: [(String, String); 2],
    },
    /// Both sides were written to.
    SplitBrain {
        /// The site that says so.
        site: String,
        /// What it says.
        says: String,
    },
}

/// What keeps an image from being mirrored as it must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Obstacle {
    /// A site has no such image.
    Absent {
        /// The site.
        site: String,
    },
    /// A site's image is not mirrored, or its mirroring is being made or removed; the state that it says.
    State {
        /// The site.
        site: String,
        /// The state: `disabled`, `disabling`, `creating`.
        state: String,
    },
    /// The images have different sizes.
    Sizes {
        /// Each site and its image's size in bytes.
        sizes: [(String, u64); 2],
    },
    /// It is primary at the other site: it was not moved.
    NotMoved,
    /// It is primary at both sites.
    BothPrimary,
    /// It is primary at neither.
    PrimaryNowhere,
    /// The daemon of the site that follows does not run, or does not report.
    DaemonAway {
        /// The site.
        site: String,
        /// The state that the status says.
        state: String,
    },
    /// The site that follows reports something else than that it replays.
    NotReplaying {
        /// The site.
        site: String,
        /// The state that the status says.
        state: String,
        /// What it says in more words, with figures, which would make each look a state of its own.
        description: String,
    },
}

/// Judges what both sites say of an image in `rbd info`. `leading` must be primary; `None` if nothing is in the way.
pub(crate) fn judge_infos(asked: &Asked<'_>, leading: Side<'_>, following: Side<'_>) -> Option<Pair> {
    for side in [leading, following] {
        if side.info.name != asked.image {
            return Some(Pair::Nonsense {
                site: side.name.to_owned(),
                of: format!("image {}", side.info.name),
                asked: format!("image {}", asked.image),
            });
        }
    }
    let absent = |side: Side<'_>| {
        side.info.mirroring.is_none().then(|| Obstacle::State {
            site: side.name.to_owned(),
            state: "disabled".to_owned(),
        })
    };
    if let Some(obstacle) = absent(leading).or_else(|| absent(following)) {
        return Some(Pair::NotYet(obstacle));
    }
    let (Some(lead), Some(follow)) = (&leading.info.mirroring, &following.info.mirroring) else {
        return None;
    };
    if lead.global_id != follow.global_id {
        return Some(Pair::NotCopies {
            ids: [
                (leading.name.to_owned(), lead.global_id.clone()),
                (following.name.to_owned(), follow.global_id.clone()),
            ],
        });
    }
    // Ceph says the mode since Octopus.
    if let (Some(mode), Some(other)) = (&lead.mode, &follow.mode)
        && mode != other
    {
        return Some(Pair::Modes {
            modes: [
                (leading.name.to_owned(), mode.clone()),
                (following.name.to_owned(), other.clone()),
            ],
        });
    }
    // Which site is the one on its primary site makes no difference to what the two flags mean.
    let obstacle = match PrimaryAt::of(Some(lead.primary), Some(follow.primary)) {
        PrimaryAt::Both => Some(Obstacle::BothPrimary),
        PrimaryAt::Nowhere => Some(Obstacle::PrimaryNowhere),
        PrimaryAt::Site(SiteName::Secondary) => Some(Obstacle::NotMoved),
        PrimaryAt::Site(SiteName::Primary) | PrimaryAt::Unknown(_) => None,
    };
    let state = [(leading, lead), (following, follow)]
        .into_iter()
        .find(|(_, mirroring)| mirroring.state != "enabled")
        .map(|(side, mirroring)| Obstacle::State {
            site: side.name.to_owned(),
            state: mirroring.state.clone(),
        });
    let sizes = (leading.info.size != following.info.size).then(|| Obstacle::Sizes {
        sizes: [
            (leading.name.to_owned(), leading.info.size),
            (following.name.to_owned(), following.info.size),
        ],
    });
    obstacle.or(state).or(sizes).map(Pair::NotYet)
}

/// Judges what the site that follows reports of an image whose infos are as they must be or not: `found` is what they mean.
pub(crate) fn judge_status(asked: &Asked<'_>, following: Side<'_>, status: &MirrorStatus, found: Option<Pair>) -> Pair {
    let site = following.name.to_owned();
    let global_id = following.info.mirroring.as_ref().map(|mirroring| &mirroring.global_id);
    if global_id.is_some_and(|global_id| *global_id != status.global_id) {
        return Pair::Nonsense {
            site,
            of: format!("global id {}", status.global_id),
            asked: format!(
                "image {} with global id {}",
                asked.image,
                global_id.map_or("", String::as_str)
            ),
        };
    }
    if status.is_split_brain() {
        let says = format!("{} ({})", status.state, status.description);
        return Pair::SplitBrain { site, says };
    }
    let state = status.state.clone();
    match found {
        Some(found) => found,
        // The state of a side that follows, in the words of one that leads, is neither's.
        None if status.is_replaying() && !status.description.contains("local image is primary") => Pair::Mirrored,
        None if !status.state.starts_with("up+") => Pair::NotYet(Obstacle::DaemonAway { site, state }),
        None => Pair::NotYet(Obstacle::NotReplaying {
            site,
            state,
            description: status.description.clone(),
        }),
    }
}

impl Obstacle {
    /// The word for it.
    fn cause(&self) -> Option<Cause> {
        match self {
            Obstacle::NotMoved => Some(Cause::NotMoved),
            Obstacle::BothPrimary => Some(Cause::PrimaryAtBothSites),
            Obstacle::PrimaryNowhere => Some(Cause::PrimaryNowhere),
            Obstacle::DaemonAway { .. } => Some(Cause::MirrorDaemonDown),
            Obstacle::NotReplaying { .. } => Some(Cause::NotReplicated),
            Obstacle::Absent { .. } | Obstacle::State { .. } | Obstacle::Sizes { .. } => None,
        }
    }

    /// Whether it does not heal by itself: an operator must choose a side.
    pub(crate) fn stays(&self) -> bool {
        matches!(self, Obstacle::BothPrimary)
    }

    /// In words, as a state of a wait.
    pub(crate) fn words(&self, leading: &str, following: &str) -> String {
        match self {
            Obstacle::Absent { site } => format!("{site} has no such image"),
            Obstacle::State { site, state } if state == "disabled" => {
                format!("mirroring is not enabled on the image at {site}")
            }
            Obstacle::State { site, state } => format!("mirroring is {state} at {site}"),
            Obstacle::Sizes {
                sizes: [(one, size), (other, other_size)],
            } => format!("{size} bytes at {one}, {other_size} bytes at {other}"),
            Obstacle::NotMoved => format!("{leading} primary false, {following} primary true"),
            Obstacle::BothPrimary => format!("{leading} primary true, {following} primary true"),
            Obstacle::PrimaryNowhere => format!("{leading} primary false, {following} primary false"),
            Obstacle::DaemonAway { state, .. } | Obstacle::NotReplaying { state, .. } => {
                format!("{leading} primary true, {following} primary false, {following} {state}")
            }
        }
    }

    /// What it means that the wait ended with it. `failure` is that of the wait, whose summary is the symptom.
    pub(crate) fn explain(&self, asked: &Asked<'_>, leading: &str, following: &str, failure: Failure) -> Failure {
        let whose = asked.whose;
        let spec = format!("{}/{}", asked.pool, asked.image);
        let (summary, help) = match self {
            Obstacle::Absent { site } => (
                format!("{site} has no image of {whose}"),
                format!(
                    "there is no copy that could be failed over: is it mirrored at the other site (`rbd mirror image \
                     status {spec}`), and does rbd-mirror at {site} run? A first copy takes time; if it is in \
                     progress, raise the budget `replication`"
                ),
            ),
            Obstacle::State { site, state } if state == "disabled" => (
                format!("{whose} is not mirrored at {site}"),
                "its volume type must have replication_enabled='<is> True', and Cinder enables mirroring when it makes the \
                 volume: see the cinder-volume log for the volume's id"
                    .to_owned(),
            ),
            Obstacle::State { site, state } => (
                format!("the mirroring of {whose} is {state} at {site}, and not enabled"),
                "mirroring of the image is being switched on or off, or a command that did so never ended: check `rbd \
                 info` and `rbd mirror image status` at both sites; no failover keeps its data until it is enabled"
                    .to_owned(),
            ),
            Obstacle::Sizes {
                sizes: [(one, size), (other, other_size)],
            } => (
                format!("the images of {whose} have different sizes: {size} bytes at {one}, {other_size} bytes at {other}"),
                "the volume was extended and its new size did not arrive, or it is another image of the same name: \
                 check `rbd info` at both sites before anything is failed over"
                    .to_owned(),
            ),
            Obstacle::NotMoved if !asked.moved => (
                format!("{whose} is primary at {following} and not at {leading}, and nothing was failed over yet"),
                "either the shells of the two sites are swapped in the target (`ceph fsid` says where one leads), or \
                 the image was promoted by hand: nothing may be failed over until both agree"
                    .to_owned(),
            ),
            Obstacle::NotMoved => (
                format!("{whose} was not moved: its primary is still {following}, where {leading} must be"),
                "the driver reports success for a backend of which it moved other volumes only: with DEBUG, the cinder-volume \
                 log says `Failed to demote` for this one"
                    .to_owned(),
            ),
            Obstacle::BothPrimary => (
                format!("{whose} is primary at both sites, {leading} and {following}: each may have been written to"),
                format!(
                    "this does not heal by itself, and only you can say which site holds the data to keep: at the \
                     other one, `rbd mirror image demote {spec}` and then `rbd mirror image resync {spec}`, which \
                     discards that copy{}",
                    if asked.moved {
                        format!(". After a failover that is mostly the one at {following}, whose site came back")
                    } else {
                        String::new()
                    }
                ),
            ),
            Obstacle::PrimaryNowhere => (
                format!("{whose} is primary at neither site: it cannot be written"),
                format!(
                    "a failover ended between its demotion and its promotion: check the cinder-volume log, and `rbd \
                     mirror image status {spec}` at both sites; then `rbd mirror image promote {spec}` at the site \
                     whose data is to be kept, and nowhere else"
                ),
            ),
            Obstacle::DaemonAway { site, .. } => (
                format!("rbd-mirror at {site} does not run or does not report: nothing is known of the copy of {whose} there"),
                format!(
                    "start it, and check its log: `systemctl status 'ceph-rbd-mirror@*'` or `ceph orch ps \
                     --daemon-type rbd-mirror` at {site}; what was written since it stopped is not at {site}"
                ),
            ),
            Obstacle::NotReplaying {
                site,
                state,
                description,
            } => (
                format!("{site} does not replay {whose}: it says {state} ({description})"),
                format!(
                    "rbd-mirror at {site} runs and does not copy this image: see its log for the image; if a first copy is on its \
                     way (`syncing`), raise the budget `replication`"
                ),
            ),
        };
        let failure = match self.cause() {
            Some(cause) => failure.because(summary).caused_by(cause),
            None => failure.because(summary),
        };
        let failure = failure.help(help);
        match self {
            Obstacle::DaemonAway { state, .. } => failure.detail("the mirror", format!("says {state}")),
            _ => failure,
        }
    }
}

impl Pair {
    /// The failure that ends the wait at once; `None` if time may still mend it.
    pub(crate) fn ends(&self, asked: &Asked<'_>) -> Option<Failure> {
        let what = format!("the mirror of {}", asked.whose);
        match self {
            Pair::Mirrored | Pair::NotYet(_) => None,
            Pair::Nonsense { site, of, asked } => Some(
                Failure::new(
                    FailureKind::Cloud,
                    format!("{site} answers of something else than it was asked: {of}"),
                )
                .detail("asked for", asked)
                .detail("seen", of)
                .help("a wrapper or a cache is in front of `rbd` in the site's shell: run the command there by hand; \
                    nothing is known about the mirror"),
            ),
            Pair::NotCopies { ids: [(one, id), (other, other_id)] } => Some(
                Failure::expectation(format!("{what} is not one mirror: its images have different global ids"))
                    .detail(one.as_str(), id)
                    .detail(other.as_str(), other_id)
                    .help("the two images are not copies of each other: no failover of this volume can keep its data"),
            ),
            Pair::Modes { modes: [(one, mode), (other, other_mode)] } => Some(
                Failure::expectation(format!("{what} has two modes: {mode} at {one}, {other_mode} at {other}"))
                    .detail("expected", "one mode, journal, at both sites")
                    .detail(one.as_str(), mode)
                    .detail(other.as_str(), other_mode)
                    .help("neither side follows the other: at the primary, `rbd mirror image disable` it and `rbd mirror image enable` it again in mode `journal`"),
            ),
            Pair::SplitBrain { site, says } => Some(
                Failure::expectation(format!("{what} is in split-brain"))
                    .caused_by(Cause::SplitBrain)
                    .detail(site.as_str(), says)
                    .help("both sides were written to: choose the side to keep, demote the other and `rbd mirror image resync` it"),
            ),
        }
    }
}

/// Both shells lead to one cluster, so it was asked twice and the second site not at all. `how` says what showed it.
pub(crate) fn one_cluster(leading: &str, following: &str, how: &str) -> Failure {
    Failure::cloud(format!("the shells of {leading} and {following} lead to one cluster"))
        .detail("expected", "two clusters")
        .detail("seen", how)
        .help(
            "check the `shell`, `prefix` and `rbd-arguments` of both sites in the target: `ceph fsid` there must name two \
             clusters; nothing is known of the other site",
        )
}

#[cfg(test)]
#[path = "mirror_pair_tests.rs"]
mod tests;
