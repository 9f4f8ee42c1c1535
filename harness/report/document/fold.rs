//! From events to a run in a report.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::diagnosis::diagnosis;
use super::faults;
use super::phases::{Milestones, before, between};
use super::scenario::{ConnectionReading, Fact, FailureReport, FileReading, MirrorReading};
use super::workload;
use super::{CleanUp, CreatedResource, Left, Outcome, Request, RunReport, ScenarioReport, StepReport, WaitReport};
use crate::diagnostic::SourceMap;
use crate::event::{Event, EventKind, Journal, PlaceRecord, Resource, RunDescription, Verdict};
use crate::event::{Recoveries, recovery_statistics};
use crate::failure::Failure;
use crate::names::TEST_PACKAGE;
use crate::report::api_alone::api_alone;
use crate::report::proof_lines;

impl RunReport {
    /// The run of a journal.
    #[must_use]
    pub fn of(journal: &Journal) -> RunReport {
        let mut fold = Fold::new(journal.events.first().map_or(Timestamp::UNIX_EPOCH, |event| event.at));
        for event in &journal.events {
            fold.add(event);
        }
        fold.end(journal)
    }
}

struct Fold {
    report: RunReport,
    sources: SourceMap,
    /// The scenarios that have begun and not ended.
    open: Vec<OpenScenario>,
    /// The one that the event is about. An index into the report's.
    current: Option<usize>,
    /// The one of each chain that ended last.
    ended: BTreeMap<Option<String>, usize>,
    /// The clean-up of each chain, and that of the run, that is under way. An index into the report's.
    cleaning: BTreeMap<Option<String>, usize>,
    /// Whether every event says to which scenario it belongs. In a journal of chains that took turns what names none belongs to
    /// the scenario that was named last.
    has_positions: bool,
    /// The digest of each file that was written, by chain, guest and path: each chain has guests of its own.
    written: BTreeMap<(Option<String>, String, String), String>,
    recoveries: Recoveries,
    now: Timestamp,
}

/// A scenario that has begun and not ended.
struct OpenScenario {
    index: usize,
    chain: Option<String>,
    milestones: Milestones,
}

impl Fold {
    fn new(started: Timestamp) -> Fold {
        Fold {
            report: RunReport {
                run: String::new(),
                version: String::new(),
                target: String::new(),
                backend: String::new(),
                started,
                milliseconds: 0,
                complete: false,
                faults: Vec::new(),
                asked_for: Vec::new(),
                scenarios: Vec::new(),
                recoveries: Vec::new(),
                recovery_statistics: Vec::new(),
                notices: Vec::new(),
                resources: Vec::new(),
                left: Vec::new(),
                clean_ups: Vec::new(),
                requests: Vec::new(),
                polls: 0,
                description: None,
                stand_in: false,
            },
            sources: SourceMap::default(),
            open: Vec::new(),
            current: None,
            ended: BTreeMap::new(),
            cleaning: BTreeMap::new(),
            has_positions: false,
            written: BTreeMap::new(),
            recoveries: Recoveries::default(),
            now: started,
        }
    }

