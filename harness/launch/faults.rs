//! Why a drill did not happen.

use std::fmt;

use crate::diagnostic::{Diagnostics, SourceMap, render_all};
use crate::failure::Failure;

/// What is wrong with the files of a drill, or worth a warning, with the lines that it points at.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    /// The faults.
    pub diagnostics: Diagnostics,
    /// The texts of the files.
    pub sources: SourceMap,
}

impl Faults {
    /// All of them as a compiler would say it.
    #[must_use]
    pub fn render(&self, color: bool) -> String {
        render_all(&self.diagnostics, &self.sources, color)
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.render(false))
    }
}

/// Why a drill did not happen: no scenario ran.
#[derive(Debug)]
pub enum DrillError {
    /// A scenario, the target or what was requested is wrong. Nothing was touched.
    Faults(Box<Faults>),
    /// The cloud could not be reached, its backend is not to be drilled now, or this machine does not let a run begin.
    Failure(Box<Failure>),
}

impl fmt::Display for DrillError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DrillError::Faults(faults) => faults.fmt(formatter),
            DrillError::Failure(failure) => failure.fmt(formatter),
        }
    }
}

impl std::error::Error for DrillError {}

impl From<Faults> for DrillError {
    fn from(faults: Faults) -> DrillError {
        DrillError::Faults(Box::new(faults))
    }
}

impl From<Failure> for DrillError {
    fn from(failure: Failure) -> DrillError {
        DrillError::Failure(Box::new(failure))
    }
}
