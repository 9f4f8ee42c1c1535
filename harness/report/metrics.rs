//! OpenMetrics text, for those who watch drills: verdicts, RTO and its phases, RPO, waits and requests.
//!
//! The format is that of <https://github.com/prometheus/OpenMetrics>, version 1.0: base units, a unit is the end of the name, all
//! samples of a family stand together, and no two of them have the same labels.

use std::collections::BTreeSet;
use std::fmt::Write;

use super::document::{Outcome, Report, RunReport, ScenarioReport, Whereabouts};
use super::printable::printable;

/// What each name begins with.
const PREFIX: &str = "cinder_drill_";

/// The kind of a family.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Gauge,
    /// It only grows while a run goes on; its samples end with `_total`.
    Counter,
    /// Facts as labels; its samples end with `_info`.
    Info,
    /// One of several states.
    StateSet,
}

/// A name and the value of a label.
type Label = (&'static str, String);

/// Samples of one name.
struct Family {
    name: String,
    kind: Kind,
    unit: Option<&'static str>,
    help: &'static str,
    samples: Vec<(Vec<Label>, f64)>,
    /// The labels that were taken.
    seen: BTreeSet<Vec<Label>>,
}

impl Family {
    fn new(name: &str, kind: Kind, help: &'static str) -> Family {
        Family {
            name: format!("{PREFIX}{name}"),
            kind,
            unit: None,
            help,
            samples: Vec::new(),
            seen: BTreeSet::new(),
        }
    }

    /// A family whose values have a unit, with which its name ends.
    fn of_unit(name: &str, unit: &'static str, kind: Kind, help: &'static str) -> Family {
        Family {
            unit: Some(unit),
            ..Family::new(&format!("{name}_{unit}"), kind, help)
        }
    }

    fn add(&mut self, labels: Vec<Label>, value: f64) {
        // A label without a value is none.
        let labels: Vec<Label> = labels.into_iter().filter(|(_, value)| !value.is_empty()).collect();
        let numbered = |number: usize| {
            let number = (number > 1).then(|| ("number", number.to_string()));
            labels.iter().cloned().chain(number).collect::<Vec<Label>>()
        };
        // What was measured again in the same place, such as a round of a scenario, has a number from 2 on.
        let free = (1..).map(numbered).find(|labels| !self.seen.contains(labels));
        if let Some(labels) = free {
            self.seen.insert(labels.clone());
            self.samples.push((labels, value));
        }
    }

    fn seconds(&mut self, labels: Vec<Label>, milliseconds: u64) {
        self.add(labels, milliseconds as f64 / 1000.0);
    }

    /// A state of several.
    fn state(&mut self, labels: &[Label], states: &[&'static str], is: &str) {
        for state in states {
            // The state stands in a label that is called as the family.
            let value = if *state == is { 1.0 } else { 0.0 };
            let state = ("", (*state).to_owned());
            self.add(labels.iter().cloned().chain([state]).collect(), value);
        }
    }

    fn write(&self, text: &mut String) -> std::fmt::Result {
        if self.samples.is_empty() {
            return Ok(());
        }
        let (kind, suffix) = match self.kind {
            Kind::Gauge => ("gauge", ""),
            Kind::Counter => ("counter", "_total"),
            Kind::Info => ("info", "_info"),
            Kind::StateSet => ("stateset", ""),
        };
        let name = &self.name;
        writeln!(text, "# TYPE {name} {kind}")?;
        if let Some(unit) = self.unit {
            writeln!(text, "# UNIT {name} {unit}")?;
        }
        writeln!(text, "# HELP {name} {}", escaped(self.help))?;
        for (labels, value) in &self.samples {
            let labels: Vec<String> = labels
                .iter()
                .map(|(label, value)| {
                    let label = if label.is_empty() { name } else { *label };
                    format!("{label}=\"{}\"", escaped(&printable(value)))
                })
                .collect();
            match labels.join(",") {
                none if none.is_empty() => writeln!(text, "{name}{suffix} {value}")?,
                labels => writeln!(text, "{name}{suffix}{{{labels}}} {value}")?,
            }
        }
        Ok(())
    }
}

/// Text as it stands in quotes and after `HELP`.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('\n', "\\n").replace('"', "\\\"")
}

/// The families of a report, in the order in which they are written.
struct Families {
    report_outcome: Family,
    report_faults: Family,
    run: Family,
    run_outcome: Family,
    run_started: Family,
    run_duration: Family,
    backend: Family,
    left: Family,
    faults: Family,
    scenarios: Family,
    outcome: Family,
    duration: Family,
    phase: Family,
    rto: Family,
    rto_phase: Family,
    rpo: Family,
    rpo_records: Family,
    waits: Family,
    waited: Family,
    polls: Family,
    requests: Family,
    request_time: Family,
}

impl Families {
    fn new() -> Families {
        use Kind::{Counter, Gauge, Info, StateSet};
        Families {
            report_outcome: Family::new(
                "report_outcome",
                StateSet,
                "How all of a report ended: as the worst of its runs. Only passed is a pass.",
            ),
            report_faults: Family::new(
                "report_faults",
                Gauge,
                "How many things are wrong with a report as a whole, such as a shard that is missing.",
            ),
            run: Family::new(
                "run",
                Info,
                "A run: its target, its backend, and the version that drilled.",
            ),
            run_outcome: Family::new(
                "run_outcome",
                StateSet,
                "How a run ended: as the worst of its scenarios; with a fault of its own it is no pass.",
            ),
            run_started: Family::of_unit(
                "run_start_timestamp",
                "seconds",
                Gauge,
                "When a run began, since the epoch.",
            ),
            run_duration: Family::of_unit("run_duration", "seconds", Gauge, "How long a run took."),
            backend: Family::new(
                "backend_place",
                StateSet,
                "Where a run has left its backend, by its journal.",
            ),
            left: Family::new("left", Gauge, "How many things a run could not remove."),
            faults: Family::new(
                "run_faults",
                Gauge,
                "How many things are wrong with a run as a whole: with any it is no pass.",
            ),
            scenarios: Family::new("scenarios", Gauge, "How many scenarios of a run ended how."),
            outcome: Family::new(
                "scenario_outcome",
                StateSet,
                "How a scenario ended. Only passed is a pass.",
            ),
            duration: Family::of_unit(
                "scenario_duration",
                "seconds",
                Gauge,
                "How long a scenario took, without what it waited for others.",
            ),
            phase: Family::of_unit("phase", "seconds", Gauge, "How long a phase of a scenario took."),
            rto: Family::of_unit(
                "rto",
                "seconds",
                Gauge,
                "How long a server waited for its data: from the loss of a site, or the request that moved the backend, to the first read and write.",
            ),
            rto_phase: Family::of_unit("rto_phase", "seconds", Gauge, "How long a part of an RTO took."),
            rpo: Family::of_unit(
                "rpo",
                "seconds",
                Gauge,
                "From the newest acknowledged write that a disk kept to the last one of all.",
            ),
            rpo_records: Family::of_unit(
                "rpo",
                "records",
                Gauge,
                "How many acknowledged records of a workload a disk has lost.",
            ),
            waits: Family::new("waits", Counter, "How often a scenario waited for a state."),
            waited: Family::of_unit("wait", "seconds", Counter, "How long a scenario waited for states."),
            polls: Family::new(
                "polls",
                Counter,
                "How often a scenario asked whether a state was there.",
            ),
            requests: Family::new(
                "requests",
                Counter,
                "HTTP requests to OpenStack; without a scenario those of preparation and clean-up of the run.",
            ),
            request_time: Family::of_unit("request", "seconds", Counter, "How long the answers to requests took."),
        }
    }

    fn all(&self) -> [&Family; 22] {
        [
            &self.report_outcome,
            &self.report_faults,
            &self.run,
            &self.run_outcome,
            &self.run_started,
            &self.run_duration,
            &self.backend,
            &self.left,
            &self.faults,
            &self.scenarios,
            &self.outcome,
            &self.duration,
            &self.phase,
            &self.rto,
            &self.rto_phase,
            &self.rpo,
            &self.rpo_records,
            &self.waits,
            &self.waited,
            &self.polls,
            &self.requests,
            &self.request_time,
        ]
    }

    fn run(&mut self, run: &RunReport) {
        let of_run = || vec![("run", run.run.clone())];
        self.run.add(
            vec![
                ("run", run.run.clone()),
                ("target", run.target.clone()),
                ("backend", run.backend.clone()),
                ("version", run.version.clone()),
                ("stand_in", run.stand_in.to_string()),
            ],
            1.0,
        );
        self.run_outcome.state(&of_run(), &OUTCOMES, word(run.outcome()));
        self.run_started
            .add(of_run(), run.started.as_millisecond() as f64 / 1000.0);
        self.run_duration.seconds(of_run(), run.milliseconds);
        let place = match run.whereabouts() {
            Whereabouts::NotMoved => "not-moved",
            Whereabouts::Away => "failed-over",
            Whereabouts::Unknown => "unknown",
            Whereabouts::AtPrimary => "back",
        };
        let places = ["not-moved", "back", "failed-over", "unknown"];
        self.backend.state(
            &[("run", run.run.clone()), ("backend", run.backend.clone())],
            &places,
            place,
        );
        self.left.add(of_run(), run.left.len() as f64);
        self.faults.add(of_run(), run.faults.len() as f64);
        for outcome in OUTCOMES {
            let count = run
                .judged()
                .filter(|scenario| word(scenario.outcome) == outcome)
                .count();
            let labels = vec![("run", run.run.clone()), ("outcome", outcome.to_owned())];
            self.scenarios.add(labels, count as f64);
        }
        for scenario in run.judged() {
            self.scenario(run, scenario);
        }
        for recovery in &run.recoveries {
            let labels = || {
                let chain = Some(&recovery.chain).filter(|chain| **chain != recovery.scenario);
                vec![
                    ("run", run.run.clone()),
                    ("scenario", recovery.scenario.clone()),
                    ("chain", chain.cloned().unwrap_or_default()),
                    ("server", recovery.server.clone()),
                    ("after", recovery.moved.words().to_owned()),
                ]
            };
            if let Some(rto) = recovery.rto() {
                self.rto.seconds(labels(), rto);
                for phase in &recovery.phases {
                    let phase_label = ("phase", phase.phase.words().to_ascii_lowercase());
                    self.rto_phase
                        .seconds(labels().into_iter().chain([phase_label]).collect(), phase.milliseconds);
                }
            }
        }
        self.requests_of(run);
    }

    fn scenario(&mut self, run: &RunReport, scenario: &ScenarioReport) {
        let labels = || of_scenario(run, scenario);
        let with = |label: Label| labels().into_iter().chain([label]).collect::<Vec<Label>>();
        self.outcome.state(&labels(), &OUTCOMES, word(scenario.outcome));
        self.duration.seconds(labels(), scenario.milliseconds);
        for phase in &scenario.phases {
            self.phase
                .seconds(with(("phase", phase.phase.as_str().to_owned())), phase.milliseconds);
        }
        for workload in &scenario.workloads {
            let Some(judged) = workload.judgements.last() else {
                continue;
            };
            let of_workload = || {
                let workload = [("server", workload.guest.clone()), ("place", workload.place.clone())];
                labels().into_iter().chain(workload).collect::<Vec<Label>>()
            };
            self.rpo.seconds(of_workload(), judged.findings.lost_milliseconds);
            self.rpo_records.add(of_workload(), judged.findings.lost as f64);
        }
        let waits = || scenario.steps.iter().flat_map(|step| &step.waits);
        self.waits.add(labels(), waits().count() as f64);
        self.waited
            .seconds(labels(), waits().map(|wait| wait.milliseconds).sum());
        let polls: u64 = waits().filter_map(|wait| wait.polls).map(u64::from).sum();
        self.polls.add(labels(), polls as f64);
    }

    /// Requests by the scenario in which they were sent, the service, the method and the answer.
    fn requests_of(&mut self, run: &RunReport) {
        let mut counted: Vec<(Vec<Label>, u64, u64)> = Vec::new();
        for request in &run.requests {
            let status = request
                .status
                .map_or_else(|| "none".to_owned(), |status| status.to_string());
            let labels = vec![
                ("run", run.run.clone()),
                ("scenario", request.scenario.clone().unwrap_or_default()),
                ("service", request.service.clone()),
                ("method", request.method.clone()),
                ("status", status),
            ];
            match counted.iter_mut().find(|(known, _, _)| *known == labels) {
                Some((_, count, time)) => {
                    *count += 1;
                    *time += request.milliseconds;
                }
                None => counted.push((labels, 1, request.milliseconds)),
            }
        }
        for (labels, count, milliseconds) in counted {
            self.requests.add(labels.clone(), count as f64);
            self.request_time.seconds(labels, milliseconds);
        }
    }
}

/// Each outcome.
const OUTCOMES: [&str; 7] = [
    "passed",
    "failed",
    "error",
    "interrupted",
    "not-run",
    "skipped",
    "unfinished",
];

/// The word of an outcome in a label.
const fn word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Passed => OUTCOMES[0],
        Outcome::Failed => OUTCOMES[1],
        Outcome::Error => OUTCOMES[2],
        Outcome::Interrupted => OUTCOMES[3],
        Outcome::NotRun => OUTCOMES[4],
        Outcome::Skipped => OUTCOMES[5],
        Outcome::Unfinished => OUTCOMES[6],
    }
}

