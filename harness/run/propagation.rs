//! Whether a deletion is replicated. What is deleted at the primary while the other site cannot be reached stays there for
//! good, unnoticed; what is primary nowhere cannot be deleted at all (both seen with Ceph 16 and Cinder 21.3).

use std::fmt;

use crate::names::SiteName;
use crate::session::{Context, SitePair};
use crate::site::{MirrorStatus, PeerStatus, Site};

/// What is known of a copy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum CopyState {
    /// It follows its primary.
    Replays,
    /// It says that it replays, but the site of its primary does not see it.
    Unconfirmed {
        /// That site.
        by: String,
        /// What it says of the copy.
        says: String,
    },
    /// It went another way than its primary.
    SplitBrain(String),
    /// It says something else, for example `up+error`.
    Says(String),
}

impl CopyState {
    fn of(status: MirrorStatus) -> CopyState {
        if status.is_split_brain() {
            CopyState::SplitBrain(status.state)
        } else if status.is_replaying() {
            CopyState::Replays
        } else {
            CopyState::Says(status.state)
        }
    }
}

impl fmt::Display for CopyState {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CopyState::Replays => formatter.write_str("up+replaying"),
            CopyState::Unconfirmed { by, says } => {
                write!(formatter, "up+replaying, but {by} does not see it: it says {says}")
            }
            CopyState::SplitBrain(state) => write!(formatter, "{state} (split-brain)"),
            CopyState::Says(state) => formatter.write_str(state),
        }
    }
}

/// What one site has of an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Side {
    /// It could not be asked; why.
    Silent(String),
    /// It has no such image.
    Absent,
    /// It has the image, and does not mirror it.
    Unmirrored,
    /// It has the primary image.
    Primary,
    /// It has the copy, in this state.
    Copy(CopyState),
}

/// What both sites say together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Propagation {
    /// There is no image, or none that is mirrored: nothing has to be replicated.
    NoImage,
    /// The other site replays what this one writes.
    Replays(SiteName),
    /// Only the primary is there: the mirror has not begun, or never will.
    PrimaryOnly(SiteName),
    /// Only a copy is there, at this site: its primary is gone without it.
    CopyOnly(SiteName),
    /// The copy is there and does not replay.
    NotReplaying {
        /// Where the primary is.
        primary: SiteName,
        /// The state of the copy.
        state: CopyState,
    },
    /// Neither is primary: a failover ended between its demotion and its promotion.
    NoPrimary,
    /// Both are primary.
    TwoPrimaries,
    /// This site did not answer; why.
    Silent(SiteName, String),
}

/// Judges what both sites say of an image.
pub(super) fn judge(primary: &Side, secondary: &Side) -> Propagation {
    use Side::{Absent, Copy, Primary, Silent, Unmirrored};
    match (primary, secondary) {
        (Silent(why), _) => Propagation::Silent(SiteName::Primary, why.clone()),
        (_, Silent(why)) => Propagation::Silent(SiteName::Secondary, why.clone()),
        (Primary, Primary) => Propagation::TwoPrimaries,
        (Copy(_), Copy(_)) => Propagation::NoPrimary,
        (Primary, Copy(state)) => replayed(SiteName::Primary, state),
        (Copy(state), Primary) => replayed(SiteName::Secondary, state),
        (Primary, _) => Propagation::PrimaryOnly(SiteName::Primary),
        (_, Primary) => Propagation::PrimaryOnly(SiteName::Secondary),
        (Copy(_), _) => Propagation::CopyOnly(SiteName::Primary),
        (_, Copy(_)) => Propagation::CopyOnly(SiteName::Secondary),
        (Absent | Unmirrored, Absent | Unmirrored) => Propagation::NoImage,
    }
}

fn replayed(primary: SiteName, state: &CopyState) -> Propagation {
    match state {
        CopyState::Replays => Propagation::Replays(primary),
        state => Propagation::NotReplaying {
            primary,
            state: state.clone(),
        },
    }
}

impl Propagation {
    /// Whether waiting is useless: two primaries, or two histories, stay so until an operator chooses.
    pub(super) fn stays(&self) -> bool {
        matches!(
            self,
            Propagation::TwoPrimaries
                | Propagation::NotReplaying {
                    state: CopyState::SplitBrain(_),
                    ..
                }
        )
    }

    /// Whether a site did not answer.
    pub(super) fn is_silent(&self) -> bool {
        matches!(self, Propagation::Silent(..))
    }

    /// Whether a deletion now leaves nothing behind. Of a primary that is alone this is not known: the mirror may be about to
    /// begin.
    pub(super) fn is_certain(&self) -> bool {
        matches!(self, Propagation::NoImage | Propagation::Replays(_))
    }

    /// In words, with the sites' names.
    pub(super) fn words<'a>(&self, name: impl Fn(SiteName) -> &'a str) -> String {
        match self {
            Propagation::NoImage => "no mirrored image".to_owned(),
            Propagation::Replays(site) => format!("primary on {}, {} replays", name(*site), name(site.other())),
            Propagation::PrimaryOnly(site) => format!("primary on {}, no copy on {}", name(*site), name(site.other())),
            Propagation::CopyOnly(site) => format!("a copy on {}, and no primary", name(*site)),
            Propagation::NotReplaying { primary, state } => {
                format!("primary on {}, {} says {state}", name(*primary), name(primary.other()))
            }
            Propagation::NoPrimary => "primary on neither site".to_owned(),
            Propagation::TwoPrimaries => "primary on both sites".to_owned(),
            Propagation::Silent(site, why) => format!("{} does not answer: {why}", name(*site)),
        }
    }
}

