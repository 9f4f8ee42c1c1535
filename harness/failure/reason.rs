//! Why something did not work.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Cause;

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
    /// What was requested is wrong: the command line, or a file that it names. Nothing was touched.
    Usage,
    /// Ctrl-C was pressed.
    Interrupted,
}

/// Why something did not work: what was expected, what was seen, where, and what to do next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Failure {
    /// Whose failure it is.
    pub kind: FailureKind,
    /// What was found to be wrong, if it is one of the things that have a word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<Cause>,
    /// One sentence without a full stop, for example `volume root is in status error`.
    pub summary: String,
    /// Named facts, for example (`request id`, `req-…`). Values may span lines.
    pub details: Vec<(String, String)>,
    /// What to do next.
    pub help: Option<String>,
    /// What to do next where the storage is no Ceph, if that is another thing. No part of what is written down.
    #[serde(skip)]
    pub elsewhere: Option<String>,
    /// What was seen first, and only follows from this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub symptom: Option<Box<Symptom>>,
    /// The machine that was silent, if this is about a command that it did not answer. No part of what is written down.
    #[serde(skip)]
    pub silence: Option<Box<Silence>>,
}

/// What only follows from a cause that was found later. A diagnosis must do without it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Symptom {
    /// What did not work, in one sentence.
    pub summary: String,
    /// Named facts.
    pub details: Vec<(String, String)>,
}

/// A machine that was silent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Silence {
    /// Where its SSH server is: `host:port`.
    pub address: String,
    /// How it was silent.
    pub kind: SilenceKind,
}

/// How a machine was silent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SilenceKind {
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

    /// Something that was asked for in a wrong way.
    #[must_use]
    pub fn usage(summary: impl Into<String>) -> Failure {
        Failure::new(FailureKind::Usage, summary)
    }

    /// A failure of a kind.
    #[must_use]
    pub fn new(kind: FailureKind, summary: impl Into<String>) -> Failure {
        Failure {
            kind,
            cause: None,
            summary: summary.into(),
            details: Vec::new(),
            help: None,
            elsewhere: None,
            symptom: None,
            silence: None,
        }
    }

    /// Adds a named fact.
    #[must_use]
    pub fn detail(mut self, name: impl Into<String>, value: impl fmt::Display) -> Failure {
        self.details.push((name.into(), value.to_string()));
        self
    }

    /// Says by a word what was found to be wrong.
    #[must_use]
    pub fn caused_by(mut self, cause: Cause) -> Failure {
        self.cause = Some(cause);
        self
    }

    /// Says what to do next.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Failure {
        self.help = Some(help.into());
        self.elsewhere = None;
        self
    }

    /// Says what to do next where the storage is no Ceph: there nobody has a use for the commands of one.
    #[must_use]
    pub fn elsewhere(mut self, help: impl Into<String>) -> Failure {
        self.elsewhere = Some(help.into());
        self
    }

    /// Settles what to do next, by whether the storage is Ceph.
    #[must_use]
    pub fn settled_for(mut self, is_ceph: bool) -> Failure {
        match self.elsewhere.take() {
            Some(elsewhere) if !is_ceph => self.help(elsewhere),
            _ => self,
        }
    }

    /// Says what was being done, before the summary: `while …: …`.
    #[must_use]
    pub fn during(mut self, doing: &str) -> Failure {
        self.summary = format!("{doing}: {}", self.summary);
        self
    }

    /// Puts a cause before it: what was said so far only follows from that. Whose failure it is, its word and what to do next
    /// stay until somebody says otherwise.
    #[must_use]
    pub fn because(self, cause: impl Into<String>) -> Failure {
        let cause = Failure {
            cause: self.cause,
            help: self.help.clone(),
            elsewhere: self.elsewhere.clone(),
            silence: self.silence.clone(),
            ..Failure::new(self.kind, cause)
        };
        cause.explains(self)
    }

    /// Names what only follows from it, and drops what that one took for its cause and its cure.
    #[must_use]
    pub fn explains(mut self, symptom: Failure) -> Failure {
        let details = symptom.facts().map(|(name, value)| (name.to_owned(), value.to_owned()));
        self.symptom = Some(Box::new(Symptom {
            details: details.collect(),
            summary: symptom.summary,
        }));
        self
    }

    /// All named facts in the order in which they are shown: its own, and as `so` what follows from it, with its facts.
    pub fn facts(&self) -> impl Iterator<Item = (&str, &str)> {
        let symptom = self.symptom.as_deref();
        let so = symptom.map(|symptom| ("so", symptom.summary.as_str()));
        let more = symptom.map_or_else(Default::default, |symptom| symptom.details.as_slice());
        pairs(&self.details).chain(so).chain(pairs(more))
    }
}

fn pairs(details: &[(String, String)]) -> impl Iterator<Item = (&str, &str)> {
    details.iter().map(|(name, value)| (name.as_str(), value.as_str()))
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.summary)?;
        for (name, value) in self.facts() {
            write!(formatter, "\n  {name}: {}", value.replace('\n', "\n    "))?;
        }
        match &self.help {
            Some(help) => write!(formatter, "\n  help: {help}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Failure {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cause_comes_first_and_all_that_follows_from_it_stays() {
        let stuck = Failure::expectation("the guest cannot mount it")
            .detail("exit status", 32)
            .help("the file is lost")
            .because("the volume is in error")
            .detail("status", "error")
            .because("the site is dark")
            .help("bring it back");
        assert_eq!(
            stuck.to_string(),
            "the site is dark\n  so: the volume is in error\n  status: error\n  so: the guest cannot mount it\n  \
             exit status: 32\n  help: bring it back"
        );
        assert_eq!(stuck.kind, FailureKind::Expectation);
        let written = serde_json::to_value(&stuck).expect("JSON");
        assert_eq!(serde_json::from_value::<Failure>(written).expect("a failure"), stuck);
    }
}
