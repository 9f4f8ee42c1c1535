//! A failure in the form of a compiler's error, pointing into the scenario's YAML.

use crate::diagnostic::{Diagnostic, Location, SourceMap, render};
use crate::event::PlaceRecord;
use crate::failure::{Failure, FailureKind};
use crate::report::printable;

/// A failure as a fault of a file, without its place.
#[must_use]
pub fn as_fault(failure: &Failure) -> Diagnostic {
    let code = match failure.kind {
        FailureKind::Expectation => "expectation",
        FailureKind::Cloud => "cloud",
        FailureKind::Harness => "harness",
        FailureKind::Usage => "usage",
        FailureKind::Interrupted => "interrupted",
    };
    let fault = Diagnostic::error(code, printable(&failure.summary));
    let fault = failure.facts().fold(fault, |fault, (name, value)| {
        fault.note(printable(&format!("{name}: {value}")))
    });
    fault.help_if(failure.help.as_deref().map(printable))
}

/// A failure as text that points at the step in which it happened, if the journal says where that is written.
#[must_use]
pub fn diagnosis(failure: &Failure, place: Option<&PlaceRecord>, sources: &SourceMap, color: bool) -> String {
    let fault = as_fault(failure);
    let fault = match place {
        Some(place) => {
            let at = Location {
                file: place.file.as_str().into(),
                line: place.line,
                column: place.column,
                span: within(place, sources),
            };
            fault.at(&at, "in this step")
        }
        None => fault,
    };
    render(&fault, sources, color)
}

/// The bytes that are meant, kept within the text: a journal may have been edited.
fn within(place: &PlaceRecord, sources: &SourceMap) -> std::ops::Range<usize> {
    let Some(text) = sources.text(&place.file) else {
        return 0..0;
    };
    Location::in_text(&place.file.as_str().into(), text, place.span.0..place.span.1).span
}
