//! What a run says of the tests.

use super::suite::Test;
use crate::report::document::{Outcome, RunReport, ScenarioReport};

/// How a test ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TestOutcome {
    /// All that it proves was proven.
    Passed,
    /// It did not hold, or was not judged; why.
    Failed(String),
    /// What the driver claims was not tested; why. It is no pass.
    Skipped(String),
    /// The run has no such test, or one with another text.
    Missing(String),
}

/// A test and how it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged {
    /// Its id and name.
    pub title: String,
    /// How it ended.
    pub outcome: TestOutcome,
    /// How long it took, in milliseconds.
    pub milliseconds: u64,
}

/// Judges the tests by a run. A run with faults proves none of them.
#[must_use]
pub fn results<'t>(run: &RunReport, tests: impl IntoIterator<Item = &'t Test>) -> Vec<Judged> {
    let judge = |test: &Test| {
        // Of several times that it ran, none may have failed.
        let ran = || run.scenarios.iter().filter(|scenario| scenario.name == test.scenario);
        let failed = ran().find(|scenario| scenario.outcome != Outcome::Passed);
        let scenario = failed.or_else(|| ran().next());
        Judged {
            title: test.title.to_owned(),
            outcome: outcome(run, test, scenario),
            milliseconds: scenario.map_or(0, |scenario| scenario.milliseconds),
        }
    };
    tests.into_iter().map(judge).collect()
}

fn outcome(run: &RunReport, test: &Test, scenario: Option<&ScenarioReport>) -> TestOutcome {
    let Some(scenario) = scenario else {
        return TestOutcome::Missing("the run has no such scenario".to_owned());
    };
    let sources = run.description.as_ref().map(|description| &description.sources);
    let is_the_suites = sources.is_some_and(|sources| sources.values().any(|text| text == test.text));
    if !is_the_suites {
        return TestOutcome::Missing(format!("the run's scenario {} differs from the suite's", test.scenario));
    }
    if scenario.outcome != Outcome::Passed {
        let why = scenario.failure.as_ref().map(|failure| failure.summary.clone());
        let why = why.or_else(|| scenario.because.clone());
        return TestOutcome::Failed(why.unwrap_or_else(|| scenario.outcome.words().to_owned()));
    }
    if !run.complete || !run.faults.is_empty() {
        return TestOutcome::Failed("the run as a whole did not pass".to_owned());
    }
    let skipped = scenario
        .steps
        .iter()
        .find(|step| step.skipped.is_some() && test.proves.contains(&step.verb.as_str()));
    match skipped {
        Some(step) => TestOutcome::Skipped(step.skipped.clone().unwrap_or_default()),
        None => TestOutcome::Passed,
    }
}
