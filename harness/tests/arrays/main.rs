//! The four flows on backends of other drivers than RBD, as the embedded cloud plays them: by API and guests alone.

mod certify;

use std::path::{Path, PathBuf};

use cinder_drill::Drill;
use cinder_drill::internals::{driver_profile, played_target};
use cinder_drill::report::document::{Outcome, RunReport, ScenarioReport};

const FAILOVERS: [&str; 2] = ["bfv-failover", "data-volume-failover"];
const FLOWS: [&str; 4] = [
    "bfv-failover",
    "bfv-failback",
    "data-volume-failover",
    "data-volume-failback",
];

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("scenarios/{name}.yaml"))
}

fn drill(driver: &str, scenarios: &[&str], change: impl Fn(String) -> String) -> Result<RunReport, String> {
    let folder = tempfile::tempdir().expect("a folder");
    let profile = driver_profile(driver).unwrap_or_else(|why| panic!("{driver}: {why:?}"));
    let target = folder.path().join("target.yaml");
    std::fs::write(&target, change(played_target(profile))).expect("a file");
    let drill = Drill::new(scenarios.iter().map(|name| file(name)))
        .target(&target)
        .runs(folder.path());
    let report = drill.run_blocking().map_err(|error| format!("{error}"));
    // Some drivers tell administrators their passwords in the pool's replication_targets.
    shows_no_secret(folder.path());
    report
}

fn shows_no_secret(folder: &Path) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            shows_no_secret(&path);
        } else {
            let bytes = std::fs::read(&path).expect("a file");
            assert!(
                !String::from_utf8_lossy(&bytes).contains("not-for-you"),
                "{}",
                path.display()
            );
        }
    }
}

fn passes(driver: &str, scenarios: &[&str]) -> RunReport {
    let report = drill(driver, scenarios, |text| text).unwrap_or_else(|error| panic!("{driver}: {error}"));
    for scenario in &report.scenarios {
        assert_eq!(scenario.outcome, Outcome::Passed, "{driver}: {scenario:#?}");
        assert!(
            !scenario.skipped_steps().is_empty(),
            "{driver}: nobody can ask the storage"
        );
    }
    assert!(report.left.is_empty(), "{driver}: {:?}", report.left);
    report
}

fn step<'r>(scenario: &'r ScenarioReport, verb: &str) -> &'r str {
    let found = scenario.steps.iter().rfind(|step| step.verb == verb);
    found.and_then(|step| step.done.as_deref()).unwrap_or_default()
}

#[test]
fn plural_targets_of_an_array_that_keeps_the_volumes_name() {
    let report = passes("pure-iscsi-sync", &FLOWS);
    let done = step(&report.scenarios[0], "expect-connection");
    assert!(
        done.contains("target_portals 198.51.100.1:3260+198.51.100.2:3260"),
        "{done}"
    );
}

#[test]
fn connections_to_both_sites() {
    passes("pure-iscsi-uniform", &FLOWS);
}

#[test]
fn a_driver_without_a_failback_for_its_volumes_fails_over_and_is_not_asked_for_more() {
    passes("pure-nvme-async", &FAILOVERS);
    let refused = drill("pure-nvme-async", &FLOWS, |text| text).expect_err("a failback leaves volumes in error");
    assert!(
        refused.contains("a failback of the driver pure-nvme-async leaves its volumes in `error`"),
        "{refused}"
    );
}

#[test]
fn random_targets_and_another_word_for_the_active_site() {
    let report = passes("powermax-iscsi-sync", &FLOWS);
    assert!(step(&report.scenarios[0], "failover").contains("failed-over"));
}

#[test]
fn a_failback_that_needs_the_arrays_resynchronised() {
    passes("3par-fc-sync", &FLOWS);
    let without = |text: String| {
        text.lines()
            .filter(|line| !line.starts_with("before-failback"))
            .fold(String::new(), |text, line| text + line + "\n")
    };
    let refused = drill("3par-fc-sync", &FLOWS, without).expect_err("nobody makes the arrays ready");
    assert!(
        refused.contains("is refused, unless the storage is made ready before"),
        "{refused}"
    );
    // A hook that does nothing leaves the refusal to the driver.
    let lies = |text: String| text.replace("command: array-resync", "command: 'true'");
    let report = drill("3par-fc-sync", &FLOWS, lies).expect("it runs");
    assert!(
        report
            .scenarios
            .iter()
            .any(|scenario| scenario.outcome != Outcome::Passed)
    );
}

#[test]
fn a_failback_that_loses_what_was_written_is_seen_by_the_guest() {
    passes("netapp-iscsi-async", &FLOWS);
    let lies = |text: String| text.replace("command: array-resync", "command: 'true'");
    let report = drill("netapp-iscsi-async", &FLOWS, lies).expect("it runs");
    let failback = report
        .scenarios
        .iter()
        .find(|scenario| scenario.name == "bfv-failback")
        .expect("the failback");
    assert_ne!(
        failback.outcome,
        Outcome::Passed,
        "what was written at the other site is gone"
    );
    let words = format!(
        "{:?}",
        report
            .scenarios
            .iter()
            .map(|scenario| &scenario.failure)
            .collect::<Vec<_>>()
    );
    assert!(
        words.contains("look at both arrays") && !words.contains("rbd "),
        "{words}"
    );
}

#[test]
fn a_failback_by_another_failover() {
    passes("kaminario-iscsi", &FLOWS);
}

#[test]
fn connections_that_name_no_site() {
    let report = passes("netapp-nfs-sync", &FLOWS);
    let skipped = report.scenarios[0].skipped_steps().join("\n");
    assert!(
        skipped.contains("no field of the connection info of netapp-nfs-sync names a site"),
        "{skipped}"
    );
}
