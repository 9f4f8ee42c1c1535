//! Progress while a run goes on: a line for each step that ended and, on a terminal, a line that moves.

use std::io::{Write, stderr};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::proof_words::seconds;
use super::verdicts::paint;
use crate::event::{Event, EventKind, Listener, Verdict};

/// A wait shorter than this is not worth a line in a log.
const QUIET_WAIT: u64 = 3_000;

/// Prints what happens to stderr: plain lines with times off a terminal, and on one a moving last line with what is
/// waited for and the last state seen.
pub struct Progress {
    began: Instant,
    bar: Option<ProgressBar>,
    color: bool,
    position: String,
    verb: String,
}

impl Progress {
    /// Progress for a terminal (`live`) or for a log.
    #[must_use]
    pub fn new(live: bool, color: bool) -> Progress {
        let bar = live.then(|| {
            let bar = ProgressBar::new_spinner().with_style(style());
            bar.set_draw_target(ProgressDrawTarget::stderr());
            bar.enable_steady_tick(Duration::from_millis(120));
            bar
        });
        Progress {
            began: Instant::now(),
            bar,
            color,
            position: String::new(),
            verb: String::new(),
        }
    }

    fn line(&self, text: &str) {
        match &self.bar {
            Some(bar) => bar.println(text),
            // `eprintln!` panics when nobody reads any more, and a run must not end because its terminal did.
            None => drop(writeln!(stderr(), "{text}")),
        }
    }

    /// A line with the time since the run began and, of what took time, how long.
    fn timed(&self, took: Option<u64>, word: &str, text: &str) {
        let elapsed = self.began.elapsed().as_secs_f64();
        let took = took.map(seconds).unwrap_or_default();
        self.line(&format!("{elapsed:>7.1}s {took:>8}  {word:<18} {text}"));
    }

    fn status(&self, text: &str) {
        if let Some(bar) = &self.bar {
            bar.set_message(format!("{} {text}", self.position));
        }
    }
}

fn style() -> ProgressStyle {
    // The template is a constant, so a fault in it shows in the first test that draws; the default serves meanwhile.
    ProgressStyle::with_template("{elapsed:>9}  {spinner} {wide_msg}")
        .unwrap_or_else(|_| ProgressStyle::default_spinner())
}

impl Listener for Progress {
    fn event(&mut self, event: &Event) {
        match &event.kind {
            EventKind::RunStarted {
                run, target, backend, ..
            } => {
                self.line(&format!("run {run} · target {target} · backend {backend}"));
            }
            EventKind::ScenarioStarted {
                scenario,
                summary,
                beginning_only,
                ..
            } => {
                self.position.clone_from(scenario);
                let why = if *beginning_only {
                    " (as the beginning of what continues it)"
                } else {
                    ""
                };
                self.line(&format!("\n{}{why}: {summary}", paint(self.color, "1", scenario)));
            }
            EventKind::PrepareStarted { .. } => self.status("prepare"),
            EventKind::PrepareFinished {
                summary, milliseconds, ..
            } => {
                self.timed(Some(*milliseconds), "prepare", summary);
            }
            EventKind::StepStarted { verb, description, .. } => {
                self.verb.clone_from(verb);
                self.status(description);
            }
            EventKind::Waiting {
                awaited,
                last_state,
                elapsed,
                budget,
            } => {
                let (elapsed_words, budget) = (seconds(*elapsed), Duration::from_millis(*budget).as_secs());
                let text = format!("waits for {awaited}: {last_state} ({elapsed_words} of {budget}s)");
                if self.bar.is_some() {
                    self.status(&text);
                } else if *elapsed >= QUIET_WAIT {
                    self.timed(None, "", &text);
                }
            }
            EventKind::StepFinished {
                done,
                failure,
                milliseconds,
                ..
            } => match (failure, done) {
                (Some(failure), _) => {
                    let verb = format!("{} {}", self.verb, paint(self.color, "31", "FAILED"));
                    self.timed(Some(*milliseconds), &verb, &failure.summary);
                }
                (None, done) => {
                    self.timed(Some(*milliseconds), &self.verb, done.as_deref().unwrap_or("done"));
                }
            },
            EventKind::Noticed { text } => self.timed(None, "note", text),
            EventKind::CleanupStarted { resources } => {
                self.position = "clean-up".to_owned();
                self.status(&format!("{resources} things"));
            }
            EventKind::CleanupFinished { left, milliseconds } => {
                let text = if *left == 0 {
                    "all that was made is removed".to_owned()
                } else {
                    format!("{left} things are LEFT")
                };
                self.timed(Some(*milliseconds), "clean-up", &text);
            }
            EventKind::ScenarioFinished {
                verdict: Verdict::NotRun { because },
                ..
            } => {
                self.timed(None, "not run", because);
            }
            EventKind::RunFinished { .. } => {
                if let Some(bar) = self.bar.take() {
                    bar.finish_and_clear();
                }
                self.line("");
            }
            EventKind::ScenarioFinished { .. }
            | EventKind::Waited { .. }
            | EventKind::RunDescribed { .. }
            | EventKind::ConnectionSeen { .. }
            | EventKind::FileSeen { .. }
            | EventKind::MirrorSeen { .. }
            | EventKind::Requested { .. }
            | EventKind::Intended { .. }
            | EventKind::Made { .. }
            | EventKind::Removed { .. }
            | EventKind::Left { .. }
            | EventKind::Proven { .. }
            | EventKind::Collected { .. } => {}
        }
    }
}
