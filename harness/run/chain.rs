//! Scenarios that continue one another, run on one set of resources.

use std::collections::BTreeSet;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::Poll;
use std::time::Instant;

use super::cleanup::clean_up;
use super::context::Context;
use super::interrupt::Interrupt;
use super::prepare::prepare;
use super::wait::milliseconds;
use super::{evidence, volume_log};
use crate::cloud::ChangesUnderWay;
use crate::event::{EventKind, Recorder, Verdict};
use crate::failure::{Failure, FailureKind};
use crate::plan::{Plan, PlannedStep};
use crate::scenario::{ScenarioName, ScenarioSet};

/// A scenario in a chain.
#[derive(Clone, Debug)]
pub struct Link {
    /// Its name.
    pub scenario: ScenarioName,
    /// What it proves, in one sentence.
    pub summary: String,
    /// Whether its verdict was asked for, or it runs only because the next one continues it.
    pub asked_for: bool,
}

/// Scenarios that continue one another, in order, on one set of resources.
#[derive(Clone, Debug)]
pub struct Chain {
    /// The plan of the last one, which holds the steps of all.
    pub plan: Plan,
    /// The scenarios. The first has no beginning of its own.
    pub links: Vec<Link>,
}

impl Chain {
    /// The chain that ends with the scenario of `plan`. Each scenario that was asked for counts in one chain only:
    /// `counted` holds those that have their chain.
    #[must_use]
    pub fn new(plan: Plan, scenarios: &ScenarioSet, counted: &mut BTreeSet<ScenarioName>) -> Chain {
        let link = |scenario: &ScenarioName| Link {
            scenario: scenario.clone(),
            summary: scenarios
                .get(scenario)
                .map(|found| found.summary.clone())
                .unwrap_or_default(),
            asked_for: scenarios.requested().any(|asked| asked.name == *scenario) && counted.insert(scenario.clone()),
        };
        let links = plan.chain.iter().chain([&plan.scenario]).map(link).collect();
        Chain { plan, links }
    }

    /// The steps of one of its scenarios.
    fn steps<'a>(&'a self, link: &'a Link) -> impl Iterator<Item = &'a PlannedStep> {
        self.plan.steps.iter().filter(|step| step.scenario == link.scenario)
    }

    /// Records that a scenario begins.
    pub(super) fn record_start(&self, link: &Link, recorder: &Recorder) {
        recorder.record(EventKind::ScenarioStarted {
            scenario: link.scenario.to_string(),
            summary: link.summary.clone(),
            steps: self.steps(link).count(),
            beginning_only: !link.asked_for,
        });
    }
}

/// Runs a chain, and removes what it made whatever happens. Answers with how many things could not be removed.
pub async fn run_chain(context: &mut Context, chain: &Chain, interrupt: &Interrupt) -> usize {
    let mut broken: Option<String> = None;
    let mut failed: Option<Failure> = None;
    context.log_mark = volume_log::mark(context).await;
    for link in &chain.links {
        let scenario = link.scenario.to_string();
        chain.record_start(link, &context.recorder);
        let began = Instant::now();
        let verdict = match &broken {
            Some(because) => Verdict::NotRun {
                because: because.clone(),
            },
            None => run_link(context, chain, link, interrupt).await,
        };
        if let Verdict::Failed { failure, .. } = &verdict {
            failed.get_or_insert_with(|| failure.clone());
        }
        if broken.is_none() && !verdict.passed() {
            broken = Some(format!("it continues {scenario}, which did not pass"));
        }
        let milliseconds = milliseconds(began.elapsed());
        context.recorder.record(EventKind::ScenarioFinished {
            scenario,
            verdict,
            milliseconds,
        });
    }
    let interrupted = interrupt.is_pressed();
    if let Some(failure) = &failed
        && !interrupted
    {
        evidence::collect(context).await;
        if !context.world.owed.is_empty() && context.options.on_failure.keeps(failure).await {
            return keep(context);
        }
    }
    clean_up(context).await
}

