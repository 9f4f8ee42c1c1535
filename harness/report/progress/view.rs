//! What moves on a terminal, as text: a line for each scenario and two for what the running one does.

use std::time::Duration;

use crate::event::{Event, EventKind};
use crate::report::document::Outcome;
use crate::report::printable;
use crate::report::proof_words::seconds;

/// Scenarios of which lines are shown; of more, those around the one that runs.
const MOST_SCENARIOS: usize = 8;

/// A scenario that was asked for or has begun.
#[derive(Clone, Debug)]
struct Row {
    name: String,
    state: State,
}

#[derive(Clone, Debug)]
enum State {
    Next,
    Running { step: usize, steps: usize, doing: String },
    Ended { outcome: Outcome, milliseconds: u64 },
}

/// What is waited for.
#[derive(Clone, Debug)]
struct Wait {
    awaited: String,
    last_state: String,
    budget: u64,
}

/// What moves on a terminal.
#[derive(Clone, Debug, Default)]
pub struct View {
    rows: Vec<Row>,
    running: Option<usize>,
    wait: Option<Wait>,
    /// The last answer of an API since the wait began.
    answer: Option<String>,
    cleaning: Option<usize>,
}

/// A line that moves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The text.
    pub text: String,
    /// The outcome that its color tells; none for what has not ended.
    pub outcome: Option<Outcome>,
    /// Whether the time since the running scenario, or its wait, began belongs at its end.
    pub clock: Option<Clock>,
}

/// A time that goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clock {
    /// Since the scenario's step began.
    Step,
    /// Since the wait began, of so many seconds.
    Wait(u64),
}

impl View {
    /// Takes in an event.
    pub fn add(&mut self, event: &Event) {
        match &event.kind {
            EventKind::RunStarted { scenarios, .. } => {
                let next = |name: &String| Row {
                    name: name.clone(),
                    state: State::Next,
                };
                self.rows = scenarios.iter().map(next).collect();
            }
            EventKind::ScenarioStarted { scenario, steps, .. } => {
                let waiting = |row: &Row| row.name == *scenario && matches!(row.state, State::Next);
                let position = self.rows.iter().position(waiting).unwrap_or_else(|| {
                    // A beginning that was not asked for runs before the next one that was.
                    let next = self.rows.iter().position(|row| matches!(row.state, State::Next));
                    let position = next.unwrap_or(self.rows.len());
                    let name = scenario.clone();
                    let state = State::Next;
                    self.rows.insert(position, Row { name, state });
                    position
                });
                self.running = Some(position);
                self.rows[position].state = State::Running {
                    step: 0,
                    steps: *steps,
                    doing: String::new(),
                };
            }
            EventKind::PrepareStarted { .. } => self.doing("prepare", false),
            EventKind::StepStarted { verb, .. } => self.doing(verb, true),
            EventKind::StepFinished { .. } | EventKind::PrepareFinished { .. } | EventKind::Waited { .. } => {
                self.wait = None;
                self.answer = None;
            }
            EventKind::Waiting {
                awaited,
                last_state,
                budget,
                ..
            } => {
                self.wait = Some(Wait {
                    awaited: printable(awaited),
                    last_state: printable(last_state),
                    budget: *budget,
                });
            }
            EventKind::Requested {
                method, url, status, ..
            } => {
                let status = status.map_or_else(|| "no answer".to_owned(), |status| status.to_string());
                self.answer = Some(printable(&format!("{method} {} {status}", tail(url))));
            }
            EventKind::ScenarioFinished {
                verdict, milliseconds, ..
            } => {
                self.wait = None;
                if let Some(position) = self.running.take() {
                    self.rows[position].state = State::Ended {
                        outcome: Outcome::of(Some(verdict)),
                        milliseconds: *milliseconds,
                    };
                }
            }
            EventKind::CleanupStarted { resources } => self.cleaning = Some(*resources),
            EventKind::CleanupFinished { .. } => {
                self.cleaning = None;
                self.wait = None;
            }
            _ => {}
        }
    }

    fn doing(&mut self, verb: &str, is_step: bool) {
        self.wait = None;
        self.answer = None;
        if let Some(Row {
            state: State::Running { step, doing, .. },
            ..
        }) = self.running.and_then(|position| self.rows.get_mut(position))
        {
            *step += usize::from(is_step);
            verb.clone_into(doing);
        }
    }

    /// The lines, from top to bottom.
    pub fn lines(&self) -> Vec<Line> {
        let width = self.rows.iter().map(|row| row.name.len()).max().unwrap_or(0).min(40);
        let mut lines = Vec::new();
        let window = self.window();
        if window.start > 0 {
            lines.push(plain(format!("  {} more before", window.start)));
        }
        for position in window.clone() {
            let row = &self.rows[position];
            let (text, outcome, clock) = match &row.state {
                State::Next => (format!("  {:<width$}  next", row.name), None, None),
                State::Running { step, steps, doing } => (
                    format!("> {:<width$}  {step}/{steps} {doing}", row.name),
                    None,
                    Some(Clock::Step),
                ),
                State::Ended { outcome, milliseconds } => (
                    format!(
                        "  {:<width$}  {} in {}",
                        row.name,
                        outcome.words(),
                        seconds(*milliseconds)
                    ),
                    Some(*outcome),
                    None,
                ),
            };
            lines.push(Line { text, outcome, clock });
            if self.running == Some(position) {
                lines.extend(self.wait_lines());
            }
        }
        if window.end < self.rows.len() {
            lines.push(plain(format!("  {} more to come", self.rows.len() - window.end)));
        }
        if let Some(resources) = self.cleaning {
            let noun = if resources == 1 { "thing" } else { "things" };
            lines.push(plain(format!("> clean-up of {resources} {noun}")));
            if self.running.is_none() {
                lines.extend(self.wait_lines());
            }
        }
        lines
    }

    fn wait_lines(&self) -> Vec<Line> {
        let Some(wait) = &self.wait else { return Vec::new() };
        let budget = Duration::from_millis(wait.budget).as_secs();
        let answer = self
            .answer
            .as_ref()
            .map(|answer| format!(" ({answer})"))
            .unwrap_or_default();
        vec![
            Line {
                text: format!("    waits for {}", wait.awaited),
                outcome: None,
                clock: Some(Clock::Wait(budget)),
            },
            plain(format!("    last seen: {}{answer}", wait.last_state)),
        ]
    }

    /// The rows that are shown: all, or those around the one that runs or comes next.
    fn window(&self) -> std::ops::Range<usize> {
        if self.rows.len() <= MOST_SCENARIOS {
            return 0..self.rows.len();
        }
        let next = self
            .rows
            .iter()
            .position(|row| !matches!(row.state, State::Ended { .. }));
        let center = next.unwrap_or(self.rows.len());
        let start = center.saturating_sub(2).min(self.rows.len() - MOST_SCENARIOS);
        start..start + MOST_SCENARIOS
    }
}

fn plain(text: String) -> Line {
    Line {
        text,
        outcome: None,
        clock: None,
    }
}

/// The end of a URL's path, by which people know a request: `os-services`, or `servers/65658fbe` of one that has an id.
fn tail(url: &str) -> String {
    let path = url.split('?').next().unwrap_or_default();
    let mut parts = path.trim_end_matches('/').rsplit('/');
    let (last, before) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    match uuid::Uuid::parse_str(last) {
        Ok(_) => format!("{before}/{}", last.get(..8).unwrap_or(last)),
        Err(_) => last.to_owned(),
    }
}
