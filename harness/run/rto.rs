//! Whether the servers of a scenario had their data back in time.

use std::time::Duration;

use crate::event::{MoveKind, Recovery};
use crate::failure::{Cause, Failure};
use crate::names::{ScenarioName, ServerName};
use crate::plan::Plan;
use crate::session::Context;

/// Judges what each server of a scenario waited for its data after each movement of the scenario, if it or the target says how
/// long that may be. Each by itself: what others took is not counted.
///
/// # Errors
/// A server waited longer, or never read.
pub(super) fn require_rto(context: &Context, plan: &Plan, scenario: &ScenarioName) -> Result<(), Failure> {
    let Some(limit) = plan.rto.get(scenario).copied().or(context.target.rto) else {
        return Ok(());
    };
    let moves: Vec<MoveKind> = plan
        .steps
        .iter()
        .filter(|step| step.scenario == *scenario)
        .filter_map(|step| MoveKind::of(step.verb))
        .collect();
    let recoveries = context.recorder.recoveries();
    let own: Vec<&Recovery> = recoveries
        .iter()
        .filter(|found| found.chain == context.resources.chain && found.scenario == scenario.as_str())
        .collect();
    let servers: Vec<&ServerName> = plan.servers.iter().map(|server| &server.name).collect();
    judge(&own, &servers, &moves, limit)
}

fn judge(
    recoveries: &[&Recovery],
    servers: &[&ServerName],
    moves: &[MoveKind],
    limit: Duration,
) -> Result<(), Failure> {
    for server in servers {
        for kind in moves {
            let of_server = |found: &&&Recovery| found.server == server.as_str() && found.moved == *kind;
            let mut read = recoveries
                .iter()
                .filter(of_server)
                .filter(|found| found.rto().is_some())
                .peekable();
            if read.peek().is_none() {
                return Err(never(server, *kind, limit));
            }
            if let Some(late) = read.find(|found| found.rto().is_some_and(|rto| u128::from(rto) > limit.as_millis())) {
                return Err(late_failure(late, limit));
            }
        }
    }
    Ok(())
}

fn late_failure(late: &Recovery, limit: Duration) -> Failure {
    let seconds = Duration::from_millis(late.rto().unwrap_or_default()).as_secs_f64();
    let mut failure = Failure::expectation(format!(
        "server {} had its data back {seconds:.1} s after the {}, later than its RTO of {:.1} s",
        late.server,
        late.moved.words(),
        limit.as_secs_f64()
    ))
    .caused_by(Cause::RtoMissed);
    for found in &late.phases {
        let seconds = Duration::from_millis(found.milliseconds).as_secs_f64();
        failure = failure.detail(found.phase.words(), format!("{seconds:.2} s"));
    }
    failure.help("the phases above say where the time went: shorten the longest, or raise `rto` if it is right")
}

fn never(server: &ServerName, kind: MoveKind, limit: Duration) -> Failure {
    Failure::expectation(format!(
        "server {server} read nothing after the {}, so that it has no RTO",
        kind.words()
    ))
    .detail("expected", format!("its data back within {:.1} s", limit.as_secs_f64()))
    .help("add a `read` or an `expect-workload` of each server after the movement, or leave `rto` out")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{RecoveryPhase, RecoveryPhaseName};

    fn recovery(first_read: Option<u64>, first_write: Option<u64>) -> Recovery {
        Recovery {
            scenario: "s".to_owned(),
            chain: "s".to_owned(),
            moved: MoveKind::Failover,
            server: "app".to_owned(),
            first_read,
            first_write,
            phases: vec![
                RecoveryPhase {
                    phase: RecoveryPhaseName::Api,
                    milliseconds: 1000,
                },
                RecoveryPhase {
                    phase: RecoveryPhaseName::Boot,
                    milliseconds: 8500,
                },
            ],
        }
    }

    fn judged(recoveries: &[Recovery], kind: MoveKind) -> String {
        let app = ServerName::new("app").expect("a name");
        let recoveries: Vec<&Recovery> = recoveries.iter().collect();
        match judge(&recoveries, &[&app], &[kind], Duration::from_secs(10)) {
            Ok(()) => "in time".to_owned(),
            Err(failure) => failure.to_string(),
        }
    }

    #[test]
    fn each_server_is_judged_by_its_last_of_read_and_write() {
        let failover = MoveKind::Failover;
        assert_eq!(judged(&[recovery(Some(10_000), Some(9_000))], failover), "in time");
        insta::assert_snapshot!(judged(&[recovery(Some(9_000), Some(10_001))], failover), @"
        server app had its data back 10.0 s after the failover, later than its RTO of 10.0 s
          API: 1.00 s
          boot: 8.50 s
          help: the phases above say where the time went: shorten the longest, or raise `rto` if it is right
        ");
        let never = judged(&[recovery(None, Some(1))], failover);
        assert!(
            never.starts_with("server app read nothing after the failover, so that it has no RTO"),
            "{never}"
        );
        let other = judged(&[recovery(Some(1), None)], MoveKind::Failback);
        assert!(
            other.starts_with("server app read nothing after the failback"),
            "{other}"
        );
    }
}