/// Leaves what was made for somebody to look at. Answers with how much that is.
fn keep(context: &mut Context) -> usize {
    let world = std::mem::take(&mut context.world);
    for resource in &world.owed {
        context.recorder.record(EventKind::Kept {
            resource: resource.clone(),
        });
    }
    world.owed.len()
}

async fn run_link(context: &mut Context, chain: &Chain, link: &Link, interrupt: &Interrupt) -> Verdict {
    if interrupt.is_pressed() {
        return Verdict::NotRun {
            because: "the run was interrupted".to_owned(),
        };
    }
    context.position = (Some(link.scenario.clone()), 0);
    let changes = context.cloud.changes_under_way();
    let prepared = until_interrupted(prepare(context, &chain.plan), &changes, interrupt).await;
    if let Err(failure) = prepared {
        return Verdict::Failed { failure, step: None };
    }
    for step in chain.steps(link) {
        context.position = (Some(link.scenario.clone()), step.index);
        if let Err(failure) = run_step(context, step, interrupt).await {
            return Verdict::Failed {
                failure,
                step: Some(step.index),
            };
        }
    }
    Verdict::Passed
}

async fn run_step(context: &mut Context, step: &PlannedStep, interrupt: &Interrupt) -> Result<(), Failure> {
    let scenario = step.scenario.to_string();
    // Many verbs change something that was made before; what they are about to do is on disk first.
    context.intend_event(EventKind::StepStarted {
        scenario: scenario.clone(),
        step: step.index,
        verb: step.verb.to_owned(),
        description: step.description.clone(),
    })?;
    let began = Instant::now();
    let changes = context.cloud.changes_under_way();
    let result = until_interrupted(step.action.run(context), &changes, interrupt).await;
    let (done, failure, result) = match result {
        Ok(done) => (Some(done), None, Ok(())),
        Err(failure) => (None, Some(failure.clone()), Err(failure)),
    };
    let milliseconds = milliseconds(began.elapsed());
    context.recorder.record(EventKind::StepFinished {
        scenario,
        step: step.index,
        done,
        failure,
        milliseconds,
    });
    result
}

/// Does work until it is done or the run is interrupted. A change that is on its way is waited for: if it were dropped,
/// nobody would know whether the cloud does it a moment later, after the clean-up has found nothing of it. A panic is a
/// failure, so that it does not keep the run from cleaning up.
async fn until_interrupted<T>(
    work: impl Future<Output = Result<T, Failure>>,
    changes: &ChangesUnderWay,
    interrupt: &Interrupt,
) -> Result<T, Failure> {
    let stop = async {
        interrupt.pressed().await;
        changes.none().await;
    };
    tokio::select! {
        result = without_panic(work) => result,
        () = stop => Err(interrupted()),
    }
}

/// Turns a panic into a failure of the harness. What the work was about is judged by the cloud afterwards, and not by
/// what it left in memory.
pub(super) async fn without_panic<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let mut work = pin!(work);
    poll_fn(|waker| {
        catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(waker))).unwrap_or_else(|panic| {
            let message = panic
                .downcast_ref::<String>()
                .map(String::as_str)
                .or_else(|| panic.downcast_ref::<&str>().copied());
            Poll::Ready(Err(Failure::harness(
                "cinder-drill itself failed: this is a defect in it",
            )
            .detail("panic", message.unwrap_or("without a message"))
            .help("report it with the journal")))
        })
    })
    .await
}

fn interrupted() -> Failure {
    Failure::new(FailureKind::Interrupted, "interrupted by Ctrl-C or a signal")
        .help("what the run made was removed, but for what is listed as LEFT")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_is_a_failure_of_the_harness_and_ends_nothing_else() {
        let failure = without_panic::<()>(async { panic!("out of bounds") })
            .await
            .expect_err("a panic");
        assert_eq!(failure.kind, FailureKind::Harness);
        assert!(failure.to_string().contains("out of bounds"), "{failure}");
    }
}
