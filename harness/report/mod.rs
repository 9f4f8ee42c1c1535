//! What the user reads. Every report is a pure function of the events of a run.

pub mod document;
mod format;
mod html;
mod junit;
mod progress;
mod proof_words;
mod subunit;
mod summary;
mod text;
mod time;
mod verdicts;

#[cfg(test)]
mod tests;

pub use format::{Format, FormatError};
pub use progress::Progress;
pub use proof_words::proof_lines;
pub use summary::{RunSummary, ScenarioSummary, StepSummary};
pub use text::{statistics, text};
pub use verdicts::{FailureRenderer, verdicts};
