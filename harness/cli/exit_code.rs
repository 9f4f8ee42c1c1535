//! What the exit codes of `cinder-drill` mean, and the rules from a report, and from a failure, to its code.

use crate::failure::FailureKind;
use crate::report::document::Outcome;

/// Everything that was asked for was done, and every expectation held.
pub const PASS: u8 = 0;
/// An expectation of a scenario did not hold: the cloud lost data, or connects to the wrong site.
pub const FAILED_EXPECTATION: u8 = 1;
/// The command line, a scenario or a target is wrong. Nothing was touched.
pub const USAGE: u8 = 2;
/// The cloud, or cinder-drill itself, kept a scenario from being judged.
pub const CLOUD_OR_HARNESS: u8 = 3;

/// The exit code of a run or a report. An expectation that did not hold keeps its own code, whatever else went wrong.
pub(super) const fn of(outcome: Outcome) -> u8 {
    match outcome {
        Outcome::Passed => PASS,
        Outcome::Failed => FAILED_EXPECTATION,
        Outcome::Error | Outcome::Interrupted | Outcome::NotRun | Outcome::Skipped | Outcome::Unfinished => {
            CLOUD_OR_HARNESS
        }
    }
}

/// The exit code of a command that a failure ended, outside of any scenario.
pub(super) const fn of_failure(kind: FailureKind) -> u8 {
    match kind {
        FailureKind::Usage => USAGE,
        FailureKind::Expectation | FailureKind::Cloud | FailureKind::Harness | FailureKind::Interrupted => {
            CLOUD_OR_HARNESS
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_pass_is_0_and_only_a_failed_expectation_is_1() {
        let codes = [
            Outcome::Passed,
            Outcome::Failed,
            Outcome::Error,
            Outcome::Interrupted,
            Outcome::NotRun,
            Outcome::Skipped,
            Outcome::Unfinished,
        ]
        .map(of);
        assert_eq!(codes, [0, 1, 3, 3, 3, 3, 3]);
    }
}
