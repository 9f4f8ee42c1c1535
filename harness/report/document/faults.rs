//! What is wrong with a run as a whole, whatever its scenarios say.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Serialize, Serializer};

use super::{CreatedResource, Left, Outcome, RunReport, ScenarioReport};
use crate::counted::{by_count, counted};
use crate::event::{Gap, Journal, Resource, ResourceKind};

/// What is wrong with a run as a whole. One that has any is no pass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The journal ends before the run did.
    EndsEarly {
        /// Whether it ends in the middle of a line.
        torn: bool,
    },
    /// The journal lacks its beginning.
    NoBeginning,
    /// A later version wrote events of these kinds.
    LaterVersion(Vec<String>),
    /// A scenario was asked for and did not begin.
    NeverBegan(String),
    /// A scenario has no verdict, though the run came to its end.
    NoVerdict(String),
    /// A scenario has the verdict passed, and not all of its steps ended well.
    StepsMissing {
        /// The scenario.
        scenario: String,
        /// How many of its steps ended well.
        good: usize,
        /// How many it has.
        planned: usize,
    },
    /// Nothing began.
    NoScenario,
    /// Every scenario was skipped.
    AllSkipped,
    /// Lines of the journal are missing, repeated or in disorder.
    Gap(Gap),
    /// A clean-up says that it left another number of things than are named.
    Miscounted {
        /// What it says.
        left: usize,
        /// How many are named.
        named: usize,
    },
    /// The journal does not say whether a created resource was removed.
    Untold(Resource),
    /// A thing was left.
    Left {
        /// The thing.
        resource: Resource,
        /// Why.
        why: String,
    },
    /// A scenario did not run, and nothing else explains it: skipped tests alone would look like a pass to most readers of JUnit
    /// and subunit.
    NotRun {
        /// The scenario.
        scenario: String,
        /// Why not.
        because: String,
    },
}

impl Fault {
    /// Whether it says that something was left, which is also reported with what was left.
    #[must_use]
    pub fn is_left(&self) -> bool {
        matches!(self, Fault::Left { .. })
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::EndsEarly { torn } => {
                let torn = if *torn { ", in the middle of a line" } else { "" };
                write!(
                    formatter,
                    "the journal ends before the run did{torn}: the run still runs, or it was killed and its resources \
                     may still exist"
                )
            }
            Fault::NoBeginning => formatter.write_str("the journal lacks its beginning"),
            Fault::LaterVersion(kinds) => write!(
                formatter,
                "a later version of cinder-drill wrote events that this one does not know: {}",
                kinds.join(", ")
            ),
            Fault::NeverBegan(scenario) => write!(formatter, "scenario {scenario} was selected but never started"),
            Fault::NoVerdict(scenario) => write!(formatter, "scenario {scenario} has no verdict"),
            Fault::StepsMissing {
                scenario,
                good,
                planned,
            } => write!(
                formatter,
                "scenario {scenario} has the verdict passed, and {good} of its {planned} steps ended well: the journal is damaged"
            ),
            Fault::NoScenario => formatter.write_str("no scenario began"),
            Fault::AllSkipped => formatter.write_str("every scenario was skipped: nothing was proven"),
            Fault::Gap(gap) => write!(formatter, "the journal is damaged: {gap}"),
            Fault::Miscounted { left, named } => write!(
                formatter,
                "the journal is damaged: a clean-up says that it left {}, and {named} {} named",
                counted(*left, "resource"),
                by_count(*named, "is", "are")
            ),
            Fault::Untold(resource) => {
                let name = resource.id.as_deref().unwrap_or(&resource.name);
                let kind = resource.kind.words();
                write!(formatter, "the journal does not say whether {kind} {name} was removed")
            }
            Fault::Left { resource, why } => {
                let name = resource.id.as_deref().unwrap_or(&resource.name);
                write!(formatter, "{} {name} was left behind: {why}", resource.kind.words())
            }
            Fault::NotRun { scenario, because } => write!(formatter, "scenario {scenario} did not run: {because}"),
        }
    }
}

