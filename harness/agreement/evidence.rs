//! What a run left, in the form in which it is compared.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::event::{Event, EventKind, LogEvidence, Proof, Verdict};
use crate::observation::{Observation, Printed, Shape, stable, stable_lines};

/// A state that was seen in a wait.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateSeen {
    /// The state, without ids.
    pub state: String,
    /// When it was first seen, in milliseconds since the wait began.
    pub from: u64,
    /// When another one was, or the wait ended.
    pub until: u64,
}

/// A wait.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wait {
    /// The states before the awaited one, in their order.
    pub states: Vec<StateSeen>,
    /// How long it took, in milliseconds.
    pub elapsed: u64,
    /// How many times it was asked.
    pub polls: u32,
}

/// A kind of API call.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Call {
    /// The service.
    pub service: String,
    /// The HTTP method.
    pub method: String,
    /// The route.
    pub route: String,
}

impl Call {
    /// The call in words.
    #[must_use]
    pub fn words(&self) -> String {
        format!("{} {} {}", self.method, self.service, self.route)
    }
}

/// What answers of one kind and status had in them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answers {
    /// The shapes of all bodies in one; `None` if there was none.
    pub body: Option<Shape>,
    /// What errors said.
    pub messages: BTreeSet<String>,
    /// The microversions that were requested.
    pub versions: BTreeSet<String>,
}

/// What a command gave with one exit code.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outputs {
    /// What it printed.
    pub stdout: BTreeSet<Printed>,
    /// What it printed to standard error.
    pub stderr: BTreeSet<Vec<String>>,
}

/// What came of a wrong call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mistaken {
    /// The answers, by call and status.
    pub answers: BTreeMap<(Call, u16), Answers>,
    /// The outputs, by exit code.
    pub outputs: BTreeMap<i32, Outputs>,
}

/// What connection info said at one step.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConnectionSeen {
    /// The fields that name the site.
    pub fields: BTreeSet<String>,
    /// The fields that changed since the checkpoint before.
    pub changed: BTreeSet<String>,
    /// What the log said.
    pub log: String,
}

/// How a scenario ended, without ids.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    /// Every expectation held.
    Passed,
    /// It failed, for this reason.
    Failed(String),
    /// It did not run, for this reason.
    NotRun(String),
}

impl fmt::Display for Ended {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Ended::Passed => formatter.write_str("passed"),
            Ended::Failed(why) => write!(formatter, "failed ({why})"),
            Ended::NotRun(why) => write!(formatter, "not run ({why})"),
        }
    }
}

/// Everything of a run that can be compared.
#[derive(Clone, Debug, Default)]
pub struct Evidence {
    /// The target's name.
    pub target: String,
    /// The run.
    pub run: String,
    /// Whether it came to its end.
    pub finished: bool,
    /// How each scenario ended.
    pub verdicts: BTreeMap<String, Ended>,
    /// The waits, by what was waited for.
    pub waits: BTreeMap<String, Vec<Wait>>,
    /// The API answers, by call and status.
    pub answers: BTreeMap<Call, BTreeMap<u16, Answers>>,
    /// The commands, by place and command line, and exit code.
    pub commands: BTreeMap<(String, String), BTreeMap<i32, Outputs>>,
    /// The wrong calls, by name.
    pub mistakes: BTreeMap<String, Mistaken>,
    /// The shape of connection info in the log.
    pub logged: Option<Shape>,
    /// Connection info by scenario, step and volume.
    pub connections: BTreeMap<String, ConnectionSeen>,
    /// What the target calls things, longest first, and what stands for each.
    names: Vec<(String, String)>,
}

/// The waits that have not ended, by the chain that waits and what it waits for.
type Pending = BTreeMap<(Option<String>, String), Wait>;

impl Evidence {
    /// Folds a run's events and observations.
    #[must_use]
    pub fn of(events: &[Event], observations: &[Observation]) -> Evidence {
        let mut evidence = Evidence::default();
        for observation in observations {
            if let Observation::Names { names } = observation {
                evidence.names.extend(names.clone());
            }
        }
        evidence.names.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
        let mut pending = Pending::new();
        for event in events {
            evidence.event(event, &mut pending);
        }
        for ((_, name), wait) in pending {
            evidence.end(name, wait, None);
        }
        for observation in observations {
            evidence.observation(observation);
        }
        evidence
    }

    /// How many scenarios passed.
    #[must_use]
    pub fn passed(&self) -> usize {
        self.verdicts.values().filter(|ended| **ended == Ended::Passed).count()
    }

    /// A text without ids, addresses, and the names that belong to the target.
    fn text(&self, text: &str) -> String {
        let text = self.names.iter().fold(text.to_owned(), |text, (name, placeholder)| {
            text.replace(name, placeholder)
        });
        stable(&text)
    }

