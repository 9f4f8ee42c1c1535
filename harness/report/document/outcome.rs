//! How a scenario ended, as every report says it.

use schemars::JsonSchema;
use serde::Serialize;

use crate::event::Verdict;
use crate::failure::FailureKind;

/// How a scenario ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Every expectation held.
    Passed,
    /// An expectation did not hold.
    Failed,
    /// The cloud or the harness failed, so nothing was proven.
    Error,
    /// It was stopped.
    Interrupted,
    /// It did not begin, and a reason is known.
    NotRun,
    /// The target lacks what it needs, as was decided before the run.
    Skipped,
    /// The journal holds no verdict: the run goes on, or was killed.
    Unfinished,
}

impl Outcome {
    /// The outcome of a verdict; none is no pass.
    #[must_use]
    pub fn of(verdict: Option<&Verdict>) -> Outcome {
        match verdict {
            Some(Verdict::Passed) => Outcome::Passed,
            Some(Verdict::NotRun { .. }) => Outcome::NotRun,
            Some(Verdict::Skipped { .. }) => Outcome::Skipped,
            Some(Verdict::Failed { failure, .. }) => match failure.kind {
                FailureKind::Expectation => Outcome::Failed,
                FailureKind::Cloud | FailureKind::Harness | FailureKind::Usage => Outcome::Error,
                FailureKind::Interrupted => Outcome::Interrupted,
            },
            None => Outcome::Unfinished,
        }
    }

    /// The outcome for people.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Outcome::Passed => "passed",
            Outcome::Failed => "failed",
            Outcome::Error => "error",
            Outcome::Interrupted => "interrupted",
            Outcome::NotRun => "not run",
            Outcome::Skipped => "skipped",
            Outcome::Unfinished => "no verdict",
        }
    }
}
