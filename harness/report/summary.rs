//! A run as its events tell it.

use super::document::{Milestones, Phase, Recoveries};
use crate::event::{Event, EventKind, Proof, Resource, Verdict};
use crate::failure::Failure;

/// A step that ended.
#[derive(Clone, Debug)]
pub struct StepSummary {
    /// Its index in the plan, from 0.
    pub step: usize,
    /// The verb.
    pub verb: String,
    /// How long it took, in milliseconds.
    pub milliseconds: u64,
    /// Why it failed.
    pub failure: Option<Failure>,
}

/// A scenario as its events tell it.
#[derive(Clone, Debug)]
pub struct ScenarioSummary {
    /// Its name.
    pub name: String,
    /// The chain that it runs in; absent in journals of chains that took turns.
    pub chain: Option<String>,
    /// Its summary.
    pub summary: String,
    /// Whether it only ran because another one continues it.
    pub beginning_only: bool,
    /// The steps that ended.
    pub steps: Vec<StepSummary>,
    /// What was proven, in order.
    pub proofs: Vec<Proof>,
    /// How it ended; absent while it runs.
    pub verdict: Option<Verdict>,
    /// How long its steps took, in milliseconds.
    pub milliseconds: u64,
    /// How long each phase took.
    pub phases: Vec<Phase>,
    /// What the phases are read from.
    milestones: Milestones,
}

/// A run as its events tell it.
#[derive(Clone, Debug, Default)]
pub struct RunSummary {
    /// The run's id.
    pub run: String,
    /// The target's name.
    pub target: String,
    /// `host@backend`.
    pub backend: String,
    /// The scenarios in the order in which they began.
    pub scenarios: Vec<ScenarioSummary>,
    /// What was noticed on the way.
    pub notices: Vec<String>,
    /// What could not be removed, and why.
    pub left: Vec<(Resource, Failure)>,
    /// What was left on purpose.
    pub kept: Vec<Resource>,
    /// How many HTTP requests were sent, retries included.
    pub requests: u64,
    /// How many polls the waits took.
    pub polls: u64,
    /// How long the run took, in milliseconds.
    pub milliseconds: u64,
    /// What each server waited for its data after a failover or failback.
    pub recoveries: Recoveries,
}

impl RunSummary {
    /// Reads a run from its events.
    #[must_use]
    pub fn of<'a>(events: impl IntoIterator<Item = &'a Event>) -> RunSummary {
        let mut summary = RunSummary::default();
        for event in events {
            summary.add(event);
        }
        summary
    }

    /// How many of the scenarios that were asked for passed, and how many did not.
    #[must_use]
    pub fn counts(&self) -> (usize, usize) {
        let asked_for = || self.scenarios.iter().filter(|scenario| scenario.counts());
        let passed = asked_for().filter(|scenario| scenario.passed()).count();
        (passed, asked_for().count() - passed)
    }

    /// Adds what one more event tells.
    pub fn add(&mut self, event: &Event) {
        self.recoveries.add(event);
        match &event.kind {
            EventKind::RunStarted {
                run, target, backend, ..
            } => {
                self.run = run.to_string();
                self.target.clone_from(target);
                self.backend.clone_from(backend);
            }
            EventKind::ScenarioStarted {
                scenario,
                summary,
                beginning_only,
                ..
            } => self.scenarios.push(ScenarioSummary {
                name: scenario.clone(),
                chain: event.chain().map(str::to_owned),
                summary: summary.clone(),
                beginning_only: *beginning_only,
                steps: Vec::new(),
                proofs: Vec::new(),
                verdict: None,
                milliseconds: 0,
                phases: Vec::new(),
                milestones: Milestones::default(),
            }),
            EventKind::StepStarted {
                scenario, step, verb, ..
            } => {
                if let Some(summary) = self.scenario(event.chain(), scenario) {
                    let step = StepSummary {
                        step: *step,
                        verb: verb.clone(),
                        milliseconds: 0,
                        failure: None,
                    };
                    summary.steps.push(step);
                }
            }
            EventKind::StepFinished {
                scenario,
                failure,
                milliseconds,
                ..
            } => {
                let sent = self.recoveries.sent();
                if let Some(summary) = self.scenario(event.chain(), scenario)
                    && let Some(step) = summary.steps.last_mut()
                {
                    step.milliseconds = *milliseconds;
                    step.failure.clone_from(failure);
                    if failure.is_none() {
                        summary.milestones.step(&step.verb, event.at, *milliseconds, sent);
                    }
                }
            }
            EventKind::Proven { scenario, proof, .. } => {
                if let Some(summary) = self.scenario(event.chain(), scenario) {
                    summary.proofs.push(proof.clone());
                    summary.milestones.proof(proof);
                }
            }
            EventKind::ScenarioFinished {
                scenario,
                verdict,
                milliseconds,
            } => {
                if let Some(summary) = self.scenario(event.chain(), scenario) {
                    summary.verdict = Some(verdict.clone());
                    summary.milliseconds = *milliseconds;
                    summary.phases = summary.milestones.phases();
                }
            }
            EventKind::PrepareFinished {
                scenario, milliseconds, ..
            } => {
                if let Some(summary) = self.scenario(event.chain(), scenario) {
                    summary.milestones.prepared(*milliseconds);
                }
            }
            EventKind::Noticed { text } => self.notices.push(text.clone()),
            EventKind::Left { resource, failure, .. } => self.left.push((resource.clone(), failure.clone())),
            EventKind::Requested { .. } => self.requests += 1,
            EventKind::Waited { polls, .. } => self.polls += u64::from(*polls),
            EventKind::RunFinished { milliseconds, .. } => self.milliseconds = *milliseconds,
            EventKind::Kept { resource } => self.kept.push(resource.clone()),
            EventKind::Located { .. }
            | EventKind::Requesting { .. }
            | EventKind::Forgotten { .. }
            | EventKind::RecoveryStarted { .. }
            | EventKind::RecoveryFinished { .. }
            | EventKind::RunDescribed { .. }
            | EventKind::StandIn { .. }
            | EventKind::ConnectionSeen { .. }
            | EventKind::FileSeen { .. }
            | EventKind::MirrorSeen { .. }
            | EventKind::PrepareStarted { .. }
            | EventKind::Waiting { .. }
            | EventKind::Intended { .. }
            | EventKind::Made { .. }
            | EventKind::Disputed { .. }
            | EventKind::Removed { .. }
            | EventKind::Collected { .. }
            | EventKind::CleanupStarted { .. }
            | EventKind::CleanupFinished { .. } => {}
        }
    }

    /// The newest scenario of that name in a chain: within one run a beginning may run for several chains.
    fn scenario(&mut self, chain: Option<&str>, name: &str) -> Option<&mut ScenarioSummary> {
        let is_it = |scenario: &&mut ScenarioSummary| scenario.name == name && scenario.chain.as_deref() == chain;
        self.scenarios.iter_mut().rev().find(is_it)
    }
}

impl ScenarioSummary {
    /// Whether every expectation held. A scenario without a verdict has not passed.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.verdict.as_ref().is_some_and(Verdict::passed)
    }

    /// Whether it counts: it was asked for, or it is the beginning that failed.
    #[must_use]
    pub fn counts(&self) -> bool {
        !self.beginning_only || !self.passed()
    }
}
