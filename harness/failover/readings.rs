//! Where a backend is, from several looks at it: one that contradicts what is known is not enough, and two that contradict
//! each other are never resolved in the run's favour.

use std::time::Duration;

use crate::backend::{Contradiction, Judgement, Reading, Standing, Unfit};
use crate::names::SiteName;
use crate::session::{Answer, Undecided};

/// How long a failover that was sent and of which nothing is seen is waited for. It is a wait, and no proof that nothing
/// comes.
pub(crate) const ACCEPTANCE: Duration = Duration::from_secs(15);
/// How long a service may be down in the middle of a failover before nothing is expected of it any more: two of its
/// heartbeats (`report_interval` is 10 s), after the minute that makes it `down`.
pub(crate) const DEAD_AFTER: Duration = Duration::from_secs(20);

/// What the run knows of its own failovers.
#[derive(Clone, Copy, Debug, Default)]
pub struct Known {
    /// The failover that is still to be undone: whether the backend was seen failed over since.
    pub failover_to_undo: Option<bool>,
    /// The request that was sent last.
    pub sent: Option<Request>,
    /// For how long the service was seen dead in the middle of a failover, when the looking begins: who waited for it once does
    /// not wait again.
    pub dead_for: Duration,
}

/// A failover or failback that was sent.
#[derive(Clone, Copy, Debug)]
pub struct Request {
    /// The site that was requested.
    pub to: SiteName,
    /// What came back.
    pub answer: Answer,
    /// Whether the backend was seen in another state since.
    pub seen: bool,
    /// How long ago it was sent, when the looking began.
    pub age: Duration,
}

/// Where a backend is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Location {
    /// Not known yet; what was seen, in words.
    NotYet(String),
    /// At the primary site, and this run has nothing on its way that would move it.
    AtPrimary,
    /// Failed over to this `active_backend_id`, and it can be failed back.
    Away(String),
    /// Unknown, or nothing may be done about it.
    Unclear(Undecided),
}

/// Looks that are put together.
#[derive(Debug)]
pub struct Readings {
    known: Known,
    /// The standing seen last, since when, and how often in a row.
    last: Option<(Standing, Duration, usize)>,
    /// The settled standings seen one after the other, with their words, as long as nothing was seen to move in between.
    places: Vec<(Standing, String)>,
    down_since: Option<Duration>,
    saw_it_away: bool,
}

impl Readings {
    /// Begins to look.
    #[must_use]
    pub fn new(known: Known) -> Readings {
        Readings {
            known,
            last: None,
            places: Vec::new(),
            down_since: None,
            saw_it_away: false,
        }
    }

    /// Whether this run's failover was seen by what was looked at so far: the backend moves, or it is away.
    #[must_use]
    pub fn saw_it_away(&self) -> bool {
        self.saw_it_away
    }

    /// Since when, after the first look, the service is dead in the middle of a failover.
    #[must_use]
    pub fn dead_since(&self) -> Option<Duration> {
        self.down_since
    }

    /// Takes in a look, `elapsed` after the first.
    pub fn see(&mut self, elapsed: Duration, judgement: &Judgement) -> Location {
        let standing = &judgement.standing;
        let (since, looks) = match &self.last {
            Some((last, since, looks)) if last == standing => (*since, looks + 1),
            _ => (elapsed, 1),
        };
        self.last = Some((standing.clone(), since, looks));
        self.saw_it_away |= matches!(standing, Standing::Away(_));
        if let Some(flip) = self.flips(standing, &judgement.words()) {
            return Location::Unclear(Undecided::Contradiction(flip));
        }
        let not_yet = |why: &str| {
            let words = judgement.words();
            Location::NotYet(if why.is_empty() { words } else { format!("{words}{why}") })
        };
        let (least, lasting) = self.enough(judgement);
        let is_steady = looks >= least && elapsed.saturating_sub(since) >= lasting;
        match standing {
            Standing::Moving => {
                self.saw_it_away = true;
                if !has_a_dead_row(judgement) {
                    self.down_since = None;
                    self.known.dead_for = Duration::ZERO;
                    return not_yet("");
                }
                let since = *self.down_since.get_or_insert(elapsed);
                match self.known.dead_for + elapsed.saturating_sub(since) >= DEAD_AFTER {
                    true => Location::Unclear(Undecided::DeadInTheMiddle),
                    false => not_yet(""),
                }
            }
            Standing::Absent => not_yet(""),
            _ if !is_steady => not_yet(""),
            Standing::AtPrimary => self
                .at_primary(elapsed)
                .unwrap_or_else(|| not_yet(", after a request of which nothing was seen")),
            Standing::Away(active) => self
                .away(active, elapsed)
                .unwrap_or_else(|| not_yet(", after a request of which nothing was seen")),
            // It may come up again by itself.
            Standing::Unfit { because, .. }
                if because == &[Unfit::Down] && elapsed.saturating_sub(since) < DEAD_AFTER =>
            {
                not_yet("")
            }
            Standing::Unfit { place, because } => Location::Unclear(Undecided::Unfit {
                place: place.clone(),
                because: because.clone(),
            }),
            Standing::Contradiction(found) => Location::Unclear(Undecided::Contradiction(found.clone())),
        }
    }

