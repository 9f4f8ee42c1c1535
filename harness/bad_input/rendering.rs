//! Faults, as people read them.

use std::sync::Arc;

use crate::diagnostic::{Diagnostic, Diagnostics, Location, SourceMap, render_all};

/// How long the text of one fault may be, in bytes.
const LONGEST_FAULT: usize = 80_000;

/// Faults with any spans over any text: the first eight bytes are the spans and the message's length.
pub(super) fn rendering(bytes: &[u8]) {
    let (numbers, text) = bytes.split_at(bytes.len().min(8));
    let text = String::from_utf8_lossy(text);
    let number = |index: usize| numbers.get(index).copied().map_or(0, usize::from);
    // Two bytes reach every place of a text of some length.
    let place = |index: usize| (number(index) * 256 + number(index + 1)) % (text.len() + 2);
    let file: Arc<str> = "any.yaml".into();
    let at = |start: usize, end: usize| Location::in_text(&file, &text, start.min(end)..start.max(end));
    let message: String = text.chars().take(number(7)).collect();
    let fault = Diagnostic::error("any", message.clone())
        .at(&at(place(0), place(2)), message.clone())
        .because(&at(place(2), place(4)), message.clone())
        .because(&at(place(4), place(4)), "")
        .note(message.clone())
        .help(message);
    let mut sources = SourceMap::default();
    sources.insert(file, text.as_ref().into());
    must_render(&fault.into(), &sources);
}

/// Every fault can be shown, in colors and without, in bounds.
pub(super) fn must_render(faults: &Diagnostics, sources: &SourceMap) {
    for color in [false, true] {
        let rendered = render_all(faults, sources, color);
        let bound = LONGEST_FAULT * (faults.iter().count() + 1);
        assert!(
            rendered.len() <= bound,
            "{} bytes for {} faults",
            rendered.len(),
            faults.iter().count()
        );
        assert_eq!(rendered.is_empty(), faults.is_empty());
        let moves = |character: char| character.is_control() && character != '\n';
        assert!(color || !rendered.contains(moves), "it moves the cursor: {rendered:?}");
    }
}
