//! What the user reads. Every report is a pure function of the events of a run.

mod progress;
mod proof_words;
mod saboteurs;
mod summary;
mod verdicts;

#[cfg(test)]
mod tests;

pub use progress::Progress;
pub use proof_words::proof_lines;
pub use saboteurs::{SaboteurRow, SaboteurTable, rows, saboteur_list, saboteur_table};
pub use summary::{RunSummary, ScenarioSummary, StepSummary};
pub use verdicts::{FailureRenderer, verdicts};
