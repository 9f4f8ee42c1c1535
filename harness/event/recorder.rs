//! Where events go: first to the journal, then to who listens.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;

use super::{Event, EventKind};
use crate::observation::{Observations, beside};

/// Somebody who wants to know what happens: the terminal, a report, a test.
pub trait Listener: Send {
    /// Called for every event, in order, after it is in the journal. Must not block for long: the run waits for it.
    fn event(&mut self, event: &Event);
}

/// The journal cannot be written, so nothing may be changed any more.
#[derive(Debug, thiserror::Error)]
#[error("cannot write the journal {}: {source}", path.display())]
pub struct JournalError {
    /// The journal's file.
    pub path: PathBuf,
    /// What the system said.
    #[source]
    pub source: io::Error,
}

/// Records events. Clones record into the same stream.
#[derive(Clone)]
pub struct Recorder {
    stream: Arc<Mutex<Stream>>,
    observations: Observations,
}

struct Stream {
    sequence: u64,
    journal: Option<(PathBuf, File)>,
    listeners: Vec<Box<dyn Listener>>,
    failed: Option<JournalError>,
}

impl Recorder {
    /// Records into `journal` (which is made, with its folder) and tells `listeners`.
    ///
    /// # Errors
    /// The file or its folder cannot be made, or the file exists already: a journal is written by one run.
    pub fn to_journal(journal: &Path, listeners: Vec<Box<dyn Listener>>) -> Result<Recorder, JournalError> {
        let failed = |source| JournalError {
            path: journal.to_owned(),
            source,
        };
        if let Some(folder) = journal.parent() {
            std::fs::create_dir_all(folder).map_err(failed)?;
        }
        let file = OpenOptions::new()
            .append(true)
            .create_new(true)
            .open(journal)
            .map_err(failed)?;
        let mut recorder = Recorder::new(Some((journal.to_owned(), file)), listeners);
        recorder.observations = Observations::to_file(&beside(journal)).map_err(failed)?;
        Ok(recorder)
    }

    /// Where what is seen of the cloud is kept: beside the journal, or in memory only if there is none.
    #[must_use]
    pub fn observations(&self) -> &Observations {
        &self.observations
    }

    /// Records for `listeners` only.
    #[must_use]
    pub fn without_journal(listeners: Vec<Box<dyn Listener>>) -> Recorder {
        Recorder::new(None, listeners)
    }

    fn new(journal: Option<(PathBuf, File)>, listeners: Vec<Box<dyn Listener>>) -> Recorder {
        Recorder {
            stream: Arc::new(Mutex::new(Stream {
                sequence: 0,
                journal,
                listeners,
                failed: None,
            })),
            observations: Observations::default(),
        }
    }

    /// Records that something happened. A journal that cannot be written shows at the next [`Recorder::intend`]: what
    /// has happened has happened, but nothing more may be changed.
    pub fn record(&self, kind: EventKind) {
        self.stream().push(kind);
    }

    /// Records that something is about to be changed, and returns only when that is safely on disk.
    ///
    /// # Errors
    /// The journal cannot be written, now or before. The change must not be made then: after a crash nobody would know
    /// what to remove.
    pub fn intend(&self, kind: EventKind) -> Result<(), JournalError> {
        let mut stream = self.stream();
        stream.push(kind);
        stream.sync();
        match stream.failed.take() {
            None => Ok(()),
            Some(failed) => {
                stream.failed = Some(JournalError {
                    path: failed.path.clone(),
                    source: io::Error::new(failed.source.kind(), failed.source.to_string()),
                });
                Err(failed)
            }
        }
    }

    fn stream(&self) -> MutexGuard<'_, Stream> {
        // A listener that panicked must not stop the journal: what it records is still true.
        self.stream.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Stream {
    fn push(&mut self, kind: EventKind) {
        self.sequence += 1;
        let event = Event {
            sequence: self.sequence,
            at: Timestamp::now(),
            kind,
        };
        if let Some((path, file)) = &mut self.journal {
            let written = serde_json::to_vec(&event)
                .map_err(io::Error::from)
                .and_then(|mut line| {
                    line.push(b'\n');
                    file.write_all(&line)
                });
            if let Err(source) = written {
                self.failed.get_or_insert(JournalError {
                    path: path.clone(),
                    source,
                });
            }
        }
        for listener in &mut self.listeners {
            listener.event(&event);
        }
    }

    fn sync(&mut self) {
        if let Some((path, file)) = &self.journal
            && let Err(source) = file.sync_data()
        {
            self.failed.get_or_insert(JournalError {
                path: path.clone(),
                source,
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{Resource, ResourceKind};

    fn noticed(text: &str) -> EventKind {
        EventKind::Noticed { text: text.to_owned() }
    }

    #[test]
    fn the_journal_holds_every_event_in_order() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("runs/one/journal.jsonl");
        let recorder = Recorder::to_journal(&path, Vec::new()).expect("a journal");
        recorder.record(noticed("first"));
        let resource = Resource {
            kind: ResourceKind::Volume,
            name: "v".to_owned(),
            id: None,
        };
        recorder
            .intend(EventKind::Intended { resource })
            .expect("the intent is on disk");
        let text = std::fs::read_to_string(&path).expect("the journal");
        let events: Vec<Event> = text
            .lines()
            .map(|line| serde_json::from_str(line).expect("an event"))
            .collect();
        assert_eq!(events.iter().map(|event| event.sequence).collect::<Vec<_>>(), [1, 2]);
        assert!(matches!(&events[1].kind, EventKind::Intended { resource } if resource.name == "v"));
    }

    #[test]
    fn a_journal_that_exists_is_not_written_over() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("journal.jsonl");
        std::fs::write(&path, "somebody else's").expect("written");
        let error = Recorder::to_journal(&path, Vec::new()).err().expect("refused");
        assert_eq!(error.source.kind(), io::ErrorKind::AlreadyExists);
    }

    #[test]
    fn nothing_may_be_changed_once_the_journal_failed() {
        // `/dev/full` accepts the open and refuses each write, as a full disk does.
        let Ok(file) = OpenOptions::new().append(true).open("/dev/full") else {
            return;
        };
        let recorder = Recorder::new(Some((PathBuf::from("/dev/full"), file)), Vec::new());
        for _ in 0..2 {
            let error = recorder.intend(noticed("x")).expect_err("a full disk");
            assert_eq!(error.source.kind(), io::ErrorKind::StorageFull);
        }
    }
}
