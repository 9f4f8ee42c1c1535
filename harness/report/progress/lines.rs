//! The lines that stay: of what ended, and of waits that are long enough to be worth one.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::Timestamp;

use crate::counted::{by_count, counted};
use crate::event::{Event, EventKind, STOPPING, Verdict};
use crate::names::TEST_PACKAGE;
use crate::report::document::Outcome;
use crate::report::printable;
use crate::report::proof_words::seconds;
use crate::report::verdicts::paint;

/// A wait shorter than this is not worth a line in a log.
const QUIET_WAIT: u64 = 3_000;

/// How much the lines tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Telling {
    /// What failed.
    Failures,
    /// Each step.
    Usual,
    /// Each request, too.
    Requests,
}

/// Turns events into lines. They depend on the events alone, times included.
pub struct Lines {
    telling: Telling,
    /// Whether what moves is shown elsewhere, so waits need no lines.
    live: bool,
    color: bool,
    began: Option<Timestamp>,
    now: Timestamp,
    /// The chains that have begun and not ended their last scenario, each with the scenario that it has come to.
    running: BTreeMap<String, String>,
    /// Whether chains run side by side, so each line says whose it is.
    side_by_side: bool,
    /// Whose the line is.
    of: Option<String>,
    /// The verb of the step that each scenario of a chain is at.
    verbs: BTreeMap<(Option<String>, String), String>,
    repeats: bool,
    /// How often each scenario has begun that was requested.
    begun: BTreeMap<String, u32>,
    /// The scenarios that run only as the beginning of what continues them.
    beginnings: BTreeSet<String>,
    /// How many things were left by the clean-ups so far.
    left: usize,
}

impl Lines {
    /// Lines for a log, or for a terminal on which something moves too (`live`).
    pub fn new(live: bool, color: bool) -> Lines {
        Lines::telling(Telling::Usual, live, color)
    }

    /// The same for who wants more of it or less.
    pub fn telling(telling: Telling, live: bool, color: bool) -> Lines {
        Lines {
            telling,
            live,
            color,
            began: None,
            now: Timestamp::UNIX_EPOCH,
            running: BTreeMap::new(),
            side_by_side: false,
            of: None,
            verbs: BTreeMap::new(),
            repeats: false,
            begun: BTreeMap::new(),
            beginnings: BTreeSet::new(),
            left: 0,
        }
    }

    /// The lines that an event is worth. Where chains run side by side each says whose it is.
    pub fn of(&mut self, event: &Event) -> Vec<String> {
        self.now = event.at;
        self.began.get_or_insert(event.at);
        if let (Some(chain), EventKind::ScenarioStarted { scenario, .. }) = (event.chain(), &event.kind) {
            self.running.insert(chain.to_owned(), scenario.clone());
            self.side_by_side |= self.running.len() > 1;
        }
        self.of = event.scenario().filter(|_| self.side_by_side).map(|scenario| {
            // Several chains may begin with one scenario.
            let alike = self.running.values().filter(|running| *running == scenario).count();
            match event.chain() {
                Some(chain) if alike > 1 => format!("{scenario} of {chain}"),
                _ => scenario.to_owned(),
            }
        });
        let mut lines = self.own(event);
        if self.telling == Telling::Failures && !is_bad(&event.kind) {
            lines.clear();
        }
        if let (Some(chain), EventKind::ScenarioFinished { scenario, .. }) = (event.chain(), &event.kind)
            && chain == scenario
        {
            self.running.remove(chain);
        }
        lines
    }

