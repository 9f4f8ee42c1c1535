//! What moves on a terminal, as text: where the backend is, a line for each scenario, what each that runs waits for, and what
//! Ctrl-C does. A function of the events and of the time.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::clock;
use super::meeting::{Meeting, WaitsFor};
use super::pending::{Answers, Wait};
use super::standing::{Stage, Standing, and};
use crate::counted::counted;
use crate::event::{Event, EventKind};
use crate::report::document::Outcome;
use crate::report::proof_words::seconds;

/// Scenarios of which lines are shown; of more, those from around the first one that runs.
const MOST_SCENARIOS: usize = 8;

/// Chains that are named of those for which one waits.
const MOST_OTHERS: usize = 3;

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

#[derive(Clone, Debug)]
struct Running {
    step: usize,
    steps: usize,
    doing: String,
    /// When the step began.
    began: Timestamp,
    /// When the last event came that is its own.
    news: Timestamp,
    wait: Option<Wait>,
}

/// The clean-up of a chain, or of all that was made.
#[derive(Clone, Debug)]
struct Cleaning {
    resources: usize,
    began: Timestamp,
    wait: Option<Wait>,
}

/// What moves on a terminal.
#[derive(Clone, Debug, Default)]
pub struct View {
    began: Option<Timestamp>,
    rows: Vec<Row>,
    /// The scenario that the event is about.
    current: Option<usize>,
    /// The clean-ups that go on, by their chains. That of all that was made has no chain.
    cleaning: BTreeMap<Option<String>, Cleaning>,
    answers: Answers,
    meeting: Meeting,
    standing: Standing,
    /// Whether Ctrl-C stops the run, which then cleans up.
    stoppable: bool,
}

/// A line that moves.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line {
    /// The text.
    pub text: String,
    /// The outcome that its color shows; none for what has not ended.
    pub outcome: Option<Outcome>,
    /// How long it has been so, at the line's end.
    pub clock: Option<String>,
}

impl View {
    /// A view; of a run that Ctrl-C stops (`stoppable`) it says what that does.
    pub fn new(stoppable: bool) -> View {
        View {
            stoppable,
            ..View::default()
        }
    }

    /// Takes in an event.
    pub fn add(&mut self, event: &Event) {
        self.began.get_or_insert(event.at);
        let chain = event.chain().map(str::to_owned);
        let is_it = |row: &Row| {
            row.chain.as_deref() == event.chain()
                && event.scenario() == Some(&row.name)
                && matches!(row.state, State::Running(_))
        };
        // What says nothing of where it belongs goes on with what was before it.
        if event.scenario().is_some() || event.position.is_some() {
            self.current = self.rows.iter().rposition(is_it);
        }
        self.meeting.add(event);
        self.standing.add(event);
        self.answers.add(event);
        if let Some(running) = self.running().filter(|_| is_news(&event.kind)) {
            running.news = event.at;
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
            EventKind::ScenarioStarted { scenario, steps, .. } => self.begin(chain, scenario, *steps, event.at),
            EventKind::PrepareStarted { .. } => self.doing(&chain, "prepare", 0, event.at),
            EventKind::StepStarted { verb, .. } => self.doing(&chain, verb, 1, event.at),
            // Of several waits another one may go on.
            EventKind::StepFinished { .. }
            | EventKind::PrepareFinished { .. }
            | EventKind::Waiting { .. }
            | EventKind::Waited { .. } => {
                if let Some(wait) = self.wait(&chain) {
                    *wait = Wait::after(wait.take(), event);
                }
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
                let cleaning = Cleaning {
                    resources: *resources,
                    began: event.at,
                    wait: None,
                };
                self.cleaning.insert(chain, cleaning);
            }
            EventKind::CleanupFinished { .. } => {
                self.cleaning.remove(&chain);
            }
            _ => {}
        }
    }

