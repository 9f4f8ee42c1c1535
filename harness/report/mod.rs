//! What the user reads. Every report is a pure function of the events of a run.

mod api_alone;
pub mod document;
mod format;
mod html;
mod junit;
mod metrics;
mod printable;
mod progress;
mod proof_words;
#[cfg(feature = "simcloud")]
pub(crate) mod saboteurs;
mod schema;
mod subunit;
mod text;
mod time;
mod verdicts;

#[cfg(test)]
mod golden;
#[cfg(test)]
mod tests;

/// Things in words, in one text.
fn joined(things: &[impl std::fmt::Display], between: &str) -> String {
    let words: Vec<String> = things.iter().map(ToString::to_string).collect();
    words.join(between)
}

pub use format::{Format, FormatError};
pub(crate) use printable::printable;
pub use progress::Progress;
pub(crate) use progress::{Pauses, Telling};
pub(crate) use proof_words::proof_lines;
pub use schema::json_schema;
pub use text::text;
pub(crate) use verdicts::verdicts;
