//! From a scenario to a plan.

use super::{Plan, PlannedStep};
use crate::diagnostic::{Diagnostic, Diagnostics, Location};
use crate::document::words_of;
use crate::names::{SiteName, VolumeName};
use crate::scenario::{Scenario, Step};
use crate::state::{State, TARGET_LACKS};
use crate::step::{self, Action, WITHIN};
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
        rto_has_a_movement(part, &mut state.faults);
        for step in &part.steps {
            if let Some(planned) = compile_step(step, &mut state, steps.len()) {
                steps.push(planned);
            }
        }
        state.workloads_are_concluded(&part.name);
    }
    let is_read = steps.len() == chain.iter().map(|part| part.steps.len()).sum::<usize>();
    for part in &chain {
        state.unused(part);
        all_skipped(part, &steps, &mut state);
        if is_read {
            outcomes_are_looked_at(part, &steps, &mut state);
        }
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
        rto: chain
            .iter()
            .filter_map(|part| Some((part.name.clone(), part.rto.as_ref()?.0)))
            .collect(),
        steps,
        warnings: state.faults,
    })
}

fn compile_step(step: &Step, state: &mut State<'_>, index: usize) -> Option<PlannedStep> {
    state.skip = None;
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
    let budget = state.target().budgets.get(verb.budget);
    let limit = step.fields().and_then(|fields| fields.duration(WITHIN));
    if let Some(longer) = limit.filter(|limit| *limit > budget) {
        let name = verb.budget.key();
        let fault = Diagnostic::warning(
            "within-too-long",
            format!(
                "`within` is {}, and the target's budget `{name}` only {}",
                words_of(longer),
                words_of(budget)
            ),
        );
        let at = step
            .fields()
            .and_then(|fields| fields.get(WITHIN))
            .map_or(&step.at, |node| &node.at);
        state.fault(
            fault
                .at(at, "the shorter one counts")
                .help(format!("raise `budgets.{name}` in the target")),
        );
    }
    let round = step
        .round
        .as_ref()
        .map(|round| format!(" ({round})"))
        .unwrap_or_default();
    Some(PlannedStep {
        index,
        scenario: state.scenario.clone(),
        verb: verb.field.key,
        description: compiled.action.describe() + &round,
        at: step.at.clone(),
        action: compiled.action,
        budget: limit.map_or(budget, |limit| limit.min(budget)),
        limit,
        changes: verb.change.is_some(),
        undo: compiled.undo,
        locks: compiled.locks,
        skipped: state.skip.take(),
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
        // Whether a look at a mirror counts is known only when it is compiled.
        let looks = |step: &Step| step.looks_at_the_outcome() || verb(step) == "expect-mirrored";
        if moves && !scenario.steps[index + 1..].iter().any(looks) {
            faults.push(nobody_looks(verb(step), &step.at));
        }
    }
}

fn nobody_looks(verb: &str, at: &Location) -> Diagnostic {
    Diagnostic::error("proves-nothing", format!("nothing checks the outcome of this {verb}"))
        .at(at, "")
        .note("Cinder's service status alone says `failed-over` even when volumes are lost")
        .help(
            "add a later `read` or `expect-connection`; or `expect-mirrored` at the site that took over, of a volume that is attached nowhere",
        )
}

/// After each move somebody looks at its outcome. Of a volume that a server has, only the server and its connection say whether it
/// is served; of one that no server has, both sites' word on who is primary is all that there is, and it is enough.
fn outcomes_are_looked_at(scenario: &Scenario, steps: &[PlannedStep], state: &mut State<'_>) {
    let own: Vec<&PlannedStep> = steps.iter().filter(|step| step.scenario == scenario.name).collect();
    let attached = |volume: &VolumeName| {
        let is_attached =
            |step: &PlannedStep| matches!(&step.action, Action::Attach(attach) if attach.volume == *volume);
        let boots = |state: &State<'_>| state.volumes.get(volume).is_some_and(|known| known.boots.is_some());
        boots(state) || steps.iter().any(is_attached)
    };
    let mut unseen = Vec::new();
    for (index, moved) in own.iter().enumerate() {
        let to = match moved.verb {
            "failover" => SiteName::Secondary,
            "failback" => SiteName::Primary,
            _ => continue,
        };
        // What comes after the next move says nothing of this one.
        let after = own[index + 1..].iter();
        let until_next = after
            .clone()
            .take_while(|step| !matches!(step.verb, "failover" | "failback"));
        let is_mirror = |step: &&PlannedStep| match &step.action {
            Action::ExpectMirrored(look) => {
                step.skipped.is_none() && look.primary == to && !look.lost && !attached(&look.volume)
            }
            _ => false,
        };
        // Every step has its plan, so they stand side by side.
        let looks = scenario.steps.iter().skip(index + 1).any(Step::looks_at_the_outcome);
        if !looks && !until_next.copied().any(|step| is_mirror(&step)) {
            unseen.push(nobody_looks(moved.verb, &moved.at));
        }
    }
    unseen.into_iter().for_each(|fault| state.fault(fault));
}

/// A scenario all of whose checks are skipped on a target proves nothing there.
fn all_skipped(scenario: &Scenario, steps: &[PlannedStep], state: &mut State<'_>) {
    let own = || steps.iter().filter(|step| step.scenario == scenario.name);
    let mut checks = own()
        .filter(|step| step::verb(step.verb).is_some_and(|verb| verb.checks))
        .peekable();
    let Some(because) = checks.peek().and_then(|first| first.skipped.clone()) else {
        return;
    };
    if checks.all(|step| step.skipped.is_some()) {
        let fault = Diagnostic::error(
            TARGET_LACKS,
            format!(
                "the scenario `{}` checks nothing on the target {}",
                scenario.name,
                state.target().name
            ),
        )
        .at(&scenario.at, "every step that checks something is skipped")
        .note(because);
        state.fault(fault);
    }
}

/// An RTO is counted from a failover or a failback.
fn rto_has_a_movement(scenario: &Scenario, faults: &mut Diagnostics) {
    let Some((_, at)) = &scenario.rto else { return };
    let unread = scenario.steps.iter().any(|step| step.verb.is_none());
    let moves = |step: &Step| {
        step.verb
            .is_some_and(|verb| matches!(verb.field.key, "failover" | "failback"))
    };
    if !unread && !scenario.steps.iter().any(moves) {
        faults.push(
            Diagnostic::error(
                "nothing-to-check",
                format!("the scenario `{}` moves nothing", scenario.name),
            )
            .at(at, "an RTO is counted from a failover or a failback")
            .help("leave `rto` out, or add a `failover`"),
        );
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
