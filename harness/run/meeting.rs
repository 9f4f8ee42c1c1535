//! Where scenarios meet: one failover, or failback, for all chains that have come to it.

use std::time::{Duration, Instant};

use crate::failure::Failure;
use crate::session::Mark;

/// What is known of a failover or failback at which scenarios meet. The first one to have its turn sends it; the others
/// find here what became of it, and look at their own volumes.
#[derive(Clone, Debug, Default)]
pub struct Meeting {
    /// The scenarios that meet. Empty where a scenario moves the backend for itself alone.
    pub scenarios: Vec<String>,
    /// What became of it.
    pub outcome: Outcome,
}

/// What became of a failover or failback.
#[derive(Clone, Debug, Default)]
pub enum Outcome {
    /// Nobody has begun with it.
    #[default]
    NotBegun,
    /// Somebody has begun, and has not come to the end. It may have been sent, so it must not be sent again.
    Begun,
    /// The service has settled, or it will not.
    Ended(Box<Result<Moved, Failure>>),
}

/// A backend that moved: the service has settled, the volumes are still to be looked at.
#[derive(Clone, Debug)]
pub struct Moved {
    /// `active_backend_id` after it; empty at home.
    pub active_backend_id: String,
    /// How long the API call took.
    pub api: Duration,
    /// When it was answered.
    pub answered: Instant,
    /// Where the cinder-volume log ended before.
    pub log: Option<Mark>,
}

impl Meeting {
    /// The scenarios that come together.
    #[must_use]
    pub fn of(scenarios: Vec<String>) -> Meeting {
        Meeting {
            scenarios,
            outcome: Outcome::NotBegun,
        }
    }

    /// Those that meet `scenario` here.
    #[must_use]
    pub fn others(&self, scenario: &str) -> Vec<String> {
        let others = self.scenarios.iter().filter(|other| *other != scenario);
        others.cloned().collect()
    }
}
