//! What a series of looks at the service means after a failover or failback was sent: it arrived, it may still come, or
//! nothing comes any more.

use std::time::Duration;

use super::readings::{ACCEPTANCE, DEAD_AFTER, flip, has_a_dead_row};
use crate::backend::{Contradiction, Judgement, Place, Standing, Unfit};
use crate::names::SiteName;

/// What the looks so far mean.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Course {
    /// It is where it was sent, and fit: this is its `active_backend_id`, empty on its primary site.
    Arrived(String),
    /// It may still come; what was seen, in words.
    NotYet(String),
    /// It does not come any more.
    Ended(End),
}

/// Why a failover does not come to its end any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// The driver failed, and the service took this `replication_status`.
    Failed(String),
    /// It went to this `active_backend_id`, and another was requested.
    Elsewhere(String),
    /// Cinder accepted it, and it stays as it was: what cinder-api writes before it answers is gone again, or never came.
    NeverBegan,
    /// It was failing-over and then as before: cinder-volume was restarted in the middle, or its driver refused.
    GaveUp,
    /// It is failing-over, and its cinder-volume is dead.
    DeadInTheMiddle,
    /// It is where it was sent, and takes no failover from there.
    Unfit(Vec<Unfit>),
    /// Its readings contradict each other.
    Contradiction(Contradiction),
}

/// What a service that did not settle in time was doing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stuck {
    /// It never left the state that it was in.
    NeverBegan,
    /// It is failing-over.
    Moving,
    /// It is where it was sent, and takes no failover from there.
    Unfit(Vec<Unfit>),
    /// It is something else, which the last words say.
    Otherwise,
}

/// A service on its way.
#[derive(Debug)]
pub struct Settling {
    to: SiteName,
    backend_id: Option<String>,
    accepted: bool,
    last: Option<(Standing, Duration, usize)>,
    /// In words, the first look by which it had arrived.
    arrived: Option<String>,
    moving: bool,
    moved: bool,
    down_since: Option<Duration>,
}

impl Settling {
    /// A backend that was sent to a site; `backend_id` is what was requested, if anything in particular.
    #[must_use]
    pub fn to(to: SiteName, backend_id: Option<&str>) -> Settling {
        Settling {
            to,
            backend_id: backend_id.map(str::to_owned),
            accepted: false,
            last: None,
            arrived: None,
            moving: false,
            moved: false,
            down_since: None,
        }
    }

    /// The same for one whose request Cinder itself accepted, or not. cinder-api writes `failing-over` before it answers 202
    /// (`volume/api.py`, `failover`), so a service which stays as it was has nothing before it.
    #[must_use]
    pub fn accepted(self, accepted: bool) -> Settling {
        Settling { accepted, ..self }
    }

    /// The same for one that was seen to begin already.
    #[must_use]
    pub fn begun(self, begun: bool) -> Settling {
        Settling {
            moving: self.moving || begun,
            moved: self.moved || begun,
            ..self
        }
    }

    /// Whether the service was seen to leave the state that it was in.
    #[must_use]
    pub fn has_moved(&self) -> bool {
        self.moved
    }

    /// What a service was doing when the time ran out.
    #[must_use]
    pub fn stuck(&self) -> Stuck {
        match &self.last {
            Some((Standing::Moving, ..)) => Stuck::Moving,
            Some((Standing::Unfit { place, because }, ..)) if self.is_there(place) => Stuck::Unfit(because.clone()),
            _ if !self.moved => Stuck::NeverBegan,
            _ => Stuck::Otherwise,
        }
    }

