//! Faults as people read them: the lines of the file, with marks.

use std::collections::BTreeMap;
use std::ops::Range;

use annotate_snippets::{Annotation, AnnotationKind, Group, Level, Origin, Renderer, Snippet};

use super::{Diagnostic, Diagnostics, Severity, SourceMap};

use crate::counted::counted;

/// Lines wider than this are cut around what they are about.
const WIDTH: usize = 140;
/// How much of a text is shown, in bytes. What is longer quotes a file or the output of a machine.
const LONGEST: usize = 8_000;

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
    for (file, annotations) in by_file(fault, sources) {
        match sources.text(file) {
            Some(text) => group = group.element(Snippet::source(text).path(file).annotations(annotations)),
            None => group = group.element(Origin::path(file)),
        }
    }
    for note in &fault.notes {
        group = group.element(Level::NOTE.message(shown(note)));
    }
    for help in &fault.help {
        group = group.element(Level::HELP.message(shown(help)));
    }
    let renderer = if color { Renderer::styled() } else { Renderer::plain() };
    // Of control characters in the lines of a file, annotate-snippets replaces those of ASCII only.
    let moves = |character| matches!(character, '\u{80}'..='\u{9f}');
    let rendered = renderer.term_width(WIDTH).render(&[group]).replace(moves, "\u{fffd}");
    let lines: Vec<String> = rendered.split('\n').map(|line| cut(line, color)).collect();
    lines.join("\n")
}

/// A line, or its beginning: two places in one line are shown with all that is between them.
fn cut(line: &str, color: bool) -> String {
    let mut end = line.len().min(LONGEST + 200);
    while !line.is_char_boundary(end) {
        end -= 1;
    }
    match (end < line.len(), color) {
        (false, _) => line.to_owned(),
        (true, false) => format!("{}…", &line[..end]),
        // The color that was switched on may have its end in what was cut off.
        (true, true) => format!("{}…\u{1b}[0m", &line[..end]),
    }
}

/// All faults, from top to bottom, with an empty line after each.
#[must_use]
pub fn render_all(faults: &Diagnostics, sources: &SourceMap, color: bool) -> String {
    let mut text: String = faults
        .sorted()
        .into_iter()
        .map(|fault| render(fault, sources, color) + "\n\n")
        .collect();
    if faults.more() > 0 {
        text.push_str(&format!(
            "and {}, shown once these are fixed\n\n",
            counted(faults.more(), "more fault")
        ));
    }
    text
}

/// The marks of a fault, by file: the file that has to change first.
fn by_file<'f>(fault: &'f Diagnostic, sources: &SourceMap) -> Vec<(&'f str, Vec<Annotation<'f>>)> {
    let primary_file = fault.primary.as_ref().map(|label| &*label.at.file);
    let mut files: BTreeMap<(bool, &'f str), Vec<Annotation<'f>>> = BTreeMap::new();
    for (label, kind) in fault
        .primary
        .iter()
        .map(|label| (label, AnnotationKind::Primary))
        .chain(fault.secondary.iter().map(|label| (label, AnnotationKind::Context)))
    {
        let file: &'f str = &label.at.file;
        let mut annotation = kind.span(marked(&label.at.span, sources.text(file)));
        if !label.text.is_empty() {
            annotation = annotation.label(single_line(&label.text));
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

/// How many bytes of a place are marked. A text of a whole file would be marked on every line of it.
const MARKED: usize = 1_000;

/// What of a place is marked: its beginning.
fn marked(span: &Range<usize>, text: Option<&str>) -> Range<usize> {
    let mut end = span.end.min(span.start.saturating_add(MARKED));
    while text.is_some_and(|text| !text.is_char_boundary(end)) {
        end -= 1;
    }
    span.start..end.max(span.start)
}

/// The message of a fault stands on one line whatever the file held.
fn single_line(text: &str) -> String {
    shown(text).replace('\n', " ")
}

/// A text that may quote anything: not longer than can be read, and without what moves the cursor of who looks at it or
/// turns the order of what they read.
fn shown(text: &str) -> String {
    let turns = |character: char| matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let mut end = text.len().min(LONGEST);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let mut shown: String = text[..end]
        .chars()
        .map(|character| match character {
            '\t' => ' ',
            '\n' => '\n',
            character if character.is_control() || turns(character) => char::REPLACEMENT_CHARACTER,
            character => character,
        })
        .collect();
    if end < text.len() {
        shown.push_str(&format!("… ({} more)", counted(text.len() - end, "byte")));
    }
    shown
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::diagnostic::Location;

    #[test]
    fn what_is_quoted_is_short_and_moves_nothing() {
        let text = format!("a\u{1b}[2J\u{202e}\r\tb\nc{}", "é".repeat(LONGEST));
        let rendered = render(
            &Diagnostic::error("any", text.clone()).note(text),
            &SourceMap::default(),
            false,
        );
        assert!(rendered.len() < 2 * LONGEST + 400, "{} bytes", rendered.len());
        assert!(
            rendered.contains("a\u{fffd}[2J\u{fffd}\u{fffd} b"),
            "{}",
            &rendered[..100]
        );
        assert!(rendered.ends_with("bytes more)"));
        assert!(!rendered.contains(|character: char| character.is_control() && character != '\n'));
    }

    #[test]
    fn the_faults_after_the_hundredth_are_counted() {
        let file: Arc<str> = "f.yaml".into();
        let mut faults = Diagnostics::default();
        for number in 0..10_000 {
            let place = Location::in_text(&file, "a: 1\n", 0..1);
            faults.push(Diagnostic::error("any", format!("fault {number}")).at(&place, ""));
        }
        assert_eq!(faults.count(Severity::Error), 10_000);
        let rendered = render_all(&faults, &SourceMap::default(), false);
        let (_, end) = rendered.trim_end().rsplit_once('\n').expect("lines");
        assert_eq!(end, "and 9900 more faults, shown once these are fixed");
    }
}
