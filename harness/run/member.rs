//! A chain of scenarios within its cohort: it runs whenever it has its turn, and stops where it would move the backend
//! until all others have come as far.

use std::time::{Duration, Instant};

use super::chain::{Chain, Link};
use super::context::Context;
use super::explain::explain_after_failover;
use super::failover::ready_to_move;
use super::guard::{interrupted, until_interrupted};
use super::prepare::prepare;
use super::{arrival, bystanders};
use crate::event::{EventKind, Verdict};
use crate::failure::Failure;
use crate::plan::PlannedStep;
use crate::wait::Interrupt;
use crate::wait::milliseconds;

/// A chain and how far it has come.
pub(super) struct Member<'a> {
    chain: &'a Chain,
    /// The scenario that runs.
    link: usize,
    /// The step of the plan that comes next.
    step: usize,
    /// How long the scenario that runs has had the turn; absent before it began.
    took: Option<Duration>,
    /// How long the step took by which it waits for the others to move the backend.
    waits: Option<Duration>,
    /// Why what is left of the chain does not run.
    broken: Option<String>,
    /// Why the first scenario failed that did.
    failed: Option<Failure>,
}

impl<'a> Member<'a> {
    pub fn new(chain: &'a Chain) -> Member<'a> {
        Member {
            chain,
            link: 0,
            step: 0,
            took: None,
            waits: None,
            broken: None,
            failed: None,
        }
    }

    /// The chain's name.
    pub fn name(&self) -> &'a str {
        self.chain.name()
    }

    /// Why the first of its scenarios failed that did.
    pub fn failure(&self) -> Option<&Failure> {
        self.failed.as_ref()
    }

    /// Whether every scenario has its verdict.
    pub fn is_over(&self) -> bool {
        self.link == self.chain.links.len()
    }

    /// The scenario that waits for the others to move the backend.
    pub fn waits_for(&self) -> Option<String> {
        self.waits?;
        let link = self.chain.links.get(self.link)?;
        Some(link.scenario.to_string())
    }

    /// Runs on until the backend is to be moved, or until the end.
    pub async fn go_on(&mut self, context: &mut Context, interrupt: &Interrupt) {
        context.turn_to(self.name());
        while let Some(link) = self.chain.links.get(self.link) {
            let began = Instant::now();
            let verdict = self.run(context, link, interrupt).await;
            *self.took.get_or_insert_default() += began.elapsed();
            match verdict {
                Some(verdict) => self.end(context, link, verdict),
                None => return,
            }
        }
    }

    /// Takes the step by which it waited, now that all are there.
    pub async fn meet(&mut self, context: &mut Context, interrupt: &Interrupt) {
        let (Some(waited), Some(link)) = (self.waits.take(), self.chain.links.get(self.link)) else {
            return;
        };
        context.turn_to(self.name());
        let step = &self.chain.plan.steps[self.step];
        context.position = (Some(link.scenario.clone()), step.index);
        let began = Instant::now();
        let result = if interrupt.is_pressed() {
            Err(interrupted())
        } else {
            let changes = context.cloud.changes_under_way();
            until_interrupted(step.action.run(context), &changes, interrupt).await
        };
        self.step += 1;
        let ended = self.end_step(context, step, result, waited + began.elapsed());
        *self.took.get_or_insert_default() += began.elapsed();
        if let Err(verdict) = ended {
            self.end(context, link, verdict);
        }
    }

    /// Ends it: what it has not come to does not run.
    pub fn stop(&mut self, context: &mut Context, because: &str) {
        self.broken = Some(because.to_owned());
        while let Some(link) = self.chain.links.get(self.link) {
            if self.took.is_none() {
                self.chain.record_start(link, &context.recorder);
            }
            if let (Some(waited), Some(step)) = (self.waits.take(), self.chain.plan.steps.get(self.step)) {
                let failure = Failure::cloud(format!("the backend was not moved: {because}"));
                let _ = self.end_step(context, step, Err(failure), waited);
            }
            let because = because.to_owned();
            self.end(context, link, Verdict::NotRun { because });
        }
    }

