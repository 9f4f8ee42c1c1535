//! Where scenarios meet: one failover, or failback, for all chains that have come to it.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

use super::Mark;
use crate::failure::Failure;

/// A backend that moved: the service has settled, the volumes are still to be looked at.
#[derive(Clone, Debug)]
pub struct Moved {
    /// `active_backend_id` after it; empty on its primary site.
    pub active_backend_id: String,
    /// How long the API call took.
    pub api: Duration,
    /// When it was answered.
    pub answered: Instant,
    /// Where the cinder-volume log ended before.
    pub log: Option<Mark>,
}

/// The outcome of a failover or failback; none while it is running.
type Outcome = Option<Result<Moved, Failure>>;

/// A chain's part in a shared move. One of them leads: it moves the backend, and publishes the outcome to the others.
#[derive(Debug)]
pub(crate) struct Participant {
    scenarios: Arc<[String]>,
    outcome: watch::Receiver<Outcome>,
    /// By which the leader publishes.
    tells: Option<watch::Sender<Outcome>>,
}

impl Participant {
    /// A participant for each of the scenarios. The first one leads.
    pub fn of(scenarios: Vec<String>) -> Vec<Participant> {
        let (tells, outcome) = watch::channel(None);
        let mut tells = Some(tells);
        let scenarios: Arc<[String]> = scenarios.into();
        let participant = |_| Participant {
            scenarios: scenarios.clone(),
            outcome: outcome.clone(),
            tells: tells.take(),
        };
        (0..scenarios.len()).map(participant).collect()
    }

    /// Whether its scenario moves the backend for all.
    pub fn leads(&self) -> bool {
        self.tells.is_some()
    }

    /// Publishes the outcome to the others.
    pub fn tell(&self, outcome: Result<Moved, Failure>) {
        if let Some(tells) = &self.tells {
            tells.send_replace(Some(outcome));
        }
    }

    /// The outcome, once that is known.
    ///
    /// # Errors
    /// The backend was not moved, or the one that leads was stopped before the end of it: it may have been sent, so it is not
    /// sent again.
    pub async fn outcome(&self) -> Result<Moved, Failure> {
        let mut outcome = self.outcome.clone();
        let ended = outcome.wait_for(Option::is_some).await;
        match ended.ok().and_then(|outcome| outcome.clone()) {
            Some(outcome) => outcome,
            None => Err(Failure::cloud(
                "another scenario began to move the backend, and was stopped before the end of it",
            )
            .help("see why that scenario failed; the request was not sent again")),
        }
    }

    /// Those that meet `scenario` here.
    pub fn others(&self, scenario: &str) -> Vec<String> {
        let others = self.scenarios.iter().filter(|other| *other != scenario);
        others.cloned().collect()
    }
}
