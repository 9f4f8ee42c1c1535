//! What the user reads. Every report is a pure function of the events of a run.

mod progress;
mod proof_words;
mod summary;
mod verdicts;

#[cfg(test)]
mod tests;

pub use progress::Progress;
pub use proof_words::proof_lines;
pub use summary::{RunSummary, ScenarioSummary, StepSummary};
pub use verdicts::{FailureRenderer, verdicts};