    /// Takes in a look, `elapsed` after the request was answered.
    pub fn see(&mut self, elapsed: Duration, judgement: &Judgement) -> Course {
        let standing = &judgement.standing;
        let (since, looks) = match &self.last {
            Some((last, since, looks)) if last == standing => (*since, looks + 1),
            _ => (elapsed, 1),
        };
        self.last = Some((standing.clone(), since, looks));
        let lasts = |least: usize, time: Duration| looks >= least && elapsed.saturating_sub(since) >= time;
        let words = judgement.words();
        let not_yet = Course::NotYet(words.clone());
        if !self.is_where_it_was(standing) {
            self.moved = true;
        }
        if !has_a_dead_row(judgement) {
            self.down_since = None;
        }
        match standing {
            Standing::Moving => {
                self.moving = true;
                match self.is_dead(judgement, elapsed) {
                    true => Course::Ended(End::DeadInTheMiddle),
                    false => not_yet,
                }
            }
            Standing::AtPrimary | Standing::Away(_) => match self.arrival(standing) {
                Some(Ok(active)) if looks > 1 => Course::Arrived(active),
                Some(Ok(_)) => {
                    self.arrived.get_or_insert(words);
                    not_yet
                }
                Some(Err(other)) if looks > 1 => Course::Ended(End::Elsewhere(other)),
                Some(Err(_)) => not_yet,
                // It was there a moment ago, and nobody sent it back.
                None if self.arrived.is_some() => {
                    let looks = self.arrived.iter().map(String::as_str).chain([words.as_str()]);
                    Course::Ended(End::Contradiction(flip(looks)))
                }
                None if self.moving && lasts(3, Duration::from_secs(2)) => Course::Ended(End::GaveUp),
                None if self.accepted && !self.moved && lasts(3, ACCEPTANCE) => Course::Ended(End::NeverBegan),
                None => not_yet,
            },
            Standing::Unfit { place, because } => {
                let failed = because.iter().find_map(|reason| match reason {
                    Unfit::Replication(status) => Some(status.as_deref().unwrap_or("none")),
                    _ => None,
                });
                let there = self.is_there(place);
                let is_dead = there && self.is_dead(judgement, elapsed);
                let stays = because != &[Unfit::Down] && lasts(2, Duration::from_secs(1));
                match failed {
                    Some(status) => Course::Ended(End::Failed(status.to_owned())),
                    None if is_dead || (there && stays) => Course::Ended(End::Unfit(because.clone())),
                    None => not_yet,
                }
            }
            Standing::Contradiction(found) => {
                let stays = match judgement.rows.len() {
                    0 | 1 => lasts(3, Duration::from_secs(2)),
                    _ => lasts(2, Duration::ZERO),
                };
                if stays {
                    Course::Ended(End::Contradiction(found.clone()))
                } else {
                    not_yet
                }
            }
            Standing::Absent => not_yet,
        }
    }

    fn is_there(&self, place: &Place) -> bool {
        match place {
            Place::AtPrimary => self.to == SiteName::Primary,
            Place::Away(_) => self.to == SiteName::Secondary,
            Place::Neither => false,
        }
    }

    /// Whether a standing is the one before the request, though something else may be wrong with it by now.
    fn is_where_it_was(&self, standing: &Standing) -> bool {
        match standing {
            Standing::AtPrimary => self.to == SiteName::Secondary,
            Standing::Away(_) => self.to == SiteName::Primary,
            Standing::Unfit { place, because } => {
                let kept = match place {
                    Place::AtPrimary => self.to == SiteName::Secondary,
                    Place::Away(_) => self.to == SiteName::Primary,
                    Place::Neither => false,
                };
                kept && !because.iter().any(|reason| matches!(reason, Unfit::Replication(_)))
            }
            _ => false,
        }
    }

    /// Whether a fit service is where it was sent (`Some(Ok)` with its `active_backend_id`), at another site than was asked
    /// for (`Some(Err)`), or where it was.
    fn arrival(&self, standing: &Standing) -> Option<Result<String, String>> {
        match (standing, self.to) {
            (Standing::AtPrimary, SiteName::Primary) => Some(Ok(String::new())),
            (Standing::Away(active), SiteName::Secondary) => {
                let right = self.backend_id.as_ref().is_none_or(|wanted| wanted == active);
                Some(if right { Ok(active.clone()) } else { Err(active.clone()) })
            }
            _ => None,
        }
    }

    fn is_dead(&mut self, judgement: &Judgement, elapsed: Duration) -> bool {
        if !has_a_dead_row(judgement) {
            return false;
        }
        let since = *self.down_since.get_or_insert(elapsed);
        elapsed.saturating_sub(since) >= DEAD_AFTER
    }
}
