//! `read`: a file of a guest holds what it should.

use serde::Serialize;

use super::Disk;
use crate::diagnostic::Location;
use crate::scenario::ServerName;

/// Reads a file of a guest and compares all of it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Read {
    /// The server whose guest reads.
    pub guest: ServerName,
    /// Absolute, or relative to the home of the guest's user.
    pub path: String,
    /// What the file must hold.
    pub expected: Expected,
    /// The disk that the path lies on.
    pub disk: Disk,
}

/// What a file must hold.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Expected {
    /// What an earlier `write` put there.
    SameAsWritten {
        /// The text that was written.
        text: String,
        /// The step that wrote it.
        written_at: Location,
    },
    /// This text.
    Text(String),
}

impl Expected {
    /// The text, wherever it comes from.
    #[must_use]
    pub fn text(&self) -> &str {
        match self {
            Expected::SameAsWritten { text, .. } | Expected::Text(text) => text,
        }
    }
}
