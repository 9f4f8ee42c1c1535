//! What a scenario compiles to for a target.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Serialize, Serializer};

use crate::cloud::BackendHost;
use crate::diagnostic::{Diagnostics, Location};
use crate::names::{ScenarioName, ServerName};
use crate::state::{Boot, PlannedVolume};
use crate::step::Action;
use crate::targets::TargetName;

/// A scenario, and all that it continues, with every step resolved for a target. It never changes.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Plan {
    /// The scenario.
    pub scenario: ScenarioName,
    /// What it proves, in one sentence.
    pub summary: String,
    /// The scenarios whose steps come before its own, first one first.
    pub chain: Vec<ScenarioName>,
    /// The target that it was compiled for.
    pub target: TargetName,
    /// The backend that is drilled.
    pub backend: BackendHost,
    /// The volumes to make before the first step, those of the chain first.
    pub volumes: Vec<PlannedVolume>,
    /// The servers to make before the first step, after the volumes.
    pub servers: Vec<PlannedServer>,
    /// How long a server may wait for its data, in seconds, by the scenarios that say so.
    #[serde(serialize_with = "all_seconds", skip_serializing_if = "BTreeMap::is_empty")]
    pub rto: BTreeMap<ScenarioName, Duration>,
    /// The steps of the chain, then those of the scenario.
    pub steps: Vec<PlannedStep>,
    /// What is odd, but no reason to stop.
    #[serde(skip)]
    pub warnings: Diagnostics,
}

/// A server to make.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct PlannedServer {
    /// Its name in the scenario.
    pub name: ServerName,
    /// What it boots from.
    pub boot: Boot,
    /// Where it is declared.
    pub at: Location,
}

/// A step, resolved.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct PlannedStep {
    /// Its place in [`Plan::steps`], counted from 0; people see one more.
    pub index: usize,
    /// The scenario that it was written in.
    pub scenario: ScenarioName,
    /// Its verb.
    pub verb: &'static str,
    /// What it does, in one line of plain words.
    pub description: String,
    /// Where it is written.
    pub at: Location,
    /// What it does.
    pub action: Action,
    /// How long it may take.
    #[serde(rename = "budget-seconds", serialize_with = "seconds")]
    pub budget: Duration,
    /// How long the scenario lets it take, if it says so: its waits end then, and having taken longer is a failure.
    #[serde(
        rename = "within-seconds",
        serialize_with = "limit_seconds",
        skip_serializing_if = "Option::is_none"
    )]
    pub limit: Option<Duration>,
    /// Whether it changes anything in the cloud or in a guest. A change is sent once, never again.
    pub changes: bool,
    /// How it is undone, in words; none if there is nothing to undo, or if it goes when the run's resources go.
    pub undo: Option<String>,
    /// What no other run may touch while it runs, in words.
    pub locks: Vec<String>,
    /// Why it is not run on this target, decided before the run; none if it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub skipped: Option<String>,
}

fn all_seconds<S: Serializer>(rto: &BTreeMap<ScenarioName, Duration>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(rto.iter().map(|(name, rto)| (name, rto.as_secs_f64())))
}

fn limit_seconds<S: Serializer>(limit: &Option<Duration>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_some(&limit.map(|limit| limit.as_secs_f64()))
}

/// Budgets in JSON are plain numbers of seconds.
fn seconds<S: Serializer>(budget: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(budget.as_secs_f64())
}
