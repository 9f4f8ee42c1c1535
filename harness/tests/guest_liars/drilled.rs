//! A drill of the real program, and what it said.

use std::collections::HashMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use cinder_drill::event::{EventKind, Journal, Reading, Verdict};
use cinder_drill::failure::Failure;

use crate::common::{Served, program, repository};

/// How often is looked whether the program has ended.
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// What became of a drill.
pub struct Drilled {
    /// The exit code; `None` if it was killed since it did not end.
    pub exit: Option<i32>,
    /// The verb of the step that failed first; `None` if none did.
    pub verb: Option<String>,
    /// Why the first scenario that failed did so.
    pub failure: Option<Failure>,
    /// What the run told beside failures: steps that were done, what was noticed, what was proven.
    pub told: String,
    /// What the run itself says it left.
    pub left: Vec<String>,
    /// What it printed.
    pub printed: String,
    /// How many bytes the run's folder holds.
    pub written: u64,
    /// How much memory it had at most, in bytes.
    pub peak: u64,
    /// How long it took.
    pub took: Duration,
}

impl Drilled {
    /// The failure as a user reads it: summary, facts and what to do next.
    pub fn diagnosis(&self) -> String {
        let Some(failure) = &self.failure else {
            return String::new();
        };
        let facts: String = failure
            .facts()
            .map(|(name, value)| format!("{name}: {value}\n"))
            .collect();
        format!(
            "{}\n{facts}help: {}\n",
            failure.summary,
            failure.help.as_deref().unwrap_or("none")
        )
    }
}

/// Drills a scenario. A program that has not ended after `limit` is killed.
pub fn drill(served: &Served, scenario: &Path, limit: Duration) -> Drilled {
    let output = served.folder().join("printed");
    let file = File::create(&output).expect("a file");
    let began = Instant::now();
    let mut child = program(repository())
        .arg("run")
        .arg(scenario)
        .args(["--target".as_ref(), served.target().as_os_str()])
        .args(["--runs".as_ref(), served.runs().as_os_str()])
        .stdout(file.try_clone().expect("a handle"))
        .stderr(file)
        .spawn()
        .expect("the program starts");
    let mut peak = 0;
    let exit = loop {
        if let Some(status) = child.try_wait().expect("a child") {
            break status.code();
        }
        peak = peak.max(peak_of(child.id()));
        if began.elapsed() > limit {
            child.kill().expect("a child");
            child.wait().expect("a child");
            break None;
        }
        std::thread::sleep(LOOK_AGAIN);
    };
    let mut drilled = Drilled {
        exit,
        verb: None,
        failure: None,
        told: String::new(),
        left: Vec::new(),
        printed: String::from_utf8_lossy(&std::fs::read(&output).expect("what it printed")).into_owned(),
        written: size_of(&served.runs()),
        peak,
        took: began.elapsed(),
    };
    if let Some(journal) = newest_journal(&served.runs()) {
        read(&journal, &mut drilled);
    }
    drilled
}

fn read(journal: &Path, drilled: &mut Drilled) {
    let Ok(journal) = Journal::read(journal, Reading::Lenient) else {
        return;
    };
    let mut verbs = HashMap::new();
    for event in journal.events {
        match event.kind {
            EventKind::StepStarted {
                scenario, step, verb, ..
            } => {
                verbs.insert((scenario, step), verb);
            }
            EventKind::StepFinished {
                scenario,
                step,
                done,
                failure,
                ..
            } => {
                if failure.is_some() && drilled.verb.is_none() {
                    drilled.verb = verbs.get(&(scenario, step)).cloned();
                }
                drilled.told.extend(done.map(|done| format!("{done}\n")));
            }
            EventKind::Noticed { text } => drilled.told.push_str(&format!("{text}\n")),
            EventKind::Proven { proof, .. } => {
                let proof = serde_json::to_string(&proof).expect("a proof");
                drilled.told.push_str(&format!("{proof}\n"));
            }
            EventKind::Left { resource, failure, .. } => {
                drilled.left.push(format!(
                    "{} {}: {}",
                    resource.kind.words(),
                    resource.name,
                    failure.summary
                ));
            }
            EventKind::ScenarioFinished {
                verdict: Verdict::Failed { failure, .. },
                ..
            } => {
                drilled.failure.get_or_insert(failure);
            }
            _ => {}
        }
    }
}

/// The journal of the newest run; `None` if there is no run.
fn newest_journal(runs: &Path) -> Option<PathBuf> {
    let folders = std::fs::read_dir(runs).ok()?;
    let newest = folders.flatten().map(|entry| entry.path()).filter(|path| path.is_dir());
    newest.max().map(|run| run.join("journal.jsonl"))
}

fn size_of(folder: &Path) -> u64 {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return 0;
    };
    entries
        .flatten()
        .map(|entry| match entry.metadata() {
            Ok(data) if data.is_dir() => size_of(&entry.path()),
            Ok(data) => data.len(),
            Err(_) => 0,
        })
        .sum()
}

/// The most memory that a process has had so far; 0 once it is gone.
fn peak_of(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kibibytes = line.and_then(|line| line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok());
    kibibytes.unwrap_or(0) * 1024
}
