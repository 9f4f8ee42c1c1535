//! What the user reads. Every report is a pure function of the events of a run.

mod api_alone;
pub mod document;
mod format;
mod html;
mod junit;
mod printable;
mod progress;
mod proof_words;
#[cfg(feature = "simcloud")]
mod saboteurs;
mod subunit;
mod text;
mod time;
mod verdicts;

#[cfg(test)]
mod golden;
#[cfg(test)]
mod tests;

/// The JSON Schema of reports in JSON. It is written by hand, and a test compares it with what is written.
pub const JSON_SCHEMA: &str = include_str!("../../fixtures/schemas/report.schema.json");

/// Things in words, in one text.
fn joined(things: &[impl std::fmt::Display], between: &str) -> String {
    let words: Vec<String> = things.iter().map(ToString::to_string).collect();
    words.join(between)
}

pub use format::{Format, FormatError};
pub use printable::printable;
pub use progress::{Pauses, Progress};
pub use proof_words::proof_lines;
#[cfg(feature = "simcloud")]
pub use saboteurs::{SaboteurRow, SaboteurTable, rows, saboteur_list, saboteur_table};
pub use text::text;
pub use verdicts::verdicts;
