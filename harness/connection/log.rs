//! Connection info in the cinder-volume log.

use std::fmt;
use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;

use super::info::ConnectionInfo;
use super::python_literal::{self, PythonLiteralError};

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
}

/// The line's text before the dict: Cinder's `volume/manager.py`, `_connection_create`, at level DEBUG.
static LINE: LazyLock<Regex> = LazyLock::new(|| pattern(r"Connection info returned from driver +\{"));
static TIMESTAMP: LazyLock<Regex> = LazyLock::new(|| pattern(r"\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}:\d{2}(?:[.,]\d+)?"));
static REQUEST_ID: LazyLock<Regex> = LazyLock::new(|| pattern(r"\breq-[0-9A-Za-z-]+"));

fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("the pattern is a constant")
}

/// Finds the connection info of an attachment in the text of a cinder-volume log. `None` if it is not there (yet). If
/// it is there several times, the last one counts. A last line that has no end is still being written, and is not read.
///
/// # Errors
/// The attachment's line cannot be read.
pub fn find_by_attachment(text: &str, attachment_id: &str) -> Result<Option<LoggedConnection>, LogError> {
    let mut found = None;
    for (index, line) in text.split_inclusive('\n').enumerate() {
        if !line.contains(attachment_id) {
            continue;
        }
        let fail = |cause| LogError {
            attachment_id: attachment_id.to_owned(),
            line: index + 1,
            cause,
        };
        match connection(line) {
            None => {}
            // The attachment's id may stand in another attachment's line, as in a multipath device's name.
            Some(Ok(connection)) if connection.connection_info.attachment_id() == Some(attachment_id) => {
                found = Some(connection);
            }
            Some(Ok(_)) => {}
            Some(Err(_)) if !line.ends_with('\n') => {}
            Some(Err(cause)) => return Err(fail(cause)),
        }
    }
    Ok(found)
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
        Err(error) => Err(LogErrorCause::Literal(error)),
    })
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
            LogErrorCause::NoDict => "what stands there is a set and not a dict".to_owned(),
        };
        // The line is not shown: it may hold a keyring, which Cinder does not mask.
        vec![
            ("line".to_owned(), format!("{} of what was read", self.line)),
            ("cause".to_owned(), cause),
        ]
    }

    /// What to do next.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        let help = "look for the attachment's id in the log: a log driver or a rotation may have cut the line, or the \
                    driver put an object into its connection info that is no plain data";
        Some(help.to_owned())
    }
}

impl fmt::Display for LogError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.summary())
    }
}

impl std::error::Error for LogError {}
