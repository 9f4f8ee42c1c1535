//! What repetitions of a scenario have in common.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::{Outcome, PhaseName, RunReport, ScenarioReport};

/// A scenario that ran more than once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ScenarioStatistics {
    /// Its name.
    pub scenario: String,
    /// How often it was to run.
    pub runs: usize,
    /// How often it passed.
    pub passed: usize,
    /// Its phases, over the repetitions that passed.
    pub phases: Vec<PhaseStatistics>,
}

/// A phase over repetitions, in milliseconds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct PhaseStatistics {
    /// The phase.
    pub phase: PhaseName,
    /// How many times it was measured.
    pub count: usize,
    /// The shortest.
    pub minimum: u64,
    /// The middle one; of an even number the lower of the two in the middle.
    pub median: u64,
    /// The longest.
    pub maximum: u64,
}

/// The scenarios that ran more than once, in the order in which they came first.
pub(super) fn of(runs: &[RunReport]) -> Vec<ScenarioStatistics> {
    let mut groups: Vec<(&str, Vec<&ScenarioReport>)> = Vec::new();
    for scenario in runs.iter().flat_map(RunReport::judged) {
        match groups.iter_mut().find(|(name, _)| *name == scenario.name) {
            Some((_, group)) => group.push(scenario),
            None => groups.push((&scenario.name, vec![scenario])),
        }
    }
    groups
        .into_iter()
        .filter(|(_, group)| group.len() > 1)
        .map(|(name, group)| ScenarioStatistics {
            scenario: name.to_owned(),
            runs: group.len(),
            passed: passed(&group).count(),
            phases: phases(&group),
        })
        .collect()
}

fn passed<'a>(group: &'a [&ScenarioReport]) -> impl Iterator<Item = &'a ScenarioReport> {
    group
        .iter()
        .copied()
        .filter(|scenario| scenario.outcome == Outcome::Passed)
}

fn phases(group: &[&ScenarioReport]) -> Vec<PhaseStatistics> {
    let mut measured: BTreeMap<PhaseName, Vec<u64>> = BTreeMap::new();
    for phase in passed(group).flat_map(|scenario| &scenario.phases) {
        measured.entry(phase.phase).or_default().push(phase.milliseconds);
    }
    measured
        .into_iter()
        .map(|(phase, mut times)| {
            times.sort_unstable();
            PhaseStatistics {
                phase,
                count: times.len(),
                minimum: times[0],
                median: times[(times.len() - 1) / 2],
                maximum: times[times.len() - 1],
            }
        })
        .collect()
}
