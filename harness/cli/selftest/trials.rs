//! Many trials at once.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use simcloud::{FLOWS, Saboteur};

use super::expected::judge;
use super::trial::{Trial, TrialOutcome};
use crate::report::saboteurs::{SaboteurRow, SaboteurTable};
use crate::targets::Budgets;

/// How trials are run.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Seeds every simcloud.
    pub seed: u64,
    /// The pace of every simcloud.
    pub pace: f64,
    /// How many run at once. Most of the time of a trial that is caught by a time-out is waiting.
    pub jobs: usize,
    /// How long things may take.
    pub budgets: Budgets,
}

impl Default for Options {
    fn default() -> Self {
        let short = Duration::from_secs(5);
        Self {
            seed: 1,
            pace: 0.5,
            jobs: 20,
            budgets: Budgets {
                volume: short,
                server: short,
                boot: short,
                failover: short,
                shelve: short,
                attach: short,
                replication: short,
                command: Duration::from_secs(4),
                delete: Duration::from_secs(2),
            },
        }
    }
}

/// Runs trials, several at once, each in a simcloud of its own. The outcomes are in the order of the trials.
pub fn run_all(trials: &[Trial], options: Options) -> Vec<Result<TrialOutcome, String>> {
    let mut order: Vec<(usize, &Trial)> = trials.iter().enumerate().collect();
    // Those that wait longest begin first, to end with the others.
    order.sort_by_key(|(_, trial)| !is_long(trial));
    let queue: Mutex<VecDeque<(usize, &Trial)>> = Mutex::new(order.into());
    let outcomes: Mutex<Vec<Option<Result<TrialOutcome, String>>>> = Mutex::new(vec![None; trials.len()]);
    let next = || queue.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
    std::thread::scope(|scope| {
        for _ in 0..options.jobs.clamp(1, trials.len().max(1)) {
            scope.spawn(|| {
                while let Some((index, trial)) = next() {
                    let outcome = run_one(trial, options);
                    outcomes.lock().unwrap_or_else(PoisonError::into_inner)[index] = Some(outcome);
                }
            });
        }
    });
    let outcomes = outcomes.into_inner().unwrap_or_else(PoisonError::into_inner);
    let lost = || Err("the trial's thread died".to_owned());
    outcomes
        .into_iter()
        .map(|outcome| outcome.unwrap_or_else(lost))
        .collect()
}

/// Whether cleaning up after a trial takes long: it waits for a service that never settles, or for an API that never
/// answers.
fn is_long(trial: &Trial) -> bool {
    trial.sabotage.iter().any(|sabotage| {
        matches!(
            sabotage.saboteur,
            Saboteur::StuckFailingOver | Saboteur::Api500Forever | Saboteur::ApiHtml500
        )
    })
}

fn run_one(trial: &Trial, options: Options) -> Result<TrialOutcome, String> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .map_err(|error| error.to_string())?;
    runtime.block_on(trial.run(options.seed, options.pace, options.budgets))
}

/// Drills the four flows `times` times without any saboteur; answers with those that did not pass and why.
pub fn control(times: usize, options: Options) -> Vec<String> {
    let trials: Vec<Trial> = (0..times).flat_map(|_| FLOWS.into_iter().map(Trial::control)).collect();
    let outcomes = run_all(&trials, options);
    let judged = trials.iter().zip(&outcomes);
    judged
        .filter_map(|(trial, outcome)| judge(trial, outcome).wrong)
        .collect()
}

/// Drills the flows under these saboteurs.
pub fn table(saboteurs: &[Saboteur], options: Options) -> SaboteurTable {
    let trials: Vec<Trial> = saboteurs.iter().copied().flat_map(Trial::of).collect();
    let outcomes = run_all(&trials, options);
    let rows = trials
        .iter()
        .zip(&outcomes)
        .map(|(trial, outcome)| {
            let judgement = judge(trial, outcome);
            let sabotage: Vec<String> = trial.sabotage.iter().map(ToString::to_string).collect();
            SaboteurRow {
                saboteur: sabotage.join(" "),
                flow: trial.place(),
                outcome: judgement.words,
                wrong: judgement.wrong,
                seconds: outcome.as_ref().map_or(0.0, |outcome| outcome.elapsed.as_secs_f64()),
            }
        })
        .collect();
    SaboteurTable { rows }
}
