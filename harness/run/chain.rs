//! Scenarios that continue one another, run on one set of resources.

use std::collections::BTreeSet;

use crate::diagnostic::Location;
use crate::event::{EventKind, Recorder};
use crate::names::ScenarioName;
use crate::plan::{Plan, PlannedStep};
use crate::scenario::ScenarioSet;
use crate::session::Movement;

/// A scenario in a chain.
#[derive(Clone, Debug)]
pub struct Link {
    /// Its name.
    pub scenario: ScenarioName,
    /// What it proves, in one sentence.
    pub summary: String,
    /// Whether its verdict was requested, or it runs only because the next one continues it.
    pub asked_for: bool,
    /// Where it is written.
    pub at: Option<Location>,
}

/// Scenarios that continue one another, in order, on one set of resources.
#[derive(Clone, Debug)]
pub struct Chain {
    /// The plan of the last one, which holds the steps of all.
    pub plan: Plan,
    /// The scenarios. The first has no beginning of its own.
    pub links: Vec<Link>,
}

impl Chain {
    /// The chain that ends with the scenario of `plan`. Each scenario that was asked for counts in one chain only:
    /// `counted` holds those that have their chain.
    #[must_use]
    pub fn new(plan: Plan, scenarios: &ScenarioSet, counted: &mut BTreeSet<ScenarioName>) -> Chain {
        let link = |scenario: &ScenarioName| Link {
            scenario: scenario.clone(),
            summary: scenarios
                .get(scenario)
                .map(|found| found.summary.clone())
                .unwrap_or_default(),
            at: scenarios.get(scenario).map(|found| found.at.clone()),
            asked_for: scenarios.requested().any(|asked| asked.name == *scenario) && counted.insert(scenario.clone()),
        };
        let links = plan.chain.iter().chain([&plan.scenario]).map(link).collect();
        Chain { plan, links }
    }

    /// Its name: that of its last scenario, which no other chain ends with.
    #[must_use]
    pub fn name(&self) -> &str {
        self.plan.scenario.as_str()
    }

    /// The failovers and failbacks that it has, in order.
    pub fn movements(&self) -> impl Iterator<Item = Movement> {
        self.plan.steps.iter().filter_map(|step| step.action.movement())
    }

    /// Whether it breaks what others stand on.
    pub fn harms_others(&self) -> bool {
        self.plan.steps.iter().any(|step| step.action.harms_others())
    }

    /// The steps of one of its scenarios.
    pub(super) fn steps<'a>(&'a self, link: &'a Link) -> impl Iterator<Item = &'a PlannedStep> {
        self.plan.steps.iter().filter(|step| step.scenario == link.scenario)
    }

    /// Records that a scenario begins.
    pub(super) fn record_start(&self, link: &Link, recorder: &Recorder) {
        recorder.record(EventKind::ScenarioStarted {
            scenario: link.scenario.to_string(),
            summary: link.summary.clone(),
            steps: self.steps(link).count(),
            beginning_only: !link.asked_for,
        });
    }
}
