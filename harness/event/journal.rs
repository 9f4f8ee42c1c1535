//! A journal that is read again.

use std::path::{Path, PathBuf};

use super::{Event, EventKind};

/// The version of the journal's format. A journal of a later one is not recovered: what it says may mean something else. From 3
/// on each event bears its position, without which the changes of chains that run side by side cannot be told apart.
pub const JOURNAL_FORMAT: u32 = 3;

/// The oldest format that is still read.
pub const OLDEST_FORMAT: u32 = 2;

/// The JSON Schema of one line of a journal.
#[must_use]
pub fn json_schema() -> serde_json::Value {
    let mut schema = schemars::schema_for!(Event);
    schema.insert(
        "title".to_owned(),
        format!("A line of a run's journal, format {JOURNAL_FORMAT}").into(),
    );
    schema.to_value()
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
    /// A line in the middle is no event.
    #[error("line {line} of the journal {} is no event: {cause}", path.display())]
    Corrupt {
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
}

/// A journal that was read.
#[derive(Clone, Debug)]
pub struct Journal {
    /// The file.
    pub path: PathBuf,
    /// Its events, in order.
    pub events: Vec<Event>,
}

impl Journal {
    /// Reads a journal. The last line that a process wrote may be torn, since it was killed: at the end of the file, and
    /// before a recovery that went on after it.
    ///
    /// # Errors
    /// The file cannot be read, was written by another version, or holds something else in its middle.
    pub fn read(path: &Path) -> Result<Journal, ReadError> {
        let bytes = std::fs::read(path).map_err(|source| ReadError::Unreadable {
            path: path.to_owned(),
            source,
        })?;
        Journal::parse(path, &bytes)
    }

    fn parse(path: &Path, bytes: &[u8]) -> Result<Journal, ReadError> {
        let mut events: Vec<Event> = Vec::new();
        let mut torn: Option<(usize, String)> = None;
        let lines = bytes.split(|byte| *byte == b'\n').enumerate();
        for (index, line) in lines.filter(|(_, line)| !line.is_empty()) {
            if index == 0 {
                require_format(path, line)?;
            }
            match serde_json::from_slice::<Event>(line) {
                Ok(event) => {
                    let goes_on = matches!(event.kind, EventKind::RecoveryStarted { .. });
                    if let Some((line, cause)) = torn.take().filter(|_| !goes_on) {
                        return Err(corrupt(path, line, cause));
                    }
                    events.push(event);
                }
                Err(error) => {
                    if let Some((line, cause)) = torn {
                        return Err(corrupt(path, line, cause));
                    }
                    torn = Some((index + 1, error.to_string()));
                }
            }
        }
        // A whole line at the end that is no event was not torn by a kill.
        match torn {
            Some((line, cause)) if bytes.ends_with(b"\n") => Err(corrupt(path, line, cause)),
            _ => Ok(Journal {
                path: path.to_owned(),
                events,
            }),
        }
    }
}

fn corrupt(path: &Path, line: usize, cause: String) -> ReadError {
    ReadError::Corrupt {
        path: path.to_owned(),
        line,
        cause,
    }
}

/// The first line says what format the rest has, and may not be readable itself if that is another one.
fn require_format(path: &Path, line: &[u8]) -> Result<(), ReadError> {
    let first: serde_json::Value = serde_json::from_slice(line).unwrap_or_default();
    match first.get("format").and_then(serde_json::Value::as_u64) {
        Some(format) if !(u64::from(OLDEST_FORMAT)..=u64::from(JOURNAL_FORMAT)).contains(&format) => {
            Err(ReadError::Format {
                path: path.to_owned(),
                format,
            })
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: &str = r#"{"sequence":1,"at":"2026-11-24T10:00:00Z","event":"noticed","text":"one"}"#;
    const RECOVERY: &str = r#"{"sequence":2,"at":"2026-11-24T10:00:01Z","event":"recovery-started","version":"0","host":"h","process":1,"owed":0}"#;

    fn parsed(text: &str) -> Result<usize, ReadError> {
        Journal::parse(Path::new("journal.jsonl"), text.as_bytes()).map(|journal| journal.events.len())
    }

    #[test]
    fn a_torn_last_line_is_left_out() {
        for cut in 0..FIRST.len() {
            let text = format!("{FIRST}\n{}", &FIRST[..cut]);
            assert_eq!(parsed(&text).expect("readable"), 1, "cut at {cut}");
        }
        assert_eq!(parsed("").expect("readable"), 0);
    }

    #[test]
    fn what_a_recovery_wrote_after_a_torn_line_is_read() {
        assert_eq!(
            parsed(&format!("{FIRST}\n{{\"sequ\n{RECOVERY}\n")).expect("readable"),
            2
        );
    }

    #[test]
    fn a_line_that_is_no_event_is_named_with_its_number() {
        for text in [
            format!("{FIRST}\nnonsense\n{FIRST}\n"),
            format!("{FIRST}\nnonsense\n"),
            format!("{FIRST}\nnonsense\nmore nonsense\n{RECOVERY}\n"),
        ] {
            let error = parsed(&text).expect_err("no event");
            assert!(error.to_string().contains("line 2 of the journal"), "{error}");
        }
    }

    #[test]
    fn another_format_is_not_read() {
        let line = r#"{"sequence":1,"at":"2026-11-24T10:00:00Z","event":"run-started","format":1,"run":"r"}"#;
        let error = parsed(line).expect_err("another format");
        assert!(matches!(error, ReadError::Format { format: 1, .. }), "{error}");
    }
}
