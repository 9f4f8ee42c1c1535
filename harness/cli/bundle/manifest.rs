//! What is in a bundle, as data.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use serde::Serialize;

use crate::certificate::digest;
use crate::report::document::{Outcome, RunReport};

/// The version of the manifest's format.
const FORMAT: u32 = 1;

/// What is in a bundle.
#[derive(Debug, Serialize)]
pub(super) struct Manifest {
    format: u32,
    /// The program and its version.
    made_by: String,
    /// The system on which it ran.
    system: String,
    outcome: Outcome,
    /// What is hidden in it, and what is not.
    secrets: &'static str,
    runs: Vec<RunListed>,
    files: Vec<Listed>,
    left_out: Vec<LeftOut>,
}

/// A run of a bundle.
#[derive(Debug, Serialize)]
pub(super) struct RunListed {
    run: String,
    outcome: Outcome,
    target: String,
    backend: String,
    /// The version of cinder-drill that ran it.
    version: String,
    /// The versions of what took part, by its name.
    versions: BTreeMap<String, String>,
}

/// A file of a bundle.
#[derive(Debug, Serialize)]
pub(super) struct Listed {
    path: String,
    what: String,
    bytes: u64,
    sha256: String,
}

/// A file that a journal names, and that is not in the bundle.
#[derive(Debug, Serialize)]
pub(super) struct LeftOut {
    /// Where it would be.
    pub path: String,
    pub because: Absence,
}

/// Why a file is not in a bundle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(super) enum Absence {
    #[serde(rename = "it is no file of the run's folder of evidence")]
    Elsewhere,
    #[serde(rename = "it is not there")]
    Missing,
    #[serde(rename = "it cannot be read")]
    Unreadable,
    #[serde(rename = "it is longer than 16 MiB")]
    TooLong,
}

impl Manifest {
    pub(super) fn new(outcome: Outcome, runs: Vec<RunListed>, files: Vec<Listed>, left_out: Vec<LeftOut>) -> Manifest {
        Manifest {
            format: FORMAT,
            made_by: concat!(env!("CARGO_PKG_NAME"), " ", env!("CARGO_PKG_VERSION")).to_owned(),
            system: format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
            outcome,
            secrets: "passwords, tokens and keys are hidden, each behind a fingerprint; names, addresses and paths are not",
            runs,
            files,
            left_out,
        }
    }

    /// As it is written. Texts and numbers are JSON, whatever they are.
    pub(super) fn text(&self) -> String {
        serde_json::to_value(self).map_or_else(|error| error.to_string(), |value| format!("{value:#}\n"))
    }
}

impl RunListed {
    pub(super) fn of(run: &RunReport) -> RunListed {
        RunListed {
            run: run.run.clone(),
            outcome: run.outcome(),
            target: run.target.clone(),
            backend: run.backend.clone(),
            version: run.version.clone(),
            versions: run.description.clone().unwrap_or_default().versions,
        }
    }
}

impl Listed {
    /// A file that is written into the folder of a bundle.
    ///
    /// # Errors
    /// It cannot be read.
    pub(super) fn of(folder: &Path, file: &Path, what: &str) -> io::Result<Listed> {
        let path = folder.join(file);
        Ok(Listed {
            path: file.display().to_string(),
            what: what.to_owned(),
            bytes: std::fs::metadata(&path)?.len(),
            sha256: digest(&path)?,
        })
    }
}
