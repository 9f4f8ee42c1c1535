//! Where chains wait for one another before the backend is moved.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use crate::session::shared_failover::Participant;

/// A barrier for the chains of a failover group. Those that have come to a movement of the backend wait until all have that are still
/// there; one that is over, for whatever reason, has left, and nobody waits for it.
#[derive(Debug)]
pub(super) struct Barrier(Mutex<State>);

/// Why chains do not go on: another one could not clean up, or keeps what it made.
pub(super) type Because = &'static str;

#[derive(Debug)]
struct State {
    /// How many chains have not left.
    present: usize,
    /// Those that wait.
    arrived: Vec<Arrived>,
    stopped: Option<Because>,
}

#[derive(Debug)]
struct Arrived {
    /// The chain's number. The first one leads.
    chain: usize,
    scenario: String,
    participant: oneshot::Sender<Result<Participant, Because>>,
}

impl Barrier {
    /// A barrier for so many chains.
    pub fn new(chains: usize) -> Barrier {
        Barrier(Mutex::new(State {
            present: chains,
            arrived: Vec::new(),
            stopped: None,
        }))
    }

    /// Waits for the others; the scenario's part in the shared move. Whoever stops waiting before is still present, and has to
    /// leave.
    ///
    /// # Errors
    /// The chains were stopped.
    pub async fn arrive(&self, chain: usize, scenario: &str) -> Result<Participant, Because> {
        let (participant, joined) = oneshot::channel();
        {
            let mut state = self.state();
            if let Some(because) = state.stopped {
                return Err(because);
            }
            state.arrived.push(Arrived {
                chain,
                scenario: scenario.to_owned(),
                participant,
            });
            state.release();
        }
        // The barrier outlives who waits at it, and drops no sender without a word.
        joined.await.unwrap_or(Err("the backend is not moved any more"))
    }

    /// Leaves for good.
    pub fn leave(&self) {
        let mut state = self.state();
        state.present = state.present.saturating_sub(1);
        state.release();
    }

    /// Stops the chains: those that wait, and all others when they come.
    pub fn stop(&self, because: Because) {
        let mut state = self.state();
        state.stopped = Some(because);
        for arrived in state.arrived.drain(..) {
            // One that does not wait any more asks when it goes on.
            let _ = arrived.participant.send(Err(because));
        }
    }

    /// Why the chains do not go on, if they do not.
    pub fn stopped(&self) -> Option<Because> {
        self.state().stopped
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Lets them go on if all have come.
    fn release(&mut self) {
        // Who does not wait any more is about to leave.
        self.arrived.retain(|arrived| !arrived.participant.is_closed());
        if self.arrived.is_empty() || self.arrived.len() < self.present {
            return;
        }
        self.arrived.sort_by_key(|arrived| arrived.chain);
        let scenarios = self.arrived.iter().map(|arrived| arrived.scenario.clone()).collect();
        for (arrived, participant) in self.arrived.drain(..).zip(Participant::of(scenarios)) {
            // One that has just been interrupted, and leads, leaves the others without an outcome: they are, too.
            let _ = arrived.participant.send(Ok(participant));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use tokio::task::JoinHandle;
    use tokio::time::timeout;

    use super::*;
    use crate::failure::Failure;

    type Waiting = JoinHandle<Result<Participant, Because>>;

    async fn arrives(barrier: &Arc<Barrier>, chain: usize, scenario: &'static str) -> Waiting {
        let barrier = barrier.clone();
        let waiting = tokio::spawn(async move { barrier.arrive(chain, scenario).await });
        tokio::task::yield_now().await;
        waiting
    }

    async fn participant(waiting: Waiting) -> Participant {
        let arrived = timeout(Duration::from_secs(60), waiting).await;
        arrived.expect("it hangs").expect("no panic").expect("a participant")
    }

    #[tokio::test]
    async fn the_first_chain_leads_whoever_comes_first() {
        let barrier = Arc::new(Barrier::new(3));
        let late = arrives(&barrier, 2, "c").await;
        let second = arrives(&barrier, 1, "b").await;
        assert!(!late.is_finished() && !second.is_finished());
        let first = arrives(&barrier, 0, "a").await;
        let (first, second, late) = (
            participant(first).await,
            participant(second).await,
            participant(late).await,
        );
        assert!(first.leads() && !second.leads() && !late.leads());
        assert_eq!(late.others("c"), ["a", "b"]);
        first.tell(Err(Failure::cloud("refused")));
        for other in [second, late] {
            assert_eq!(other.outcome().await.expect_err("refused").summary, "refused");
        }
    }

    #[tokio::test]
    async fn nobody_waits_for_one_that_has_left() {
        let barrier = Arc::new(Barrier::new(3));
        let one = arrives(&barrier, 0, "a").await;
        let other = arrives(&barrier, 2, "c").await;
        assert!(!one.is_finished());
        barrier.leave();
        assert_eq!(participant(one).await.others("a"), ["c"]);
        assert!(!participant(other).await.leads());
        // It comes alone to the next one once the other has left, too.
        let again = arrives(&barrier, 2, "c").await;
        assert!(!again.is_finished());
        barrier.leave();
        assert!(participant(again).await.leads());
    }

    #[tokio::test]
    async fn one_that_is_interrupted_while_it_waits_hangs_nobody_and_is_not_met() {
        let barrier = Arc::new(Barrier::new(2));
        let interrupted = arrives(&barrier, 0, "a").await;
        interrupted.abort();
        assert!(interrupted.await.is_err());
        let other = arrives(&barrier, 1, "b").await;
        assert!(!other.is_finished(), "it is still there, and cleans up");
        barrier.leave();
        let other = participant(other).await;
        assert!(other.leads() && other.others("b").is_empty());
    }

    #[tokio::test]
    async fn one_that_leads_and_is_stopped_leaves_the_outcome_unknown() {
        let barrier = Arc::new(Barrier::new(2));
        let first = arrives(&barrier, 0, "a").await;
        let second = arrives(&barrier, 1, "b").await;
        drop(participant(first).await);
        let failure = participant(second).await.outcome().await.expect_err("it is not known");
        assert!(failure.summary.contains("stopped before the end"), "{failure}");
    }

    #[tokio::test]
    async fn chains_that_are_stopped_do_not_move_the_backend() {
        let barrier = Arc::new(Barrier::new(3));
        let waiting = arrives(&barrier, 0, "a").await;
        barrier.stop("LEFT");
        assert_eq!(waiting.await.expect("no panic").expect_err("stopped"), "LEFT");
        // Neither does one that comes later, nor when all others have left.
        barrier.leave();
        assert_eq!(barrier.arrive(2, "c").await.expect_err("stopped"), "LEFT");
        assert_eq!(barrier.stopped(), Some("LEFT"));
    }
}
