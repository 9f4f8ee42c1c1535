//! Finding the journals of runs that a command line names.

use std::path::{Path, PathBuf};

use crate::event::{ReadJournal, read_journal};
use crate::failure::Failure;

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

/// Reads journals, each run once.
///
/// # Errors
/// One cannot be read, or two are of one run.
pub(super) fn read(paths: &[PathBuf]) -> Result<Vec<(PathBuf, ReadJournal)>, Failure> {
    let mut read: Vec<(PathBuf, ReadJournal)> = Vec::new();
    for path in paths {
        let canonical = |path: &Path| std::fs::canonicalize(path).ok();
        if let Some((first, _)) = read.iter().find(|(first, _)| canonical(first) == canonical(path)) {
            let twice = format!("{} and {} are one journal", first.display(), path.display());
            return Err(Failure::usage(twice));
        }
        read.push((path.clone(), read_journal(path)?));
    }
    Ok(read)
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
            "there is no run {name}: neither a journal of that name, nor {JOURNAL} in {name} or in {}",
            runs.join(name).display()
        ))
    })
}

/// The newest run: runs are named by when they began.
fn newest(runs: &Path) -> Result<PathBuf, Failure> {
    let entries =
        std::fs::read_dir(runs).map_err(|error| Failure::file(format!("cannot read {}", runs.display()), &error))?;
    let journals = entries
        .filter_map(|entry| Some(entry.ok()?.path().join(JOURNAL)))
        .filter(|journal| journal.is_file());
    journals
        .max()
        .ok_or_else(|| Failure::usage(format!("there is no run in {}", runs.display())))
}
