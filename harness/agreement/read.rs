//! Reads what a run left.

use std::fs;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;

use super::evidence::Evidence;
use crate::event::{Journal, Reading};
use crate::failure::Failure;
use crate::observation::beside;

/// What the run left in a folder, or beside a journal.
///
/// # Errors
/// The journal or the observations are not there or cannot be read, the run did not come to its end, or it saw nothing.
pub fn read_run(path: &Path) -> Result<Evidence, Failure> {
    let journal: PathBuf = if path.is_dir() {
        path.join("journal.jsonl")
    } else {
        path.to_owned()
    };
    let events = Journal::read(&journal, Reading::Strict)
        .map_err(|error| Failure::from(error).help(WHAT))?
        .events;
    let observed = beside(&journal);
    let observations = lines(&observed)?;
    let evidence = Evidence::of(&events, &observations);
    if !evidence.finished {
        return Err(
            Failure::usage(format!("the run of {} did not come to its end", journal.display()))
                .detail("expected", "a last event `run-finished`")
                .help("compare whole runs: what a broken run did not see would look like a difference"),
        );
    }
    if evidence.answers.is_empty() {
        return Err(
            Failure::usage(format!("{} holds no answer of any API", observed.display()))
                .detail("expected", "what the run saw")
                .help("it was not written by a run, or the run reached no cloud"),
        );
    }
    Ok(evidence)
}

/// What may be named.
const WHAT: &str =
    "name the folder of a run, runs/ID, with its journal.jsonl and observations.jsonl, or a target's file";

fn lines<Line: DeserializeOwned>(path: &Path) -> Result<Vec<Line>, Failure> {
    let text = fs::read_to_string(path)
        .map_err(|error| Failure::file(format!("cannot read {}", path.display()), &error).help(WHAT))?;
    let parsed = text.lines().enumerate().map(|(index, line)| {
        serde_json::from_str(line).map_err(|error| {
            Failure::usage(format!("{} line {} cannot be read", path.display(), index + 1))
                .detail("cause", error)
                .help("it was written by another version of cinder-drill, or not to its end: make the run again")
        })
    });
    parsed.collect()
}
