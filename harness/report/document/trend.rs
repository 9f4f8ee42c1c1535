//! RTO and RPO over repetitions and runs: how they are spread, and whether they grow.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::RunReport;
use crate::event::{Recovery, RecoveryPhase};

/// What was measured once: of a server, or of a workload.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Measured {
    /// The run.
    pub run: String,
    /// When the run began.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub started: Timestamp,
    /// The scenario.
    pub scenario: String,
    /// The server, or the workload's place and server.
    pub of: String,
    /// How long, in milliseconds.
    pub milliseconds: u64,
    /// How many records, of an RPO.
    pub records: Option<usize>,
}

/// Something that was measured several times. A percentile is the smallest value that so many of a hundred did not exceed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Trend {
    /// What it is of, in words: `RTO of app after the failover in site-loss-bfv`.
    pub name: String,
    /// The median, in milliseconds.
    pub p50: u64,
    /// What all but the largest twentieth were at most.
    pub p95: u64,
    /// The largest.
    pub maximum: u64,
    /// Each measurement, in the order of the runs.
    pub measured: Vec<Measured>,
}

/// The RTO of each server, its phases, and the RPO of each workload that were measured more than once.
pub(super) fn of(runs: &[RunReport]) -> Vec<Trend> {
    let mut groups: Vec<(String, Vec<Measured>)> = Vec::new();
    let mut add = |name: String, measured: Measured| match groups.iter_mut().find(|(known, _)| *known == name) {
        Some((_, group)) => group.push(measured),
        None => groups.push((name, vec![measured])),
    };
    for run in runs {
        let point = |scenario: &str, of: &str, milliseconds: u64, records: Option<usize>| Measured {
            run: run.run.clone(),
            started: run.started,
            scenario: scenario.to_owned(),
            of: of.to_owned(),
            milliseconds,
            records,
        };
        for recovery in &run.recoveries {
            let Recovery {
                scenario,
                server,
                moved,
                ..
            } = recovery;
            if let Some(rto) = recovery.rto() {
                let name = format!("RTO of {server} after the {} in {scenario}", moved.words());
                add(name.clone(), point(scenario, server, rto, None));
                for RecoveryPhase { phase, milliseconds } in &recovery.phases {
                    let name = format!("{name}: {}", phase.words());
                    add(name, point(scenario, server, *milliseconds, None));
                }
            }
        }
        for scenario in run.judged() {
            for workload in &scenario.workloads {
                let Some(judged) = workload.judgements.last() else {
                    continue;
                };
                let (name, of) = (&scenario.name, workload.name());
                let found = &judged.findings;
                let title = format!("RPO of {of} in {name}");
                add(title, point(name, &of, found.lost_milliseconds, Some(found.lost)));
            }
        }
    }
    groups
        .into_iter()
        .filter(|(_, measured)| measured.len() > 1)
        .map(|(name, measured)| {
            let mut times: Vec<u64> = measured.iter().map(|found| found.milliseconds).collect();
            times.sort_unstable();
            let percentile = |share: usize| times[(times.len() * share).div_ceil(100) - 1];
            Trend {
                name,
                p50: percentile(50),
                p95: percentile(95),
                maximum: percentile(100),
                measured,
            }
        })
        .collect()
}
