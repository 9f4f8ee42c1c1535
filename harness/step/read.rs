//! `read`: a file of a guest holds what it should.

use crate::counted::counted;
use crate::event::{Proof, SecondWitness};
use crate::failure::{Failure, FailureKind};
use crate::guest::shown;
use crate::session::{Context, Judges};
use crate::sync_log::{Condition, ReadBack, read_back};
use crate::witness::FilePlace;
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::Action;
use super::verb::{Act, Compiled, GUEST, Step, Verb};
use crate::diagnostic::Location;
use crate::document::{Field, Record, Shape, Word};
use crate::names::ServerName;
use crate::state::{Disk, State};
use crate::targets::BudgetName;

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
                    "The file must hold what was written there earlier.",
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
    judges: Judges::Nothing,
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
    Some(Compiled::looking(Action::Read(Read {
        guest,
        path: path.value,
        expected,
        disk,
    })))
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

impl Act for Read {
    fn describe(&self) -> String {
        let expected = match self.expected {
            Expected::SameAsWritten { .. } => "what was written",
            Expected::Text(_) => "the given text",
        };
        format!(
            "read {} in {} on {}; it must hold {expected}",
            self.path, self.guest, self.disk
        )
    }

    /// Reads the file in the guest and compares it with what must be in it, and with it all that was written to its disk:
    /// by the bytes, by the guest's own digest, past the guest's caches where it can, and with what the storage held when
    /// the backend came to its site.
    ///
    /// # Errors
    /// The file is missing, cannot be read, has another content, or lies on another disk; the guest cannot be asked, or
    /// what it says cannot be believed.
    async fn run(&self, context: &mut Context) -> Result<String, Failure> {
        let expected = self.expected.text().as_bytes();
        let guest = context.guest(&self.guest)?;
        // What the kernel has in memory of a file says nothing of the disk.
        guest.drop_caches().await?;
        let place = context.place_of_file(&self.guest, &self.path, &self.disk).await?;
        let synced = context
            .require_synced(&self.guest, &self.disk.to_string(), self.disk.volume())
            .await;
        // The state of all synced writes says more than the state of one file.
        let synced = match synced {
            Ok(synced) => synced,
            Err(failure) if failure.kind == FailureKind::Expectation => {
                return Err(match guest.read_file(&self.path, expected.len()).await {
                    Ok(seen) if seen == expected => failure.detail(&self.path, "as it was written"),
                    _ => failure,
                });
            }
            Err(failure) => return Err(failure),
        };
        let own = read_back(guest, &self.path, expected).await?;
        if own.condition != Condition::Whole {
            let failure = self.differs(expected, &own);
            if let Some(seen) = &own.seen {
                context.saw_file(&self.guest, &self.path, false, seen.len(), &sha256_of(seen));
            }
            return Err(failure);
        }
        self.require_writable(&place, synced.writes)?;
        let (bytes, sha256_after) = (expected.len(), sha256_of(expected));
        context.saw_file(&self.guest, &self.path, false, bytes, &sha256_after);
        let written = context.resources.written.get(&(self.guest.clone(), self.path.clone()));
        let sha256_before = written.map(|file| file.sha256.clone());
        let others = match synced.writes {
            0 => String::new(),
            writes => format!("; all {} of its disk are there", counted(writes, "synced write")),
        };
        let (guest, path) = (self.guest.to_string(), self.path.clone());
        let device = place.device().map(str::to_owned);
        let on = device
            .as_ref()
            .map(|device| format!(" on {device}"))
            .unwrap_or_default();
        let witness = match &synced.second_witness {
            Some(SecondWitness::Storage { site, .. }) => {
                format!(", as {site} held them when the backend arrived")
            }
            Some(SecondWitness::Nobody { because }) => format!("; no second witness beside the guest: {because}"),
            None => String::new(),
        };
        let done = format!(
            "{guest} reads {path}{on}: {}, sha256 {sha256_after:.12}…, as expected{others}{witness}",
            counted(bytes, "byte")
        );
        context.prove(Proof::FileRead {
            guest,
            path,
            bytes,
            sha256_before,
            sha256_after,
            device,
            direct: Some(own.direct && (synced.direct || synced.writes == 0)),
            second_witness: synced.second_witness,
        });
        Ok(done)
    }
}

impl Read {
    /// What the run has written to must still be writable: a file system that has gone read-only is damaged, or its disk
    /// refuses writes.
    fn require_writable(&self, place: &FilePlace, writes: usize) -> Result<(), Failure> {
        match place {
            FilePlace::On {
                device,
                writable: false,
                ..
            } if writes > 0 => Err(Failure::expectation(format!(
                "{} of {} is there, and its file system on {device} has become read-only",
                self.path, self.guest
            ))
            .help(
                "the data survived, but the server cannot go on: the disk refuses writes, as a demoted image does, or its \
                 file system is damaged. Look at `dmesg` in the guest, and at `rbd mirror image status` on both sites",
            )),
            _ => Ok(()),
        }
    }

    fn differs(&self, expected: &[u8], own: &ReadBack) -> Failure {
        let failure = |how: &str| {
            Failure::expectation(format!(
                "{} does not read {} as it was written: {how}",
                self.guest, self.path
            ))
        };
        let Some(seen) = &own.seen else {
            return failure("there is no such file").help(LOSES_DATA);
        };
        let how = if seen.is_empty() {
            "it is empty"
        } else if expected.starts_with(seen) {
            "its end is missing"
        } else if seen.len() == expected.len() && seen.iter().all(|byte| *byte == 0) {
            "it has the length but only zeros"
        } else {
            "its content is another"
        };
        failure(how)
            .detail("expected", format!("{:?}", shown(expected)))
            .detail("seen", format!("{:?}", shown(seen)))
            .help(LOSES_DATA)
    }
}

/// What lost data means.
const LOSES_DATA: &str = "the site holds older or other data than the guest had synced: this failover loses data";

fn sha256_of(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
