//! Several runs in one report.

use super::events::{described, failed, journal, passing, run_started, scenario_finished, scenario_started};
use super::torn::written;
use crate::event::{EventKind, Journal};
use crate::failure::Failure;
use crate::report::document::{Outcome, Report, RunReport};
use crate::report::text::statistics;
use crate::report::{Format, text};

fn shard(index: u32, count: u32, name: Option<&str>) -> Journal {
    let mut kinds = vec![
        run_started(&name.into_iter().collect::<Vec<_>>()),
        described(Some((index, count)), None),
    ];
    kinds.extend(name.into_iter().flat_map(passing));
    kinds.push(EventKind::RunFinished { milliseconds: 1000 });
    journal(kinds)
}

fn merged(journals: &[Journal]) -> Report {
    Report::of(journals.iter().map(RunReport::of).collect())
}

#[test]
fn all_shards_together_pass_even_if_one_is_empty() {
    let report = merged(&[shard(1, 2, Some("bfv-failover")), shard(2, 2, None)]);
    assert_eq!(report.outcome, Outcome::Passed);
    assert_eq!(report.faults, Vec::<String>::new());
}

#[test]
fn a_shard_that_is_missing_is_no_pass() {
    let report = merged(&[shard(1, 3, Some("bfv-failover")), shard(3, 3, None)]);
    assert_eq!(report.outcome, Outcome::Error);
    assert_eq!(
        report.faults,
        ["shard 2/3 is missing: its scenarios are not in this report"]
    );
    // Each run passed, so nothing but the whole says that something is missing.
    let metrics = String::from_utf8(written(&report, Format::Metrics)).expect("UTF-8");
    for sample in [
        "cinder_drill_report_outcome{cinder_drill_report_outcome=\"passed\"} 0\n",
        "cinder_drill_report_outcome{cinder_drill_report_outcome=\"error\"} 1\n",
        "cinder_drill_report_faults 1\n",
    ] {
        assert!(metrics.contains(sample), "{metrics}");
    }
}

#[test]
fn shards_that_are_all_empty_are_no_pass() {
    assert_eq!(merged(&[shard(1, 2, None), shard(2, 2, None)]).outcome, Outcome::NotRun);
    assert_eq!(merged(&[]).outcome, Outcome::Error);
}

/// A run that drills a scenario three times; the second time fails.
fn repeated() -> Journal {
    let name = "bfv-failover";
    let mut kinds = vec![run_started(&[name; 3]), described(None, Some(3))];
    kinds.extend(passing(name));
    kinds.push(scenario_started(name));
    kinds.push(scenario_finished(
        name,
        failed(Failure::expectation("it is empty"), None),
    ));
    let mut slower = passing(name);
    for kind in &mut slower {
        if let EventKind::PrepareFinished { milliseconds, .. } = kind {
            *milliseconds = 500;
        }
    }
    kinds.extend(slower);
    kinds.push(EventKind::RunFinished { milliseconds: 9000 });
    journal(kinds)
}

#[test]
fn repetitions_have_ids_of_their_own_and_statistics_of_those_that_passed() {
    let journal = repeated();
    let report = merged(std::slice::from_ref(&journal));
    let ids: Vec<&str> = report.runs[0]
        .scenarios
        .iter()
        .map(|scenario| scenario.id.as_str())
        .collect();
    assert_eq!(
        ids,
        [
            "cinder_drill.bfv-failover[1]",
            "cinder_drill.bfv-failover[2]",
            "cinder_drill.bfv-failover[3]"
        ]
    );
    assert_eq!(report.outcome, Outcome::Failed);
    insta::assert_snapshot!(statistics(&report), @r"

    bfv-failover: 2 of 3 passed; seconds, of those that passed:
      phase                         min   median      max
      prepare                      0.30     0.30     0.50
      failover API                 0.02     0.02     0.02
      service settled              0.10     0.10     0.10
      first read                   0.09     0.09     0.09
      failover to first read       0.79     0.79     0.79
    ");
    let text = text(&report, &["journal.jsonl".into()], false);
    assert!(text.ends_with(&statistics(&report)), "{text}");
}
