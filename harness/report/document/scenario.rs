//! A scenario in a report.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

use super::{Outcome, Phase, StepReport, WorkloadReport};
use crate::event::{MirrorState, PlaceRecord, Proof, Verdict};
use crate::failure::{Cause, FailureKind};

/// A scenario in a report.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ScenarioReport {
    /// Its id: `cinder_drill.` and its name, and which repetition it is if there are several. Stable across versions.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The chain that it ran in, if the journal says so.
    #[serde(skip)]
    pub chain: Option<String>,
    /// Which repetition it is, from 1, if the run was to repeat.
    pub repetition: Option<u32>,
    /// What it proves, in one sentence.
    pub summary: String,
    /// Whether it ran only because another one continues it.
    pub beginning_only: bool,
    /// How it ended.
    pub outcome: Outcome,
    /// Why it did not run.
    pub because: Option<String>,
    /// Why it failed.
    pub failure: Option<FailureReport>,
    /// How it ended, as the journal has it.
    #[serde(skip)]
    pub verdict: Option<Verdict>,
    /// When it began.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub started: Timestamp,
    /// How long it took, in milliseconds; until the last event, if it did not end.
    pub milliseconds: u64,
    /// How long each phase took.
    pub phases: Vec<Phase>,
    /// The preparation, if there was one, and the steps that began.
    pub steps: Vec<StepReport>,
    /// How many steps it has.
    pub planned_steps: usize,
    /// What was proven, in order.
    pub proofs: Vec<Proof>,
    /// What was proven, in words.
    pub proven: Vec<Fact>,
    /// Why only the API says that the volumes moved, if it is so.
    pub api_alone: Option<String>,
    /// Each connection info that was read, in order.
    pub connections: Vec<ConnectionReading>,
    /// Each file that was written or read, in order.
    pub files: Vec<FileReading>,
    /// What the sites said of images, each time that it changed.
    pub mirrors: Vec<MirrorReading>,
    /// Each workload, in the order in which they were started.
    pub workloads: Vec<WorkloadReport>,
    /// What was noticed on the way.
    pub notices: Vec<String>,
    /// What was collected when something failed.
    pub evidence: Vec<Fact>,
}

/// A name and what is said of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Fact {
    /// The name.
    pub name: String,
    /// What is said of it; may span lines.
    pub text: String,
}

impl Fact {
    pub(super) fn new(name: impl Into<String>, text: impl Into<String>) -> Fact {
        let (name, text) = (name.into(), text.into());
        Fact { name, text }
    }
}

/// Why a scenario failed.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct FailureReport {
    /// Whose failure it is.
    pub kind: FailureKind,
    /// What was found to be wrong, if it is one of the things that have a word.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<Cause>,
    /// One sentence.
    pub summary: String,
    /// Named facts.
    pub details: Vec<Fact>,
    /// What to do next.
    pub help: Option<String>,
    /// The step's index in the plan, if it failed in one.
    pub step: Option<usize>,
    /// Where that step is written.
    pub at: Option<PlaceRecord>,
    /// All of it as a compiler would say it, with the lines of the scenario.
    pub diagnosis: String,
}

/// A connection info that was read.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ConnectionReading {
    /// The volume.
    pub volume: String,
    /// The step's index.
    pub step: usize,
    /// When, in milliseconds after the scenario began.
    pub at: u64,
    /// The site to which it should lead.
    pub expected_site: String,
    /// Its fields, without secrets.
    pub fields: Map<String, Value>,
    /// The fields that differ from when it was read before.
    pub changed: Vec<String>,
}

/// A file of a guest that was written or read.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct FileReading {
    /// The server.
    pub guest: String,
    /// The path in the guest.
    pub path: String,
    /// The step's index.
    pub step: usize,
    /// Whether it was written; otherwise it was read.
    pub written: bool,
    /// The content's length.
    pub bytes: usize,
    /// The content's SHA-256.
    pub sha256: String,
    /// Of one that was read: the digest when this run wrote it.
    pub sha256_before: Option<String>,
}

/// What the sites said of an image.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct MirrorReading {
    /// Whose image it is.
    pub image_of: String,
    /// When, in milliseconds after the scenario began.
    pub at: u64,
    /// What each site said.
    pub sites: Vec<MirrorState>,
}

/// The connection infos of a volume side by side.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ConnectionTable {
    /// The volume.
    pub volume: String,
    /// The step and the expected site of each column.
    pub columns: Vec<(usize, String)>,
    /// The fields.
    pub rows: Vec<ConnectionRow>,
}

/// A field of connection infos side by side.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ConnectionRow {
    /// The field.
    pub field: String,
    /// Its value in each column, in words, and whether it differs from the column before.
    pub values: Vec<(Option<String>, bool)>,
    /// Whether any of the values changed.
    pub changed: bool,
}

impl ScenarioReport {
    /// Whether it counts: it was asked for, or it is a beginning that did not pass.
    #[must_use]
    pub fn counts(&self) -> bool {
        !self.beginning_only || self.outcome != Outcome::Passed
    }

    /// The steps that were not run, and why, one line each.
    #[must_use]
    pub fn skipped_steps(&self) -> Vec<String> {
        let line = |step: &StepReport| {
            let number = step.step.map_or(0, |index| index + 1);
            Some(format!("step {number}, {}: {}", step.verb, step.skipped.as_ref()?))
        };
        self.steps.iter().filter_map(line).collect()
    }

    /// The connection infos of each volume side by side, those fields first that changed.
    #[must_use]
    pub fn connection_tables(&self) -> Vec<ConnectionTable> {
        let mut volumes: Vec<&str> = Vec::new();
        for reading in &self.connections {
            if !volumes.contains(&reading.volume.as_str()) {
                volumes.push(&reading.volume);
            }
        }
        volumes
            .into_iter()
            .map(|volume| self.connection_table(volume))
            .collect()
    }

    fn connection_table(&self, volume: &str) -> ConnectionTable {
        let readings: Vec<&ConnectionReading> = self
            .connections
            .iter()
            .filter(|reading| reading.volume == volume)
            .collect();
        let mut fields: Vec<&str> = Vec::new();
        for field in readings.iter().flat_map(|reading| reading.fields.keys()) {
            if !fields.contains(&field.as_str()) {
                fields.push(field);
            }
        }
        let mut rows: Vec<ConnectionRow> = fields
            .into_iter()
            .map(|field| {
                let values: Vec<(Option<String>, bool)> = readings
                    .iter()
                    .enumerate()
                    .map(|(column, reading)| {
                        // Of the first column in a scenario it is of no interest what an earlier scenario saw.
                        let changed = column > 0 && reading.changed.iter().any(|name| name == field);
                        (reading.fields.get(field).map(crate::event::plain), changed)
                    })
                    .collect();
                ConnectionRow {
                    field: field.to_owned(),
                    changed: values.iter().any(|(_, changed)| *changed),
                    values,
                }
            })
            .collect();
        rows.sort_by_key(|row| !row.changed);
        ConnectionTable {
            volume: volume.to_owned(),
            columns: readings
                .iter()
                .map(|reading| (reading.step, reading.expected_site.clone()))
                .collect(),
            rows,
        }
    }
}
