//! `read`: a file of a guest holds what it should.

use crate::event::Proof;
use crate::failure::{Failure, FailureKind};
use crate::guest::GuestError;
use crate::run::Context;
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::verb::{Compiled, GUEST, Step, Verb};
use super::{Action, Disk};
use crate::diagnostic::Location;
use crate::plan::State;
use crate::scenario::ServerName;
use crate::scenario::document::{Field, Record, Shape, Word};
use crate::target::BudgetName;

/// `read`
pub(super) static VERB: Verb = Verb {
    field: Field::required(
        "read",
        Shape::Record(&Record {
            fields: &[
                GUEST,
                Field::required(
                    "path",
                    Shape::Text,
                    "The file: absolute, or relative to the home of the guest's user.",
                ),
                Field::optional(
                    "same-as",
                    Shape::Word(&[Word {
                        word: "written",
                        text: "What an earlier `write` put there.",
                    }]),
                    "The file must hold what was put there earlier.",
                ),
                Field::optional("text", Shape::Text, "The file must hold this text, and nothing else."),
            ],
            one_of: &[&["same-as", "text"]],
        }),
        "Reads a file in a guest and compares all of it.",
    ),
    checks: true,
    change: None,
    budget: BudgetName::Command,
    compile,
};

fn compile(state: &mut State<'_>, step: &Step<'_>) -> Option<Compiled> {
    let guest = state.server(step.arguments, "guest");
    let path = state.file_path(step.arguments, "path");
    let (guest, path) = (guest?, path?);
    let disk = state.disk(&guest, &path);
    state.needs_current(&disk, step.at);
    let expected = match (step.arguments.text("text"), step.arguments.text("same-as")) {
        (Some(text), None) => Expected::Text(text.value),
        (None, Some(same_as)) if same_as.value == "written" => {
            let (text, written_at) = state.written_before(&guest, &path.value, &same_as.at)?;
            Expected::SameAsWritten { text, written_at }
        }
        // The check has said that exactly one is needed, and what it may be.
        _ => return None,
    };
    let action = Action::Read(Read {
        guest,
        path: path.value,
        expected,
        disk,
    });
    Some(Compiled {
        action,
        undo: None,
        locks: Vec::new(),
    })
}

/// Reads a file of a guest and compares all of it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Read {
    /// The server whose guest reads.
    pub guest: ServerName,
    /// Absolute, or relative to the home of the guest's user.
    pub path: String,
    /// What the file must hold.
    pub expected: Expected,
    /// The disk that the path lies on.
    pub disk: Disk,
}

/// What a file must hold.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Expected {
    /// What an earlier `write` put there.
    SameAsWritten {
        /// The text that was written.
        text: String,
        /// The step that wrote it.
        written_at: Location,
    },
    /// This text.
    Text(String),
}

impl Expected {
    /// The text, wherever it comes from.
    #[must_use]
    pub fn text(&self) -> &str {
        match self {
            Expected::SameAsWritten { text, .. } | Expected::Text(text) => text,
        }
    }
}

impl Read {
    /// What it does, in one line.
    #[must_use]
    pub fn describe(&self) -> String {
        let expected = match self.expected {
            Expected::SameAsWritten { .. } => "what was written",
            Expected::Text(_) => "the given text",
        };
        format!(
            "read {} in {} on {}; it must hold {expected}",
            self.path, self.guest, self.disk
        )
    }
}

impl Read {
    /// Reads the file in the guest and compares it with what must be in it.
    ///
    /// # Errors
    /// The file is missing, cannot be read, or has another content; or the guest cannot be asked.
    pub async fn run(&self, context: &mut Context) -> Result<String, Failure> {
        let expected = self.expected.text();
        let guest = context.guest(&self.guest)?;
        // What the kernel has in memory of a file says nothing of the disk.
        guest.drop_caches().await.map_err(|error| lost(&self.path, error))?;
        let read = guest.read_file(&self.path).await;
        // What became of all that was synced says more than what became of one file.
        let synced = context
            .require_synced(&self.guest, &self.disk.to_string(), self.disk.volume())
            .await;
        let seen = match (read, synced) {
            (Ok(seen), Ok(writes)) => (seen, writes),
            (Ok(seen), Err(failure)) if seen == expected.as_bytes() => {
                return Err(failure.detail(&self.path, "as it was written"));
            }
            (_, Err(failure)) if failure.kind == FailureKind::Expectation => return Err(failure),
            (Err(error), _) => return Err(lost(&self.path, error)),
            (Ok(seen), Err(_)) => return Err(self.differs(expected, &seen)),
        };
        let (seen, writes) = seen;
        if seen != expected.as_bytes() {
            let sha256 = Sha256::digest(&seen)
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect::<String>();
            context.saw_file(&self.guest, &self.path, false, seen.len(), &sha256);
            return Err(self.differs(expected, &seen));
        }
        let sha256_after = guest
            .sha256(&self.path)
            .await
            .map_err(|error| lost(&self.path, error))?;
        context.saw_file(&self.guest, &self.path, false, seen.len(), &sha256_after);
        let written = context.world.written.get(&(self.guest.clone(), self.path.clone()));
        let sha256_before = written.map(|file| file.sha256.clone());
        if let Some(before) = &sha256_before
            && *before != sha256_after
        {
            return Err(self
                .differs(expected, &seen)
                .detail("sha256 before", before)
                .detail("sha256 now", &sha256_after));
        }
        let others = match writes {
            0 => String::new(),
            writes => format!("; all {writes} synced writes of its disk are there"),
        };
        let (guest, path, bytes) = (self.guest.to_string(), self.path.clone(), seen.len());
        let done = format!("{guest} reads {path}: {bytes} bytes, sha256 {sha256_after:.12}…, as expected{others}");
        context.prove(Proof::FileRead {
            guest,
            path,
            bytes,
            sha256_before,
            sha256_after,
        });
        Ok(done)
    }

    fn differs(&self, expected: &str, seen: &[u8]) -> Failure {
        let seen = String::from_utf8_lossy(seen);
        let how = if seen.is_empty() {
            "it is empty"
        } else if expected.starts_with(&*seen) {
            "its end is missing"
        } else if seen.trim_matches('\0').is_empty() {
            "it has the length but only zeros"
        } else {
            "its content is another"
        };
        Failure::expectation(format!(
            "{} does not read {} as it was written: {how}",
            self.guest, self.path
        ))
        .detail("expected", format!("{expected:?}"))
        .detail("seen", format!("{seen:?}"))
        .help("the site holds older or other data than the guest had synced: this failover loses data")
    }
}

/// A file that cannot be read is lost data; a guest that cannot be asked says nothing of the data.
fn lost(path: &str, error: GuestError) -> Failure {
    let about_data = error.is_about_the_file();
    let failure = Failure::from(error);
    if about_data {
        Failure {
            kind: FailureKind::Expectation,
            ..failure
        }
        .help(format!("{path} did not survive: this failover loses data"))
    } else {
        failure
    }
}
