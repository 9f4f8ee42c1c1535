//! The lines of a log as they were written: what a container's runtime cut into pieces is joined.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;

/// A line of a log as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogRecord {
    /// Its text, with what carries it before the first piece, and without its end.
    pub text: String,
    /// The number of its last piece in the text, from 1.
    pub line: usize,
    /// Whether it has an end. What has none is still being written.
    pub is_whole: bool,
}

/// Kubernetes' container runtime interface: the stream, and whether this is a piece (`P`) or the end (`F`) of a line.
static CRI: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^[0-9]{4}-[0-9][0-9]-[0-9][0-9]T\S+ (stdout|stderr) ([PF])(?::\S*)? ")
        .expect("the pattern is a constant")
});

/// A line that is one of several pieces.
struct Piece<'a> {
    /// The stream that it was written to: pieces of two streams stand between each other.
    stream: &'static str,
    /// What was written.
    content: Content<'a>,
    /// Whether more follows.
    goes_on: bool,
}

enum Content<'a> {
    Cri { header: &'a str, rest: &'a str },
    Docker(String),
}

/// The lines of a text.
pub fn records(text: &str) -> impl Iterator<Item = LogRecord> {
    let mut begun: BTreeMap<&'static str, String> = BTreeMap::new();
    let mut lines = text.split_inclusive('\n').enumerate();
    std::iter::from_fn(move || {
        loop {
            let Some((index, line)) = lines.next() else {
                // Pieces whose end is not there yet.
                let (_, text) = begun.pop_first()?;
                return Some(LogRecord {
                    text,
                    line: 0,
                    is_whole: false,
                });
            };
            let is_whole = line.ends_with('\n');
            let plain = line.trim_end_matches(['\n', '\r']);
            let record = |text: String, is_whole: bool| LogRecord {
                text,
                line: index + 1,
                is_whole,
            };
            let Some(piece) = piece(plain) else {
                return Some(record(plain.to_owned(), is_whole));
            };
            match begun.remove(piece.stream) {
                None if !piece.goes_on => return Some(record(plain.to_owned(), is_whole)),
                None => {
                    begun.insert(piece.stream, piece.first());
                }
                Some(mut before) => {
                    before.push_str(piece.more());
                    if piece.goes_on {
                        begun.insert(piece.stream, before);
                    } else {
                        return Some(record(before, is_whole));
                    }
                }
            }
        }
    })
}

fn piece(line: &str) -> Option<Piece<'_>> {
    if let Some(found) = CRI.captures(line) {
        let end = found.get(0).map_or(0, |header| header.end());
        let (header, rest) = line.split_at(end);
        return Some(Piece {
            stream: if &found[1] == "stderr" {
                "CRI stderr"
            } else {
                "CRI stdout"
            },
            content: Content::Cri { header, rest },
            goes_on: &found[2] == "P",
        });
    }
    // Docker's json-file ends each line's text with its line end, and pieces of 16 KiB without.
    if !line.starts_with("{\"log\":") {
        return None;
    }
    let Ok(Value::Object(fields)) = serde_json::from_str(line) else {
        return None;
    };
    let text = fields.get("log")?.as_str()?;
    Some(Piece {
        stream: match fields.get("stream").and_then(Value::as_str) {
            Some("stderr") => "docker stderr",
            _ => "docker stdout",
        },
        content: Content::Docker(text.trim_end_matches(['\n', '\r']).to_owned()),
        goes_on: !text.ends_with('\n'),
    })
}

impl Piece<'_> {
    /// How the joined line begins: as one that was never cut.
    fn first(&self) -> String {
        match &self.content {
            Content::Cri { header, rest } => format!("{}{rest}", header.replacen(" P", " F", 1)),
            Content::Docker(text) => text.clone(),
        }
    }

    fn more(&self) -> &str {
        match &self.content {
            Content::Cri { rest, .. } => rest,
            Content::Docker(text) => text,
        }
    }
}

impl LogRecord {
    /// Whether some words may stand in it: they do, or it is in a form that writes texts as lists of bytes.
    #[must_use]
    pub fn may_hold(&self, words: &str) -> bool {
        self.text.contains(words) || self.text.contains("\"MESSAGE\":[") || self.text.contains("\"MESSAGE\" : [")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Vec<(String, bool)> {
        records(text).map(|record| (record.text, record.is_whole)).collect()
    }

    fn whole(text: &str) -> (String, bool) {
        (text.to_owned(), true)
    }

    #[test]
    fn plain_lines_stay_as_they_are() {
        assert_eq!(texts("a\r\nb\n"), [whole("a"), whole("b")]);
        assert_eq!(texts("a\nb"), [whole("a"), ("b".to_owned(), false)]);
        assert_eq!(texts(""), []);
    }

    #[test]
    fn pieces_of_a_line_are_joined_by_stream() {
        let text = "2026-11-29T01:29:16.1Z stderr P one \n2026-11-29T01:29:16.1Z stdout F other\n\
                    2026-11-29T01:29:16.2Z stderr P two \n2026-11-29T01:29:16.3Z stderr F three\n";
        assert_eq!(
            texts(text),
            [
                whole("2026-11-29T01:29:16.1Z stdout F other"),
                whole("2026-11-29T01:29:16.1Z stderr F one two three"),
            ]
        );
    }

    #[test]
    fn pieces_without_an_end_are_still_being_written() {
        let text = "2026-11-29T01:29:16.1Z stderr P one\n";
        assert_eq!(texts(text), [("2026-11-29T01:29:16.1Z stderr F one".to_owned(), false)]);
    }

    #[test]
    fn dockers_pieces_are_joined() {
        let text = "{\"log\":\"one \",\"stream\":\"stderr\"}\n{\"log\":\"two\\n\",\"stream\":\"stderr\"}\n{\"log\":\"three\\n\"}\n";
        assert_eq!(texts(text), [whole("one two"), whole("{\"log\":\"three\\n\"}")]);
    }
}
