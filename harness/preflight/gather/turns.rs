//! Not all machines are asked at once: each session has a thread, its buffers and a socket.

use futures_util::stream::{self, StreamExt};
use tokio::sync::Semaphore;

/// How many machines are asked at a time, whatever they are asked.
const AT_A_TIME: usize = 64;

/// Whose turn it is.
pub(in crate::preflight) struct Turns(Semaphore);

impl Default for Turns {
    fn default() -> Turns {
        Turns(Semaphore::new(AT_A_TIME))
    }
}

impl Turns {
    /// Asks all of them, as far as it is their turn. The answers are in their order.
    pub(super) async fn all<Machine, Answer>(
        &self,
        machines: impl IntoIterator<Item = Machine>,
        ask: impl AsyncFn(Machine) -> Answer,
    ) -> Vec<Answer> {
        let ask = &ask;
        let asked = machines.into_iter().enumerate().map(async |(position, machine)| {
            // It is never closed.
            let _turn = self.0.acquire().await;
            (position, ask(machine).await)
        });
        // One that is silent keeps no other from its turn, so they come as they come.
        let mut answers: Vec<(usize, Answer)> = stream::iter(asked).buffer_unordered(AT_A_TIME).collect().await;
        answers.sort_by_key(|(position, _)| *position);
        answers.into_iter().map(|(_, answer)| answer).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::time::Duration;

    use tokio::time::{Instant, sleep};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn at_most_so_many_are_asked_at_a_time_by_whoever_asks_and_one_that_is_silent_holds_up_nobody() {
        let turns = Turns::default();
        let (now, most) = (Cell::new(0), Cell::new(0));
        let ask = async |machine: u64| {
            now.set(now.get() + 1);
            most.set(most.get().max(now.get()));
            sleep(Duration::from_secs(if machine == 0 { 15 } else { 1 })).await;
            now.set(now.get() - 1);
            machine * 2
        };
        let began = Instant::now();
        let (some, others) = futures_util::join!(turns.all(0..500, ask), turns.all(0..500, ask));
        assert_eq!(some, (0..500).map(|machine| machine * 2).collect::<Vec<u64>>());
        assert_eq!(some, others);
        assert_eq!(most.get(), AT_A_TIME);
        assert!(began.elapsed() <= Duration::from_secs(18), "{:?}", began.elapsed());
    }
}
