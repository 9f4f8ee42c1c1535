//! Failures of a run, in the form of faults of its files.

use super::Prepared;
use crate::diagnostic::{SourceMap, render};
use crate::failure::Failure;
use crate::report::document::as_fault;

/// A failure that points at the step in which it happened.
pub(super) fn in_scenario(
    prepared: &Prepared,
    scenario: &str,
    step: Option<usize>,
    failure: &Failure,
    color: bool,
) -> String {
    let mut steps = prepared.plans.iter().flat_map(|plan| &plan.steps);
    let place = step.and_then(|index| steps.find(|step| step.index == index && step.scenario.as_str() == scenario));
    let fault = as_fault(failure);
    let fault = match place {
        Some(step) => fault.at(&step.at, "in this step"),
        None => fault,
    };
    render(&fault, &prepared.sources, color)
}

/// A failure that has no place in a file.
pub(super) fn as_text(failure: &Failure, color: bool) -> String {
    render(&as_fault(failure), &SourceMap::default(), color)
}