    /// How many looks, and over how long, make a standing believable. What speaks against what the run itself has done
    /// needs the most: a replica of the database may lag by seconds.
    fn enough(&self, judgement: &Judgement) -> (usize, Duration) {
        let seconds = Duration::from_secs;
        match &judgement.standing {
            Standing::AtPrimary => match (self.known.sent, self.known.failover_to_undo) {
                (
                    Some(Request {
                        to: SiteName::Primary, ..
                    }),
                    _,
                ) => (3, Duration::from_millis(300)),
                (_, Some(_)) => (5, seconds(4)),
                _ => (2, Duration::ZERO),
            },
            Standing::Contradiction(_) if judgement.rows.len() < 2 => (3, seconds(2)),
            Standing::Unfit { .. } => (3, seconds(1)),
            _ => (2, Duration::ZERO),
        }
    }

    fn at_primary(&self, elapsed: Duration) -> Option<Location> {
        let Some(seen) = self.known.failover_to_undo else {
            return Some(Location::AtPrimary);
        };
        match self.known.sent {
            // It was away, it was asked to fail back, and it is there.
            Some(Request {
                to: SiteName::Primary, ..
            }) => Some(Location::AtPrimary),
            // Others moved it and failed it back; neither is for this run to undo.
            Some(Request {
                answer: Answer::Disputed,
                ..
            }) => Some(Location::AtPrimary),
            _ if seen => Some(Location::AtPrimary),
            Some(request) if !request.seen && request.age + elapsed < ACCEPTANCE => None,
            Some(request) if request.seen => Some(Location::AtPrimary),
            _ => Some(Location::Unclear(Undecided::FailoverMayCome)),
        }
    }

    fn away(&self, active: &str, elapsed: Duration) -> Option<Location> {
        let away = Some(Location::Away(active.to_owned()));
        let Some(request) = self.known.sent else { return away };
        match request {
            Request {
                answer: Answer::Disputed,
                ..
            } => Some(Location::Unclear(Undecided::Disputed)),
            Request {
                to: SiteName::Secondary,
                ..
            } => away,
            // It moved and came back: that one is over.
            Request { seen: true, .. } => away,
            _ if request.age + elapsed < ACCEPTANCE => None,
            _ => Some(Location::Unclear(Undecided::FailbackMayCome)),
        }
    }

    /// Settled standings that change to and fro without anything that moves in between.
    fn flips(&mut self, standing: &Standing, words: &str) -> Option<Contradiction> {
        match standing {
            Standing::Moving => self.places.clear(),
            Standing::AtPrimary | Standing::Away(_) if self.places.last().is_none_or(|(last, _)| last != standing) => {
                self.places.push((standing.clone(), words.to_owned()));
            }
            _ => {}
        }
        // One change is a backend that was moved, or a replica that lagged; two are no state of anything.
        (self.places.len() > 2).then(|| flip(self.places.iter().map(|(_, words)| words.as_str())))
    }
}

/// Readings of one row that change to and fro.
pub(crate) fn flip<'a>(words: impl Iterator<Item = &'a str>) -> Contradiction {
    let readings = words.enumerate().map(|(position, words)| Reading {
        of: format!("look {}", position + 1),
        says: words.to_owned(),
    });
    Contradiction {
        summary: "Cinder's answers contradict each other: each reading of the service says something else".to_owned(),
        readings: readings.collect(),
    }
}

/// Whether a service that moves the backend does not report any more.
pub(crate) fn has_a_dead_row(judgement: &Judgement) -> bool {
    let rows = judgement.rows.iter().chain(&judgement.members);
    rows.into_iter().any(|row| row.state != "up")
}
