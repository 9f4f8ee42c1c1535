//! Where events go: first to the journal, then to who listens.

use std::borrow::Cow;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use regex::Regex;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::journal::{Journal, Reading};
use super::{Event, EventKind, Leftovers, Position, ReadError, Recoveries, Recovery};
use crate::failure::Failure;
use crate::redaction::Secrets;

/// A variable of the environment with the number of a journal's line: once that line is written, the process kills itself with
/// SIGKILL. The crash test uses it to die at every point of a run.
pub const KILL_AT_ENTRY: &str = "CINDER_DRILL_KILL_AT_ENTRY";

/// A variable with a regular expression: once a line that it matches is written, the process kills itself likewise. How many lines
/// come before one differs from run to run, so who means an event says it so.
pub const KILL_AT_LINE: &str = "CINDER_DRILL_KILL_AT_LINE";

/// A variable with how many milliseconds later it does so, so a request is on its way.
pub const KILL_AFTER: &str = "CINDER_DRILL_KILL_AFTER";

/// How long a process may hold the lock on a journal only to check whether it is held.
const ASKED: Duration = Duration::from_millis(100);

/// A receiver of events: the terminal, a report, a test.
pub trait Listener: Send {
    /// Called for every event, in order, after it is in the journal. Must not block for long: the run waits for it.
    fn event(&mut self, event: &Event);

    /// Whether it shows a person what happens, so that nobody else has to say it.
    fn tells_people(&self) -> bool {
        false
    }
}

/// What a person reads who has asked a run to stop.
pub const STOPPING: &str =
    "stopping and cleaning up; press Ctrl-C again to stop at once and leave the created resources";

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

impl From<JournalError> for Failure {
    fn from(error: JournalError) -> Failure {
        let doing = format!("cannot write the journal {}", error.path.display());
        Failure::file(doing, &error.source).help("name another folder for the runs, or free space on the disk")
    }
}

/// Records events. Clones record into the same stream.
#[derive(Clone)]
pub struct Recorder {
    stream: Arc<Mutex<Stream>>,
    /// How far the journal is safely on disk: held by who brings it there, for all who wait for that.
    synced: Arc<tokio::sync::Mutex<u64>>,
    secrets: Secrets,
}

struct Stream {
    sequence: u64,
    journal: Option<(PathBuf, Arc<File>)>,
    listeners: Vec<Box<dyn Listener>>,
    failed: Option<JournalError>,
    kill_at: Option<u64>,
    kill_at_line: Option<Regex>,
    /// Whether the journal ends with a line that is not whole.
    after_torn_line: bool,
    /// The leftovers by now.
    leftovers: Leftovers,
    /// What servers have waited for their data by now.
    recoveries: Recoveries,
}

/// A journal to which more is to be written.
pub enum Resumed {
    /// What is in it, and who writes on.
    Ours(Journal, Recorder),
    /// Another process writes it: the run, or a recovery of it, is alive.
    Alive,
}

