//! Reading a journal, of a run that ended or of one that did not.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::sequence::{Gap, Sequence};
use super::{Event, EventKind};
use crate::failure::Failure;

/// What a journal holds.
#[derive(Clone, Debug, Default)]
pub struct ReadJournal {
    /// The events, in order.
    pub events: Vec<Event>,
    /// Whether its last line is cut off, as it is after a crash or while the run goes on.
    pub torn: bool,
    /// Kinds of events that this version does not know: a later one wrote the journal.
    pub unknown: Vec<String>,
    /// Where lines are missing, repeated or in disorder.
    pub gaps: Vec<Gap>,
}

/// Why a journal cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadJournalError {
    /// The file cannot be read.
    #[error("cannot read the journal {}: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// A line is no event.
    #[error("line {line} of {} is no event: {cause}", path.display())]
    NoEvent {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        cause: String,
    },
    /// There is not one event.
    #[error("{} holds no events", path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },
}

impl From<ReadJournalError> for Failure {
    fn from(error: ReadJournalError) -> Failure {
        Failure::usage(error.to_string())
    }
}

/// Reads a journal. The last line may be cut off; events of kinds that are not known are left out and named.
///
/// # Errors
/// The file cannot be read, holds no events, or one of its lines but the last is no event.
pub fn read_journal(path: &Path) -> Result<ReadJournal, ReadJournalError> {
    let bytes = std::fs::read(path).map_err(|source| ReadJournalError::Unreadable {
        path: path.to_owned(),
        source,
    })?;
    let mut journal = ReadJournal::default();
    let whole = bytes.ends_with(b"\n");
    let lines: Vec<&[u8]> = bytes.split(|byte| *byte == b'\n').collect();
    let last = lines.iter().rposition(|line| !line.is_empty());
    let mut damaged: Option<ReadJournalError> = None;
    let mut sequence = Sequence::default();
    for (position, line) in lines.iter().enumerate().filter(|(_, line)| !line.is_empty()) {
        match serde_json::from_slice::<Event>(line) {
            Ok(event) => {
                // A recovery goes on after a line that its run could not end.
                let goes_on = matches!(event.kind, EventKind::RecoveryStarted { .. });
                match damaged.take() {
                    Some(_) if goes_on => journal.torn = true,
                    Some(error) => return Err(error),
                    None => {}
                }
                sequence.add(event.sequence);
                journal.events.push(event);
            }
            Err(_) if Some(position) == last && !whole => journal.torn = true,
            Err(error) => match unknown_kind(line) {
                Some((number, kind)) => {
                    sequence.add(number);
                    journal.unknown.push(kind);
                }
                None => {
                    let error = ReadJournalError::NoEvent {
                        path: path.to_owned(),
                        line: position + 1,
                        cause: error.to_string(),
                    };
                    if let Some(first) = damaged.replace(error) {
                        return Err(first);
                    }
                }
            },
        }
    }
    if let Some(error) = damaged {
        return Err(error);
    }
    if journal.events.is_empty() {
        return Err(ReadJournalError::Empty { path: path.to_owned() });
    }
    journal.gaps = sequence.gaps;
    Ok(journal)
}

/// The sequence and the kind of an event that is whole but of a kind that this version does not know.
fn unknown_kind(line: &[u8]) -> Option<(u64, String)> {
    let value: Value = serde_json::from_slice(line).ok()?;
    let sequence = value.get("sequence")?.as_u64()?;
    let kind = value.get("event")?.as_str()?;
    // A kind that is known but whose fields make no sense is damage, and not a later version.
    let known = format!("unknown variant `{kind}`");
    let error = serde_json::from_slice::<Event>(line).err()?.to_string();
    error.contains(&known).then(|| (sequence, kind.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOTICED: &str = r#"{"sequence":1,"at":"2026-11-24T00:00:00Z","event":"noticed","text":"x"}"#;

    fn read(text: &str) -> Result<ReadJournal, ReadJournalError> {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("journal.jsonl");
        std::fs::write(&path, text).expect("written");
        read_journal(&path)
    }

    #[test]
    fn a_last_line_that_is_cut_off_is_tolerated_and_told() {
        for cut in [10, NOTICED.len() - 1] {
            let journal = read(&format!("{NOTICED}\n{}", &NOTICED[..cut])).expect("a journal");
            assert_eq!((journal.events.len(), journal.torn), (1, true));
        }
        let whole = read(&format!("{NOTICED}\n{NOTICED}\n")).expect("a journal");
        assert_eq!((whole.events.len(), whole.torn), (2, false));
    }

    #[test]
    fn a_damaged_line_in_the_middle_is_an_error() {
        let error = read(&format!("{NOTICED}\n{{\"sequence\":\n{NOTICED}\n")).expect_err("damaged");
        assert!(matches!(error, ReadJournalError::NoEvent { line: 2, .. }), "{error}");
        // A known kind without its fields is damage, too.
        let half = r#"{"sequence":2,"at":"2026-11-24T00:00:00Z","event":"noticed"}"#;
        let error = read(&format!("{half}\n{NOTICED}\n")).expect_err("damaged");
        assert!(matches!(error, ReadJournalError::NoEvent { line: 1, .. }), "{error}");
    }

    #[test]
    fn kinds_of_a_later_version_are_left_out_and_named() {
        let later = r#"{"sequence":2,"at":"2026-11-24T00:00:00Z","event":"teleported","to":"mars"}"#;
        let journal = read(&format!("{NOTICED}\n{later}\n")).expect("a journal");
        assert_eq!(
            (journal.events.len(), journal.unknown),
            (1, vec!["teleported".to_owned()])
        );
    }

    #[test]
    fn a_line_that_is_missing_shows_wherever_it_stood() {
        let line = |number: u64| NOTICED.replace("\"sequence\":1", &format!("\"sequence\":{number}"));
        let later = r#"{"sequence":2,"at":"2026-11-24T00:00:00Z","event":"teleported","to":"mars"}"#;
        for (text, gaps) in [
            (format!("{}\n{}\n", line(1), line(2)), 0),
            (format!("{}\n{later}\n{}\n", line(1), line(3)), 0),
            (format!("{}\n{}\n", line(1), line(3)), 1),
            (format!("{}\n", line(2)), 1),
            (format!("{}\n{}\n", line(1), line(1)), 1),
        ] {
            assert_eq!(read(&text).expect("a journal").gaps.len(), gaps, "{text}");
        }
    }

    #[test]
    fn a_journal_without_events_is_no_journal() {
        assert!(matches!(read(""), Err(ReadJournalError::Empty { .. })));
        assert!(matches!(read("{\"sequ"), Err(ReadJournalError::Empty { .. })));
    }
}
