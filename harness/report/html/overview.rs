//! The first screen: a line a scenario, with a small timeline.

use serde::Serialize;

use crate::report::document::{Outcome, RunReport, ScenarioReport, StepReport};

/// The steps that a small timeline shows apart from the others: what moves the backend, and what renews connections.
const SHOWN: [(&str, &str); 5] = [
    ("failover", "move"),
    ("failback", "move"),
    ("lose", "lost"),
    ("restore", "lost"),
    ("reconnect", "renew"),
];

/// A scenario on the first screen.
#[derive(Debug, Serialize)]
pub(super) struct Line {
    name: String,
    repetition: Option<u32>,
    outcome: Outcome,
    milliseconds: u64,
    beginning_only: bool,
    why: Option<String>,
    /// The parts of the timeline: where each begins and how wide it is, in percent; and what it shows.
    parts: Vec<(String, String, &'static str)>,
    rto: Option<u64>,
    rpo: Option<u64>,
}

/// What the lines of a run are measured against.
#[derive(Debug, Default, Serialize)]
pub(super) struct Overview {
    lines: Vec<Line>,
    longest_rto: u64,
    longest_rpo: u64,
}

impl Overview {
    pub fn of(run: &RunReport) -> Overview {
        let lines: Vec<Line> = run.scenarios.iter().map(|scenario| line(run, scenario)).collect();
        Overview {
            longest_rto: lines.iter().filter_map(|line| line.rto).max().unwrap_or(0),
            longest_rpo: lines.iter().filter_map(|line| line.rpo).max().unwrap_or(0),
            lines,
        }
    }
}

fn line(run: &RunReport, scenario: &ScenarioReport) -> Line {
    let own = run.recoveries.iter().filter(|found| {
        found.scenario == scenario.name && scenario.chain.as_ref().is_none_or(|chain| *chain == found.chain)
    });
    let judged = scenario.workloads.iter().flat_map(|workload| &workload.judgements);
    let span = span(scenario);
    Line {
        name: scenario.name.clone(),
        repetition: scenario.repetition,
        outcome: scenario.outcome,
        milliseconds: scenario.milliseconds,
        beginning_only: scenario.beginning_only,
        why: (scenario.failure.as_ref().map(|failure| failure.summary.clone())).or_else(|| scenario.because.clone()),
        parts: parts(&scenario.steps, span),
        rto: own.filter_map(crate::event::Recovery::rto).max(),
        rpo: judged.map(|judged| judged.findings.lost_milliseconds).max(),
    }
}

/// How long a timeline is, in milliseconds: until its last step or wait ended. A scenario's own time is shorter, since neither
/// preparation nor what it waited for others counts.
pub(super) fn span(scenario: &ScenarioReport) -> u64 {
    let ends = scenario.steps.iter().flat_map(|step| {
        let waits = step.waits.iter().map(|wait| wait.began + wait.milliseconds);
        waits.chain([step.began + step.milliseconds])
    });
    ends.max().unwrap_or_default().max(1)
}

/// Steps of one kind that follow each other are one part: what is narrower than a pixel is seen only together.
fn parts(steps: &[StepReport], span: u64) -> Vec<(String, String, &'static str)> {
    let mut parts: Vec<(u64, u64, &'static str)> = Vec::new();
    for step in steps {
        let kind = match SHOWN.iter().find(|(verb, _)| *verb == step.verb) {
            _ if step.failed => "failed",
            Some((_, kind)) => kind,
            None if step.step.is_none() => "prepare",
            None => "work",
        };
        let end = step.began + step.milliseconds;
        match parts.last_mut() {
            Some((_, last, known)) if *known == kind => *last = end.max(*last),
            _ => parts.push((step.began, end, kind)),
        }
    }
    // What would not be seen is left out, unless it is why the scenario failed.
    parts.retain(|(begin, end, kind)| *kind == "failed" || (end - begin) * 400 >= span);
    let width = |begin: u64, end: u64| share(end.min(span).saturating_sub(begin), span);
    let drawn = parts
        .into_iter()
        .map(|(begin, end, kind)| (share(begin, span), width(begin, end), kind));
    drawn.collect()
}

/// A part of a whole in percent, never more than all.
fn share(part: u64, whole: u64) -> String {
    super::page::percent(part as f64, whole as f64)
}
