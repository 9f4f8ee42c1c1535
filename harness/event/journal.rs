//! A journal that is read again: of a run that ended, or of one that did not.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::sequence::{Gap, Sequence};
use super::{Event, EventKind};
use crate::failure::Failure;

/// The version of the journal's format. A journal of a later one is not recovered: what it says may mean something else. From
/// 3 on, each event has its position, without which nobody can say which of the chains made a change.
pub const JOURNAL_FORMAT: u32 = 3;

/// The oldest format that is still read.
pub const OLDEST_FORMAT: u32 = 2;

/// The JSON Schema of one line of a journal.
#[must_use]
pub fn json_schema() -> Value {
    let mut schema = schemars::schema_for!(Event);
    schema.insert(
        "title".to_owned(),
        format!("A line of a run's journal, format {JOURNAL_FORMAT}").into(),
    );
    schema.to_value()
}

/// How a journal is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// To act by it: what is not of this version is refused.
    Strict,
    /// To show it: what a later version wrote is left out and named, and whatever is there is taken.
    Lenient,
}

/// Why a journal cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The file cannot be read.
    #[error("cannot read the journal {}: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// A line that was not torn by a kill is no event.
    #[error("line {line} of the journal {} is not an event: {cause}", path.display())]
    NoEvent {
        /// The file.
        path: PathBuf,
        /// The line's number, from 1.
        line: usize,
        /// Why not.
        cause: String,
    },
    /// It was written by another version.
    #[error("the journal {} has format {format}, and this cinder-drill reads formats {OLDEST_FORMAT} to {JOURNAL_FORMAT}", path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// Its format.
        format: u64,
    },
    /// There is not one event to show.
    #[error("{} holds no events", path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },
}

impl From<ReadError> for Failure {
    fn from(error: ReadError) -> Failure {
        match &error {
            ReadError::Unreadable { path, source } => {
                Failure::file(format!("cannot read the journal {}", path.display()), source)
            }
            _ => Failure::usage(error.to_string()),
        }
    }
}

/// A journal that was read.
#[derive(Clone, Debug, Default)]
pub struct Journal {
    /// Its events, in order.
    pub events: Vec<Event>,
    /// Whether a line is cut off: the last one, as after a crash or while the run goes on, or one after which a recovery went on.
    pub torn: bool,
    /// Kinds of events that this version does not know: a later one wrote the journal.
    pub unknown: Vec<String>,
    /// Where lines are missing, repeated or in disorder.
    pub gaps: Vec<Gap>,
}

impl From<Vec<Event>> for Journal {
    fn from(events: Vec<Event>) -> Journal {
        Journal {
            events,
            ..Journal::default()
        }
    }
}

impl Journal {
    /// Reads a journal. The last line that a process wrote may be torn, since it was killed: at the end of the file, and
    /// before a recovery that went on after it.
    ///
    /// # Errors
    /// The file cannot be read, or one of its lines is no event and was not torn. Strictly read: it was written by another
    /// version. Leniently read: it holds no events.
    pub fn read(path: &Path, reading: Reading) -> Result<Journal, ReadError> {
        let bytes = std::fs::read(path).map_err(|source| ReadError::Unreadable {
            path: path.to_owned(),
            source,
        })?;
        Journal::parse(path, &bytes, reading)
    }

    fn parse(path: &Path, bytes: &[u8], reading: Reading) -> Result<Journal, ReadError> {
        let mut journal = Journal::default();
        let mut sequence = Sequence::default();
        // A line that is no event: torn, if it is the last one or a recovery went on after it.
        let mut broken: Option<ReadError> = None;
        let lines = bytes.split(|byte| *byte == b'\n').enumerate();
        for (index, line) in lines.filter(|(_, line)| !line.is_empty()) {
            if index == 0 && reading == Reading::Strict {
                require_format(path, line)?;
            }
            match serde_json::from_slice::<Event>(line) {
                Ok(event) => {
                    let goes_on = matches!(event.kind, EventKind::RecoveryStarted { .. });
                    match broken.take() {
                        Some(error) if !goes_on => return Err(error),
                        Some(_) => journal.torn = true,
                        None => {}
                    }
                    sequence.add(event.sequence);
                    journal.events.push(event);
                }
                Err(error) => match unknown_kind(line).filter(|_| reading == Reading::Lenient) {
                    Some((number, kind)) => {
                        sequence.add(number);
                        journal.unknown.push(kind);
                    }
                    None => {
                        let error = ReadError::NoEvent {
                            path: path.to_owned(),
                            line: index + 1,
                            cause: error.to_string(),
                        };
                        if let Some(first) = broken.replace(error) {
                            return Err(first);
                        }
                    }
                },
            }
        }
        // A whole line at the end that is no event was not torn by a kill.
        match broken {
            Some(error) if bytes.ends_with(b"\n") => return Err(error),
            Some(_) => journal.torn = true,
            None => {}
        }
        if journal.events.is_empty() && reading == Reading::Lenient {
            return Err(ReadError::Empty { path: path.to_owned() });
        }
        journal.gaps = sequence.gaps;
        Ok(journal)
    }
}

/// The first line says what format the rest has, and may not be readable itself if that is another one.
fn require_format(path: &Path, line: &[u8]) -> Result<(), ReadError> {
    let first: Value = serde_json::from_slice(line).unwrap_or_default();
    match first.get("format").and_then(Value::as_u64) {
        Some(format) if !(u64::from(OLDEST_FORMAT)..=u64::from(JOURNAL_FORMAT)).contains(&format) => {
            Err(ReadError::Format {
                path: path.to_owned(),
                format,
            })
        }
        _ => Ok(()),
    }
}