    fn event(&mut self, event: &Event, pending: &mut Pending) {
        let wait_of = |awaited: &str| (event.chain().map(str::to_owned), awaited.to_owned());
        match &event.kind {
            EventKind::RunStarted { run, target, .. } => {
                self.run = run.to_string();
                self.target.clone_from(target);
            }
            EventKind::RunFinished { .. } => self.finished = true,
            EventKind::ScenarioFinished { scenario, verdict, .. } => {
                let verdict = match verdict {
                    Verdict::Passed => Ended::Passed,
                    Verdict::Failed { failure, .. } => Ended::Failed(self.text(&failure.summary)),
                    Verdict::NotRun { because } => Ended::NotRun(self.text(because)),
                };
                self.verdicts.insert(scenario.clone(), verdict);
            }
            EventKind::Waiting {
                awaited,
                last_state,
                elapsed,
                ..
            } => {
                let state = self.text(last_state);
                let wait = pending.entry(wait_of(awaited)).or_default();
                wait.polls = wait.polls.max(1);
                if wait.states.last().is_some_and(|last| last.state == state) {
                    // A long wait is reported again while its state stays.
                    return;
                }
                if let Some(last) = wait.states.last_mut() {
                    last.until = *elapsed;
                }
                wait.states.push(StateSeen {
                    state,
                    from: *elapsed,
                    until: *elapsed,
                });
            }
            EventKind::Waited {
                awaited,
                elapsed,
                polls,
                ..
            } => {
                let wait = pending.remove(&wait_of(awaited)).unwrap_or_default();
                self.end(awaited.clone(), wait, Some((*elapsed, *polls)));
            }
            EventKind::Proven { scenario, step, proof } => self.proof(scenario, *step, proof),
            _ => {}
        }
    }

    /// A wait ended, or never did.
    fn end(&mut self, awaited: String, mut wait: Wait, ended: Option<(u64, u32)>) {
        if let Some((elapsed, polls)) = ended {
            (wait.elapsed, wait.polls) = (elapsed, polls);
            if let Some(last) = wait.states.last_mut() {
                last.until = elapsed;
            }
        }
        let name = self.text(&awaited);
        self.waits.entry(name).or_default().push(wait);
    }

    fn proof(&mut self, scenario: &str, step: usize, proof: &Proof) {
        let Proof::Connection {
            volume,
            fields,
            changes,
            log,
            ..
        } = proof
        else {
            return;
        };
        let log = match log {
            LogEvidence::Agrees { masked, .. } => {
                let mut masked = masked.clone();
                masked.sort();
                format!("agrees and masks {}", masked.join(", "))
            }
            LogEvidence::NotConfigured => "is not configured".to_owned(),
        };
        self.connections.insert(
            format!("{scenario}, step {}, volume {volume}", step + 1),
            ConnectionSeen {
                fields: fields.keys().cloned().collect(),
                changed: changes.iter().map(|change| change.field.clone()).collect(),
                log,
            },
        );
    }

    fn observation(&mut self, observation: &Observation) {
        match observation {
            Observation::Names { .. } => {}
            Observation::Answer {
                mistake,
                service,
                method,
                route,
                version,
                status,
                body,
                message,
            } => {
                let call = Call {
                    service: service.clone(),
                    method: method.clone(),
                    route: route.clone(),
                };
                let message = message.as_ref().map(|message| self.text(message));
                let answers = match mistake {
                    Some(mistake) => self
                        .mistakes
                        .entry(mistake.clone())
                        .or_default()
                        .answers
                        .entry((call, *status))
                        .or_default(),
                    None => self.answers.entry(call).or_default().entry(*status).or_default(),
                };
                answers.messages.extend(message);
                answers.versions.extend(version.clone());
                if let Some(body) = body {
                    answers.body.get_or_insert_default().merge(body);
                }
            }
            Observation::Command {
                mistake,
                place,
                command,
                exit_code,
                stdout,
                stderr,
            } => {
                let key = (place.clone(), self.text(command));
                let stderr = stable_lines(&self.text(&stderr.join("\n")));
                let stdout = match stdout {
                    Printed::Lines(lines) => Printed::Lines(lines.iter().map(|line| self.text(line)).collect()),
                    other => other.clone(),
                };
                let outputs = match mistake {
                    Some(mistake) => self
                        .mistakes
                        .entry(mistake.clone())
                        .or_default()
                        .outputs
                        .entry(*exit_code)
                        .or_default(),
                    None => self.commands.entry(key).or_default().entry(*exit_code).or_default(),
                };
                outputs.stdout.insert(stdout);
                outputs.stderr.insert(stderr);
            }
            Observation::Logged { connection_info } => {
                self.logged.get_or_insert_default().merge(connection_info);
            }
        }
    }
}
