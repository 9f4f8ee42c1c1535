//! Waiting for a state: asked for again and again, within a budget.

use std::time::Duration;

use tokio::time::Instant;

use super::{Interrupt, Pace};
use crate::counted::counted;
use crate::event::{EventKind, Recorder};
use crate::failure::{Failure, FailureKind};

/// The longest pause between two polls.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// The pause as a share of the time that has passed: waiting costs at most this share of what is waited for.
const PAUSE_SHARE: f64 = 0.05;

/// How long a wait whose state does not change reports nothing.
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
pub(crate) fn pause(elapsed: Duration, remaining: Duration, pace: &Pace) -> Duration {
    elapsed
        .mul_f64(PAUSE_SHARE)
        .clamp(pace.shortest_pause(), LONGEST_PAUSE)
        .min(remaining)
}

/// Whether a wait is to be reported again though its state is the same: who sees nothing for two minutes takes a run that
/// waits for one that hangs.
fn is_due(elapsed: Duration, told: Duration) -> bool {
    elapsed >= told + LONGEST_SILENCE
}

/// Why a wait ended without what was waited for. Control flow reads this, and never the words of a failure.
#[derive(Clone, Debug)]
pub enum WaitError {
    /// The time ran out.
    TimedOut(TimedOut),
    /// A poll saw that it will not come, or could not ask.
    Failed(Failure),
}

/// A wait whose time ran out.
#[derive(Clone, Debug)]
pub struct TimedOut {
    /// What was waited for.
    pub what: String,
    /// The state that it was to reach.
    pub expected: String,
    /// How long was waited.
    pub waited: Duration,
    /// The states that were seen, in order, without repetitions.
    pub states: Vec<String>,
    /// How often was asked.
    pub polls: u32,
    /// Whose failure it is.
    pub kind: FailureKind,
    /// Whether Ctrl-C shortened it.
    pub hurried: bool,
}

impl TimedOut {
    /// The state that was seen last.
    #[must_use]
    pub fn last(&self) -> Option<&str> {
        self.states.last().map(String::as_str)
    }
}

impl From<TimedOut> for Failure {
    fn from(wait: TimedOut) -> Failure {
        let seconds = wait.waited.as_secs_f64();
        let last = wait.last().unwrap_or("nothing");
        let summary = format!("{} was not {} within {seconds} s", wait.what, wait.expected);
        let failure = Failure::new(wait.kind, summary)
            .detail("expected", &wait.expected)
            .detail("last seen", last);
        let failure = if wait.states.len() > 1 {
            failure.detail("states seen", wait.states.join(" → "))
        } else {
            failure
        };
        let failure = failure.detail("asked", format!("{} in {seconds} s", counted(wait.polls, "time")));
        failure.help(if wait.hurried {
            "the wait was cut short by Ctrl-C: `cinder-drill recover` waits longer"
        } else {
            "if the cloud is only slow, raise this budget in the target's `budgets`"
        })
    }
}

impl From<WaitError> for Failure {
    fn from(error: WaitError) -> Failure {
        match error {
            WaitError::TimedOut(wait) => wait.into(),
            WaitError::Failed(failure) => failure,
        }
    }
}

impl From<Failure> for WaitError {
    fn from(failure: Failure) -> WaitError {
        WaitError::Failed(failure)
    }
}

/// How long waits go on after a Ctrl-C.
const AFTER_CTRL_C: Duration = Duration::from_secs(30);

/// How patient who waits is: until the budget ends, or, after Ctrl-C, for a while only.
#[derive(Clone, Default)]
pub struct Patience(Option<Interrupt>);

impl Patience {
    /// Waits are cut short as soon as the run is interrupted.
    #[must_use]
    pub fn until_pressed(interrupt: Interrupt) -> Patience {
        Patience(Some(interrupt))
    }

    fn is_pressed(&self) -> bool {
        self.0.as_ref().is_some_and(Interrupt::is_hurried)
    }

    async fn pressed(&self) {
        match &self.0 {
            Some(interrupt) if !interrupt.is_hurried() => interrupt.hurried().await,
            _ => std::future::pending().await,
        }
    }
}

