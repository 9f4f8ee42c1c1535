//! A run in a report.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::{Counts, Fault, Outcome, Recovery, RecoveryStatistics, ScenarioReport};
use crate::event::{Resource, ResourceKind, RunDescription};
use crate::failure::Failure;

/// A run in a report.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct RunReport {
    /// The run's id.
    pub run: String,
    /// The version of cinder-drill that ran it.
    pub version: String,
    /// The target's name.
    pub target: String,
    /// `host@backend`.
    pub backend: String,
    /// When it began.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub started: Timestamp,
    /// How long it took, in milliseconds; until the last event, if it did not end.
    pub milliseconds: u64,
    /// Whether the journal has its end. One that has not may be going on, or was killed.
    pub complete: bool,
    /// What is wrong with the run as a whole. Not empty means that it is no pass, whatever its scenarios say.
    pub faults: Vec<Fault>,
    /// The scenarios that were asked for, in the order in which they were to run.
    pub asked_for: Vec<String>,
    /// The scenarios in the order in which they began.
    pub scenarios: Vec<ScenarioReport>,
    /// What each server waited for its data after a failover or failback.
    pub recoveries: Vec<Recovery>,
    /// What the recoveries of all servers have in common.
    pub recovery_statistics: Vec<RecoveryStatistics>,
    /// What was noticed outside of scenarios.
    pub notices: Vec<String>,
    /// The resources that the run created and has to remove.
    pub resources: Vec<CreatedResource>,
    /// What could not be removed.
    pub left: Vec<Left>,
    /// The clean-ups.
    pub clean_ups: Vec<CleanUp>,
    /// Every request, in order.
    pub requests: Vec<Request>,
    /// How many polls the waits took.
    pub polls: u64,
    /// The plan, the target without secrets and the versions; absent in journals of the first versions.
    pub description: Option<RunDescription>,
    /// Whether the cloud was simcloud, embedded or served: the run then proves nothing about any storage.
    pub stand_in: bool,
}

/// A thing that the run asked the cloud for.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct CreatedResource {
    /// The thing.
    pub resource: Resource,
    /// Whether the cloud accepted it.
    pub made: bool,
    /// Whether it is gone again.
    pub removed: bool,
}

/// A thing that could not be removed, or was left on purpose.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Left {
    /// The thing.
    pub resource: Resource,
    /// Why it is still there.
    pub why: String,
    /// What to do about it.
    pub help: Option<String>,
    /// Why, with all that was seen; none for what was left on purpose.
    #[serde(skip)]
    pub failure: Option<Failure>,
}

/// A clean-up.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct CleanUp {
    /// When it began, in milliseconds after the run did.
    pub began: u64,
    /// How long it took, in milliseconds; none if it did not end.
    pub milliseconds: Option<u64>,
    /// How many things it was to remove.
    pub resources: usize,
    /// How many things it says that it could not remove; none if it did not end.
    pub left: Option<usize>,
    /// How many things the journal names that it could not remove.
    pub named: usize,
}

/// An HTTP request.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Request {
    /// When it was answered, in milliseconds after the run began.
    pub at: u64,
    /// The scenario in which it was sent.
    pub scenario: Option<String>,
    /// The step's index in which it was sent.
    pub step: Option<usize>,
    /// The catalog's service type.
    pub service: String,
    /// The HTTP method.
    pub method: String,
    /// The URL, without secrets.
    pub url: String,
    /// The HTTP status, if there was an answer.
    pub status: Option<u16>,
    /// `X-Openstack-Request-Id`.
    pub request_id: Option<String>,
    /// How long it took, in milliseconds.
    pub milliseconds: u64,
    /// 1 for the first attempt.
    pub attempt: u32,
    /// Why there was no answer.
    pub error: Option<String>,
}

/// Where a run has left its backend, by its journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whereabouts {
    /// The run did not move it.
    NotMoved,
    /// It was moved, and is back on its primary site.
    AtPrimary,
    /// It is failed over.
    Away,
    /// A move was sent, and the journal does not say what came of it.
    Unknown,
}

impl Whereabouts {
    /// In words, after the backend's name.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Whereabouts::NotMoved => "was not moved",
            Whereabouts::AtPrimary => "is back on its primary site",
            Whereabouts::Away => "is failed over",
            Whereabouts::Unknown => "may be failed over: the journal does not say",
        }
    }
}

impl RunReport {
    /// Where the run has left the backend.
    #[must_use]
    pub fn whereabouts(&self) -> Whereabouts {
        let is_move = |created: &&CreatedResource| created.resource.kind == ResourceKind::Failover;
        let moves = || self.resources.iter().filter(is_move);
        let open = || moves().filter(|created| !created.removed);
        if open().any(|created| !created.made) {
            Whereabouts::Unknown
        } else if open().next().is_some() {
            Whereabouts::Away
        } else if moves().next().is_some() {
            Whereabouts::AtPrimary
        } else {
            Whereabouts::NotMoved
        }
    }

    /// The scenarios that count.
    pub fn judged(&self) -> impl Iterator<Item = &ScenarioReport> {
        self.scenarios.iter().filter(|scenario| scenario.counts())
    }

    /// How many scenarios ended how.
    #[must_use]
    pub fn counts(&self) -> Counts {
        Counts::of(self.judged())
    }

    /// How the run ended. An expectation that did not hold stays one, whatever else went wrong; otherwise as the worst of
    /// its scenarios, and a run with faults is an error at least.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        let outcomes = || self.judged().map(|scenario| scenario.outcome);
        let any = |wanted: Outcome| outcomes().any(|outcome| outcome == wanted);
        if any(Outcome::Failed) {
            Outcome::Failed
        } else if !self.complete || any(Outcome::Unfinished) {
            Outcome::Unfinished
        } else if any(Outcome::Interrupted) {
            Outcome::Interrupted
        } else if !self.faults.is_empty() || any(Outcome::Error) {
            Outcome::Error
        } else if any(Outcome::Passed)
            && outcomes().all(|outcome| matches!(outcome, Outcome::Passed | Outcome::Skipped))
        {
            Outcome::Passed
        } else {
            Outcome::NotRun
        }
    }
}