    fn add(&mut self, event: &Event) {
        self.now = event.at;
        self.recoveries.add(event);
        let chain = || event.chain().map(str::to_owned);
        match event.scenario() {
            Some(name) => self.turn_to(event.chain(), name),
            None if self.has_positions => self.current = None,
            None => {}
        }
        match &event.kind {
            EventKind::RunStarted {
                format,
                run,
                version,
                target,
                backend,
                scenarios,
                ..
            } => {
                self.has_positions = *format >= 3;
                self.report.run = run.to_string();
                self.report.version.clone_from(version);
                self.report.target.clone_from(target);
                self.report.backend.clone_from(backend);
                self.report.asked_for.clone_from(scenarios);
            }
            EventKind::RunDescribed { description } => self.describe(description),
            EventKind::ScenarioStarted {
                scenario,
                summary,
                steps,
                beginning_only,
            } => self.begin(chain(), scenario, summary, *steps, *beginning_only),
            EventKind::PrepareStarted { .. } => self.step_began(None, "prepare", "create the prerequisites"),
            EventKind::PrepareFinished {
                summary, milliseconds, ..
            } => {
                self.step_ended(Some(summary), false, *milliseconds);
                self.milestone(|milestones| milestones.prepared(*milliseconds));
            }
            EventKind::StepStarted {
                step,
                verb,
                description,
                ..
            } => self.step_began(Some(*step), verb, description),
            EventKind::StepFinished {
                done,
                skipped,
                failure,
                milliseconds,
                ..
            } => {
                let verb = self.step().map(|step| step.verb.clone()).unwrap_or_default();
                self.step_ended(done.as_ref(), failure.is_some(), *milliseconds);
                if let Some(step) = self.step() {
                    step.skipped.clone_from(skipped);
                }
                if failure.is_none() && skipped.is_none() {
                    let (ended, sent) = (self.now, self.recoveries.sent());
                    self.milestone(|milestones| milestones.step(&verb, ended, *milliseconds, sent));
                }
            }
            EventKind::Waiting {
                awaited,
                last_state,
                elapsed,
                ..
            } => self.waiting(awaited, last_state, *elapsed),
            EventKind::Waited {
                awaited,
                states,
                elapsed,
                polls,
            } => self.waited(awaited, states, *elapsed, *polls),
            EventKind::Requested {
                service,
                method,
                url,
                status,
                request_id,
                milliseconds,
                attempt,
                error,
                ..
            } => {
                let request = Request {
                    at: between(self.report.started, self.now),
                    scenario: self.scenario().map(|scenario| scenario.name.clone()),
                    step: self.step().filter(|step| !step.ended).and_then(|step| step.step),
                    service: service.clone(),
                    method: method.clone(),
                    url: url.clone(),
                    status: *status,
                    request_id: request_id.clone(),
                    milliseconds: *milliseconds,
                    attempt: *attempt,
                    error: error.clone(),
                };
                self.report.requests.push(request);
            }
            EventKind::Intended { resource } => self.report.resources.push(CreatedResource {
                resource: resource.clone(),
                made: false,
                removed: false,
            }),
            EventKind::Made { resource } => self.change_resource(resource, |created| {
                created.made = true;
                created.resource = resource.clone();
            }),
            // Whose it is cannot be known: the failure of the step, and what is left, say all of it.
            EventKind::Disputed { .. } => {}
            EventKind::Removed { resource } => self.change_resource(resource, |created| created.removed = true),
            EventKind::Left { resource, failure, .. } => {
                if let Some(clean_up) = self.clean_up(event) {
                    clean_up.named += 1;
                }
                self.report.left.push(Left {
                    resource: resource.clone(),
                    why: failure.summary.clone(),
                    help: failure.help.clone(),
                    failure: Some(failure.clone()),
                });
            }
            EventKind::Proven { proof, .. } => {
                if let Some(scenario) = self.scenario() {
                    let (name, lines) = proof_lines(proof);
                    scenario.proven.push(Fact::new(name, lines.join("\n")));
                    scenario.proofs.push(proof.clone());
                    scenario.api_alone = api_alone(&scenario.proofs);
                }
                self.milestone(|milestones| milestones.proof(proof));
            }
            EventKind::Noticed { text } => match self.scenario() {
                Some(scenario) => scenario.notices.push(text.clone()),
                None => self.report.notices.push(text.clone()),
            },
            EventKind::Collected { evidence } => {
                // It is collected when the scenario has failed, so the one is meant that ended last.
                let about = self.current.or(self.ended.get(&chain()).copied());
                if let Some(scenario) = about.and_then(|index| self.report.scenarios.get_mut(index)) {
                    scenario.evidence.push(Fact::new(&evidence.title, &evidence.text));
                }
            }
            EventKind::Kept { resource } => self.report.left.push(Left {
                resource: resource.clone(),
                why: "kept, as requested".to_owned(),
                help: Some("`cinder-drill recover` removes it".to_owned()),
                failure: None,
            }),
            EventKind::Forgotten { resource } => self.change_resource(resource, |created| created.removed = true),
            EventKind::StandIn { .. } => self.report.stand_in = true,
            EventKind::Located { .. }
            | EventKind::GroupStarted { .. }
            | EventKind::WaitsForOthers { .. }
            | EventKind::ChainFinished {}
            | EventKind::StopRequested { .. }
            | EventKind::Requesting { .. }
            | EventKind::RecoveryStarted { .. }
            | EventKind::RecoveryFinished { .. }
            | EventKind::FaultSeen { .. } => {}
            EventKind::ConnectionSeen { .. } | EventKind::FileSeen { .. } | EventKind::MirrorSeen { .. } => {
                self.seen(chain(), &event.kind);
            }
            EventKind::WorkloadStarted { .. } | EventKind::WorkloadSeen { .. } | EventKind::WorkloadJudged { .. } => {
                if let Some(scenario) = self.scenario() {
                    workload::add(&mut scenario.workloads, &event.kind);
                }
            }
            EventKind::CleanupStarted { resources, .. } => {
                self.cleaning.insert(self.owner(event), self.report.clean_ups.len());
                self.report.clean_ups.push(CleanUp {
                    began: between(self.report.started, self.now),
                    milliseconds: None,
                    resources: *resources,
                    left: None,
                    named: 0,
                });
            }
            EventKind::CleanupFinished { milliseconds, left, .. } => {
                if let Some(clean_up) = self.clean_up(event) {
                    clean_up.milliseconds = Some(*milliseconds);
                    clean_up.left = Some(*left);
                }
                self.cleaning.remove(&self.owner(event));
            }
            EventKind::ScenarioFinished {
                verdict, milliseconds, ..
            } => self.finish(Some(verdict), Some(*milliseconds)),
            EventKind::RunFinished { milliseconds } => {
                self.report.complete = true;
                self.report.milliseconds = *milliseconds;
            }
        }
    }

