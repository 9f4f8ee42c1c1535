//! A chain of scenarios that runs beside the others of its failover group: it owns what it makes, and waits for them where the backend
//! is to be moved.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::{Mutex, Semaphore, SemaphorePermit};
use tokio::time::Instant;

use super::barrier::{Barrier, Because};
use super::chain::{Chain, Link};
use super::cleanup::clean_up_chain;
use super::evidence;
use super::guard::{interrupted, stopped_by, until_interrupted};
use super::prepare::prepare;
use super::rto::require_rto;
use crate::document::words_of;
use crate::event::{EventKind, Position, Verdict};
use crate::failover::send::ready_to_move;
use crate::failover::{arrival, explain_after_failover, foreign_volumes};
use crate::failure::Failure;
use crate::plan::PlannedStep;
use crate::session::shared_failover::Participant;
use crate::session::{Context, Movement, SharedBackend};
use crate::step::Action;
use crate::targets::Target;
use crate::wait::{Interrupt, StoppedBy, milliseconds};

/// Why a chain does not go on when another one could not clean up.
pub(super) const LEFT: Because = "what ran before it could not clean up: see what is LEFT";
/// Why a chain does not go on when another one keeps what it made.
pub(super) const KEPT: Because = "what a scenario made before it is kept: see what is KEPT";

/// Why a chain does not begin when another one has failed.
pub(super) const FAILED: Because = "a scenario failed, and after that no other begins (--fail-fast)";

/// Why a scenario does not begin in a run that is stopped.
fn not_begun(by: StoppedBy) -> String {
    match by {
        StoppedBy::Signal => "the run was interrupted".to_owned(),
        by @ StoppedBy::Timeout(_) => format!("the run was {by}"),
    }
}

/// What the chains of a failover group have in common while they run.
pub(super) struct FailoverGroup<'a> {
    /// Where they wait for one another.
    pub barrier: Barrier,
    /// Whether there are several.
    pub meets: bool,
    /// How many work at the same time.
    pub workers: Semaphore,
    /// Held by a chain that asks the user: one question at a time.
    pub asks: Mutex<()>,
    /// Whether a scenario of the run has failed.
    pub failed: &'a AtomicBool,
    /// Tells that they are to stop.
    pub interrupt: &'a Interrupt,
}

/// A chain that runs.
pub(super) struct ChainRun<'a> {
    chain: &'a Chain,
    /// Its number among the failover group's.
    number: usize,
    group: &'a FailoverGroup<'a>,
    context: Context,
    /// That it is one of those that may work at the same time. It is given back while the chain waits for others.
    permit: Option<SemaphorePermit<'a>>,
    /// How long the scenario that runs has waited for others.
    idle: Duration,
    /// Why what is left of the chain does not run.
    broken: Option<String>,
    /// Why the first scenario failed that did.
    failed: Option<Failure>,
}

/// Why a scenario ends before its last step.
enum Stop {
    /// A step failed.
    Failed(Failure),
    /// Another chain stopped it.
    By(Because),
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Stop {
        Stop::Failed(failure)
    }
}

