//! Why a text is not a Python literal.

use std::fmt;

/// Why a text is not a Python literal, or not one that has a counterpart in JSON. It does not show the text, which may
/// hold secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PythonLiteralError {
    /// Where, in bytes from the literal's beginning.
    pub offset: usize,
    /// What was expected there, or what is wrong there.
    pub message: String,
}

impl fmt::Display for PythonLiteralError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "at byte {}: {}", self.offset, self.message)
    }
}

impl std::error::Error for PythonLiteralError {}
