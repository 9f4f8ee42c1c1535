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
    Running(Running),
    Ended { outcome: Outcome, milliseconds: u64 },
}

#[derive(Clone, Debug, Default)]
struct Running {
    step: usize,
    steps: usize,
    doing: String,
    wait: Option<Wait>,
}

/// What is waited for.
#[derive(Clone, Debug)]
struct Wait {
    awaited: String,
    last_state: String,
    budget: u64,
    /// The last answer of an API.
    answer: Option<String>,
}

/// What moves on a terminal.
#[derive(Clone, Debug, Default)]
pub struct View {
    rows: Vec<Row>,
    /// The scenario that the last event was about which names one: what names none belongs to it.
    current: Option<usize>,
    /// How many things a clean-up removes, and what it waits for.
    cleaning: Option<(usize, Option<Wait>)>,
    /// The last answer of an API.
    answer: Option<String>,
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
        if let Some(name) = event.kind.scenario() {
            let running = |row: &Row| row.name == name && matches!(row.state, State::Running(_));
            self.current = self.rows.iter().rposition(running);
        }
        match &event.kind {
            EventKind::RunStarted { scenarios, .. } => {
                let next = |name: &String| Row {
                    name: name.clone(),
                    state: State::Next,
                };
                self.rows = scenarios.iter().map(next).collect();
            }
            EventKind::ScenarioStarted { scenario, steps, .. } => self.begin(scenario, *steps),
            EventKind::PrepareStarted { .. } => self.doing("prepare", 0),
            EventKind::StepStarted { verb, .. } => self.doing(verb, 1),
            EventKind::StepFinished { .. } | EventKind::PrepareFinished { .. } | EventKind::Waited { .. } => {
                self.wait(None);
            }
            EventKind::Waiting {
                awaited,
                last_state,
                budget,
                ..
            } => {
                let wait = Wait {
                    awaited: printable(awaited),
                    last_state: printable(last_state),
                    budget: *budget,
                    answer: self.answer.take(),
                };
                self.wait(Some(wait));
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
                if let Some(position) = self.current.take() {
                    self.rows[position].state = State::Ended {
                        outcome: Outcome::of(Some(verdict)),
                        milliseconds: *milliseconds,
                    };
                }
            }
            EventKind::CleanupStarted { resources, .. } => self.cleaning = Some((*resources, None)),
            EventKind::CleanupFinished { .. } => self.cleaning = None,
            _ => {}
        }
    }

    fn begin(&mut self, scenario: &str, steps: usize) {
        let waiting = |row: &Row| row.name == scenario && matches!(row.state, State::Next);
        let position = self.rows.iter().position(waiting).unwrap_or_else(|| {
            // A beginning that was not asked for runs before the next one that was.
            let next = self.rows.iter().position(|row| matches!(row.state, State::Next));
            let position = next.unwrap_or(self.rows.len());
            let (name, state) = (scenario.to_owned(), State::Next);
            self.rows.insert(position, Row { name, state });
            position
        });
        self.current = Some(position);
        self.rows[position].state = State::Running(Running {
            steps,
            ..Running::default()
        });
    }

    fn running(&mut self) -> Option<&mut Running> {
        match &mut self.rows.get_mut(self.current?)?.state {
            State::Running(running) => Some(running),
            State::Next | State::Ended { .. } => None,
        }
    }

    fn doing(&mut self, verb: &str, steps: usize) {
        self.answer = None;
        if let Some(running) = self.running() {
            running.step += steps;
            verb.clone_into(&mut running.doing);
            running.wait = None;
        }
    }

    fn wait(&mut self, wait: Option<Wait>) {
        if let Some(running) = self.running() {
            running.wait = wait;
        } else if let Some((_, waits)) = &mut self.cleaning {
            *waits = wait;
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
                State::Running(running) => (
                    format!(
                        "> {:<width$}  {}/{} {}",
                        row.name, running.step, running.steps, running.doing
                    ),
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
            if let State::Running(running) = &row.state {
                lines.extend(running.wait.iter().flat_map(Wait::lines));
            }
        }
        if window.end < self.rows.len() {
            lines.push(plain(format!("  {} more to come", self.rows.len() - window.end)));
        }
        if let Some((resources, wait)) = &self.cleaning {
            let noun = if *resources == 1 { "thing" } else { "things" };
            lines.push(plain(format!("> clean-up of {resources} {noun}")));
            lines.extend(wait.iter().flat_map(Wait::lines));
        }
        lines
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

impl Wait {
    fn lines(&self) -> [Line; 2] {
        let budget = Duration::from_millis(self.budget).as_secs();
        let answer = self
            .answer
            .as_ref()
            .map(|answer| format!(" ({answer})"))
            .unwrap_or_default();
        let waits = Line {
            text: format!("    waits for {}", self.awaited),
            outcome: None,
            clock: Some(Clock::Wait(budget)),
        };
        [waits, plain(format!("    last seen: {}{answer}", self.last_state))]
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