impl Recorder {
    /// Records into `journal` (which is created, with its folder) and notifies `listeners`.
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
        // Whoever finds it locked knows that the run is alive; the system takes the lock back when the process dies. It is
        // new, so the most that is waited for is somebody who asks just now whether it is locked.
        file.lock().map_err(failed)?;
        Ok(Recorder::new(Some((journal.to_owned(), file)), listeners))
    }

    /// Goes on with the journal of a run that has died, or ended. The end of a line that the dead process could not write
    /// whole stays where it is, on a line of its own.
    ///
    /// # Errors
    /// The journal cannot be opened or read.
    pub fn resume(journal: &Path, listeners: Vec<Box<dyn Listener>>) -> Result<Resumed, ReadError> {
        let unreadable = |source| ReadError::Unreadable {
            path: journal.to_owned(),
            source,
        };
        let file = OpenOptions::new().append(true).open(journal).map_err(unreadable)?;
        if !locked(&file).map_err(unreadable)? {
            return Ok(Resumed::Alive);
        }
        // Read under the lock: another recovery may have ended a moment ago.
        let read = Journal::read(journal, Reading::Strict)?;
        let bytes = std::fs::read(journal).map_err(unreadable)?;
        let recorder = Recorder::new(Some((journal.to_owned(), file)), listeners);
        let mut stream = recorder.stream();
        stream.sequence = read.events.last().map_or(0, |event| event.sequence);
        stream.leftovers = Leftovers::of(&read.events);
        stream.after_torn_line = bytes.last().is_some_and(|last| *last != b'\n');
        drop(stream);
        Ok(Resumed::Ours(read, recorder))
    }

    /// Whether a process is writing this journal: the run, or a recovery of it, is alive on this machine.
    ///
    /// # Errors
    /// The journal cannot be opened or locked.
    pub fn is_alive(journal: &Path) -> io::Result<bool> {
        // The lock is given back when the file is closed.
        match File::open(journal)?.try_lock_shared() {
            Ok(()) => Ok(false),
            Err(TryLockError::WouldBlock) => Ok(true),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    /// The folder of the run, where its journal is; none without a journal.
    #[must_use]
    pub fn folder(&self) -> Option<PathBuf> {
        let stream = self.stream();
        let (path, _) = stream.journal.as_ref()?;
        path.parent().map(Path::to_owned)
    }

    /// The leftovers by now: the same that a reader of the journal gets.
    #[must_use]
    pub fn leftovers(&self) -> Leftovers {
        self.stream().leftovers.clone()
    }

    /// What servers have waited for their data by now: the same that a report of the journal says.
    #[must_use]
    pub fn recoveries(&self) -> Vec<Recovery> {
        self.stream().recoveries.found().to_vec()
    }

    /// Records for `listeners` only.
    #[must_use]
    pub fn without_journal(listeners: Vec<Box<dyn Listener>>) -> Recorder {
        Recorder::new(None, listeners)
    }

    fn new(journal: Option<(PathBuf, File)>, listeners: Vec<Box<dyn Listener>>) -> Recorder {
        Recorder {
            synced: Arc::default(),
            stream: Arc::new(Mutex::new(Stream {
                sequence: 0,
                journal: journal.map(|(path, file)| (path, Arc::new(file))),
                listeners,
                failed: None,
                kill_at: number_of(KILL_AT_ENTRY),
                kill_at_line: std::env::var(KILL_AT_LINE).ok().and_then(|line| Regex::new(&line).ok()),
                after_torn_line: false,
                leftovers: Leftovers::default(),
                recoveries: Recoveries::default(),
            })),
            secrets: Secrets::default(),
        }
    }

    /// The secrets that neither the journal nor a listener ever sees.
    #[must_use]
    pub fn secrets(&self) -> &Secrets {
        &self.secrets
    }

    /// A failure as it would be recorded, for one that is shown without being an event.
    #[must_use]
    pub fn without_secrets(&self, failure: Failure) -> Failure {
        let instead = || Failure::new(failure.kind, "a failure that cannot be shown without a secret");
        hidden(&self.secrets, &failure, instead).unwrap_or(failure)
    }

    /// Records that something happened. A journal that cannot be written shows at the next [`Recorder::intend`]: what
    /// has happened has happened, but nothing more may be changed.
    pub fn record(&self, kind: EventKind) {
        let kind = self.shown(kind);
        let position = self.position();
        self.stream().push(position, kind);
    }

    /// Where the work is that records, without the secrets that a scenario may be named like.
    fn position(&self) -> Option<Position> {
        let mut position = Position::current()?;
        for name in [Some(&mut position.chain), position.scenario.as_mut()]
            .into_iter()
            .flatten()
        {
            if let Cow::Owned(hidden) = self.secrets.hidden_in(name) {
                *name = hidden;
            }
        }
        Some(position)
    }

    /// What happened without the secrets in it.
    fn shown(&self, kind: EventKind) -> EventKind {
        let text = "something happened that cannot be shown without a secret".to_owned();
        hidden(&self.secrets, &kind, || EventKind::Noticed { text }).unwrap_or(kind)
    }

    /// Records that something is about to be changed, and ends only when that is safely on disk. Those who wait for it at the same
    /// time are served by one write to the disk.
    ///
    /// # Errors
    /// The journal cannot be written, now or before. The change must not be made then: after a crash it would not be known
    /// what to remove.
    pub async fn intend(&self, kind: EventKind) -> Result<(), JournalError> {
        let kind = self.shown(kind);
        let position = self.position();
        let sequence = {
            let mut stream = self.stream();
            stream.push(position, kind);
            stream.sequence
        };
        self.sync(sequence).await;
        match &self.stream().failed {
            None => Ok(()),
            Some(failed) => Err(JournalError {
                path: failed.path.clone(),
                source: io::Error::new(failed.source.kind(), failed.source.to_string()),
            }),
        }
    }

    /// Brings the journal to the disk up to an event, unless somebody else just did.
    async fn sync(&self, sequence: u64) {
        if self.stream().journal.is_none() {
            return;
        }
        let mut synced = self.synced.lock().await;
        if *synced >= sequence {
            return;
        }
        let (end, journal) = {
            let stream = self.stream();
            (stream.sequence, stream.journal.clone())
        };
        let Some((path, file)) = journal else { return };
        let written = tokio::task::spawn_blocking(move || file.sync_data()).await;
        match written.map_err(io::Error::other).flatten() {
            Ok(()) => *synced = end,
            Err(source) => drop(self.stream().failed.get_or_insert(JournalError { path, source })),
        }
    }

    fn stream(&self) -> MutexGuard<'_, Stream> {
        // A listener that panicked must not stop the journal: what it records is still true.
        self.stream.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Members that hold names of ours, times and ids: no secret, and nothing that a mask fits into.
const STRUCTURE: &[&str] = &["event", "kind", "at", "run", "verdict", "proof", "resource"];

/// The same without secrets; `None` if there are none in it.
fn hidden<T: Serialize + DeserializeOwned>(secrets: &Secrets, shown: &T, instead: impl FnOnce() -> T) -> Option<T> {
    let Ok(mut value) = serde_json::to_value(shown) else {
        return Some(instead());
    };
    let changed = secrets.hide_in(&mut value, STRUCTURE);
    changed.then(|| serde_json::from_value(value).unwrap_or_else(|_| instead()))
}

impl Stream {
    fn push(&mut self, position: Option<Position>, kind: EventKind) {
        self.sequence += 1;
        let event = Event {
            sequence: self.sequence,
            at: Timestamp::now(),
            position,
            kind,
        };
        if let Some((path, file)) = &mut self.journal {
            let mut is_its_end = self.kill_at == Some(self.sequence);
            let written = serde_json::to_string(&event)
                .map_err(io::Error::from)
                .and_then(|mut line| {
                    is_its_end |= self.kill_at_line.as_ref().is_some_and(|end| end.is_match(&line));
                    if std::mem::take(&mut self.after_torn_line) {
                        line.insert(0, '\n');
                    }
                    line.push('\n');
                    file.as_ref().write_all(line.as_bytes())
                });
            if let Err(source) = written {
                self.failed.get_or_insert(JournalError {
                    path: path.clone(),
                    source,
                });
            }
            if is_its_end {
                die(number_of(KILL_AFTER));
            }
        }
        self.leftovers.add(&event);
        self.recoveries.add(&event);
        for listener in &mut self.listeners {
            listener.event(&event);
        }
    }
}

/// Whether the lock on a journal could be had. Who asks [`Recorder::is_alive`] holds it for a moment, which is no life.
fn locked(file: &File) -> io::Result<bool> {
    let began = Instant::now();
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(true),
            Err(TryLockError::WouldBlock) if began.elapsed() < ASKED => std::thread::yield_now(),
            Err(TryLockError::WouldBlock) => return Ok(false),
            Err(TryLockError::Error(error)) => return Err(error),
        }
    }
}