/// In reports it is what it says.
impl JsonSchema for Fault {
    fn schema_name() -> Cow<'static, str> {
        "Fault".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "description": "What is wrong with a run as a whole, in words." })
    }
}

impl Serialize for Fault {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// What is wrong with a run of which all events were folded.
pub(super) fn of(report: &RunReport, journal: &Journal) -> Vec<Fault> {
    let mut faults = Vec::new();
    if !report.complete {
        faults.push(Fault::EndsEarly { torn: journal.torn });
    }
    if report.run.is_empty() {
        faults.push(Fault::NoBeginning);
    }
    if !journal.unknown.is_empty() {
        faults.push(Fault::LaterVersion(journal.unknown.clone()));
    }
    faults.extend(never_began(report).map(Fault::NeverBegan));
    for scenario in &report.scenarios {
        if report.complete && scenario.outcome == Outcome::Unfinished {
            faults.push(Fault::NoVerdict(scenario.name.clone()));
        }
        let good = scenario.steps.iter();
        let good = good
            .filter(|step| step.step.is_some() && step.ended && !step.failed)
            .count();
        if scenario.outcome == Outcome::Passed && good != scenario.planned_steps {
            faults.push(Fault::StepsMissing {
                scenario: scenario.name.clone(),
                good,
                planned: scenario.planned_steps,
            });
        }
    }
    let shard = report.description.as_ref().is_some_and(|found| found.shard.is_some());
    if report.scenarios.is_empty() && !shard && report.complete {
        faults.push(Fault::NoScenario);
    }
    let mut outcomes = report.scenarios.iter().map(|scenario| scenario.outcome).peekable();
    if outcomes.peek().is_some() && outcomes.all(|outcome| outcome == Outcome::Skipped) {
        faults.push(Fault::AllSkipped);
    }
    faults.extend(journal.gaps.iter().copied().map(Fault::Gap));
    faults.extend(miscounted(report));
    faults.extend(report.left.iter().map(|left| Fault::Left {
        resource: left.resource.clone(),
        why: left.why.clone(),
    }));
    let failed =
        |scenario: &ScenarioReport| !matches!(scenario.outcome, Outcome::Passed | Outcome::NotRun | Outcome::Skipped);
    let mut not_run = report
        .scenarios
        .iter()
        .filter(|scenario| scenario.outcome == Outcome::NotRun);
    if faults.is_empty()
        && !report.scenarios.iter().any(failed)
        && let Some(scenario) = not_run.next()
    {
        faults.push(Fault::NotRun {
            scenario: scenario.name.clone(),
            because: scenario.because.clone().unwrap_or_default(),
        });
    }
    faults
}

/// Clean-ups whose counts disagree, and resources whose outcome is missing in the journal.
fn miscounted(report: &RunReport) -> impl Iterator<Item = Fault> {
    let clean_ups = report.clean_ups.iter().filter_map(|clean_up| {
        let left = clean_up.left.filter(|left| *left != clean_up.named)?;
        let named = clean_up.named;
        Some(Fault::Miscounted { left, named })
    });
    let is_told = |created: &&CreatedResource| {
        let named =
            |left: &Left| left.resource.kind == created.resource.kind && left.resource.name == created.resource.name;
        created.removed || report.left.iter().any(named)
    };
    // While anything is left, the lock stays on purpose.
    let kept = |created: &&CreatedResource| created.resource.kind == ResourceKind::Lock && !report.left.is_empty();
    let untold = report.resources.iter();
    let untold = untold.filter(move |created| report.complete && created.made && !is_told(created) && !kept(created));
    clean_ups.chain(untold.map(|created| Fault::Untold(created.resource.clone())))
}

/// The scenarios that were asked for more often than they began.
fn never_began(report: &RunReport) -> impl Iterator<Item = String> {
    let began = report.scenarios.iter().filter(|scenario| !scenario.beginning_only);
    let mut began: Vec<&str> = began.map(|scenario| scenario.name.as_str()).collect();
    let missing = move |name: &&String| match began.iter().position(|found| found == name) {
        Some(position) => {
            began.swap_remove(position);
            false
        }
        None => true,
    };
    report.asked_for.iter().filter(missing).cloned()
}