fn of_scenario(run: &RunReport, scenario: &ScenarioReport) -> Vec<Label> {
    let chain = scenario.chain.clone().filter(|chain| *chain != scenario.name);
    let repetition = scenario.repetition.map(|number| number.to_string());
    vec![
        ("run", run.run.clone()),
        ("scenario", scenario.name.clone()),
        ("chain", chain.unwrap_or_default()),
        ("repetition", repetition.unwrap_or_default()),
    ]
}

/// The report as OpenMetrics text.
pub(super) fn metrics(report: &Report) -> String {
    let mut families = Families::new();
    families.report_outcome.state(&[], &OUTCOMES, word(report.outcome));
    families.report_faults.add(Vec::new(), report.faults.len() as f64);
    for run in &report.runs {
        families.run(run);
    }
    let mut text = String::new();
    for family in families.all() {
        // A text takes whatever is written to it.
        let _ = family.write(&mut text);
    }
    text.push_str("# EOF\n");
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{EventKind, Verdict, WorkloadFindings};
    use crate::report::golden::events::{journal, report, run_started, scenario_finished, scenario_started};
    use crate::report::golden::formats::every_outcome;
    use crate::report::golden::recovery::both;

    #[test]
    fn golden_metrics_of_each_outcome() {
        insta::assert_snapshot!(metrics(&report(&every_outcome())));
    }

    #[test]
    fn golden_metrics_of_recoveries() {
        insta::assert_snapshot!(metrics(&report(&both())));
    }

    #[test]
    fn golden_metrics_of_a_workload_are_its_rpo() {
        let judged = |lost, lost_milliseconds| EventKind::WorkloadJudged {
            scenario: "load".to_owned(),
            step: 4,
            guest: "app".to_owned(),
            place: "data".to_owned(),
            rpo: "1s".to_owned(),
            findings: WorkloadFindings {
                lost,
                lost_milliseconds,
                ..WorkloadFindings::default()
            },
            from_memory: 0,
            accepted: true,
        };
        // Of two judgements the last one counts: the disk as it is in the end.
        let text = metrics(&report(&journal(vec![
            run_started(&["load"]),
            scenario_started("load"),
            judged(0, 0),
            judged(3, 250),
            scenario_finished("load", Verdict::Passed),
        ])));
        let of_it: Vec<&str> = text.lines().filter(|line| line.contains("cinder_drill_rpo")).collect();
        insta::assert_snapshot!(of_it.join("\n"), @r#"
        # TYPE cinder_drill_rpo_seconds gauge
        # UNIT cinder_drill_rpo_seconds seconds
        # HELP cinder_drill_rpo_seconds From the newest acknowledged write that a disk kept to the last one of all.
        cinder_drill_rpo_seconds{run="20261124-120000-abcd",scenario="load",server="app",place="data"} 0.25
        # TYPE cinder_drill_rpo_records gauge
        # UNIT cinder_drill_rpo_records records
        # HELP cinder_drill_rpo_records How many acknowledged records of a workload a disk has lost.
        cinder_drill_rpo_records{run="20261124-120000-abcd",scenario="load",server="app",place="data"} 3
        "#);
    }

    #[test]
    fn what_is_measured_again_in_the_same_place_has_a_number() {
        let mut family = Family::of_unit("rto", "seconds", Kind::Gauge, "Said \"so\"\nonce.");
        for milliseconds in [1500, 250, 30] {
            family.seconds(
                vec![("server", "a\"b\\c\nd".to_owned()), ("chain", String::new())],
                milliseconds,
            );
        }
        let mut text = String::new();
        family.write(&mut text).expect("a text");
        insta::assert_snapshot!(text, @r#"
        # TYPE cinder_drill_rto_seconds gauge
        # UNIT cinder_drill_rto_seconds seconds
        # HELP cinder_drill_rto_seconds Said \"so\"\nonce.
        cinder_drill_rto_seconds{server="a\"b\\c\nd"} 1.5
        cinder_drill_rto_seconds{server="a\"b\\c\nd",number="2"} 0.25
        cinder_drill_rto_seconds{server="a\"b\\c\nd",number="3"} 0.03
        "#);
    }
}
