//! Waiting for a state: asked for again and again, within a budget.

use std::time::{Duration, Instant};

use crate::event::{EventKind, Recorder};
use crate::failure::{Failure, FailureKind};

/// The shortest pause between two polls.
const SHORTEST_PAUSE: Duration = Duration::from_millis(20);
/// The longest pause between two polls.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// The pause as a share of the time that has passed: waiting costs at most this share of what is waited for.
const PAUSE_SHARE: f64 = 0.05;

/// How long nothing is told of a wait whose state does not change.
const LONGEST_SILENCE: Duration = Duration::from_secs(15);

/// What one poll saw.
pub enum Poll<T> {
    /// What was waited for.
    Ready(T),
    /// Not yet; the state, in words.
    NotYet(String),
}

/// What is waited for, for how long, and whose failure it is when the time runs out.
pub struct Awaited<'a> {
    /// What is waited for, for example `server app`.
    pub what: &'a str,
    /// The state that it is to reach, for example `ACTIVE`.
    pub expected: &'a str,
    /// How long.
    pub budget: Duration,
    /// The kind of failure that a time-out is.
    pub on_timeout: FailureKind,
}

/// How a wait went.
#[derive(Clone, Copy, Debug)]
pub struct Waited {
    /// How long it took.
    pub elapsed: Duration,
}

impl Waited {
    /// How long it took, in milliseconds.
    #[must_use]
    pub fn milliseconds(self) -> u64 {
        milliseconds(self.elapsed)
    }
}

/// A duration in whole milliseconds.
#[must_use]
pub fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// The pause after a poll that found nothing, `elapsed` after the wait began.
fn pause(elapsed: Duration, remaining: Duration) -> Duration {
    elapsed
        .mul_f64(PAUSE_SHARE)
        .clamp(SHORTEST_PAUSE, LONGEST_PAUSE)
        .min(remaining)
}

/// Whether a wait is to be told again though its state is the same: who sees nothing for two minutes takes a run that
/// waits for one that hangs.
fn is_due(elapsed: Duration, told: Duration) -> bool {
    elapsed >= told + LONGEST_SILENCE
}

/// Polls until the state is there. The last poll happens at the end of the budget, so that a state reached in the last
/// pause counts.
///
/// # Errors
/// What a poll failed with, or a time-out that names the last state seen.
pub async fn until<T>(
    recorder: &Recorder,
    awaited: Awaited<'_>,
    mut poll: impl AsyncFnMut() -> Result<Poll<T>, Failure>,
) -> Result<(T, Waited), Failure> {
    let name = format!("{} to be {}", awaited.what, awaited.expected);
    let began = Instant::now();
    let mut states: Vec<String> = Vec::new();
    let mut told = Duration::ZERO;
    let mut polls = 0;
    loop {
        let last_chance = began.elapsed() >= awaited.budget;
        polls += 1;
        let last_state = match poll().await? {
            Poll::Ready(value) => {
                let elapsed = began.elapsed();
                recorder.record(EventKind::Waited {
                    awaited: name,
                    states,
                    elapsed: milliseconds(elapsed),
                    polls,
                });
                return Ok((value, Waited { elapsed }));
            }
            Poll::NotYet(state) => state,
        };
        let elapsed = began.elapsed();
        let is_new = states.last() != Some(&last_state);
        if is_new {
            states.push(last_state.clone());
        }
        if is_new || is_due(elapsed, told) {
            told = elapsed;
            recorder.record(EventKind::Waiting {
                awaited: name.clone(),
                last_state: last_state.clone(),
                elapsed: milliseconds(elapsed),
                budget: milliseconds(awaited.budget),
            });
        }
        if last_chance {
            return Err(timed_out(&awaited, &states, &last_state, polls));
        }
        tokio::time::sleep(pause(elapsed, awaited.budget.saturating_sub(elapsed))).await;
    }
}

fn timed_out(awaited: &Awaited<'_>, states: &[String], last_state: &str, polls: u32) -> Failure {
    let seconds = awaited.budget.as_secs_f64();
    let failure = Failure::new(
        awaited.on_timeout,
        format!("{} was not {} within {seconds} s", awaited.what, awaited.expected),
    )
    .detail("expected", awaited.expected)
    .detail("last seen", last_state);
    let failure = if states.len() > 1 {
        failure.detail("states seen", states.join(" → "))
    } else {
        failure
    };
    failure
        .detail("asked", format!("{polls} times in {seconds} s"))
        .help("if the cloud is only slow, raise this budget in the target's `budgets`")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn awaited(budget: Duration) -> Awaited<'static> {
        Awaited {
            what: "server app",
            expected: "ACTIVE",
            budget,
            on_timeout: FailureKind::Cloud,
        }
    }

    #[tokio::test]
    async fn a_wait_that_runs_out_names_the_last_state_seen() {
        let mut answers = ["BUILD/scheduling", "BUILD/spawning"].into_iter();
        let mut last = "";
        let failure = until::<()>(
            &Recorder::without_journal(Vec::new()),
            awaited(Duration::from_millis(60)),
            async || {
                last = answers.next().unwrap_or(last);
                Ok(Poll::NotYet(last.to_owned()))
            },
        )
        .await
        .expect_err("never ACTIVE");
        assert_eq!(failure.summary, "server app was not ACTIVE within 0.06 s");
        assert!(
            failure
                .details
                .contains(&("last seen".to_owned(), "BUILD/spawning".to_owned()))
        );
        assert!(
            failure
                .details
                .contains(&("states seen".to_owned(), "BUILD/scheduling → BUILD/spawning".to_owned()))
        );
    }

    #[test]
    fn a_long_wait_in_one_state_is_told_again_and_again() {
        let mut told = Duration::ZERO;
        let mut times = Vec::new();
        for elapsed in (1..=40).map(Duration::from_secs) {
            if is_due(elapsed, told) {
                told = elapsed;
                times.push(elapsed.as_secs());
            }
        }
        assert_eq!(times, [15, 30]);
    }

    #[tokio::test]
    async fn a_budget_of_nothing_still_asks_once() {
        let recorder = Recorder::without_journal(Vec::new());
        let found = until(&recorder, awaited(Duration::ZERO), async || Ok(Poll::Ready(7))).await;
        assert_eq!(found.expect("ready").0, 7);
    }

    #[tokio::test]
    async fn a_poll_that_fails_ends_the_wait() {
        let failure = until::<()>(
            &Recorder::without_journal(Vec::new()),
            awaited(Duration::from_secs(60)),
            async || Err(Failure::expectation("server app is in status ERROR")),
        )
        .await
        .expect_err("failed");
        assert_eq!(failure.summary, "server app is in status ERROR");
    }

    proptest::proptest! {
        #[test]
        fn waiting_costs_at_most_a_share_of_what_is_waited_for(elapsed in 0u64..3_600_000) {
            let elapsed = Duration::from_millis(elapsed);
            let pause = pause(elapsed, Duration::MAX);
            proptest::prop_assert!(pause >= SHORTEST_PAUSE && pause <= LONGEST_PAUSE);
            proptest::prop_assert!(pause <= SHORTEST_PAUSE.max(elapsed.mul_f64(PAUSE_SHARE)));
        }
    }
}
