//! Faults as people read them: the lines of the file, with marks.

use std::collections::BTreeMap;

use annotate_snippets::{Annotation, AnnotationKind, Group, Level, Origin, Renderer, Snippet};

use super::{Diagnostic, Diagnostics, Severity, SourceMap};

/// Lines wider than this are cut around what they are about.
const WIDTH: usize = 140;

/// One fault as text with line breaks but none at its end. Texts that `sources` does not hold are not shown; their
/// places are still named.
#[must_use]
pub fn render(fault: &Diagnostic, sources: &SourceMap, color: bool) -> String {
    let level = match fault.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let mut title = level.primary_title(single_line(&fault.message));
    if let Some(code) = fault.code {
        title = title.id(code);
    }
    let mut group = Group::with_title(title);
    for (file, annotations) in by_file(fault) {
        match sources.text(file) {
            Some(text) => group = group.element(Snippet::source(text).path(file).annotations(annotations)),
            None => group = group.element(Origin::path(file)),
        }
    }
    for note in &fault.notes {
        group = group.element(Level::NOTE.message(note.as_str()));
    }
    for help in &fault.help {
        group = group.element(Level::HELP.message(help.as_str()));
    }
    let renderer = if color { Renderer::styled() } else { Renderer::plain() };
    renderer.term_width(WIDTH).render(&[group])
}

/// All faults, from top to bottom, with an empty line after each.
#[must_use]
pub fn render_all(faults: &Diagnostics, sources: &SourceMap, color: bool) -> String {
    faults
        .sorted()
        .into_iter()
        .map(|fault| render(fault, sources, color) + "\n\n")
        .collect()
}

/// The marks of a fault, by file: the file that has to change first.
fn by_file(fault: &Diagnostic) -> Vec<(&str, Vec<Annotation<'_>>)> {
    let primary_file = fault.primary.as_ref().map(|label| &*label.at.file);
    let mut files: BTreeMap<(bool, &str), Vec<Annotation<'_>>> = BTreeMap::new();
    for (label, kind) in fault
        .primary
        .iter()
        .map(|label| (label, AnnotationKind::Primary))
        .chain(fault.secondary.iter().map(|label| (label, AnnotationKind::Context)))
    {
        let file: &str = &label.at.file;
        let mut annotation = kind.span(label.at.span.clone());
        if !label.text.is_empty() {
            annotation = annotation.label(label.text.as_str());
        }
        files
            .entry((Some(file) != primary_file, file))
            .or_default()
            .push(annotation);
    }
    files
        .into_iter()
        .map(|((_, file), annotations)| (file, annotations))
        .collect()
}

/// The message of a fault stands on one line whatever the file held.
fn single_line(text: &str) -> String {
    text.replace('\n', " ")
}
