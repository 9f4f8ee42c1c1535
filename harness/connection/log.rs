//! Connection info in the cinder-volume log.

use std::fmt;
use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;

use super::info::ConnectionInfo;
use super::log_line::CONNECTION_LINE;
use super::log_line::{self, LogLevel};
use super::log_record::records;
use super::python_literal::{self, PythonLiteralError};

use crate::counted::counted;

/// A line of the cinder-volume log with the connection info of an attachment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoggedConnection {
    /// The time as the line has it, for example `2026-11-23 12:15:08.542`, in the time zone of cinder-volume.
    pub timestamp: Option<String>,
    /// The request ids (`req-…`): of the API request, and before it the global one if the caller gave one.
    pub request_ids: Vec<String>,
    /// What the driver returned. Cinder masks some secrets with `***`.
    pub connection_info: ConnectionInfo,
}

/// Why a line with connection info cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogError {
    /// The attachment that was looked for.
    pub attachment_id: String,
    /// The line's number in the text, from 1.
    pub line: usize,
    /// How long it is, in bytes.
    pub length: usize,
    /// What is wrong with its dict.
    pub cause: LogErrorCause,
}

/// What is wrong with the dict in a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LogErrorCause {
    /// It is no Python literal.
    Literal(PythonLiteralError),
    /// It is a literal, but no dict.
    NoDict,
    /// It has no end: something that carries the log cut the line.
    Cut,
}

/// The line's text before the dict: Cinder's `volume/manager.py`, `_connection_create`, at level DEBUG.
static LINE: LazyLock<Regex> = LazyLock::new(|| pattern(r"Connection info returned from driver +\{"));
static TIMESTAMP: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}:[0-9]{2}(?:[.,][0-9]+)?"));
static REQUEST_ID: LazyLock<Regex> = LazyLock::new(|| pattern(r"\breq-[0-9A-Za-z-]+"));

fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("the pattern is a constant")
}

/// Finds the connection info of an attachment in the text of a cinder-volume log, whatever carried its lines. `None` if it is
/// not there (yet). If it is there several times, the last one counts. A last line that has no end is still being written,
/// and is not read.
///
/// # Errors
/// The attachment's line cannot be read.
pub fn find_by_attachment(text: &str, attachment_id: &str) -> Result<Option<LoggedConnection>, LogError> {
    let mut found = None;
    for record in records(text) {
        if !record.may_hold(CONNECTION_LINE) {
            continue;
        }
        let message = log_line::unwrap(&record.text).message;
        if !message.contains(attachment_id) {
            continue;
        }
        match connection(&message) {
            None => {}
            // The attachment's id may stand in another attachment's line, as in a multipath device's name.
            Some(Ok(connection)) if connection.connection_info.attachment_id() == Some(attachment_id) => {
                found = Some(connection);
            }
            Some(Ok(_)) => {}
            Some(Err(_)) if !record.is_whole => {}
            Some(Err(cause)) => {
                return Err(LogError {
                    attachment_id: attachment_id.to_owned(),
                    line: record.line,
                    length: record.text.len(),
                    cause,
                });
            }
        }
    }
    Ok(found)
}

/// Why a log does not have the line of an attachment: what it has instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Absence {
    /// Nothing was there to be read.
    Empty,
    /// No line is at level DEBUG, and this one is.
    NoDebug {
        /// How many lines were read.
        lines: usize,
    },
    /// There are lines at DEBUG, and none with any connection info.
    NoConnections {
        /// How many lines were read.
        lines: usize,
    },
    /// There are lines with connection info, all of other attachments.
    Others {
        /// How many.
        connections: usize,
    },
    /// The last line with connection info that is, or may be, of the volume ends in the middle.
    Cut {
        /// How long it is, in bytes.
        bytes: usize,
    },
}

/// Says why a log does not have the line of an attachment of a volume.
#[must_use]
pub fn absence(text: &str, volume_id: &str) -> Absence {
    let (mut lines, mut levels, mut debug, mut connections, mut cut) = (0, 0, 0, 0, None);
    // A last line without an end counts, too: whoever asks has waited for it.
    for record in records(text).filter(|record| !record.text.trim().is_empty()) {
        lines += 1;
        let line = log_line::unwrap(&record.text);
        levels += usize::from(line.level.is_some());
        debug += usize::from(line.level == Some(LogLevel::Debug));
        match connection(&line.message) {
            None => {}
            Some(Ok(_)) => connections += 1,
            Some(Err(LogErrorCause::Cut)) if may_be_of(&line.message, volume_id) => {
                cut = Some(record.text.trim_end().len());
                connections += 1;
            }
            Some(Err(_)) => connections += 1,
        }
    }
    match (cut, connections, lines) {
        (Some(bytes), ..) => Absence::Cut { bytes },
        (None, 1.., _) => Absence::Others { connections },
        (None, 0, 0) => Absence::Empty,
        (None, 0, _) if levels > 0 && debug == 0 => Absence::NoDebug { lines },
        (None, 0, _) => Absence::NoConnections { lines },
    }
}

