//! One report of several runs: shards of one, or days of many.

use std::collections::BTreeSet;
use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;

use super::statistics::{self, ScenarioStatistics};
use super::trend::{self, Trend};
use super::{Outcome, RunReport, ScenarioReport};

/// The version of the report's format.
pub const REPORT_FORMAT: u32 = 1;

/// A report as data.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Report {
    /// The version of the report's format, which `fixtures/schemas/report.schema.json` describes; this is 1.
    pub format: u32,
    /// How all of it ended: as the worst of its runs. Only `passed` is a pass.
    pub outcome: Outcome,
    /// How many scenarios ended how.
    pub counts: Counts,
    /// What is wrong with the report as a whole, such as a shard that is missing. Not empty means that it is no pass.
    pub faults: Vec<String>,
    /// The runs.
    pub runs: Vec<RunReport>,
    /// What the repetitions of each scenario have in common, if any scenario ran more than once.
    pub statistics: Vec<ScenarioStatistics>,
    /// The RTO of each server and the RPO of each workload that were measured more than once, over all runs.
    pub trends: Vec<Trend>,
}

/// How many scenarios ended how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Counts {
    /// Every expectation held.
    pub passed: usize,
    /// An expectation did not hold.
    pub failed: usize,
    /// The cloud, the harness or an interruption kept them from being judged, or they have no verdict.
    pub errors: usize,
    /// They did not begin.
    pub not_run: usize,
    /// The target lacks what they need.
    pub skipped: usize,
}

impl Report {
    /// The report of some runs.
    #[must_use]
    pub fn of(runs: Vec<RunReport>) -> Report {
        let counts = Counts::of(runs.iter().flat_map(RunReport::judged));
        let mut faults = missing_shards(&runs);
        if runs.is_empty() {
            faults.push("no run was reported".to_owned());
        }
        let statistics = statistics::of(&runs);
        let trends = trend::of(&runs);
        Report {
            format: REPORT_FORMAT,
            outcome: outcome(&runs, &counts, &faults),
            counts,
            faults,
            runs,
            statistics,
            trends,
        }
    }

    /// The same with the trends of other runs, as far as these were on a backend and a target of this report.
    #[must_use]
    pub fn with_trends_over(mut self, others: Vec<RunReport>) -> Report {
        let same = |other: &RunReport| {
            let is_of = |run: &RunReport| run.backend == other.backend && run.target == other.target;
            self.runs.iter().any(is_of) && !self.runs.iter().any(|run| run.run == other.run)
        };
        let mut all: Vec<RunReport> = others.into_iter().filter(same).collect();
        all.extend(self.runs.iter().cloned());
        all.sort_by_key(|run| run.started);
        self.trends = trend::of(&all);
        self
    }

    /// Whether everything that was asked for was judged and held.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.outcome == Outcome::Passed
    }
}

impl Counts {
    /// Counts scenarios by how they ended.
    pub fn of<'a>(scenarios: impl IntoIterator<Item = &'a ScenarioReport>) -> Counts {
        let mut counts = Counts::default();
        for scenario in scenarios {
            *counts.of_outcome(scenario) += 1;
        }
        counts
    }

    fn of_outcome(&mut self, scenario: &ScenarioReport) -> &mut usize {
        match scenario.outcome {
            Outcome::Passed => &mut self.passed,
            Outcome::Failed => &mut self.failed,
            Outcome::Error | Outcome::Interrupted | Outcome::Unfinished => &mut self.errors,
            Outcome::NotRun => &mut self.not_run,
            Outcome::Skipped => &mut self.skipped,
        }
    }
}

impl fmt::Display for Counts {
    /// `2 passed, 1 failed`, and what was not judged or not run, if anything was.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} passed, {} failed", self.passed, self.failed)?;
        if self.errors > 0 {
            write!(formatter, ", {} without a judgement", self.errors)?;
        }
        if self.not_run > 0 {
            write!(formatter, ", {} not run", self.not_run)?;
        }
        if self.skipped > 0 {
            write!(formatter, ", {} skipped", self.skipped)?;
        }
        Ok(())
    }
}

/// The worst of the runs; an expectation that did not hold is the worst. A shard may be empty without harm, but not all of them.
fn outcome(runs: &[RunReport], counts: &Counts, faults: &[String]) -> Outcome {
    let worst_first = [
        Outcome::Failed,
        Outcome::Unfinished,
        Outcome::Interrupted,
        Outcome::Error,
    ];
    let outcomes: Vec<Outcome> = runs.iter().map(RunReport::outcome).collect();
    let worst = worst_first.into_iter().find(|worst| outcomes.contains(worst));
    match worst {
        Some(worst) => worst,
        None if !faults.is_empty() => Outcome::Error,
        None if counts.passed > 0 && counts.not_run == 0 => Outcome::Passed,
        None => Outcome::NotRun,
    }
}

/// What is missing of a run in shards. A missing shard is not a pass of the others.
fn missing_shards(runs: &[RunReport]) -> Vec<String> {
    let shards: BTreeSet<(u32, u32)> = runs
        .iter()
        .filter_map(|run| run.description.as_ref()?.shard)
        .map(|shard| (shard.count, shard.index))
        .collect();
    // A single run of a shard is a report about that shard.
    if runs.len() < 2 {
        return Vec::new();
    }
    let counts: BTreeSet<u32> = shards.iter().map(|(count, _)| *count).collect();
    counts
        .into_iter()
        .flat_map(|count| (1..=count).map(move |index| (count, index)))
        .filter(|shard| !shards.contains(shard))
        .map(|(count, index)| format!("shard {index}/{count} is missing: its scenarios are not in this report"))
        .collect()
}
