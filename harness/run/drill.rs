//! A whole run.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::time::Instant;

use super::chain::Chain;
use super::chain_run::{FAILED, LEFT};
use super::describe::describe;
use super::failover_group::{failover_groups, run_group};
use super::guard::stopped_by;
use super::lock;
use super::preconditions;
use crate::event::{EventKind, JOURNAL_FORMAT, Recorder, ResourceKind, Verdict};
use crate::failure::{Failure, FailureKind};
use crate::names::RunId;
use crate::preflight::gather_for_run;
use crate::session::open::connect;
use crate::session::{Context, RunOptions, Skipped, place};
use crate::status::{Look, next};
use crate::targets::Target;
use crate::wait::{Interrupt, Patience, milliseconds};

/// Runs chains of scenarios against a target. They share its backend: those that can meet at one failover do, and all
/// others follow one another.
///
/// # Errors
/// The cloud or a site could not be reached at all, or another run holds the lock on the backend: no scenario ran.
pub async fn drill(
    run: RunId,
    target: Arc<Target>,
    chains: &[Chain],
    recorder: &Recorder,
    interrupt: &Interrupt,
    options: RunOptions,
) -> Result<(), Failure> {
    let began = Instant::now();
    let asked_for = chains
        .iter()
        .flat_map(|chain| chain.links.iter().filter(|link| link.asked_for));
    recorder.record(EventKind::RunStarted {
        format: JOURNAL_FORMAT,
        run: run.clone(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        target: target.name.to_string(),
        backend: target.backend.to_string(),
        scenarios: asked_for
            .map(|link| &link.scenario)
            .chain(options.asked.skipped.iter().map(|skipped| &skipped.scenario))
            .map(ToString::to_string)
            .collect(),
    });
    recorder.record(EventKind::Located {
        place: place::of_run(&target),
    });
    recorder.record(EventKind::RunDescribed {
        description: Box::new(describe(&target, chains, &options.asked)),
    });
    for skipped in &options.asked.skipped {
        record_skipped(skipped, recorder);
    }
    if chains.is_empty() && !options.asked.skipped.is_empty() {
        recorder.record(EventKind::RunFinished {
            milliseconds: milliseconds(began.elapsed()),
        });
        return Ok(());
    }
    let result = match begin(run, target, chains, recorder, interrupt, options).await {
        Ok(mut context) => {
            context.patience = Patience::until_pressed(interrupt.clone());
            let mut left = 0;
            let failed = AtomicBool::new(false);
            let fail_fast = context.options.fail_fast;
            for group in failover_groups(chains, context.options.separately) {
                // What is left may be a backend that is failed over, or volumes that a failover would move.
                let because = (left > 0).then_some(LEFT);
                let has_failed = fail_fast && failed.load(Ordering::Relaxed);
                if let Some(because) = because.or(has_failed.then_some(FAILED)) {
                    for chain in group {
                        not_run(chain, because, recorder);
                    }
                    continue;
                }
                left = run_group(&mut context, &group, interrupt, &failed).await;
            }
            if left > 0 {
                tell_what_comes_next(&context).await;
            }
            // While something is left, no other run may drill this backend: a recovery releases the lock.
            if left == 0
                && !recorder
                    .leftovers()
                    .resources
                    .iter()
                    .any(|leftover| leftover.kind != ResourceKind::Lock)
            {
                lock::release(&mut context).await;
            }
            Ok(())
        }
        Err(failure) => {
            let failure = recorder.without_secrets(failure);
            for chain in chains {
                not_run(chain, &failure.summary, recorder);
            }
            Err(failure)
        }
    };
    recorder.record(EventKind::RunFinished {
        milliseconds: milliseconds(began.elapsed()),
    });
    result
}

/// Connects to the cloud, takes the lock on the backend, and asks for what the chains depend on. A lock that is being asked for when the run is interrupted is
/// waited for, and released.
async fn begin(
    run: RunId,
    target: Arc<Target>,
    chains: &[Chain],
    recorder: &Recorder,
    interrupt: &Interrupt,
    options: RunOptions,
) -> Result<Context, Failure> {
    let interrupted = || Failure::new(FailureKind::Interrupted, stopped_by(interrupt).to_string());
    let mut context = tokio::select! {
        connected = connect(run, target, recorder, options, None) => connected?,
        () = interrupt.pressed() => return Err(interrupted()),
    };
    recorder.record(EventKind::Located {
        place: place::logged_in(place::of_run(&context.target), &context.cloud),
    });
    lock::take(&mut context).await?;
    if interrupt.is_pressed() {
        lock::release(&mut context).await;
        return Err(interrupted());
    }
    // While the lock is held, so no other run's failover is taken for a fault of the backend.
    let ready = tokio::select! {
        ready = Box::pin(preconditions::check(&context, chains)) => ready,
        () = interrupt.pressed() => Err(interrupted()),
    };
    if let Err(failure) = ready {
        lock::release(&mut context).await;
        return Err(failure);
    }
    Ok(context)
}

/// Notes what a person does next where something is left: in the words of `cinder-drill status`, which looks again.
async fn tell_what_comes_next(context: &Context) {
    let facts = Box::pin(gather_for_run(&context.target, &context.cloud)).await;
    for (number, step) in next(&Look::of(&facts), &context.target).into_iter().enumerate() {
        let at = step.at.map(|at| format!("at {at}: ")).unwrap_or_default();
        let command = step
            .command
            .map(|command| format!(": {at}`{command}`"))
            .unwrap_or_default();
        context.notice(format!("next, {}: {}{command}", number + 1, step.why));
    }
}

/// Records a scenario that is not to run on this target.
fn record_skipped(skipped: &Skipped, recorder: &Recorder) {
    let scenario = skipped.scenario.to_string();
    recorder.record(EventKind::ScenarioStarted {
        scenario: scenario.clone(),
        summary: skipped.summary.clone(),
        steps: 0,
        beginning_only: false,
    });
    recorder.record(EventKind::ScenarioFinished {
        scenario,
        verdict: Verdict::Skipped {
            because: skipped.because.clone(),
        },
        milliseconds: 0,
    });
}

/// Records of the scenarios of a chain that were asked for that they do not run.
fn not_run(chain: &Chain, because: &str, recorder: &Recorder) {
    for link in chain.links.iter().filter(|link| link.asked_for) {
        chain.record_start(link, recorder);
        recorder.record(EventKind::ScenarioFinished {
            scenario: link.scenario.to_string(),
            verdict: Verdict::NotRun {
                because: because.to_owned(),
            },
            milliseconds: 0,
        });
    }
}