impl<'a> ChainRun<'a> {
    pub fn new(group: &'a FailoverGroup<'a>, number: usize, chain: &'a Chain, context: Context) -> ChainRun<'a> {
        ChainRun {
            chain,
            number,
            group,
            context,
            permit: None,
            idle: Duration::ZERO,
            broken: None,
            failed: None,
        }
    }

    /// Runs the chain's scenarios, and removes what they made whatever happens. Answers with how many things are left.
    pub async fn run(mut self) -> usize {
        self.work().await;
        if self.context.options.fail_fast && self.group.failed.load(Ordering::Relaxed) {
            self.broken = Some(FAILED.to_owned());
        }
        for link in &self.chain.links {
            self.idle = Duration::ZERO;
            let began = Instant::now();
            let verdict = self.scenario(link).await;
            let took = began.elapsed().saturating_sub(self.idle);
            self.end(link, verdict, took);
        }
        Position::set(None, None);
        let left = self.retire().await;
        if self.group.meets {
            self.context.recorder.record(EventKind::ChainFinished {});
        }
        self.group.barrier.leave();
        left
    }

    /// Waits until fewer work than may at the same time. Who is interrupted only ends what it has begun.
    async fn work(&mut self) {
        let began = Instant::now();
        let group = self.group;
        self.permit = tokio::select! {
            biased;
            permit = group.workers.acquire() => permit.ok(),
            () = group.interrupt.pressed() => None,
        };
        self.idle += began.elapsed();
    }

    async fn scenario(&mut self, link: &Link) -> Verdict {
        self.context.stand_at(&link.scenario, None);
        self.chain.record_start(link, &self.context.recorder);
        let not_run = |because: &str| Verdict::NotRun {
            because: because.to_owned(),
        };
        if let Some(because) = &self.broken {
            return not_run(because);
        }
        if let Some(because) = self.stopped() {
            return not_run(because);
        }
        if self.group.interrupt.is_pressed() {
            return not_run(&not_begun(stopped_by(self.group.interrupt)));
        }
        if let Err(failure) = self.prepare().await {
            let failure = self.settled(failure);
            return Verdict::Failed { failure, step: None };
        }
        for step in self.chain.steps(link) {
            let ended = match self.stopped() {
                None => self.step(step).await,
                Some(because) => Err(Stop::By(because)),
            };
            match ended {
                Ok(()) => {}
                Err(Stop::Failed(failure)) => {
                    let step = Some(step.index);
                    return Verdict::Failed { failure, step };
                }
                Err(Stop::By(because)) => return not_run(because),
            }
        }
        self.context.stand_at(&link.scenario, None);
        if let Err(failure) = require_rto(&self.context, &self.chain.plan, &link.scenario) {
            return Verdict::Failed { failure, step: None };
        }
        // What was in order after the last step may be in error by now, and foreign volumes may be broken.
        match self.in_order_at_end(link).await {
            Ok(()) => Verdict::Passed,
            Err(failure) => Verdict::Failed {
                failure: self.settled(failure),
                step: None,
            },
        }
    }

    /// A failure, with what to do next on this storage.
    fn settled(&self, failure: Failure) -> Failure {
        failure.settled_for(self.context.profile.asks_rbd())
    }

    /// Why another chain has stopped this one. What does not run any more does not begin to disturb what is left or kept.
    fn stopped(&mut self) -> Option<Because> {
        let because = self.group.barrier.stopped()?;
        self.broken = Some(because.to_owned());
        Some(because)
    }

    async fn prepare(&mut self) -> Result<(), Failure> {
        let shared = self.context.backend_state.clone();
        let changes = self.context.cloud.changes_under_way();
        let preparing = at_work(&shared, false, Box::pin(prepare(&mut self.context, &self.chain.plan)));
        until_interrupted(preparing, &changes, self.group.interrupt).await
    }

    /// Takes a step, and records how it ended.
    async fn step(&mut self, step: &PlannedStep) -> Result<(), Stop> {
        self.context.stand_at(&step.scenario, Some(step.index));
        let (began, idle) = (Instant::now(), self.idle);
        if let Some(because) = &step.skipped {
            self.skip(step, because).await;
            return Ok(());
        }
        let whole = self.context.target.clone();
        if let Some(limit) = step.limit {
            let budgets = whole.budgets.at_most(limit);
            self.context.target = Arc::new(Target {
                budgets,
                ..(*whole).clone()
            });
        }
        let taken = self.take(step).await;
        self.context.target = whole;
        let (result, stopped) = match taken {
            Ok(done) => (step.action.judged(Ok(done)), None),
            Err(Stop::Failed(failure)) => (step.action.judged(Err(failure)), None),
            Err(Stop::By(because)) => {
                let failure = Failure::cloud(format!("the backend was not moved: {because}"));
                (Err(failure), Some(because))
            }
        };
        let took = began.elapsed().saturating_sub(self.idle - idle);
        let (done, failure) = match in_time(step, took, result) {
            Ok(done) => (Some(done), None),
            Err(failure) => (None, Some(self.settled(failure))),
        };
        self.context.recorder.record(EventKind::StepFinished {
            scenario: step.scenario.to_string(),
            step: step.index,
            done,
            skipped: None,
            failure: failure.clone(),
            milliseconds: milliseconds(took),
        });
        match (stopped, failure) {
            (Some(because), _) => Err(Stop::By(because)),
            (None, Some(failure)) => Err(failure.into()),
            (None, None) => Ok(()),
        }
    }

    /// Records a step that is not run on this target. Where data is to arrive at the other site and nobody can be asked whether it
    /// did, it is given the time that the target says.
    async fn skip(&mut self, step: &PlannedStep, because: &str) {
        let scenario = step.scenario.to_string();
        self.context.recorder.record(EventKind::StepStarted {
            scenario: scenario.clone(),
            step: step.index,
            verb: step.verb.to_owned(),
            description: step.description.clone(),
        });
        let began = Instant::now();
        let interval = self.context.target.replication_interval;
        let waits = interval.filter(|_| matches!(step.action, Action::ExpectReplicated(_)));
        if let Some(interval) = waits {
            tokio::select! {
                () = tokio::time::sleep(interval) => {}
                () = self.group.interrupt.pressed() => {}
            }
        }
        let waited = waits.map_or_else(String::new, |interval| {
            format!("; waited {} instead", words_of(interval))
        });
        self.context.recorder.record(EventKind::StepFinished {
            scenario,
            step: step.index,
            done: Some(format!("skipped: {because}{waited}")),
            skipped: Some(because.to_owned()),
            failure: None,
            milliseconds: milliseconds(began.elapsed()),
        });
    }

    async fn take(&mut self, step: &PlannedStep) -> Result<String, Stop> {
        // Many verbs change something that was made before; what they are about to do is on disk first.
        let begins = self
            .context
            .intend_event(EventKind::StepStarted {
                scenario: step.scenario.to_string(),
                step: step.index,
                verb: step.verb.to_owned(),
                description: step.description.clone(),
            })
            .await;
        let movement = step.action.movement();
        let begun = match (begins, &movement) {
            (Err(failure), _) => Err(failure),
            (Ok(()), Some(movement)) => self.ready(movement).await.map(|()| None),
            (Ok(()), None) => match self.before(step).await {
                Ok(()) => self.act(step).await.map(Some),
                Err(failure) => Err(failure),
            },
        };
        match begun {
            Ok(Some(done)) => Ok(done),
            // Its own volumes are ready to move: the others are waited for.
            Ok(None) => {
                self.context.participant = Some(self.join(step).await?);
                let result = self.act(step).await;
                self.context.participant = None;
                Ok(result?)
            }
            Err(failure) => Err(self.explained(step, failure).await.into()),
        }
    }

    async fn ready(&self, movement: &Movement) -> Result<(), Failure> {
        let changes = self.context.cloud.changes_under_way();
        let ready = at_work(
            &self.context.backend_state,
            false,
            Box::pin(ready_to_move(&self.context, movement)),
        );
        until_interrupted(ready, &changes, self.group.interrupt).await
    }

    /// Lets who looks on do what it does before this step.
    async fn before(&mut self, step: &PlannedStep) -> Result<(), Failure> {
        let Some(observer) = self.context.options.observer.clone() else {
            return Ok(());
        };
        let shared = self.context.backend_state.clone();
        let changes = self.context.cloud.changes_under_way();
        match observer.before_step(step.scenario.as_str(), step.verb, &mut self.context) {
            Some(work) => until_interrupted(at_work(&shared, true, work), &changes, self.group.interrupt).await,
            None => Ok(()),
        }
    }

    async fn act(&mut self, step: &PlannedStep) -> Result<String, Failure> {
        if self.group.interrupt.is_pressed() && step.action.movement().is_some() {
            return Err(interrupted(self.group.interrupt));
        }
        if let Some(by) = step.action.strikes() {
            self.context.strike_workloads(by);
        }
        if step
            .action
            .movement()
            .is_some_and(|movement| !movement.because.is_planned())
        {
            self.context.forget_held_records();
        }
        let shared = self.context.backend_state.clone();
        let changes = self.context.cloud.changes_under_way();
        let running = Box::pin(step.action.run(&mut self.context));
        let acting = async {
            match step.action.movement() {
                // It is alone while the backend moves, and at work with the others afterwards.
                Some(_) => running.await,
                None => at_work(&shared, step.action.disturbs(), running).await,
            }
        };
        until_interrupted(acting, &changes, self.group.interrupt).await
    }

    /// Waits until all chains that are still there have come to the same movement; all but the one that leads wait until it has
    /// moved the backend, too.
    async fn join(&mut self, step: &PlannedStep) -> Result<Participant, Stop> {
        let group = self.group;
        self.permit = None;
        if group.meets {
            self.context.recorder.record(EventKind::WaitsForOthers {
                scenario: step.scenario.to_string(),
                step: step.index,
            });
        }
        let began = Instant::now();
        let joined = tokio::select! {
            participant = group.barrier.arrive(self.number, step.scenario.as_str()) => participant.map_err(Stop::By),
            () = group.interrupt.pressed() => Err(interrupted(group.interrupt).into()),
        };
        self.idle += began.elapsed();
        let participant = joined?;
        if !participant.leads() {
            tokio::select! {
                // What it is, the step says.
                _ = participant.outcome() => {}
                () = group.interrupt.pressed() => return Err(interrupted(group.interrupt).into()),
            }
        }
        self.work().await;
        Ok(participant)
    }

    /// A step that fails after a failover is explained by what is known now, unless the run was interrupted.
    async fn explained(&self, step: &PlannedStep, failure: Failure) -> Failure {
        let explaining = Box::pin(explain_after_failover(
            &self.context,
            step.action.judges(),
            failure.clone(),
        ));
        let explaining = at_work(&self.context.backend_state, false, explaining);
        tokio::select! {
            explained = explaining => explained,
            () = self.group.interrupt.pressed() => failure,
        }
    }

    /// Whether the volumes that moved are still in order, the scenario's own and those of others. A scenario that is only the
    /// beginning of another goes on, so what it did to others is judged where that one ends.
    async fn in_order_at_end(&mut self, link: &Link) -> Result<(), Failure> {
        if self.context.backend_state.moves() == 0 {
            return Ok(());
        }
        let shared = self.context.backend_state.clone();
        let changes = self.context.cloud.changes_under_way();
        let looking = Box::pin(async {
            arrival::require_still_there(&self.context).await?;
            if link.asked_for {
                foreign_volumes::require_intact_at_end(&mut self.context).await?;
            }
            Ok(())
        });
        let looking = at_work(&shared, false, looking);
        until_interrupted(looking, &changes, self.group.interrupt).await
    }

    fn end(&mut self, link: &Link, verdict: Verdict, took: Duration) {
        if let Verdict::Failed { failure, .. } = &verdict {
            self.failed.get_or_insert_with(|| failure.clone());
            self.group.failed.store(true, Ordering::Relaxed);
        }
        if self.broken.is_none() && !verdict.passed() {
            self.broken = Some(format!("it continues {}, which did not pass", link.scenario));
        }
        self.context.recorder.record(EventKind::ScenarioFinished {
            scenario: link.scenario.to_string(),
            verdict,
            milliseconds: milliseconds(took),
        });
    }

    /// Removes what the chain made, now that it is over: a volume that is not checked any more must not be moved. If it
    /// failed, evidence is collected first, and the user may want to keep the resources. Answers with how many things are
    /// left.
    async fn retire(&mut self) -> usize {
        self.context.end_workloads();
        let group = self.group;
        if let Some(failure) = self.failed.take().filter(|_| !group.interrupt.is_pressed()) {
            // What it sees is not taken for what a verb that disturbs others sees.
            at_work(
                &self.context.backend_state,
                false,
                Box::pin(evidence::collect(&self.context)),
            )
            .await;
            // One question at a time; and who keeps what one chain made keeps what all made.
            let _asks = group.asks.lock().await;
            let kept = group.barrier.stopped() == Some(KEPT);
            let options = &self.context.options.on_failure;
            if !kept && !self.context.all_leftovers().is_empty() && options.keeps(&failure, group.interrupt).await {
                group.barrier.stop(KEPT);
            }
        }
        if group.barrier.stopped() == Some(KEPT) {
            return 0;
        }
        let left = Box::pin(clean_up_chain(&mut self.context)).await;
        if left > 0 && group.barrier.stopped().is_none() {
            group.barrier.stop(LEFT);
        }
        left
    }
}

/// A step that took longer than its scenario lets it has failed. One that must fail has its time to do so.
fn in_time(step: &PlannedStep, took: Duration, result: Result<String, Failure>) -> Result<String, Failure> {
    let limit = step.limit.filter(|_| !matches!(step.action, Action::ExpectRefused(_)));
    match (result, limit) {
        (Ok(done), Some(limit)) if took > limit => Err(Failure::expectation(format!(
            "the step took {:.1} s",
            took.as_secs_f64()
        ))
        .detail("expected", format!("{} at most, says its `within`", words_of(limit)))
        .detail("seen", done)),
        (Err(failure), Some(limit)) => Err(failure.detail("within", format!("{}, says the step", words_of(limit)))),
        (result, _) => result,
    }
}

/// Does work beside that of the other chains, or alone.
async fn at_work<T>(shared: &SharedBackend, alone: bool, work: impl Future<Output = T>) -> T {
    if alone {
        let _alone = shared.quiet.write().await;
        work.await
    } else {
        let _beside = shared.quiet.read().await;
        work.await
    }
}
