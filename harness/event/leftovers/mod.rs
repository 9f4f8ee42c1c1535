//! The leftovers of a run: what it created, or may have created, and has not removed.
//!
//! A change has three outcomes. Done: the resource is a leftover until it is removed. Refused by the service itself, or never
//! sent: there is no leftover. Unknown, since the answer was lost or came from a proxy: it is a leftover until it is seen and
//! removed, or a person says `recover --forget`. Time proves nothing.

mod fold;
#[cfg(test)]
mod tests;
mod unanswered;

use super::{Event, Resource, RunPlace};
use crate::names::RunId;
pub use unanswered::UnansweredChange;

/// The outcome of the failover that a run sent last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FailoverSent {
    /// None was sent, or it has been failed back since.
    #[default]
    No,
    /// It was sent, and whether Cinder accepted it is not known.
    Unknown,
    /// Cinder itself refused it: whoever moved the backend, this run did not.
    Refused,
    /// Cinder accepted it, and the service was not seen to move: the message to cinder-volume may still be in its queue.
    Accepted,
    /// The service was seen moving, or away.
    Moved,
}

/// The leftovers of a run by its journal: a function of the events alone.
#[derive(Clone, Debug, Default)]
pub struct Leftovers {
    /// The run.
    pub run: Option<RunId>,
    /// Where it happened.
    pub place: Option<RunPlace>,
    /// What it made, or asked for without a known outcome, in that order.
    pub resources: Vec<Resource>,
    /// Whether a failover or failback was sent, and not refused.
    pub moved: bool,
    /// The outcome of the failover that was sent last.
    pub failover: FailoverSent,
    /// The changes whose outcome is not known.
    pub unanswered: Vec<UnansweredChange>,
    /// Whether the failover among the leftovers was refused while the backend moved: whose it is cannot be known.
    pub disputed: bool,
    /// Every fault that it made on purpose, or may have made, by its key in the target; also those that are undone.
    pub faults: Vec<String>,
    /// Whether it asked for a snapshot, or may have: who asked for none need not look for any.
    pub snapshots: bool,
    /// Whether the run came to its end.
    pub finished: bool,
    /// Intended, and not sent yet, by the chain that intends it: its next request may be for it, and no other chain's is.
    pending: Vec<(Option<String>, Resource)>,
}

impl Leftovers {
    /// Reads the leftovers from the events of a journal.
    #[must_use]
    pub fn of<'a>(events: impl IntoIterator<Item = &'a Event>) -> Leftovers {
        let mut leftovers = Leftovers::default();
        for event in events {
            leftovers.add(event);
        }
        leftovers
    }

    /// Whether the failover or failback that was sent last has no answer.
    #[must_use]
    pub fn failover_unanswered(&self) -> Option<&UnansweredChange> {
        self.unanswered.iter().rev().find(|change| change.is_failover())
    }

    /// Whether a resource is a leftover, under whatever id.
    #[must_use]
    pub fn contains(&self, resource: &Resource) -> bool {
        self.resources.iter().any(|leftover| same(leftover, resource))
    }

    /// Whether a resource that was not seen may still appear: it was requested, and the answer was lost.
    #[must_use]
    pub fn may_come(&self, resource: &Resource) -> bool {
        resource.id.is_none()
            && self
                .unanswered
                .iter()
                .any(|change| change.makes(resource.kind) && change.concerns(resource))
    }

    /// Whether anything may still come to be.
    #[must_use]
    pub fn awaits(&self) -> bool {
        self.resources.iter().any(|resource| self.may_come(resource))
    }
}

/// Whether two are the same thing. One whose id is not known yet may be any of its name; of two that have ids, the ids decide,
/// since a proxy that repeats a request makes two of one name.
fn same(one: &Resource, other: &Resource) -> bool {
    let ids_agree = one.id.is_none() || other.id.is_none() || one.id == other.id;
    one.kind == other.kind && one.name == other.name && ids_agree
}
