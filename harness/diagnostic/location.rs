//! Places in files, and the texts of those files.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use serde::ser::{Serialize, SerializeStruct, Serializer};

/// A place in a file that a person wrote.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Location {
    /// The file's path as the user gave it; the key of its text in a [`SourceMap`].
    pub file: Arc<str>,
    /// The line, counted from 1.
    pub line: usize,
    /// The column in characters, counted from 1.
    pub column: usize,
    /// The bytes of the file that are meant. An empty range points between two characters.
    pub span: Range<usize>,
}

impl Location {
    /// The place of the bytes `span` in `text`, the text of `file`. A span past the end means the end.
    #[must_use]
    pub fn in_text(file: &Arc<str>, text: &str, span: Range<usize>) -> Location {
        let start = floor_char_boundary(text, span.start);
        let end = floor_char_boundary(text, span.end).max(start);
        let before = &text[..start];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Location {
            file: file.clone(),
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
            span: start..end,
        }
    }

    /// Where faults stand among each other: by file, then from top to bottom.
    #[must_use]
    pub fn order(&self) -> (&str, usize, usize) {
        (&self.file, self.span.start, self.span.end)
    }
}

/// The largest index that is at most `index` and starts a character of `text`.
fn floor_char_boundary(text: &str, index: usize) -> usize {
    let mut index = index.min(text.len());
    while !text.is_char_boundary(index) {
        index -= 1;
    }
    index
}

impl fmt::Display for Location {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}:{}", self.file, self.line, self.column)
    }
}

impl Serialize for Location {
    /// As `{"file", "line", "column"}`; byte ranges mean nothing outside of this process.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut place = serializer.serialize_struct("Location", 3)?;
        place.serialize_field("file", &*self.file)?;
        place.serialize_field("line", &self.line)?;
        place.serialize_field("column", &self.column)?;
        place.end()
    }
}

/// The texts of all files that were read, so a fault found much later (a step that failed in a run) can still show the lines
/// that it is about.
#[derive(Clone, Default, Debug)]
pub struct SourceMap {
    texts: BTreeMap<Arc<str>, Arc<str>>,
}

impl SourceMap {
    /// Keeps the text of a file. A text that was kept under the same name before is replaced.
    pub fn insert(&mut self, file: Arc<str>, text: Arc<str>) {
        self.texts.insert(file, text);
    }

    /// The text of a file, if it was read.
    #[must_use]
    pub fn text(&self, file: &str) -> Option<&str> {
        self.texts.get(file).map(AsRef::as_ref)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters_and_not_bytes() {
        let file: Arc<str> = "f.yaml".into();
        let place = Location::in_text(&file, "a: 1\nä: é x\n", 12..13);
        assert_eq!(place.to_string(), "f.yaml:2:6");
    }

    #[test]
    fn a_span_past_the_end_or_inside_a_character_is_moved_to_a_valid_one() {
        let file: Arc<str> = "f.yaml".into();
        assert_eq!(Location::in_text(&file, "ä", 1..1).span, 0..0);
        assert_eq!(Location::in_text(&file, "ab", 7..9).span, 2..2);
    }
}
