//! Not all machines are asked at once: each session has a thread, its buffers and a socket.

use std::sync::Arc;

use tokio::sync::Semaphore;
use tokio::task::JoinSet;

/// How many machines are asked at a time, whatever they are asked.
const AT_A_TIME: usize = 64;

/// Whose turn it is.
pub(in crate::preflight) struct Turns(Arc<Semaphore>);

impl Default for Turns {
    fn default() -> Turns {
        Turns(Arc::new(Semaphore::new(AT_A_TIME)))
    }
}

impl Turns {
    /// Asks all of them, as far as it is their turn. The answers are in their order. One that is silent keeps no other from its turn.
    pub(super) async fn all<Machine, Asking>(
        &self,
        machines: impl IntoIterator<Item = Machine>,
        ask: impl Fn(Machine) -> Asking,
    ) -> Vec<Asking::Output>
    where
        Asking: Future<Output: Send + 'static> + Send + 'static,
    {
        let mut asked = JoinSet::new();
        for (position, asking) in machines.into_iter().map(ask).enumerate() {
            // It is never closed.
            let turn = self.0.clone().acquire_owned().await;
            asked.spawn(async move {
                let _turn = turn;
                (position, asking.await)
            });
        }
        let mut answers = asked.join_all().await;
        answers.sort_by_key(|(position, _)| *position);
        answers.into_iter().map(|(_, answer)| answer).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use tokio::time::{Instant, sleep};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn at_most_so_many_are_asked_at_a_time_by_whoever_asks_and_one_that_is_silent_holds_up_nobody() {
        let turns = Turns::default();
        let counts = Arc::new((AtomicUsize::new(0), AtomicUsize::new(0)));
        let ask = |machine: u64| {
            let counts = counts.clone();
            async move {
                let (now, most) = &*counts;
                most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                sleep(Duration::from_secs(if machine == 0 { 15 } else { 1 })).await;
                now.fetch_sub(1, Ordering::SeqCst);
                machine * 2
            }
        };
        let began = Instant::now();
        let (some, others) = futures_util::join!(turns.all(0..500, &ask), turns.all(0..500, &ask));
        assert_eq!(some, (0..500).map(|machine| machine * 2).collect::<Vec<u64>>());
        assert_eq!(some, others);
        assert_eq!(counts.1.load(Ordering::SeqCst), AT_A_TIME);
        assert!(began.elapsed() <= Duration::from_secs(18), "{:?}", began.elapsed());
    }
}