/// Polls until the state is there. The last poll happens at the end of the budget, so a state reached in the last pause
/// counts.
///
/// # Errors
/// A poll failed, or the time ran out.
pub async fn until<T>(
    recorder: &Recorder,
    awaited: Awaited<'_>,
    poll: impl AsyncFnMut() -> Result<Poll<T>, Failure>,
) -> Result<(T, Waited), WaitError> {
    until_hurried(recorder, &Patience::default(), awaited, poll).await
}

/// The same for waits that a Ctrl-C cuts short.
///
/// # Errors
/// As [`until`].
pub async fn until_hurried<T>(
    recorder: &Recorder,
    patience: &Patience,
    awaited: Awaited<'_>,
    mut poll: impl AsyncFnMut() -> Result<Poll<T>, Failure>,
) -> Result<(T, Waited), WaitError> {
    let pace = Pace::default();
    // On the heap: futures within futures are too large for the stack of a test's thread.
    let measured = async || pace.of(Box::pin(poll())).await;
    until_news(recorder, patience, awaited, measured, std::future::pending, &pace).await
}

/// The same for who is told when there is something new to see, and polls then, too; its pauses begin anew. `pace` is that of who is
/// asked, which the polls themselves measure.
///
/// # Errors
/// As [`until`].
pub(crate) async fn until_news<T>(
    recorder: &Recorder,
    patience: &Patience,
    awaited: Awaited<'_>,
    mut poll: impl AsyncFnMut() -> Result<Poll<T>, Failure>,
    news: impl AsyncFn(),
    pace: &Pace,
) -> Result<(T, Waited), WaitError> {
    let name = format!("{} to be {}", awaited.what, awaited.expected);
    let began = Instant::now();
    let mut budget = awaited.budget;
    let mut hurried = false;
    let mut states: Vec<String> = Vec::new();
    let mut told = Duration::ZERO;
    let mut polls = 0;
    loop {
        if !hurried && patience.is_pressed() {
            let shortened = began.elapsed() + AFTER_CTRL_C;
            hurried = shortened < budget;
            budget = budget.min(shortened);
        }
        let last_chance = began.elapsed() >= budget;
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
                budget: milliseconds(budget),
            });
        }
        if last_chance {
            return Err(WaitError::TimedOut(TimedOut {
                what: awaited.what.to_owned(),
                expected: awaited.expected.to_owned(),
                waited: budget,
                states,
                polls,
                kind: awaited.on_timeout,
                hurried,
            }));
        }
        tokio::select! {
            () = tokio::time::sleep(pause(elapsed, budget.saturating_sub(elapsed), pace)) => {}
            () = patience.pressed() => {}
            () = news() => {}
        }
    }
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
        let recorder = Recorder::without_journal(Vec::new());
        let ran_out = until::<()>(&recorder, awaited(Duration::from_millis(60)), async || {
            last = answers.next().unwrap_or(last);
            Ok(Poll::NotYet(last.to_owned()))
        });
        let Err(WaitError::TimedOut(wait)) = ran_out.await else {
            panic!("not a time-out");
        };
        assert_eq!(wait.states, ["BUILD/scheduling", "BUILD/spawning"]);
        assert_eq!(wait.last(), Some("BUILD/spawning"));
        let wait = TimedOut { polls: 4, ..wait };
        insta::assert_snapshot!(Failure::from(wait), @"
        server app was not ACTIVE within 0.06 s
          expected: ACTIVE
          last seen: BUILD/spawning
          states seen: BUILD/scheduling → BUILD/spawning
          asked: 4 times in 0.06 s
          help: if the cloud is only slow, raise this budget in the target's `budgets`
        ");
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
    async fn a_wait_that_ran_out_is_told_from_one_that_failed_by_its_type() {
        let recorder = Recorder::without_journal(Vec::new());
        let patience = Patience::default();
        let ran_out = until_hurried::<()>(&recorder, &patience, awaited(Duration::ZERO), async || {
            Ok(Poll::NotYet("BUILD".to_owned()))
        });
        let Err(WaitError::TimedOut(wait)) = ran_out.await else {
            panic!("not a time-out");
        };
        assert_eq!(
            (wait.states.as_slice(), wait.polls),
            (["BUILD".to_owned()].as_slice(), 1)
        );
        // A failure may have the same words, and is none.
        let alike = until_hurried::<()>(&recorder, &patience, awaited(Duration::ZERO), async || {
            Err(Failure::from(wait.clone()))
        });
        assert!(matches!(alike.await, Err(WaitError::Failed(_))));
    }

    #[tokio::test]
    async fn a_ctrl_c_cuts_a_wait_short_and_says_so() {
        let recorder = Recorder::without_journal(Vec::new());
        let (interrupter, interrupt) = Interrupt::channel();
        let patience = Patience::until_pressed(interrupt);
        interrupter.interrupt();
        let budget = AFTER_CTRL_C * 10;
        let mut told = None;
        let ready = until_hurried(&recorder, &patience, awaited(budget), async || {
            Ok(if told.replace(()).is_some() {
                Poll::Ready(())
            } else {
                Poll::NotYet("BUILD".to_owned())
            })
        });
        // It goes on for a while: what is nearly there is worth the wait.
        assert!(ready.await.is_ok());
        let wait = TimedOut {
            what: "server app".to_owned(),
            expected: "ACTIVE".to_owned(),
            waited: AFTER_CTRL_C,
            states: vec!["BUILD".to_owned()],
            polls: 9,
            kind: FailureKind::Cloud,
            hurried: true,
        };
        insta::assert_snapshot!(Failure::from(wait));
    }

    #[test]
    fn who_cleans_up_as_the_time_is_over_is_hurried_by_a_person_alone() {
        use super::super::StoppedBy;

        let (interrupter, interrupt) = Interrupt::channel();
        let patience = Patience::until_pressed(interrupt.clone());
        let over = StoppedBy::Timeout(Duration::from_secs(60));
        interrupter.stop(over);
        assert!(interrupt.is_pressed() && !patience.is_pressed());
        assert_eq!(over.to_string(), "interrupted: the run may take 1m at most");
        interrupter.interrupt();
        interrupter.stop(over);
        assert!(patience.is_pressed());
        assert_eq!(interrupt.by(), Some(StoppedBy::Signal));
    }

    #[tokio::test]
    async fn a_budget_of_nothing_still_asks_once() {
        let recorder = Recorder::without_journal(Vec::new());
        let found = until(&recorder, awaited(Duration::ZERO), async || Ok(Poll::Ready(7))).await;
        assert_eq!(found.expect("ready").0, 7);
    }

    #[tokio::test]
    async fn a_poll_that_fails_ends_the_wait() {
        let in_error = || Failure::expectation("server app is in status ERROR");
        let recorder = Recorder::without_journal(Vec::new());
        let failed = until::<()>(&recorder, awaited(Duration::from_secs(60)), async || Err(in_error()));
        assert!(matches!(failed.await, Err(WaitError::Failed(failure)) if failure == in_error()));
    }

    /// How often is asked within two seconds who takes so long to answer.
    async fn polls_in_two_seconds(answer: Duration) -> u32 {
        let recorder = Recorder::without_journal(Vec::new());
        let ran_out = until::<()>(&recorder, awaited(Duration::from_secs(2)), async || {
            tokio::time::sleep(answer).await;
            Ok(Poll::NotYet("BUILD".to_owned()))
        });
        match ran_out.await {
            Err(WaitError::TimedOut(wait)) => wait.polls,
            other => panic!("{other:?}"),
        }
    }

    #[tokio::test(start_paused = true)]
    async fn who_answers_slowly_is_asked_less_often() {
        let millis = Duration::from_millis;
        // 20 ms apart at first, and then a twentieth of what has passed.
        assert!(polls_in_two_seconds(millis(1)).await >= 45);
        // 250 ms and the answer itself apart.
        assert!(polls_in_two_seconds(millis(60)).await <= 8);
        assert!(polls_in_two_seconds(millis(350)).await <= 5);
    }

    proptest::proptest! {
        #[test]
        fn waiting_costs_at_most_a_share_of_what_is_waited_for(elapsed in 0u64..3_600_000) {
            let elapsed = Duration::from_millis(elapsed);
            let pace = Pace::default();
            let pause = pause(elapsed, Duration::MAX, &pace);
            proptest::prop_assert!(pause >= pace.shortest_pause() && pause <= LONGEST_PAUSE);
            proptest::prop_assert!(pause <= pace.shortest_pause().max(elapsed.mul_f64(PAUSE_SHARE)));
        }
    }
}
