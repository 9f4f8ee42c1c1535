//! Where what is seen of a cloud goes: into the file beside the journal.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::capture::Captures;
use super::forms::stable_lines;
use super::route::route;
use super::stable::stable;
use super::{Observation, Printed, Shape};
use crate::cloud::AnswerRecord;
use crate::connection::ConnectionInfo;
use crate::redaction::Secrets;
use crate::shell::CommandRecord;

/// What a run sees of a cloud. Each thing is kept once, however often it is seen, so a run's file has some hundred lines; it
/// holds no secret, so every run has one. Clones observe into the same file.
#[derive(Clone, Default)]
pub struct Observations(Arc<Mutex<Store>>);

#[derive(Default)]
struct Store {
    seen: BTreeSet<Observation>,
    file: Option<File>,
    /// Why the file is not whole.
    failed: Option<String>,
    mistake: Option<String>,
    captures: Option<Captures>,
    /// What must not be kept.
    secrets: Secrets,
}

/// While this lives, what is seen belongs to a mistake.
pub struct During(Observations);

impl Drop for During {
    fn drop(&mut self) {
        self.0.store().mistake = None;
    }
}

impl Observations {
    /// Keeps what is seen in a file, which is made, without these secrets.
    ///
    /// # Errors
    /// The file cannot be made, or exists already.
    pub fn to_file(path: &Path, secrets: Secrets) -> io::Result<Observations> {
        let file = OpenOptions::new().append(true).create_new(true).open(path)?;
        let store = Store {
            file: Some(file),
            secrets,
            ..Store::default()
        };
        Ok(Observations(Arc::new(Mutex::new(store))))
    }

    /// Keeps, besides, each first answer and output as it came, without secrets, in a folder: a fixture for tests.
    ///
    /// # Errors
    /// The folder cannot be made.
    pub fn capture_into(&self, folder: &Path) -> io::Result<()> {
        let mut store = self.store();
        store.captures = Some(Captures::into(folder, store.secrets.clone())?);
        Ok(())
    }

    /// All that was seen by now.
    #[must_use]
    pub fn all(&self) -> Vec<Observation> {
        self.store().seen.iter().cloned().collect()
    }

    /// Why the file does not hold everything; `None` if it does.
    #[must_use]
    pub fn failed(&self) -> Option<String> {
        self.store().failed.clone()
    }

    /// Says what the target calls things, and what stands for each name in a comparison.
    pub fn names(&self, names: BTreeMap<String, String>) {
        self.store().push(Observation::Names { names });
    }

    /// What is seen from here on belongs to a mistake, until the answer is dropped.
    #[must_use]
    pub fn during(&self, mistake: &str) -> During {
        self.store().mistake = Some(mistake.to_owned());
        During(self.clone())
    }

    /// Keeps what an API answered.
    pub fn answer(&self, answer: &AnswerRecord<'_>) {
        let mut store = self.store();
        let observation = Observation::Answer {
            mistake: store.mistake.clone(),
            service: answer.service.as_str().to_owned(),
            method: answer.method.to_owned(),
            route: route(answer.url),
            version: answer.version.map(str::to_owned),
            status: answer.status,
            body: Shape::of_bytes(answer.body),
            message: answer
                .message()
                .map(|message| stable(&store.secrets.hidden_in(&message))),
        };
        if store.push(observation) {
            let mistake = store.mistake.clone();
            store.capture(|captures| captures.answer(mistake.as_deref(), answer));
        }
    }

    /// Keeps what a command printed.
    pub fn command(&self, command: &CommandRecord<'_>) {
        let mut store = self.store();
        let observation = Observation::Command {
            mistake: store.mistake.clone(),
            place: command.place.to_owned(),
            command: stable(&store.secrets.hidden_in(command.command)),
            exit_code: command.output.exit_code,
            stdout: Printed::of(command.command, &without(&store.secrets, &command.output.stdout)),
            stderr: stable_lines(&store.secrets.hidden_in(&command.output.stderr_text())),
        };
        if store.push(observation) {
            let mistake = store.mistake.clone();
            store.capture(|captures| captures.command(mistake.as_deref(), command));
        }
    }

