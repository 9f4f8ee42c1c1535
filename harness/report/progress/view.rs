//! What moves on a terminal, as text: a line for each scenario and two for what each that runs waits for.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::counted::counted;
use crate::event::{Event, EventKind};
use crate::report::document::Outcome;
use crate::report::printable;
use crate::report::proof_words::seconds;

/// Scenarios of which lines are shown; of more, those from around the first one that runs.
const MOST_SCENARIOS: usize = 8;

/// A scenario that was asked for or has begun.
#[derive(Clone, Debug)]
struct Row {
    name: String,
    /// The chain in which it runs.
    chain: Option<String>,
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
    /// The scenario that the event is about.
    current: Option<usize>,
    /// How many things the clean-up of a chain removes, and what it waits for. That of all that was made has no chain.
    cleaning: BTreeMap<Option<String>, (usize, Option<Wait>)>,
    /// The last answer of an API to each chain.
    answers: BTreeMap<Option<String>, String>,
}

/// A line that moves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The text.
    pub text: String,
    /// The outcome that its color shows; none for what has not ended.
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
        let chain = || event.chain().map(str::to_owned);
        let is_it = |row: &Row| {
            row.chain.as_deref() == event.chain()
                && event.scenario() == Some(&row.name)
                && matches!(row.state, State::Running(_))
        };
        // What says nothing of where it belongs goes on with what was before it.
        if event.scenario().is_some() || event.position.is_some() {
            self.current = self.rows.iter().rposition(is_it);
        }
        match &event.kind {
            EventKind::RunStarted { scenarios, .. } => {
                let next = |name: &String| Row {
                    name: name.clone(),
                    chain: None,
                    state: State::Next,
                };
                self.rows = scenarios.iter().map(next).collect();
            }
            EventKind::ScenarioStarted { scenario, steps, .. } => self.begin(chain(), scenario, *steps),
            EventKind::PrepareStarted { .. } => self.doing(&chain(), "prepare", 0),
            EventKind::StepStarted { verb, .. } => self.doing(&chain(), verb, 1),
            EventKind::StepFinished { .. } | EventKind::PrepareFinished { .. } => self.wait(&chain(), None),
            EventKind::Waited { awaited, .. } => self.waited(&chain(), awaited),
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
                    answer: self.answers.remove(&chain()),
                };
                self.wait(&chain(), Some(wait));
            }
            EventKind::Requested {
                method, url, status, ..
            } => {
                let status = status.map_or_else(|| "no answer".to_owned(), |status| status.to_string());
                self.answers
                    .insert(chain(), printable(&format!("{method} {} {status}", tail(url))));
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
            EventKind::CleanupStarted { resources, .. } => {
                self.cleaning.insert(chain(), (*resources, None));
            }
            EventKind::CleanupFinished { .. } => {
                self.cleaning.remove(&chain());
            }
            _ => {}
        }
    }

    fn begin(&mut self, chain: Option<String>, scenario: &str, steps: usize) {
        let waiting = |row: &Row| row.name == scenario && matches!(row.state, State::Next);
        let position = self.rows.iter().position(waiting).unwrap_or_else(|| {
            // A beginning that was not asked for runs before the next one that was.
            let next = self.rows.iter().position(|row| matches!(row.state, State::Next));
            let position = next.unwrap_or(self.rows.len());
            let row = Row {
                name: scenario.to_owned(),
                chain: None,
                state: State::Next,
            };
            self.rows.insert(position, row);
            position
        });
        self.current = Some(position);
        self.rows[position].chain = chain;
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

    fn doing(&mut self, chain: &Option<String>, verb: &str, steps: usize) {
        self.answers.remove(chain);
        if let Some(running) = self.running() {
            running.step += steps;
            verb.clone_into(&mut running.doing);
            running.wait = None;
        }
    }

    fn wait(&mut self, chain: &Option<String>, wait: Option<Wait>) {
        if let Some(running) = self.running() {
            running.wait = wait;
        } else if let Some((_, waits)) = self.cleaning.get_mut(chain) {
            *waits = wait;
        }
    }

    /// A wait has ended. Another one may go on.
    fn waited(&mut self, chain: &Option<String>, awaited: &str) {
        let shown = match self.running() {
            Some(running) => running.wait.as_ref(),
            None => self.cleaning.get(chain).and_then(|(_, wait)| wait.as_ref()),
        };
        if shown.is_some_and(|shown| shown.awaited == printable(awaited)) {
            self.wait(chain, None);
        }
    }

    /// The lines, from top to bottom.
    pub fn lines(&self) -> Vec<Line> {
        let names: Vec<String> = self.rows.iter().map(|row| self.label(row)).collect();
        let width = names.iter().map(String::len).max().unwrap_or(0).min(40);
        let mut lines = Vec::new();
        let window = self.window();
        if window.start > 0 {
            lines.push(plain(format!("  {} more before", window.start)));
        }
        for position in window.clone() {
            let (row, name) = (&self.rows[position], &names[position]);
            let (text, outcome, clock) = match &row.state {
                State::Next => (format!("  {name:<width$}  next"), None, None),
                State::Running(running) => (
                    format!("> {name:<width$}  {}/{} {}", running.step, running.steps, running.doing),
                    None,
                    Some(Clock::Step),
                ),
                State::Ended { outcome, milliseconds } => (
                    format!("  {name:<width$}  {} in {}", outcome.words(), seconds(*milliseconds)),
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
            let rest = &self.rows[window.end..];
            let running = rest.iter().filter(|row| matches!(row.state, State::Running(_))).count();
            lines.push(plain(match running {
                0 => format!("  {} more to come", rest.len()),
                _ => format!("  {} more, of which {running} run", rest.len()),
            }));
        }
        for (chain, (resources, wait)) in &self.cleaning {
            let of = chain.as_ref().map(|chain| format!(" of {chain}")).unwrap_or_default();
            lines.push(plain(format!("> clean-up of {}{of}", counted(*resources, "resource"))));
            lines.extend(wait.iter().flat_map(Wait::lines));
        }
        lines
    }

    /// The name of a scenario; with that of its chain where several chains begin with it.
    fn label(&self, row: &Row) -> String {
        let is_alike = |other: &&Row| other.name == row.name && other.chain.is_some() && other.chain != row.chain;
        match &row.chain {
            Some(chain) if self.rows.iter().any(|other| is_alike(&other)) => format!("{} of {chain}", row.name),
            _ => row.name.clone(),
        }
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
