//! What of a run is to be known at any moment: where the backend is, and what Ctrl-C does now.

use jiff::Timestamp;

use super::clock;
use crate::cloud::is_failover;
use crate::counted::{by_count, counted};
use crate::event::{Event, EventKind, Leftovers, Proof, Resource, ResourceKind};
use crate::report::document::Whereabouts;
use crate::report::printable;

/// Where the backend is by the events so far, and what the run has left to remove.
#[derive(Clone, Debug, Default)]
pub(super) struct Standing {
    backend: String,
    place: Place,
    leftovers: Leftovers,
    /// Whether somebody has asked the run to stop.
    stops: bool,
}

#[derive(Clone, Debug, Default)]
enum Place {
    #[default]
    NotMoved,
    /// A move was sent.
    Moves {
        /// Where it was before.
        from: Box<Place>,
        /// Where it was sent, in Cinder's words.
        to: Option<String>,
        sent: Timestamp,
        /// The chain that sent it; none for the clean-up of the run.
        by: Option<String>,
    },
    /// It is failed over; to where, if that was told.
    Away(Option<String>),
    Back,
    Unclear,
}

/// How far a run has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// Scenarios run, or are to run.
    Runs,
    /// Only the clean-up is left.
    CleansUp,
}

impl Standing {
    /// Takes in an event.
    pub fn add(&mut self, event: &Event) {
        self.leftovers.add(event);
        match &event.kind {
            EventKind::RunStarted { backend, .. } => self.backend = printable(backend),
            EventKind::StopRequested { .. } => self.stops = true,
            EventKind::Requesting { url, action, .. } if is_failover(url) => {
                let from = match std::mem::take(&mut self.place) {
                    Place::Moves { from, .. } => from,
                    place => Box::new(place),
                };
                self.place = Place::Moves {
                    from,
                    to: action.as_deref().map(printable),
                    sent: event.at,
                    by: event.chain().map(str::to_owned),
                };
            }
            EventKind::Requested { url, refused: true, .. } if is_failover(url) => self.stays(),
            EventKind::Proven {
                proof: Proof::FailedOver { active_backend_id, .. },
                ..
            } => {
                self.place = match active_backend_id.as_str() {
                    "" => Place::Back,
                    id => Place::Away(Some(printable(id))),
                };
            }
            EventKind::Removed { resource } if is_move(resource) => self.place = Place::Back,
            EventKind::Left { resource, .. } | EventKind::Disputed { resource, .. }
                if is_move(resource) && !matches!(self.place, Place::Away(_)) =>
            {
                self.place = Place::Unclear;
            }
            EventKind::StepFinished { failure: Some(_), .. } if self.is_moved_by(event.chain()) => {
                self.place = Place::Unclear;
            }
            _ => {}
        }
    }

    fn stays(&mut self) {
        if let Place::Moves { from, .. } = std::mem::take(&mut self.place) {
            self.place = *from;
        }
    }

    fn is_moved_by(&self, chain: Option<&str>) -> bool {
        matches!(&self.place, Place::Moves { by, .. } if by.as_deref() == chain)
    }

    /// Where the backend is, in a line; none before a run has said which one it drills.
    pub fn backend(&self, now: Timestamp) -> Option<String> {
        let backend = Some(&self.backend).filter(|backend| !backend.is_empty())?;
        let words = match &self.place {
            Place::NotMoved => Whereabouts::NotMoved.words().to_owned(),
            Place::Moves { from, to, sent, .. } => {
                let ago = clock::words(clock::since(*sent, now));
                let to = to.as_ref().map(|to| format!(" to {to}")).unwrap_or_default();
                match **from {
                    Place::Away(_) => format!("is being failed back, for {ago}"),
                    _ => format!("is being failed over{to}, for {ago}"),
                }
            }
            Place::Away(Some(id)) => format!("{} to {id}", Whereabouts::Away.words()),
            Place::Away(None) => Whereabouts::Away.words().to_owned(),
            Place::Back => Whereabouts::AtPrimary.words().to_owned(),
            Place::Unclear => "may be failed over: nobody has seen where it is".to_owned(),
        };
        Some(format!("{backend} {words}"))
    }

    /// What Ctrl-C does now.
    pub fn ctrl_c(&self, stage: Stage) -> String {
        let is_away = self.leftovers.resources.iter().any(is_move) || self.is_under_way();
        // The lock goes with the rest.
        let is_counted = |resource: &&Resource| !matches!(resource.kind, ResourceKind::Failover | ResourceKind::Lock);
        let count = self.leftovers.resources.iter().filter(is_counted).count();
        let resources = (count > 0).then(|| counted(count, "resource"));
        let stay = by_count(count, "stays", "stay");
        let ends_with_it = self.leftovers.place.as_ref().is_some_and(|place| place.embedded);
        match (self.stops, stage) {
            (true, _) if ends_with_it => "Ctrl-C stops at once; what is made ends with the embedded cloud".to_owned(),
            (true, _) => {
                let stays = match (resources, is_away) {
                    (None, false) => return "Ctrl-C stops at once".to_owned(),
                    (Some(resources), false) => format!("{resources} {stay}"),
                    (None, true) => "the backend is not failed back".to_owned(),
                    (Some(resources), true) => format!("{resources} {stay}, and the backend is not failed back"),
                };
                format!("Ctrl-C stops at once: {stays}")
            }
            (false, Stage::CleansUp) => "Ctrl-C shortens the waits of the clean-up".to_owned(),
            (false, Stage::Runs) => {
                let does: Vec<String> = [
                    resources.map(|resources| format!("removes {resources}")),
                    is_away.then(|| "fails the backend back".to_owned()),
                ]
                .into_iter()
                .flatten()
                .collect();
                match (self.is_under_way(), does.as_slice()) {
                    (true, does) => format!("Ctrl-C, once the move is answered, {}", and(does)),
                    (false, []) => "Ctrl-C stops".to_owned(),
                    (false, [one]) => format!("Ctrl-C stops and {one}"),
                    (false, several) => format!("Ctrl-C stops, {}", and(several)),
                }
            }
        }
    }

    /// Whether a move was sent, and is not answered.
    fn is_under_way(&self) -> bool {
        self.leftovers.failover_unanswered().is_some()
    }
}

fn is_move(resource: &Resource) -> bool {
    resource.kind == ResourceKind::Failover
}

/// `a`, `a and b`, or `a, b and c`.
pub(super) fn and(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [one] => one.clone(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}