    /// Keeps the shape of connection info in cinder-volume's log.
    pub fn logged(&self, info: &ConnectionInfo) {
        let connection_info = Shape::of(&serde_json::Value::Object(info.without_secrets()));
        self.store().push(Observation::Logged { connection_info });
    }

    fn store(&self) -> MutexGuard<'_, Store> {
        // Whoever panicked with it had nothing half done.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store {
    /// Answers whether it is new.
    fn push(&mut self, observation: Observation) -> bool {
        if self.seen.contains(&observation) {
            return false;
        }
        if let Some(file) = &mut self.file {
            let written = serde_json::to_vec(&observation)
                .map_err(io::Error::from)
                .and_then(|mut line| {
                    line.push(b'\n');
                    file.write_all(&line)
                });
            if let Err(error) = written {
                self.failed.get_or_insert(error.to_string());
            }
        }
        self.seen.insert(observation)
    }

    fn capture(&mut self, write: impl FnOnce(&mut Captures) -> io::Result<()>) {
        if let Some(captures) = &mut self.captures
            && let Err(error) = write(captures)
        {
            self.failed.get_or_insert(error.to_string());
        }
    }
}

/// A text without secrets; what is no text holds none that anybody could read.
fn without<'a>(secrets: &Secrets, output: &'a [u8]) -> Cow<'a, [u8]> {
    match std::str::from_utf8(output).map(|text| secrets.hidden_in(text)) {
        Ok(Cow::Owned(hidden)) => Cow::Owned(hidden.into_bytes()),
        _ => Cow::Borrowed(output),
    }
}

/// The file of observations of the run whose journal this is.
#[must_use]
pub fn beside(journal: &Path) -> PathBuf {
    journal.with_file_name("observations.jsonl")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::shell::Output;

    fn ran(observations: &Observations, command: &str, exit_code: i32, stdout: &str, stderr: &str) {
        let output = Output {
            stdout: stdout.into(),
            stderr: stderr.into(),
            exit_code,
            duration: Duration::ZERO,
            place: "root@192.0.2.1:22".to_owned(),
        };
        observations.command(&CommandRecord {
            place: "site",
            command,
            output: &output,
        });
    }

    #[test]
    fn each_thing_is_kept_once_and_a_mistake_by_its_name() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("observations.jsonl");
        let observations = Observations::to_file(&path, Secrets::default()).expect("a file");
        for id in [
            "6b0e9b1d-1f5c-4a29-8b2d-3cfd27d2a1b9",
            "0e9b6b1d-1f5c-4a29-8b2d-3cfd27d2a1b9",
        ] {
            ran(
                &observations,
                &format!("rbd info p/volume-{id} --format json"),
                0,
                "{\"size\":1}",
                "",
            );
        }
        {
            let _during = observations.during("no-such-image");
            ran(&observations, "rbd info p/no", 2, "", "rbd: error opening image no\n");
        }
        ran(&observations, "rbd info p/no", 2, "", "rbd: error opening image no\n");
        let text = std::fs::read_to_string(&path).expect("the file");
        insta::assert_snapshot!(text, @r#"
        {"observed":"command","place":"site","command":"rbd info p/volume-<id> --format json","exit_code":0,"stdout":{"json":{".":["object"],"size":["number"]}}}
        {"observed":"command","mistake":"no-such-image","place":"site","command":"rbd info p/no","exit_code":2,"stdout":"nothing","stderr":["rbd: error opening image no"]}
        {"observed":"command","place":"site","command":"rbd info p/no","exit_code":2,"stdout":"nothing","stderr":["rbd: error opening image no"]}
        "#);
        let read: BTreeSet<Observation> = text
            .lines()
            .map(|line| serde_json::from_str(line).expect("an observation"))
            .collect();
        assert_eq!(read.into_iter().collect::<Vec<_>>(), observations.all());
        assert_eq!(observations.failed(), None);
    }

    #[test]
    fn a_file_that_cannot_be_written_is_told() {
        // `/dev/full` accepts the open and refuses each write, as a full disk does.
        let Ok(file) = OpenOptions::new().append(true).open("/dev/full") else {
            return;
        };
        let store = Store {
            file: Some(file),
            ..Store::default()
        };
        let observations = Observations(Arc::new(Mutex::new(store)));
        observations.names(BTreeMap::new());
        assert!(observations.failed().is_some());
        assert_eq!(observations.all().len(), 1);
    }
}
