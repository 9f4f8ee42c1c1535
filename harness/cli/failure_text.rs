//! Failures of a run, in the form of faults of its files.

use crate::diagnostic::{SourceMap, render};
use crate::failure::Failure;
use crate::report::document::as_fault;

/// A failure that has no place in a file.
pub(super) fn as_text(failure: &Failure, color: bool) -> String {
    render(&as_fault(failure), &SourceMap::default(), color)
}
