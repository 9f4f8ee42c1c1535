//! How often is asked: never faster than who is asked can answer anew.

use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::time::Instant;

/// How many answers of the fastest kind a pause has room for: who answers in 30 ms changes nothing in 20.
const ANSWERS: u32 = 8;
/// The shortest pause between two polls, whoever is asked.
const SHORTEST: Duration = Duration::from_millis(20);
/// What even a slow answer makes of the shortest pause: more would make the wait late.
const LONGEST: Duration = Duration::from_millis(250);

/// How fast the one who is asked answers. All who ask it may share one.
#[derive(Debug)]
pub(crate) struct Pace {
    /// The shortest time that an answer has taken, in nanoseconds; `u64::MAX` before the first.
    fastest: AtomicU64,
}

impl Default for Pace {
    fn default() -> Pace {
        Pace {
            fastest: AtomicU64::new(u64::MAX),
        }
    }
}

impl Pace {
    /// Waits for an answer, and notes how long it takes.
    pub(crate) async fn of<Answer>(&self, answer: impl Future<Output = Answer>) -> Answer {
        let began = Instant::now();
        let answer = answer.await;
        let took = u64::try_from(began.elapsed().as_nanos()).unwrap_or(u64::MAX);
        self.fastest.fetch_min(took, Ordering::Relaxed);
        answer
    }

    /// The shortest pause before the next question.
    pub(crate) fn shortest_pause(&self) -> Duration {
        match self.fastest.load(Ordering::Relaxed) {
            u64::MAX => SHORTEST,
            fastest => Duration::from_nanos(fastest.saturating_mul(u64::from(ANSWERS))).clamp(SHORTEST, LONGEST),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_fastest_answer_decides() {
        let pace = Pace::default();
        assert_eq!(pace.shortest_pause(), SHORTEST);
        let answers = async |millis| pace.of(tokio::time::sleep(Duration::from_millis(millis))).await;
        answers(100).await;
        assert_eq!(pace.shortest_pause(), LONGEST);
        answers(10).await;
        assert_eq!(pace.shortest_pause(), Duration::from_millis(80));
        answers(2000).await;
        assert_eq!(
            pace.shortest_pause(),
            Duration::from_millis(80),
            "one that was slow once is no slower"
        );
        answers(0).await;
        assert_eq!(pace.shortest_pause(), SHORTEST);
    }
}