/// What both sites say of an image now. Each is asked, also if the other is silent. A copy says that it replays long after the
/// link to its primary was cut, so the primary's site is asked for what it has heard of the copy, too.
pub(super) async fn look(sites: &SitePair, image: &str) -> (Side, Side) {
    let (primary, secondary) = tokio::join!(side(&sites.primary, image), side(&sites.secondary, image));
    match (&primary, &secondary) {
        (Side::Primary, Side::Copy(CopyState::Replays)) => {
            let secondary = confirmed(&sites.primary, image).await;
            (primary, secondary)
        }
        (Side::Copy(CopyState::Replays), Side::Primary) => {
            let primary = confirmed(&sites.secondary, image).await;
            (primary, secondary)
        }
        _ => (primary, secondary),
    }
}

/// What a copy that says that it replays is, by what the site of its primary hears of it.
async fn confirmed(of_primary: &Site, image: &str) -> Side {
    match of_primary.mirror_status(image).await {
        Ok(status) => Side::Copy(seen_by_peer(of_primary.name(), &status.peer_sites)),
        Err(error) => Side::Silent(crate::failure::Failure::from(error).summary),
    }
}

/// The state of a copy by what its peer heard of it last: a peer that lost it says `down` after half a minute (seen with Ceph 16).
/// One that reports no peers says nothing against it.
fn seen_by_peer(site: &str, peers: &[PeerStatus]) -> CopyState {
    match peers.first() {
        Some(peer) if !peers.iter().any(PeerStatus::is_replaying) => CopyState::Unconfirmed {
            by: site.to_owned(),
            says: peer.state.clone(),
        },
        _ => CopyState::Replays,
    }
}

/// The judgement of what both sites say of an image now; `None` where the target does not say how to ask them.
pub(super) async fn propagation(context: &Context, image: &str) -> Option<Propagation> {
    let (primary, secondary) = look(context.sites.as_ref()?, image).await;
    Some(judge(&primary, &secondary))
}

async fn side(site: &Site, image: &str) -> Side {
    let info = match site.image_info(image).await {
        Ok(info) => info,
        Err(error) if error.is_no_such_image() => return Side::Absent,
        Err(error) => return Side::Silent(crate::failure::Failure::from(error).summary),
    };
    match info.mirroring {
        None => Side::Unmirrored,
        Some(mirroring) if mirroring.primary => Side::Primary,
        Some(_) => match site.mirror_status(image).await {
            Ok(status) => Side::Copy(CopyState::of(status)),
            Err(error) if error.is_no_such_image() => Side::Absent,
            Err(error) => Side::Silent(crate::failure::Failure::from(error).summary),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn copy(state: &str) -> Side {
        Side::Copy(CopyState::Says(state.to_owned()))
    }

    #[test]
    fn a_copy_of_which_its_peer_hears_nothing_does_not_hear_it() {
        let peer = |state: &str| PeerStatus {
            site_name: "site-b".to_owned(),
            state: state.to_owned(),
            description: String::new(),
            replay: None,
            last_update: None,
        };
        let replaying = || peer("up+replaying");
        assert_eq!(seen_by_peer("site-a", &[]), CopyState::Replays);
        assert_eq!(seen_by_peer("site-a", &[replaying()]), CopyState::Replays);
        assert_eq!(
            seen_by_peer("site-a", &[peer("down+stopped"), replaying()]),
            CopyState::Replays
        );
        let deaf = seen_by_peer("site-a", &[peer("down+replaying")]);
        assert!(!judge(&Side::Primary, &Side::Copy(deaf)).is_certain());
    }

    #[test]
    fn a_deletion_is_heard_only_by_a_copy_that_replays() {
        let (replays, stopped) = (Side::Copy(CopyState::Replays), copy("up+stopped"));
        assert_eq!(judge(&Side::Primary, &replays), Propagation::Replays(SiteName::Primary));
        assert_eq!(
            judge(&replays, &Side::Primary),
            Propagation::Replays(SiteName::Secondary)
        );
        assert_eq!(judge(&Side::Absent, &Side::Unmirrored), Propagation::NoImage);
        for (one, other) in [
            (Side::Primary, stopped.clone()),
            (Side::Primary, copy("down+replaying")),
            (Side::Primary, copy("up+error")),
            (
                Side::Primary,
                Side::Copy(CopyState::SplitBrain("up+replaying".to_owned())),
            ),
            (Side::Primary, Side::Absent),
            (Side::Primary, Side::Primary),
            (Side::Absent, replays.clone()),
            (replays.clone(), replays.clone()),
            (Side::Silent("dark".to_owned()), Side::Primary),
            (Side::Primary, Side::Silent("dark".to_owned())),
        ] {
            assert!(!judge(&one, &other).is_certain(), "{one:?} {other:?}");
            assert!(!judge(&other, &one).is_certain(), "{other:?} {one:?}");
        }
        assert_eq!(judge(&stopped, &stopped), Propagation::NoPrimary);
    }
}