/// The sequence and the kind of an event that is whole but of a kind that this version does not know. A kind that is known but
/// whose fields make no sense is damage, and not a later version.
fn unknown_kind(line: &[u8]) -> Option<(u64, String)> {
    let value: Value = serde_json::from_slice(line).ok()?;
    let sequence = value.get("sequence")?.as_u64()?;
    let kind = value.get("event")?.as_str()?;
    (!known_kinds().iter().any(|known| known == kind)).then(|| (sequence, kind.to_owned()))
}

/// The kinds of this version, by the schema that is made of their type.
fn known_kinds() -> Vec<Value> {
    let schema = schemars::schema_for!(EventKind).to_value();
    let kinds = schema["oneOf"].as_array().into_iter().flatten();
    kinds.map(|kind| kind["properties"]["event"]["const"].clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::Reading::{Lenient, Strict};
    use super::*;

    const FIRST: &str = r#"{"sequence":1,"at":"2026-11-24T10:00:00Z","event":"noticed","text":"one"}"#;
    const RECOVERY: &str = r#"{"sequence":2,"at":"2026-11-24T10:00:01Z","event":"recovery-started","version":"0","host":"h","process":1,"owed":0}"#;
    const LATER: &str = r#"{"sequence":2,"at":"2026-11-24T00:00:00Z","event":"teleported","to":"mars"}"#;

    fn parsed(text: &str, reading: Reading) -> Result<Journal, ReadError> {
        Journal::parse(Path::new("journal.jsonl"), text.as_bytes(), reading)
    }

    #[test]
    fn a_torn_last_line_is_left_out_and_told() {
        for reading in [Strict, Lenient] {
            for cut in 0..FIRST.len() {
                let journal = parsed(&format!("{FIRST}\n{}", &FIRST[..cut]), reading).expect("readable");
                assert_eq!((journal.events.len(), journal.torn), (1, cut > 0), "cut at {cut}");
            }
            let whole = parsed(&format!("{FIRST}\n{RECOVERY}\n"), reading).expect("readable");
            assert_eq!((whole.events.len(), whole.torn), (2, false));
        }
    }

    #[test]
    fn what_a_recovery_wrote_after_a_torn_line_is_read() {
        for reading in [Strict, Lenient] {
            let journal = parsed(&format!("{FIRST}\n{{\"sequ\n{RECOVERY}\n"), reading).expect("readable");
            assert_eq!((journal.events.len(), journal.torn), (2, true));
        }
    }

    #[test]
    fn a_line_that_is_no_event_is_named_with_its_number() {
        // A known kind without its fields is damage, too.
        let half = r#"{"sequence":2,"at":"2026-11-24T00:00:00Z","event":"noticed"}"#;
        for (text, reading) in [
            (format!("{FIRST}\nnonsense\n{FIRST}\n"), Strict),
            (format!("{FIRST}\nnonsense\n"), Strict),
            (format!("{FIRST}\nnonsense\nmore nonsense\n{RECOVERY}\n"), Strict),
            (format!("{FIRST}\n{LATER}\n"), Strict),
            (format!("{FIRST}\n{{\"sequence\":\n{FIRST}\n"), Lenient),
            (format!("{FIRST}\nnonsense\nmore nonsense\n{RECOVERY}\n"), Lenient),
            (format!("{FIRST}\n{half}\n"), Lenient),
        ] {
            let error = parsed(&text, reading).expect_err("no event");
            assert!(matches!(error, ReadError::NoEvent { line: 2, .. }), "{error}");
        }
    }

    #[test]
    fn another_format_is_not_acted_by() {
        let line = r#"{"sequence":1,"at":"2026-11-24T10:00:00Z","event":"run-started","format":1,"run":"r","version":"0","target":"t","backend":"b@c","scenarios":[]}"#;
        let error = parsed(line, Strict).expect_err("another format");
        assert!(matches!(error, ReadError::Format { format: 1, .. }), "{error}");
        assert_eq!(parsed(line, Lenient).expect("readable").events.len(), 1);
    }

    #[test]
    fn kinds_of_a_later_version_are_left_out_and_named() {
        let journal = parsed(&format!("{FIRST}\n{LATER}\n"), Lenient).expect("a journal");
        assert_eq!(
            (journal.events.len(), journal.unknown),
            (1, vec!["teleported".to_owned()])
        );
        assert!(known_kinds().iter().all(Value::is_string), "{:?}", known_kinds());
        assert!(known_kinds().contains(&"noticed".into()));
    }

    #[test]
    fn a_line_that_is_missing_shows_wherever_it_stood() {
        let line = |number: u64| FIRST.replace("\"sequence\":1", &format!("\"sequence\":{number}"));
        for (text, gaps) in [
            (format!("{}\n{}\n", line(1), line(2)), 0),
            (format!("{}\n{LATER}\n{}\n", line(1), line(3)), 0),
            (format!("{}\n{}\n", line(1), line(3)), 1),
            (format!("{}\n", line(2)), 1),
            (format!("{}\n{}\n", line(1), line(1)), 1),
        ] {
            assert_eq!(parsed(&text, Lenient).expect("a journal").gaps.len(), gaps, "{text}");
        }
    }

    #[test]
    fn a_journal_without_events_has_no_leftovers_and_is_not_shown() {
        for text in ["", "{\"sequ"] {
            assert!(matches!(parsed(text, Lenient), Err(ReadError::Empty { .. })));
            assert!(parsed(text, Strict).expect("readable").events.is_empty());
        }
    }
}