fn number_of(variable: &str) -> Option<u64> {
    std::env::var(variable).ok()?.parse().ok()
}

/// Ends this process as a power cut would: at once, or after some milliseconds.
fn die(after: Option<u64>) {
    let now = || {
        // Nothing after it is reached, unless the system refuses a process its own death.
        let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
    };
    match after {
        None => now(),
        Some(milliseconds) => drop(std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(milliseconds));
            now();
        })),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{Resource, ResourceKind};

    fn noticed(text: &str) -> EventKind {
        EventKind::Noticed { text: text.to_owned() }
    }

    #[tokio::test]
    async fn the_journal_holds_every_event_in_order() {
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
            .await
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
    fn a_journal_is_written_by_one_process_at_a_time_and_goes_on_after_a_torn_line() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("journal.jsonl");
        let recorder = Recorder::to_journal(&path, Vec::new()).expect("a journal");
        recorder.record(noticed("first"));
        assert!(Recorder::is_alive(&path).expect("asked"));
        assert!(matches!(Recorder::resume(&path, Vec::new()), Ok(Resumed::Alive)));
        drop(recorder);
        assert!(!Recorder::is_alive(&path).expect("asked"));
        let mut torn = OpenOptions::new().append(true).open(&path).expect("opened");
        torn.write_all(b"{\"sequence\":2,").expect("written");
        drop(torn);
        let Ok(Resumed::Ours(journal, recorder)) = Recorder::resume(&path, Vec::new()) else {
            panic!("not resumed");
        };
        assert_eq!(journal.events.len(), 1);
        // Whoever only looks changes nothing.
        assert_eq!(Journal::read(&path, Reading::Strict).expect("readable").events.len(), 1);
        recorder.record(EventKind::RecoveryStarted {
            version: String::new(),
            host: String::new(),
            process: 1,
            leftovers: 0,
        });
        let sequences: Vec<u64> = Journal::read(&path, Reading::Strict)
            .expect("readable")
            .events
            .iter()
            .map(|event| event.sequence)
            .collect();
        assert_eq!(sequences, [1, 2]);
    }

    #[tokio::test]
    async fn nothing_may_be_changed_once_the_journal_failed() {
        // `/dev/full` accepts the open and refuses each write, as a full disk does.
        let Ok(file) = OpenOptions::new().append(true).open("/dev/full") else {
            return;
        };
        let recorder = Recorder::new(Some((PathBuf::from("/dev/full"), file)), Vec::new());
        for _ in 0..2 {
            let error = recorder.intend(noticed("x")).await.expect_err("a full disk");
            assert_eq!(error.source.kind(), io::ErrorKind::StorageFull);
        }
    }
}
