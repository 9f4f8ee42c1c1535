//! What took time in a scenario.

use schemars::JsonSchema;
use serde::Serialize;

/// A step that began, or the preparation.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct StepReport {
    /// Its index in the plan, from 0; none for the preparation.
    pub step: Option<usize>,
    /// Its verb; `prepare` for the preparation.
    pub verb: String,
    /// What it was to do, in words.
    pub description: String,
    /// When it began, in milliseconds after its scenario did.
    pub began: u64,
    /// How long it took, in milliseconds; until the last event, if it did not end.
    pub milliseconds: u64,
    /// Whether the journal says how it ended.
    pub ended: bool,
    /// Whether it failed.
    pub failed: bool,
    /// What it did, in words.
    pub done: Option<String>,
    /// Why it was not run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub skipped: Option<String>,
    /// What it waited for, in order.
    pub waits: Vec<WaitReport>,
}

/// A wait.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct WaitReport {
    /// What was waited for.
    pub awaited: String,
    /// When it began, in milliseconds after its scenario did.
    pub began: u64,
    /// How long it took, in milliseconds.
    pub milliseconds: u64,
    /// How many times it was asked for; none if the wait did not end well.
    pub polls: Option<u32>,
    /// The states that were seen, in order.
    pub states: Vec<String>,
    /// Whether what was waited for came.
    pub reached: bool,
}
