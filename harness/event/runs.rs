//! The runs of a folder, by their journals.

use std::path::{Path, PathBuf};

use super::{Event, EventKind, Journal, Leftovers, ReadError, Reading, Recorder};

/// The journal's name in the folder of a run.
const JOURNAL: &str = "journal.jsonl";

/// A run of a folder.
#[derive(Debug)]
pub struct RecordedRun {
    /// Its id, which is the name of its folder.
    pub id: String,
    /// Its journal.
    pub journal: PathBuf,
    /// What its journal says.
    pub read: Result<RunRecord, ReadError>,
    /// Whether a process on this machine is writing it.
    pub alive: bool,
}

/// What the journal of a run says.
#[derive(Clone, Debug)]
pub struct RunRecord {
    /// Its leftovers.
    pub leftovers: Leftovers,
    /// The target's name.
    pub target: String,
    /// `host@backend`.
    pub backend: String,
}

impl RunRecord {
    fn of(events: &[Event]) -> RunRecord {
        let mut record = RunRecord {
            leftovers: Leftovers::of(events),
            target: String::new(),
            backend: String::new(),
        };
        for event in events {
            if let EventKind::RunStarted { target, backend, .. } = &event.kind {
                record.target.clone_from(target);
                record.backend.clone_from(backend);
            }
        }
        record
    }

    /// Whether something is to be removed: the embedded cloud ends with its run, and takes everything with it.
    #[must_use]
    pub fn has_leftovers(&self) -> bool {
        !self.leftovers.resources.is_empty() && !self.is_embedded()
    }

    /// Whether its cloud was the embedded one.
    #[must_use]
    pub fn is_embedded(&self) -> bool {
        self.leftovers.place.as_ref().is_some_and(|place| place.embedded)
    }
}

impl RecordedRun {
    /// The journal of a run of that id.
    #[must_use]
    pub fn journal_of(runs: &Path, id: &str) -> PathBuf {
        runs.join(id).join(JOURNAL)
    }

    fn read(id: String, journal: PathBuf) -> RecordedRun {
        RecordedRun {
            // A journal that cannot be asked is not known to be dead; what is read of it says why.
            alive: Recorder::is_alive(&journal).unwrap_or(false),
            read: Journal::read(&journal, Reading::Strict).map(|journal| RunRecord::of(&journal.events)),
            id,
            journal,
        }
    }

    /// The runs of a folder, oldest first. A folder that does not exist has none.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn all(runs: &Path) -> std::io::Result<Vec<RecordedRun>> {
        let entries = match std::fs::read_dir(runs) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let mut found = Vec::new();
        for entry in entries {
            let entry = entry?;
            let journal = entry.path().join(JOURNAL);
            if journal.is_file() {
                found.push(RecordedRun::read(
                    entry.file_name().to_string_lossy().into_owned(),
                    journal,
                ));
            }
        }
        found.sort_by(|one, other| one.id.cmp(&other.id));
        Ok(found)
    }
}