    fn describe(&mut self, description: &RunDescription) {
        for (file, text) in &description.sources {
            self.sources.insert(file.as_str().into(), text.as_str().into());
        }
        // Journals of the first versions have no word of their own for it.
        self.report.stand_in |= description.target.get("embedded_cloud") == Some(&true.into());
        self.report.description = Some(description.clone());
    }

    /// Whose clean-up an event belongs to: one at a time where chains took turns.
    fn owner(&self, event: &Event) -> Option<String> {
        event.chain().filter(|_| self.has_positions).map(str::to_owned)
    }

    /// The clean-up that is under way, of the chain to which the event belongs.
    fn clean_up(&mut self, event: &Event) -> Option<&mut CleanUp> {
        let index = *self.cleaning.get(&self.owner(event))?;
        self.report.clean_ups.get_mut(index)
    }

    fn begin(&mut self, chain: Option<String>, name: &str, summary: &str, planned_steps: usize, beginning_only: bool) {
        let repeats = self.report.description.as_ref().and_then(|found| found.repetitions);
        let earlier = self
            .report
            .scenarios
            .iter()
            .filter(|scenario| scenario.name == name && !scenario.beginning_only)
            .count();
        let repetition = repeats
            .filter(|repetitions| *repetitions > 1 && !beginning_only)
            .and_then(|_| u32::try_from(earlier + 1).ok());
        let suffix = repetition.map(|number| format!("[{number}]")).unwrap_or_default();
        self.report.scenarios.push(ScenarioReport {
            id: format!("{TEST_PACKAGE}.{name}{suffix}"),
            name: name.to_owned(),
            chain: chain.clone(),
            repetition,
            summary: summary.to_owned(),
            beginning_only,
            outcome: Outcome::Unfinished,
            because: None,
            failure: None,
            verdict: None,
            started: self.now,
            milliseconds: 0,
            phases: Vec::new(),
            steps: Vec::new(),
            planned_steps,
            proofs: Vec::new(),
            proven: Vec::new(),
            api_alone: None,
            connections: Vec::new(),
            files: Vec::new(),
            mirrors: Vec::new(),
            workloads: Vec::new(),
            notices: Vec::new(),
            evidence: Vec::new(),
        });
        let index = self.report.scenarios.len() - 1;
        self.current = Some(index);
        self.open.push(OpenScenario {
            index,
            chain,
            milestones: Milestones::default(),
        });
    }

