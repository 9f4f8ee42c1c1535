//! A line of a log, freed of what carried it: colours, JSON, journald, container runtimes, syslog.
//!
//! Preflight and runs read the log by this, so a line which one of them understands the other does, too.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::{Map, Value};

/// The text before the connection info of an attachment (Cinder's `volume/manager.py`, `_connection_create`, at DEBUG).
pub const CONNECTION_LINE: &str = "Connection info returned from driver";

/// How grave a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LogLevel {
    /// To find a fault.
    Debug,
    /// What is worth knowing.
    Info,
    /// Something is odd.
    Warning,
    /// Something failed.
    Error,
    /// All failed.
    Critical,
}

/// A line of a log without what carried it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    /// How grave it is; `None` if it does not say, as the later lines of a traceback that was not split.
    pub level: Option<LogLevel>,
    /// The line as oslo.log writes it to a plain file, with its time and request ids as far as they are known. A wrapper that
    /// separates these (JSON) is written together again. Without colours, and without the end of the line.
    pub message: String,
}

/// How many wrappers may lie around a line: docker around journald around JSON is three.
const WRAPPERS: usize = 4;
/// The position of a line's level, in bytes.
const HEAD: usize = 400;

/// Colours as a terminal takes them, and as rsyslog (`#033[`), `cat -v` (`^[[`) and escaping writers leave them.
static COLOUR: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?:\x1b|#033|\^\[|\\x1[bB]|\\u001[bB]|\\033|\\e)\[[0-9;]*[mK]"));
/// Kubernetes' container runtime interface: time, stream, and whether the line is whole.
static CRI: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^[0-9]{4}-[0-9][0-9]-[0-9][0-9]T\S+ (?:stdout|stderr) [FP](?::\S*)? "));
/// The priority of a syslog line.
static PRIORITY: LazyLock<Regex> = LazyLock::new(|| pattern(r"^<([0-9]{1,3})>"));
/// A level as a word by itself, as oslo.log and most others write it.
static LEVEL: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"(?:^|[\s\[|:])(TRACE|DEBUG|INFO|AUDIT|WARNING|WARN|ERROR|CRITICAL|FATAL)(?:[\s\]|:]|$)")
});
/// A level as a pair.
static LEVEL_PAIR: LazyLock<Regex> =
    LazyLock::new(|| pattern(r#"(?i)(?:^|\s)(?:level|levelname|log_level|severity|lvl)=["']?([a-z]+)"#));

fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("the pattern is a constant")
}

/// The names under which the writers of JSON keep the text: docker, journald, oslo.log, fluentd (kolla), OpenTelemetry.
const TEXTS: [&str; 9] = [
    "log", "MESSAGE", "message", "msg", "Payload", "payload", "line", "body", "text",
];
/// The names under which they keep the level.
const LEVELS: [&str; 7] = [
    "levelname",
    "level",
    "log_level",
    "severity",
    "severity_label",
    "severityText",
    "levelno",
];
/// The names under which they keep the time.
const TIMES: [&str; 5] = ["asctime", "timestamp", "Timestamp", "@timestamp", "time"];
/// The names under which they keep who wrote it.
const LOGGERS: [&str; 3] = ["name", "logger", "Logger"];
/// The names of request ids, the global one first.
const REQUESTS: [&str; 2] = ["global_request_id", "request_id"];

/// Frees a line of what carried it. A line that is none of the known forms, or is only half there, stays as it is.
#[must_use]
pub fn unwrap(line: &str) -> LogLine {
    peel(line.trim_end_matches(['\n', '\r']), WRAPPERS)
}

fn peel(line: &str, wrappers: usize) -> LogLine {
    let plain = COLOUR.replace_all(line, "");
    let text = match CRI.find(&plain) {
        Some(header) => &plain[header.end()..],
        None => &plain,
    };
    let level = level_in(text);
    if level.is_none()
        && wrappers > 0
        && let Some(start) = text.find("{\"")
        && let Ok(Value::Object(fields)) = serde_json::from_str(&text[start..])
        && let Some(found) = of_fields(&fields, wrappers - 1)
    {
        return LogLine {
            level: found.level.or_else(|| level_of_priority(text)),
            ..found
        };
    }
    LogLine {
        level: level.or_else(|| level_of_priority(text)),
        message: text.to_owned(),
    }
}

/// The line in the fields of a JSON object; `None` if they are no log's.
fn of_fields(fields: &Map<String, Value>, wrappers: usize) -> Option<LogLine> {
    let text = TEXTS.iter().find_map(|name| text_of(fields.get(*name)?))?;
    let inner = peel(text.trim_end_matches(['\n', '\r']), wrappers);
    let told = LEVELS.iter().find_map(|name| level_of_value(fields.get(*name)?));
    if inner.level.is_some() {
        return Some(LogLine {
            level: told.or(inner.level),
            ..inner
        });
    }
    // journald's priority is that of the stream where the service did not set it.
    let level = told.or_else(|| priority(fields.get("PRIORITY")?));
    let context = fields.get("context").and_then(Value::as_object);
    let word = |names: &[&str]| {
        names
            .iter()
            .find_map(|name| Some(fields.get(*name)?.as_str()?.to_owned()))
    };
    let requests: Vec<&str> = REQUESTS
        .iter()
        .filter_map(|name| {
            let told = context
                .and_then(|context| context.get(*name))
                .or_else(|| fields.get(*name));
            told?.as_str()
        })
        .collect();
    let parts = [
        word(&TIMES),
        level.map(|level| level.word().to_owned()),
        word(&LOGGERS),
        (!requests.is_empty()).then(|| format!("[{}]", requests.join(" "))),
        Some(inner.message),
    ];
    Some(LogLine {
        level,
        message: parts.into_iter().flatten().collect::<Vec<_>>().join(" "),
    })
}

/// A text, which journald writes as a list of bytes if it holds any that is not printable, such as a colour.
fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Array(bytes) => {
            let bytes: Option<Vec<u8>> = bytes.iter().map(|byte| u8::try_from(byte.as_u64()?).ok()).collect();
            Some(String::from_utf8_lossy(&bytes?).into_owned())
        }
        _ => None,
    }
}