/// Whether a line that is cut may be of a volume: it names it, or ends before it could.
fn may_be_of(message: &str, volume_id: &str) -> bool {
    message.contains(volume_id) || !message.contains("'volume_id'")
}

impl Absence {
    /// How near what is there comes to what was looked for: of several logs, the nearest one is spoken of.
    #[must_use]
    pub fn nearness(&self) -> u8 {
        match self {
            Absence::Empty => 0,
            Absence::NoDebug { .. } => 1,
            Absence::NoConnections { .. } => 2,
            Absence::Others { .. } => 3,
            Absence::Cut { .. } => 4,
        }
    }

    /// What is there instead, as the end of a sentence that begins with the log.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Absence::Empty => "is empty".to_owned(),
            Absence::NoDebug { lines: count } => {
                format!("has no DEBUG line among its last {}", counted(*count, "line"))
            }
            Absence::NoConnections { lines: count } => {
                format!(
                    "has DEBUG lines, and no connection info among its last {}",
                    counted(*count, "line")
                )
            }
            Absence::Others { connections } => {
                format!(
                    "has the connection info of {}, and not of this one",
                    counted(*connections, "other attachment")
                )
            }
            Absence::Cut { bytes } => {
                format!(
                    "has a line with connection info that is cut after {}, before its end",
                    counted(*bytes, "byte")
                )
            }
        }
    }

    /// What to do next.
    #[must_use]
    pub fn help(&self) -> &'static str {
        match self {
            Absence::Empty => {
                "is this the file that cinder-volume writes to? Check the path and the shell in the target's volume-log"
            }
            Absence::NoDebug { .. } => {
                "set `debug = True` in the [DEFAULT] section of cinder.conf and restart cinder-volume: the line is logged at DEBUG"
            }
            Absence::NoConnections { .. } => {
                "is this the log of cinder-volume, and of the one that serves the backend? Where several controllers run it, name \
                 the log of each in the target's volume-log, as a list"
            }
            Absence::Others { .. } => {
                "another cinder-volume served this attachment: where several controllers run it under one host name, name the log \
                 of each in the target's volume-log, as a list. Nothing here speaks against the connection"
            }
            Absence::Cut { .. } => {
                "what carries the log cuts long lines (rsyslog's `$MaxMessageSize`, journald's `LineMax=`, a container's runtime): \
                 raise its limit, or name the file that cinder-volume itself writes. Nothing here speaks against the connection"
            }
        }
    }
}

/// The connection info in a line; `None` if the line is another one.
fn connection(line: &str) -> Option<Result<LoggedConnection, LogErrorCause>> {
    let matched = LINE.find(line)?;
    let (before, dict) = line.split_at(matched.end() - 1);
    Some(match python_literal::parse_prefix(dict) {
        Ok((Value::Object(fields), _)) => Ok(LoggedConnection {
            timestamp: TIMESTAMP.find(before).map(|timestamp| timestamp.as_str().to_owned()),
            request_ids: REQUEST_ID.find_iter(before).map(|id| id.as_str().to_owned()).collect(),
            connection_info: ConnectionInfo::from(fields),
        }),
        Ok(_) => Err(LogErrorCause::NoDict),
        Err(_) if is_cut(dict) => Err(LogErrorCause::Cut),
        Err(error) => Err(LogErrorCause::Literal(error)),
    })
}

/// Whether the end of the text comes before that of the braces and the text literal that begin in it.
fn is_cut(dict: &str) -> bool {
    let (mut depth, mut quote, mut escaped) = (0_usize, None, false);
    for character in dict.chars() {
        match (quote, character) {
            (Some(_), _) if escaped => escaped = false,
            (Some(_), '\\') => escaped = true,
            (Some(open), _) if open == character => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(character),
            (None, '{') => depth += 1,
            (None, '}') if depth <= 1 => return false,
            (None, '}') => depth -= 1,
            (None, _) => {}
        }
    }
    true
}

impl LogError {
    /// What happened, in one sentence without a full stop.
    #[must_use]
    pub fn summary(&self) -> String {
        format!(
            "the cinder-volume log's connection info of attachment {} cannot be read",
            self.attachment_id
        )
    }

    /// Named facts.
    #[must_use]
    pub fn details(&self) -> Vec<(String, String)> {
        let cause = match &self.cause {
            LogErrorCause::Literal(error) => format!("the dict is not a Python literal: {error}"),
            LogErrorCause::NoDict => "the value there is a set and not a dict".to_owned(),
            LogErrorCause::Cut => format!(
                "the line is cut after {}: its dict has no end",
                counted(self.length, "byte")
            ),
        };
        // The line is not shown: it may hold a keyring, which Cinder does not mask.
        vec![
            (
                "line".to_owned(),
                format!("{} of what was read, {} long", self.line, counted(self.length, "byte")),
            ),
            ("cause".to_owned(), cause),
        ]
    }

    /// What to do next.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        let help = "search the log for the attachment's id: a log driver or a rotation may have cut the line, or the \
            driver put an object into its connection info that is not plain data";
        Some(help.to_owned())
    }
}

impl fmt::Display for LogError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.summary())
    }
}

impl std::error::Error for LogError {}