    /// Takes the scenario of this name that is open in the chain, the newest one, as the current one. A verdict or a proof of
    /// one that is not open belongs to none: never to another.
    fn turn_to(&mut self, chain: Option<&str>, name: &str) {
        let named =
            |open: &&OpenScenario| open.chain.as_deref() == chain && self.report.scenarios[open.index].name == name;
        self.current = self.open.iter().rev().find(named).map(|open| open.index);
    }

    /// Ends the current scenario; without a verdict it stays unfinished.
    fn finish(&mut self, verdict: Option<&Verdict>, milliseconds: Option<u64>) {
        let current = self.current.take();
        let Some(position) = self.open.iter().position(|open| Some(open.index) == current) else {
            return;
        };
        let open = self.open.remove(position);
        self.ended.insert(open.chain, open.index);
        let failure = match verdict {
            Some(Verdict::Failed { failure, step }) => {
                Some(self.failure(&self.report.scenarios[open.index].name, failure, *step))
            }
            _ => None,
        };
        let now = self.now;
        let phases = open.milestones.phases();
        let scenario = &mut self.report.scenarios[open.index];
        scenario.outcome = Outcome::of(verdict);
        scenario.milliseconds = milliseconds.unwrap_or_else(|| between(scenario.started, now));
        scenario.failure = failure;
        scenario.verdict = verdict.cloned();
        if let Some(Verdict::NotRun { because } | Verdict::Skipped { because }) = verdict {
            scenario.because = Some(because.clone());
        }
        let elapsed = between(scenario.started, now);
        for step in scenario.steps.iter_mut().filter(|step| !step.ended) {
            step.milliseconds = elapsed.saturating_sub(step.began);
            // What was being prepared when the scenario failed has failed; after a kill it is unknown.
            step.failed = scenario.outcome != Outcome::Unfinished;
        }
        scenario.phases = phases;
    }

    fn failure(&self, scenario: &str, failure: &Failure, step: Option<usize>) -> FailureReport {
        let at = step.and_then(|step| self.place(scenario, step));
        FailureReport {
            kind: failure.kind,
            cause: failure.cause,
            summary: failure.summary.clone(),
            details: failure.facts().map(|(name, text)| Fact::new(name, text)).collect(),
            help: failure.help.clone(),
            step,
            diagnosis: diagnosis(failure, at.as_ref(), &self.sources, false),
            at,
        }
    }

    /// Where a step is written. Indices are those of the chain's plan, so the scenario must fit too.
    fn place(&self, scenario: &str, step: usize) -> Option<PlaceRecord> {
        let plans = &self.report.description.as_ref()?.plans;
        let mut steps = plans.iter().flat_map(|plan| &plan.steps);
        let found = steps.find(|planned| planned.step == step && planned.scenario == scenario)?;
        Some(found.at.clone())
    }

    fn scenario(&mut self) -> Option<&mut ScenarioReport> {
        self.report.scenarios.get_mut(self.current?)
    }

    fn step(&mut self) -> Option<&mut StepReport> {
        self.scenario()?.steps.last_mut()
    }

    fn milestone(&mut self, add: impl FnOnce(&mut Milestones)) {
        let current = self.current;
        if let Some(open) = self.open.iter_mut().find(|open| Some(open.index) == current) {
            add(&mut open.milestones);
        }
    }

    fn step_began(&mut self, step: Option<usize>, verb: &str, description: &str) {
        let now = self.now;
        if let Some(scenario) = self.scenario() {
            scenario.steps.push(StepReport {
                step,
                verb: verb.to_owned(),
                description: description.to_owned(),
                began: between(scenario.started, now),
                milliseconds: 0,
                ended: false,
                failed: false,
                done: None,
                skipped: None,
                waits: Vec::new(),
            });
        }
    }

    fn step_ended(&mut self, done: Option<&String>, failed: bool, milliseconds: u64) {
        let ended = before(self.now, milliseconds);
        let Some(started) = self.scenario().map(|scenario| scenario.started) else {
            return;
        };
        if let Some(step) = self.step() {
            // A step is in the journal, on the disk, before it begins.
            step.began = step.began.max(between(started, ended));
            step.ended = true;
            step.failed = failed;
            step.done = done.cloned();
            step.milliseconds = milliseconds;
        }
    }

