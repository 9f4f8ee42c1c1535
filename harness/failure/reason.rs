//! Why something did not work.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Whose failure it is; decides the exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FailureKind {
    /// Something that must hold does not: replication did not survive.
    Expectation,
    /// The cloud, a site or a guest could not be asked, or gave an answer that makes no sense. Says nothing about
    /// replication.
    Cloud,
    /// The harness itself, or the machine that it runs on, failed.
    Harness,
    /// Somebody pressed Ctrl-C.
    Interrupted,
}

/// Why something did not work: what was expected, what was seen, where, and what to do next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Failure {
    /// Whose failure it is.
    pub kind: FailureKind,
    /// One sentence without a full stop, for example `volume root is in status error`.
    pub summary: String,
    /// Named facts, for example (`request id`, `req-…`). Values may span lines.
    pub details: Vec<(String, String)>,
    /// What to do next.
    pub help: Option<String>,
    /// How a machine was silent, if this is about a command that it did not answer. No part of what is written down.
    #[serde(skip)]
    pub silence: Option<Silence>,
}

/// How a machine was silent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Silence {
    /// A command did not end in time.
    CommandWaits,
    /// The connection ended, or none came about.
    NoConnection,
}

impl Failure {
    /// An expectation that did not hold.
    #[must_use]
    pub fn expectation(summary: impl Into<String>) -> Failure {
        Failure::new(FailureKind::Expectation, summary)
    }

    /// A failure of the cloud, a site or a guest to answer.
    #[must_use]
    pub fn cloud(summary: impl Into<String>) -> Failure {
        Failure::new(FailureKind::Cloud, summary)
    }

    /// A failure of the harness.
    #[must_use]
    pub fn harness(summary: impl Into<String>) -> Failure {
        Failure::new(FailureKind::Harness, summary)
    }

    /// A failure of a kind.
    #[must_use]
    pub fn new(kind: FailureKind, summary: impl Into<String>) -> Failure {
        Failure {
            kind,
            summary: summary.into(),
            details: Vec::new(),
            help: None,
            silence: None,
        }
    }

    /// Adds a named fact.
    #[must_use]
    pub fn detail(mut self, name: impl Into<String>, value: impl fmt::Display) -> Failure {
        self.details.push((name.into(), value.to_string()));
        self
    }

    /// Says what to do next.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Failure {
        self.help = Some(help.into());
        self
    }

    /// Says what was being done, before the summary: `while …: …`.
    #[must_use]
    pub fn during(mut self, doing: &str) -> Failure {
        self.summary = format!("{doing}: {}", self.summary);
        self
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.summary)?;
        for (name, value) in &self.details {
            write!(formatter, "\n  {name}: {}", value.replace('\n', "\n    "))?;
        }
        match &self.help {
            Some(help) => write!(formatter, "\n  help: {help}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Failure {}