    fn begin(&mut self, chain: Option<String>, scenario: &str, steps: usize, at: Timestamp) {
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
            step: 0,
            steps,
            doing: String::new(),
            began: at,
            news: at,
            wait: None,
        });
    }

    fn running(&mut self) -> Option<&mut Running> {
        match &mut self.rows.get_mut(self.current?)?.state {
            State::Running(running) => Some(running),
            State::Next | State::Ended { .. } => None,
        }
    }

    fn doing(&mut self, chain: &Option<String>, verb: &str, steps: usize, at: Timestamp) {
        self.answers.forget(chain);
        if let Some(running) = self.running() {
            running.step += steps;
            verb.clone_into(&mut running.doing);
            running.began = at;
            running.wait = None;
        }
    }

    /// What is waited for where the event belongs: in the scenario that runs, or else in the clean-up.
    fn wait(&mut self, chain: &Option<String>) -> Option<&mut Option<Wait>> {
        let row = self.current.and_then(|position| self.rows.get_mut(position));
        match row.map(|row| &mut row.state) {
            Some(State::Running(running)) => Some(&mut running.wait),
            _ => self.cleaning.get_mut(chain).map(|cleaning| &mut cleaning.wait),
        }
    }

    /// The lines at some time, from top to bottom.
    pub fn lines(&self, now: Timestamp) -> Vec<Line> {
        let window = self.window();
        let labels: Vec<String> = window
            .clone()
            .map(|position| self.label(&self.rows[position]))
            .collect();
        let width = labels.iter().map(String::len).max().unwrap_or(0).min(40);
        let mut lines: Vec<Line> = self.header(now).into_iter().collect();
        if window.start > 0 {
            lines.push(Line::plain(format!("  {} more before", window.start)));
        }
        for (row, label) in self.rows[window.clone()].iter().zip(&labels) {
            lines.extend(self.row(row, &format!("{label:<width$}"), now));
        }
        if window.end < self.rows.len() {
            let rest = &self.rows[window.end..];
            let running = rest.iter().filter(|row| matches!(row.state, State::Running(_))).count();
            lines.push(Line::plain(match running {
                0 => format!("  {} more to come", rest.len()),
                _ => format!("  {} more, of which {running} run", rest.len()),
            }));
        }
        for (chain, cleaning) in &self.cleaning {
            lines.extend(self.clean_up(chain, cleaning, now));
        }
        if self.stoppable && !self.rows.is_empty() {
            lines.push(Line::plain(self.standing.ctrl_c(self.stage())));
        }
        lines
    }

    /// Where the backend is, and how long the run has taken.
    fn header(&self, now: Timestamp) -> Option<Line> {
        Some(Line {
            text: self.standing.backend(now)?,
            clock: Some(clock::words(clock::since(self.began?, now))),
            outcome: None,
        })
    }

    fn row(&self, row: &Row, label: &str, now: Timestamp) -> Vec<Line> {
        let running = match &row.state {
            State::Next => return vec![Line::plain(format!("  {label}  next"))],
            State::Ended { outcome, milliseconds } => {
                return vec![Line {
                    text: format!("  {label}  {} in {}", outcome.words(), seconds(*milliseconds)),
                    outcome: Some(*outcome),
                    clock: None,
                }];
            }
            State::Running(running) => running,
        };
        let mut lines = vec![Line {
            text: format!("> {label}  {}", running.place()),
            outcome: None,
            clock: Some(clock::words(clock::since(running.began, now))),
        }];
        let others = row.chain.as_deref().and_then(|chain| self.meeting.waits_for(chain));
        match (others, &running.wait) {
            (Some(others), _) => lines.push(self.others(&others, &running.doing)),
            (None, Some(wait)) => {
                lines.extend(wait.lines(self.answers.last(&row.chain), now));
                lines.extend(self.answers.unanswered(&row.chain, now));
            }
            (None, None) => {
                let quiet = clock::since(running.news, now);
                lines.extend(self.answers.why(&row.chain, quiet, now));
            }
        }
        lines
    }

    /// For whom a chain waits that has come to a movement of the backend, and how far they are.
    fn others(&self, others: &WaitsFor<'_>, movement: &str) -> Line {
        Line::plain(match others {
            WaitsFor::Leader(leader) => format!("    waits for the {movement}, which {leader} asks for"),
            WaitsFor::Others(others) => {
                let mut named: Vec<String> = others.iter().take(MOST_OTHERS).map(|chain| self.at(chain)).collect();
                if others.len() > MOST_OTHERS {
                    named.push(format!("{} more", others.len() - MOST_OTHERS));
                }
                format!(
                    "    waits for {} at the {movement}: {}",
                    counted(others.len(), "other"),
                    and(&named)
                )
            }
        })
    }

    /// A chain, with what it does.
    fn at(&self, chain: &str) -> String {
        let of_it = |row: &&Row| row.chain.as_deref() == Some(chain);
        let running = self.rows.iter().filter(of_it).find_map(|row| match &row.state {
            State::Running(running) => Some((&row.name, running)),
            State::Next | State::Ended { .. } => None,
        });
        match running {
            Some((name, running)) => format!("{name} ({})", running.place()),
            None if self.meeting.has_begun(chain) => format!("{chain} (its clean-up)"),
            None => format!("{chain} (has not begun)"),
        }
    }

    fn clean_up(&self, chain: &Option<String>, cleaning: &Cleaning, now: Timestamp) -> Vec<Line> {
        let of = chain.as_ref().map(|chain| format!(" of {chain}")).unwrap_or_default();
        let mut lines = vec![Line {
            text: format!("> clean-up of {}{of}", counted(cleaning.resources, "resource")),
            outcome: None,
            clock: Some(clock::words(clock::since(cleaning.began, now))),
        }];
        if let Some(wait) = &cleaning.wait {
            lines.extend(wait.lines(self.answers.last(chain), now));
        }
        lines.extend(self.answers.unanswered(chain, now));
        lines
    }

    fn stage(&self) -> Stage {
        match self.rows.iter().all(|row| matches!(row.state, State::Ended { .. })) {
            true => Stage::CleansUp,
            false => Stage::Runs,
        }
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

impl Running {
    /// How far it is.
    fn place(&self) -> String {
        let place = format!("{}/{} {}", self.step, self.steps, self.doing);
        place.trim_end().to_owned()
    }
}

/// Whether an event shows that a chain goes on: a workload's records come whatever its chain does.
fn is_news(kind: &EventKind) -> bool {
    !matches!(kind, EventKind::WorkloadStarted { .. } | EventKind::WorkloadSeen { .. })
}

impl Line {
    /// A line without a color and a clock.
    pub(super) fn plain(text: String) -> Line {
        Line {
            text,
            ..Line::default()
        }
    }
}