    /// Runs a scenario, from where it stopped. `None` while it waits for the others.
    async fn run(&mut self, context: &mut Context, link: &Link, interrupt: &Interrupt) -> Option<Verdict> {
        if self.took.is_none()
            && let Err(verdict) = self.begin(context, link, interrupt).await
        {
            return Some(verdict);
        }
        while let Some(step) = self.next_step(link) {
            context.position = (Some(link.scenario.clone()), step.index);
            let began = Instant::now();
            let result = match begin_step(context, step, interrupt).await {
                Ok(None) => {
                    let changes = context.cloud.changes_under_way();
                    until_interrupted(step.action.run(context), &changes, interrupt).await
                }
                Ok(Some(Waits)) => {
                    self.waits = Some(began.elapsed());
                    return None;
                }
                Err(failure) => Err(failure),
            };
            let result = explained(context, step, result, interrupt).await;
            self.step += 1;
            if let Err(verdict) = self.end_step(context, step, result, began.elapsed()) {
                return Some(verdict);
            }
        }
        // What was in order after the last step may be in error by now, and others may have been harmed.
        let changes = context.cloud.changes_under_way();
        match until_interrupted(in_order_at_end(context, link), &changes, interrupt).await {
            Ok(()) => Some(Verdict::Passed),
            Err(failure) => Some(Verdict::Failed { failure, step: None }),
        }
    }

    async fn begin(&mut self, context: &mut Context, link: &Link, interrupt: &Interrupt) -> Result<(), Verdict> {
        self.took = Some(Duration::ZERO);
        self.chain.record_start(link, &context.recorder);
        let not_run = |because: &str| Verdict::NotRun {
            because: because.to_owned(),
        };
        if let Some(because) = &self.broken {
            return Err(not_run(because));
        }
        if interrupt.is_pressed() {
            return Err(not_run("the run was interrupted"));
        }
        context.position = (Some(link.scenario.clone()), 0);
        let changes = context.cloud.changes_under_way();
        until_interrupted(prepare(context, &self.chain.plan), &changes, interrupt)
            .await
            .map_err(|failure| Verdict::Failed { failure, step: None })
    }

    /// The step that comes next, if it is one of this scenario.
    fn next_step(&self, link: &Link) -> Option<&'a PlannedStep> {
        let step = self.chain.plan.steps.get(self.step)?;
        (step.scenario == link.scenario).then_some(step)
    }

    fn end_step(
        &self,
        context: &Context,
        step: &PlannedStep,
        result: Result<String, Failure>,
        took: Duration,
    ) -> Result<(), Verdict> {
        let (done, failure) = match result {
            Ok(done) => (Some(done), None),
            Err(failure) => (None, Some(failure)),
        };
        context.recorder.record(EventKind::StepFinished {
            scenario: step.scenario.to_string(),
            step: step.index,
            done,
            failure: failure.clone(),
            milliseconds: milliseconds(took),
        });
        let step = Some(step.index);
        failure.map_or(Ok(()), |failure| Err(Verdict::Failed { failure, step }))
    }

    fn end(&mut self, context: &Context, link: &Link, verdict: Verdict) {
        if let Verdict::Failed { failure, .. } = &verdict {
            self.failed.get_or_insert_with(|| failure.clone());
        }
        if self.broken.is_none() && !verdict.passed() {
            self.broken = Some(format!("it continues {}, which did not pass", link.scenario));
        }
        context.recorder.record(EventKind::ScenarioFinished {
            scenario: link.scenario.to_string(),
            verdict,
            milliseconds: milliseconds(self.took.take().unwrap_or_default()),
        });
        self.link += 1;
    }
}

/// A step that fails after a failover is explained by what is known now, unless nobody wants to wait for it.
async fn explained(
    context: &Context,
    step: &PlannedStep,
    result: Result<String, Failure>,
    interrupt: &Interrupt,
) -> Result<String, Failure> {
    let Err(failure) = result else { return result };
    let explaining = explain_after_failover(context, step.action.judges(), failure.clone());
    tokio::select! {
        explained = explaining => Err(explained),
        () = interrupt.pressed() => Err(failure),
    }
}

/// Whether the volumes that moved are still in order, the scenario's own and those of others. A scenario that is only the
/// beginning of another goes on, so that what it did to others is judged where that one ends.
async fn in_order_at_end(context: &mut Context, link: &Link) -> Result<(), Failure> {
    if context.common.moves == 0 {
        return Ok(());
    }
    arrival::require_still_there(context).await?;
    if link.asked_for {
        bystanders::require_unharmed_at_end(context).await?;
    }
    Ok(())
}

/// The step moves the backend, for which the others are waited for.
struct Waits;

/// Begins a step. One that moves the backend waits for the others once its own volumes are ready for it.
async fn begin_step(
    context: &mut Context,
    step: &PlannedStep,
    interrupt: &Interrupt,
) -> Result<Option<Waits>, Failure> {
    // Many verbs change something that was made before; what they are about to do is on disk first.
    context.intend_event(EventKind::StepStarted {
        scenario: step.scenario.to_string(),
        step: step.index,
        verb: step.verb.to_owned(),
        description: step.description.clone(),
    })?;
    let Some(movement) = step.action.movement() else {
        return Ok(None);
    };
    let changes = context.cloud.changes_under_way();
    until_interrupted(ready_to_move(context, &movement), &changes, interrupt).await?;
    Ok(Some(Waits))
}