    fn waiting(&mut self, awaited: &str, last_state: &str, elapsed: u64) {
        let wait = self.wait(awaited, elapsed);
        if let Some(wait) = wait {
            wait.milliseconds = elapsed;
            if wait.states.last().map(String::as_str) != Some(last_state) {
                wait.states.push(last_state.to_owned());
            }
        }
    }

    fn waited(&mut self, awaited: &str, states: &[String], elapsed: u64, polls: u32) {
        self.report.polls += u64::from(polls);
        if let Some(wait) = self.wait(awaited, elapsed) {
            wait.milliseconds = elapsed;
            wait.states = states.to_vec();
            wait.polls = Some(polls);
            wait.reached = true;
        }
    }

    /// The wait that is open, or a new one that began `elapsed` before now.
    fn wait(&mut self, awaited: &str, elapsed: u64) -> Option<&mut WaitReport> {
        let now = self.now;
        let scenario = self.scenario()?;
        let began = between(scenario.started, before(now, elapsed));
        let waits = &mut scenario.steps.last_mut().filter(|step| !step.ended)?.waits;
        // Several may be open: what is independent is waited for together.
        let is_it = |wait: &WaitReport| !wait.reached && wait.awaited == awaited && wait.milliseconds <= elapsed;
        let open = waits.iter().rposition(is_it);
        if open.is_none() {
            waits.push(WaitReport {
                awaited: awaited.to_owned(),
                began,
                milliseconds: elapsed,
                polls: None,
                states: Vec::new(),
                reached: false,
            });
        }
        match open {
            Some(open) => waits.get_mut(open),
            None => waits.last_mut(),
        }
    }

    fn change_resource(&mut self, resource: &Resource, change: impl FnOnce(&mut CreatedResource)) {
        let same = |created: &&mut CreatedResource| {
            created.resource.kind == resource.kind && created.resource.name == resource.name && !created.removed
        };
        if let Some(created) = self.report.resources.iter_mut().rev().find(same) {
            change(created);
        }
    }

    /// What was seen of connections, files and mirrors.
    fn seen(&mut self, chain: Option<String>, kind: &EventKind) {
        let now = self.now;
        let before = match kind {
            EventKind::FileSeen {
                guest,
                path,
                written,
                sha256,
                ..
            } => {
                let key = (chain, guest.clone(), path.clone());
                let before = self.written.get(&key).cloned();
                if *written {
                    self.written.insert(key, sha256.clone());
                }
                before.filter(|_| !written)
            }
            _ => None,
        };
        let Some(scenario) = self.scenario() else { return };
        let at = between(scenario.started, now);
        match kind {
            EventKind::ConnectionSeen {
                step,
                volume,
                expected_site,
                fields,
                changed,
                ..
            } => scenario.connections.push(ConnectionReading {
                volume: volume.clone(),
                step: *step,
                at,
                expected_site: expected_site.clone(),
                fields: fields.clone(),
                changed: changed.clone(),
            }),
            EventKind::FileSeen {
                step,
                guest,
                path,
                written,
                bytes,
                sha256,
                ..
            } => scenario.files.push(FileReading {
                guest: guest.clone(),
                path: path.clone(),
                step: *step,
                written: *written,
                bytes: *bytes,
                sha256: sha256.clone(),
                sha256_before: before,
            }),
            EventKind::MirrorSeen { image_of, sites } => {
                let same_image = |reading: &&MirrorReading| reading.image_of == *image_of;
                let last = scenario.mirrors.iter().rev().find(same_image);
                if last.is_none_or(|last| last.sites != *sites) {
                    scenario.mirrors.push(MirrorReading {
                        image_of: image_of.clone(),
                        at,
                        sites: sites.clone(),
                    });
                }
            }
            _ => {}
        }
    }

    fn end(mut self, journal: &Journal) -> RunReport {
        while let Some(open) = self.open.first() {
            self.current = Some(open.index);
            self.finish(None, None);
        }
        let mut report = self.report;
        report.recoveries = self.recoveries.found().to_vec();
        report.recovery_statistics = recovery_statistics(&report.recoveries);
        if !report.complete {
            report.milliseconds = between(report.started, self.now);
        }
        report.faults = faults::of(&report, journal);
        report
    }
}
