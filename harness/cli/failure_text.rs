//! What keeps a command from its work, in the form of faults of its files.

use std::io::{Write, stderr};

use super::{ColorChoice, exit_code};
use crate::diagnostic::{Diagnostics, SourceMap, render, render_all};
use crate::failure::Failure;
use crate::report::document::as_fault;

/// A failure that has no place in a file.
pub(super) fn as_text(failure: &Failure, color: bool) -> String {
    render(&as_fault(failure), &SourceMap::default(), color)
}

/// Shows why a command ends. Answers with its exit code, which says it, too, if the output is closed.
pub fn refuse(failure: &Failure, color: ColorChoice) -> u8 {
    let _ = writeln!(stderr(), "{}", as_text(failure, color.colors(&stderr())));
    exit_code::of_failure(failure.kind)
}

/// Shows the faults of files. A closed output is not their fault.
pub fn show(faults: &Diagnostics, sources: &SourceMap, color: ColorChoice) {
    let _ = stderr().write_all(render_all(faults, sources, color.colors(&stderr())).as_bytes());
}
