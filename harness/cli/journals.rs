//! Finding the journals of runs that a command line names.

use std::path::{Path, PathBuf};

use crate::event::{Journal, Reading};
use crate::failure::Failure;
use crate::report::document::{Report, RunReport};

/// The file's name in a run's folder.
const JOURNAL: &str = "journal.jsonl";

/// The journals of runs that are named by id, folder or file; of the newest run if none is named.
///
/// # Errors
/// There is no such run.
pub(super) fn find(named: &[String], runs: &Path) -> Result<Vec<PathBuf>, Failure> {
    if named.is_empty() {
        return newest(runs).map(|journal| vec![journal]);
    }
    named.iter().map(|name| one(name, runs)).collect()
}

/// The report of the runs in journals, each once.
///
/// # Errors
/// One cannot be read, or two are of one run.
pub(super) fn report(paths: &[PathBuf]) -> Result<Report, Failure> {
    let canonical = |path: &PathBuf| std::fs::canonicalize(path).ok();
    let mut runs = Vec::new();
    for (index, path) in paths.iter().enumerate() {
        if let Some(first) = paths[..index].iter().find(|first| canonical(first) == canonical(path)) {
            let twice = format!("{} and {} are one journal", first.display(), path.display());
            return Err(Failure::usage(twice));
        }
        runs.push(RunReport::of(&Journal::read(path, Reading::Lenient)?));
    }
    Ok(Report::of(runs))
}

fn one(name: &str, runs: &Path) -> Result<PathBuf, Failure> {
    let path = Path::new(name);
    if path.is_file() {
        return Ok(path.to_owned());
    }
    let folders = [path.to_owned(), runs.join(name)];
    let mut journals = folders.iter().map(|folder| folder.join(JOURNAL));
    journals.find(|journal| journal.is_file()).ok_or_else(|| {
        Failure::usage(format!(
            "run {name} does not exist: no journal of that name, and no {JOURNAL} in {name} or in {}",
            runs.join(name).display()
        ))
    })
}

/// The newest run: runs are named by when they began.
fn newest(runs: &Path) -> Result<PathBuf, Failure> {
    all(runs)?
        .pop()
        .ok_or_else(|| Failure::usage(format!("there is no run in {}", runs.display())))
}

/// The journals of all runs of a folder, the oldest first.
///
/// # Errors
/// The folder cannot be read.
pub(super) fn all(runs: &Path) -> Result<Vec<PathBuf>, Failure> {
    let entries =
        std::fs::read_dir(runs).map_err(|error| Failure::file(format!("cannot read {}", runs.display()), &error))?;
    let journals = entries.filter_map(|entry| Some(entry.ok()?.path().join(JOURNAL)));
    let mut journals: Vec<PathBuf> = journals.filter(|journal| journal.is_file()).collect();
    journals.sort();
    Ok(journals)
}
