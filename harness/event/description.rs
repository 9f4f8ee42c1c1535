//! What a run is about to do, and on what, for reports that have only the journal.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// What a run is about to do, and on what. Holds no secrets.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct RunDescription {
    /// The versions of what took part, by its name.
    pub versions: BTreeMap<String, String>,
    /// The target, without secrets and without how its commands are prefixed.
    pub target: Map<String, Value>,
    /// A plan for each chain of scenarios, in the order in which they run.
    pub plans: Vec<PlanRecord>,
    /// Where each scenario is written, by its name; absent in journals of the first versions.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub scenarios: BTreeMap<String, PlaceRecord>,
    /// The texts of the scenarios' files, by the paths that [`PlaceRecord::file`] names.
    pub sources: BTreeMap<String, String>,
    /// Which shard of how many this run is.
    pub shard: Option<ShardRecord>,
    /// How often each chain runs.
    pub repetitions: Option<u32>,
}

/// A part of all scenarios.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct ShardRecord {
    /// Which one, from 1.
    pub index: u32,
    /// Of how many.
    pub count: u32,
}

/// A plan, as it was when the run began.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PlanRecord {
    /// The scenario.
    pub scenario: String,
    /// The scenarios that it continues, first one first.
    pub chain: Vec<String>,
    /// What is made first, in words, one thing each.
    pub makes: Vec<String>,
    /// The steps.
    pub steps: Vec<PlannedStepRecord>,
}

/// A step of a plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PlannedStepRecord {
    /// Its index in the plan, from 0.
    pub step: usize,
    /// The scenario that it was written in.
    pub scenario: String,
    /// Its verb.
    pub verb: String,
    /// What it does, in one line.
    pub description: String,
    /// Where it is written.
    pub at: PlaceRecord,
    /// How long it may take, in milliseconds.
    pub budget: u64,
    /// Whether it changes anything in the cloud or in a guest.
    pub changes: bool,
    /// How it is undone, in words.
    pub undo: Option<String>,
    /// What no other run may touch meanwhile.
    pub locks: Vec<String>,
}

/// A place in a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PlaceRecord {
    /// The file, as the user named it.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// The first byte that is meant, and the one after the last.
    pub span: (usize, usize),
}

/// What one site says of the image of a volume.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MirrorState {
    /// The site's name in the target.
    pub site: String,
    /// Whether its copy is the primary one; absent if it has no copy or does not mirror it.
    pub primary: Option<bool>,
    /// What its daemon reports, for example `up+replaying`; absent if it was not asked.
    pub state: Option<String>,
    /// What it says beyond that.
    pub note: Option<String>,
}