    fn own(&mut self, event: &Event) -> Vec<String> {
        match &event.kind {
            EventKind::RunStarted {
                run, target, backend, ..
            } => vec![format!("run {run} · target {target} · backend {backend}")],
            EventKind::RunDescribed { description } => {
                self.repeats = description.repetitions.is_some_and(|repetitions| repetitions > 1);
                Vec::new()
            }
            EventKind::ScenarioStarted {
                scenario,
                summary,
                beginning_only,
                ..
            } => {
                if *beginning_only {
                    self.beginnings.insert(scenario.clone());
                } else {
                    self.beginnings.remove(scenario);
                    *self.begun.entry(scenario.clone()).or_insert(0) += 1;
                }
                let why = if *beginning_only {
                    " (as the beginning of what continues it)"
                } else {
                    ""
                };
                let name = paint(self.color, "1", scenario);
                vec![String::new(), format!("{name}{why}: {}", printable(summary))]
            }
            EventKind::PrepareFinished {
                summary, milliseconds, ..
            } => self.timed(Some(*milliseconds), "prepare", summary),
            EventKind::StepStarted { scenario, verb, .. } => {
                self.verbs
                    .insert((event.chain().map(str::to_owned), scenario.clone()), verb.clone());
                Vec::new()
            }
            EventKind::Waiting {
                awaited,
                last_state,
                elapsed,
                budget,
            } if !self.live && *elapsed >= QUIET_WAIT => {
                let budget = Duration::from_millis(*budget).as_secs();
                let text = format!("waits for {awaited}: {last_state} ({} of {budget}s)", seconds(*elapsed));
                self.timed(None, "", &text)
            }
            EventKind::StepFinished {
                scenario,
                done,
                failure,
                milliseconds,
                ..
            } => {
                let key = (event.chain().map(str::to_owned), scenario.clone());
                let verb = self.verbs.get(&key).map(String::as_str).unwrap_or_default();
                match failure {
                    Some(failure) => {
                        let verb = format!("{verb} {}", paint(self.color, "31", "FAILED"));
                        self.timed(Some(*milliseconds), &verb, &failure.summary)
                    }
                    None => self.timed(Some(*milliseconds), verb, done.as_deref().unwrap_or("done")),
                }
            }
            EventKind::Noticed { text } => self.timed(None, "note", text),
            EventKind::CleanupFinished {
                left,
                chain,
                milliseconds,
            } => {
                self.left += left;
                let text = match (left, chain) {
                    (0, None) if self.left > 0 => {
                        format!("the rest is removed; {}", left_words(self.left, ""))
                    }
                    (0, Some(chain)) => format!("the resources of {chain} are removed"),
                    (0, None) => "all created resources are removed".to_owned(),
                    (left, Some(chain)) => left_words(*left, &format!(" of {chain}")),
                    (left, None) => left_words(*left, ""),
                };
                self.timed(Some(*milliseconds), "clean-up", &text)
            }
            EventKind::ScenarioFinished {
                scenario,
                verdict,
                milliseconds,
            } => self.test(scenario, verdict, *milliseconds),
            EventKind::RunFinished { .. } => vec![String::new()],
            EventKind::Requested {
                service,
                method,
                url,
                status,
                milliseconds,
                ..
            } if self.telling == Telling::Requests => {
                let status = status.map_or_else(|| "no answer".to_owned(), |status| status.to_string());
                self.timed(
                    Some(*milliseconds),
                    "request",
                    &format!("{method} {url} ({service}): {status}"),
                )
            }
            EventKind::StopRequested { .. } => vec![STOPPING.to_owned()],
            EventKind::RecoveryStarted { leftovers, .. } => {
                vec![format!("recovering {}", counted(*leftovers, "resource"))]
            }
            EventKind::PrepareStarted { .. }
            | EventKind::CleanupStarted { .. }
            | EventKind::GroupStarted { .. }
            | EventKind::WaitsForOthers { .. }
            | EventKind::ChainFinished {}
            | EventKind::StandIn { .. }
            | EventKind::ConnectionSeen { .. }
            | EventKind::FaultSeen { .. }
            | EventKind::FileSeen { .. }
            | EventKind::WorkloadStarted { .. }
            | EventKind::WorkloadSeen { .. }
            | EventKind::WorkloadJudged { .. }
            | EventKind::MirrorSeen { .. }
            | EventKind::Waiting { .. }
            | EventKind::Waited { .. }
            | EventKind::Requested { .. }
            | EventKind::Intended { .. }
            | EventKind::Made { .. }
            | EventKind::Disputed { .. }
            | EventKind::Removed { .. }
            | EventKind::Left { .. }
            | EventKind::Proven { .. }
            | EventKind::Located { .. }
            | EventKind::Requesting { .. }
            | EventKind::Kept { .. }
            | EventKind::Forgotten { .. }
            | EventKind::RecoveryFinished { .. }
            | EventKind::Collected { .. } => Vec::new(),
        }
    }

    /// A line with the time since the run began and, of what took time, how long.
    fn timed(&self, took: Option<u64>, word: &str, text: &str) -> Vec<String> {
        let elapsed = self.now.duration_since(self.began.unwrap_or(self.now)).as_secs_f64();
        let took = took.map(seconds).unwrap_or_default();
        let of = self.of.as_ref().map(|of| format!("{of}: ")).unwrap_or_default();
        vec![format!("{elapsed:>7.1}s {took:>8}  {word:<18} {of}{}", printable(text))]
    }

    /// A test's line in the form of stestr, which the matchers of gate logs know (devstack's job has `failure-output`:
    /// `\{\d+\} (.*?) \[[\d\.]+s\] \.\.\. FAILED`). The number is that of a worker process; there is one.
    fn test(&self, scenario: &str, verdict: &Verdict, milliseconds: u64) -> Vec<String> {
        let outcome = Outcome::of(Some(verdict));
        let beginning_only = self.beginnings.contains(scenario);
        if beginning_only && outcome == Outcome::Passed {
            return Vec::new();
        }
        let number = self.begun.get(scenario).filter(|_| self.repeats && !beginning_only);
        let suffix = number.map(|number| format!("[{number}]")).unwrap_or_default();
        let word = match (outcome, verdict) {
            (Outcome::Passed, _) => paint(self.color, "32", "ok"),
            (_, Verdict::NotRun { because } | Verdict::Skipped { because }) => {
                format!("{}: {}", paint(self.color, "33", "SKIPPED"), printable(because))
            }
            _ => paint(self.color, "31", "FAILED"),
        };
        let took = Duration::from_millis(milliseconds).as_secs_f64();
        vec![format!(
            "{{0}} {TEST_PACKAGE}.{scenario}{suffix} [{took:.3}s] ... {word}"
        )]
    }
}

/// Whether somebody is to read of it who only wants to know what failed.
fn is_bad(kind: &EventKind) -> bool {
    match kind {
        EventKind::ScenarioFinished { verdict, .. } => matches!(verdict, Verdict::Failed { .. }),
        EventKind::StepFinished { failure, .. } => failure.is_some(),
        EventKind::CleanupFinished { left, .. } => *left > 0,
        EventKind::StopRequested { .. } => true,
        _ => false,
    }
}

fn left_words(left: usize, of: &str) -> String {
    format!("{}{of} {} LEFT", counted(left, "resource"), by_count(left, "is", "are"))
}
