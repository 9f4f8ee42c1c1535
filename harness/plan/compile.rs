//! From a scenario to a plan.

use super::{Plan, PlannedStep};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::scenario::{Scenario, Step};
use crate::state::State;
use crate::step::{self, Action};
use crate::targets::Target;

/// Compiles a scenario for a target. `continued` is what the scenario goes on from, first one first
/// ([`crate::scenario::ScenarioSet::chain`]). Touches nothing.
///
/// # Errors
/// All faults of the scenario and of what it goes on from. A scenario that was read with errors never compiles; those
/// errors are not among the faults, as they are known already.
pub fn compile(scenario: &Scenario, continued: &[&Scenario], target: &Target) -> Result<Plan, Diagnostics> {
    let mut chain: Vec<&Scenario> = continued.to_vec();
    chain.push(scenario);
    let mut state = State::new(target, scenario.name.clone());
    // A scenario that is missing from the chain may declare what seems undeclared, and do what seems undone.
    let whole = chain.first().is_none_or(|first| first.continues.is_none());
    state.names_certain = whole && chain.iter().all(|part| part.names_certain);
    state.order_certain = whole;
    for part in &chain {
        // A part with faults may have meant to declare more than could be read.
        state.declare(part);
        state.find_mount_points(part);
    }
    let mut steps = Vec::new();
    for part in &chain {
        state.scenario = part.name.clone();
        proves_something(part, &mut state.faults);
        for step in &part.steps {
            if let Some(planned) = compile_step(step, &mut state, steps.len()) {
                steps.push(planned);
            }
        }
    }
    for part in &chain {
        state.unused(part);
    }
    no_log(&mut state, &steps);
    state.witnesses(&steps);
    let broken = chain.iter().any(|part| !part.complete) || !whole;
    if broken || state.faults.has_errors() {
        return Err(state.faults);
    }
    Ok(Plan {
        scenario: scenario.name.clone(),
        summary: scenario.summary.clone(),
        chain: continued.iter().map(|part| part.name.clone()).collect(),
        target: target.name.clone(),
        backend: target.backend.clone(),
        volumes: state.planned_volumes(&chain),
        servers: state.planned_servers(&chain),
        steps,
        warnings: state.faults,
    })
}

fn compile_step(step: &Step, state: &mut State<'_>, index: usize) -> Option<PlannedStep> {
    let compiled = step.verb.zip(step.fields()).and_then(|(verb, arguments)| {
        let compiled = (verb.compile)(
            state,
            &step::Step {
                arguments,
                at: &step.at,
            },
        );
        if compiled.is_none() && verb.change.is_some() {
            state.order_certain = false;
        }
        Some((verb, compiled?))
    });
    if step.verb.is_none() {
        // It is not known what the step would have changed.
        state.order_certain = false;
    }
    let (verb, compiled) = compiled?;
    Some(PlannedStep {
        index,
        scenario: state.scenario.clone(),
        verb: verb.field.key,
        description: compiled.action.describe(),
        at: step.at.clone(),
        action: compiled.action,
        budget: state.target().budgets.get(verb.budget),
        changes: verb.change.is_some(),
        undo: compiled.undo,
        locks: compiled.locks,
    })
}

/// A scenario must check something, and look at the outcome of every failover.
fn proves_something(scenario: &Scenario, faults: &mut Diagnostics) {
    if scenario.steps.iter().any(|step| step.verb.is_none()) {
        // What could not be read may be the check.
        return;
    }
    let verb = |step: &Step| step.verb.map_or("", |verb| verb.field.key);
    if !scenario.steps.is_empty()
        && !scenario
            .steps
            .iter()
            .any(|step| step.verb.is_some_and(|verb| verb.checks))
    {
        faults.push(
            Diagnostic::error(
                "proves-nothing",
                format!("the scenario `{}` checks nothing", scenario.name),
            )
            .at(&scenario.at, "")
            .note("it would pass whatever the cloud does")
            .help("add a step that checks: `read`, `expect-connection`, `expect-mirrored` or `expect-replicated`"),
        );
        return;
    }
    for (index, step) in scenario.steps.iter().enumerate() {
        let moves = matches!(verb(step), "failover" | "failback");
        let looks = |step: &Step| matches!(verb(step), "read" | "expect-connection");
        if moves && !scenario.steps[index + 1..].iter().any(looks) {
            faults.push(
                Diagnostic::error(
                    "proves-nothing",
                    format!("nothing checks the outcome of this {}", verb(step)),
                )
                .at(&step.at, "")
                .note("Cinder's service status alone says `failed-over` even when volumes are lost")
                .help("add a later `read` or `expect-connection`"),
            );
        }
    }
}

/// Connection info should be read from both places.
fn no_log(state: &mut State<'_>, steps: &[PlannedStep]) {
    let first = steps
        .iter()
        .find(|step| matches!(step.action, Action::ExpectConnection(_)));
    if let Some(first) = first.filter(|_| state.target().volume_logs.is_empty()) {
        let fault = Diagnostic::warning(
            "no-volume-log",
            format!("the target {} has no `volume-log`", state.target().name),
        )
        .at(&first.at, "connection info is read from the attachments API only")
        .note("reports will say that the log is not configured");
        state.fault(fault);
    }
}