fn level_of_value(value: &Value) -> Option<LogLevel> {
    let number = match value {
        Value::String(text) => return LogLevel::of_word(text),
        value => value.as_u64()?,
    };
    // Python counts upwards in tens, syslog downwards from 7.
    Some(match number {
        0..=7 => return LogLevel::of_syslog(number),
        8..20 => LogLevel::Debug,
        20..30 => LogLevel::Info,
        30..40 => LogLevel::Warning,
        40..50 => LogLevel::Error,
        _ => LogLevel::Critical,
    })
}

/// journald's priority: a number, written as a text.
fn priority(value: &Value) -> Option<LogLevel> {
    LogLevel::of_syslog(value.as_str()?.parse().ok()?)
}

/// The level in the head of a line.
fn level_in(text: &str) -> Option<LogLevel> {
    let end = (0..=HEAD.min(text.len()))
        .rev()
        .find(|end| text.is_char_boundary(*end))?;
    // What stands in a dict is what the line speaks of.
    let head = text[..end].split('{').next().unwrap_or_default();
    let word = LEVEL.captures(head).or_else(|| LEVEL_PAIR.captures(head))?;
    LogLevel::of_word(&word[1])
}

fn level_of_priority(text: &str) -> Option<LogLevel> {
    let priority: u64 = PRIORITY.captures(text)?[1].parse().ok()?;
    LogLevel::of_syslog(priority % 8)
}

impl LogLevel {
    /// Its word, as Python's logging has it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            LogLevel::Debug => "DEBUG",
            LogLevel::Info => "INFO",
            LogLevel::Warning => "WARNING",
            LogLevel::Error => "ERROR",
            LogLevel::Critical => "CRITICAL",
        }
    }

    fn of_word(word: &str) -> Option<LogLevel> {
        Some(match word.to_ascii_uppercase().as_str() {
            "TRACE" | "DEBUG" => LogLevel::Debug,
            "INFO" | "AUDIT" | "NOTICE" => LogLevel::Info,
            "WARNING" | "WARN" => LogLevel::Warning,
            "ERROR" | "ERR" => LogLevel::Error,
            "CRITICAL" | "CRIT" | "FATAL" | "ALERT" | "EMERG" => LogLevel::Critical,
            _ => return None,
        })
    }

    /// RFC 5424, section 6.2.1.
    fn of_syslog(severity: u64) -> Option<LogLevel> {
        Some(match severity {
            0..=2 => LogLevel::Critical,
            3 => LogLevel::Error,
            4 => LogLevel::Warning,
            5 | 6 => LogLevel::Info,
            7 => LogLevel::Debug,
            _ => return None,
        })
    }
}
