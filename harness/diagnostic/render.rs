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

/// How many faults are shown at most, and at least if there are so many: nobody reads more, and each takes as long as its
/// file is large.
const MOST_SHOWN: usize = 100;
const FEWEST_SHOWN: usize = 10;
/// How many bytes of files may be gone through to show faults beyond the fewest.
const WORK: usize = 2 << 20;

/// The faults, from top to bottom, with an empty line after each. Of very many the first are shown and the rest counted.
#[must_use]
pub fn render_all(faults: &Diagnostics, sources: &SourceMap, color: bool) -> String {
    let sorted = faults.sorted();
    let shown = shown(&sorted, sources);
    let mut text: String = sorted[..shown]
        .iter()
        .map(|fault| render(fault, sources, color) + "\n\n")
        .collect();
    if shown < sorted.len() {
        let left = sorted.len() - shown;
        text.push_str(&format!("… and {left} more, which show when these are mended\n\n"));
    }
    text
}

/// How many of the faults are shown.
fn shown(sorted: &[&Diagnostic], sources: &SourceMap) -> usize {
    let length = |fault: &Diagnostic| {
        let file = fault.primary.as_ref().and_then(|label| sources.text(&label.at.file));
        file.map_or(0, str::len)
    };
    let mut work = 0;
    let affordable = sorted.iter().take_while(|fault| {
        work += length(fault);
        work <= WORK
    });
    affordable.count().clamp(FEWEST_SHOWN, MOST_SHOWN).min(sorted.len())
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::diagnostic::Location;

    /// A file of one line of `length` bytes with so many faults.
    fn one_line(length: usize, count: usize) -> (Diagnostics, SourceMap) {
        let (file, text): (Arc<str>, Arc<str>) = ("f.yaml".into(), "x".repeat(length).into());
        let mut sources = SourceMap::default();
        sources.insert(file.clone(), text.clone());
        let mut faults = Diagnostics::default();
        for place in 0..count {
            let at = Location::in_text(&file, &text, place..place + 1);
            faults.push(Diagnostic::error("test", format!("fault {place}")).at(&at, ""));
        }
        (faults, sources)
    }

    /// A file of 33 kB with 3000 faults on one line took half a minute to show, and a larger one hours.
    #[test]
    fn of_very_many_faults_the_first_are_shown_and_the_rest_counted() {
        for (length, count, shown) in [
            (10_000, 3000, 100),
            (100_000, 3000, 20),
            (1_000_000, 3000, 10),
            (1_000_000, 4, 4),
        ] {
            let (faults, sources) = one_line(length, count);
            assert_eq!(
                super::shown(&faults.sorted(), &sources),
                shown,
                "{length} bytes, {count} faults"
            );
        }
        let (faults, sources) = one_line(1000, 150);
        let text = render_all(&faults, &sources, false);
        assert!(text.contains("fault 99\n") && !text.contains("fault 100\n"), "{text}");
        assert!(
            text.ends_with("… and 50 more, which show when these are mended\n\n"),
            "{text}"
        );
    }
}
