//! Suites of scenarios that are written here, on embedded clouds.

use std::path::{Path, PathBuf};

use libtest_mimic::{Arguments, Conclusion, Trial};
use tempfile::TempDir;

use super::Suite;
use super::together::{Drilled, drilled};
use crate::cloud::is_failover;
use crate::event::{EventKind, Journal, Reading};
use crate::launch::{Drill, Faults};

/// A scenario that passes, one that meets it at its failover, and one whose expectation does not hold.
const SCENARIOS: [(&str, &str); 3] = [
    (
        "moves",
        "resources: { volumes: { root: { type: replicated, size: 1GiB, image: guest } }, servers: { app: { boot: root } } }
steps:
  - failover: { to: secondary }
  - reconnect: { server: app, by: shelve }
  - expect-connection: { volume: root, site: secondary, snapshot: away }
",
    ),
    (
        "moves-too",
        "resources: { volumes: { other: { type: replicated, size: 1GiB } } }
steps:
  - expect-mirrored: { volume: other, primary: primary }
",
    ),
    (
        "wrong",
        "resources: { volumes: { wrong: { type: replicated, size: 1GiB } } }
steps:
  - expect-mirrored: { volume: wrong, primary: secondary }
",
    ),
];

/// A repository with scenarios, the embedded cloud's target, and its runs.
struct Repository {
    folder: TempDir,
}

impl Repository {
    fn new(scenarios: &[(&str, &str)]) -> Repository {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::create_dir(folder.path().join("scenarios")).expect("a folder");
        let repository = Repository { folder };
        for (name, text) in scenarios {
            let text = format!("scenario: {name}\nsummary: Made for a test.\n{text}");
            repository.write(&format!("scenarios/{name}.yaml"), &text);
        }
        // What waits for something that never comes is not to wait for long.
        let target = include_str!("../../fixtures/targets/simcloud.yaml").replace("snapshots:", "# snapshots:");
        repository.write("target.yaml", &format!("{target}\nbudgets: {{ replication: 2s }}\n"));
        repository
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).expect("written");
    }

    fn suite(&self) -> Suite {
        let runs = self.path("runs");
        Suite::new(self.path("scenarios"))
            .target(self.path("target.yaml"))
            .drill(move |drill| drill.runs(&runs))
    }

    /// The journal of each run.
    fn journals(&self) -> Vec<PathBuf> {
        let runs = std::fs::read_dir(self.path("runs")).into_iter().flatten();
        runs.map(|run| run.expect("a run").path().join("journal.jsonl"))
            .collect()
    }
}

/// What it prints is not for who reads the log of these tests, in which a failure is no failure.
fn arguments(words: &[&str]) -> Arguments {
    Arguments::from_iter(["drills", "--logfile", "/dev/null"].iter().chain(words).copied())
}

fn run(suite: Suite, words: &[&str]) -> Conclusion {
    let arguments = arguments(words);
    let trials = suite
        .trials(&arguments, None)
        .unwrap_or_else(|faults| panic!("{faults}"));
    libtest_mimic::run(&arguments, trials)
}

fn counts(conclusion: &Conclusion) -> (u64, u64, u64, u64) {
    (
        conclusion.num_passed,
        conclusion.num_failed,
        conclusion.num_ignored,
        conclusion.num_filtered_out,
    )
}

fn failovers(journal: &Path) -> usize {
    let read = Journal::read(journal, Reading::Lenient).expect("a journal");
    let sent = |kind: &EventKind| matches!(kind, EventKind::Requesting { url, .. } if is_failover(url));
    read.events.iter().filter(|event| sent(&event.kind)).count()
}

/// All trials of a suite on another target, by name, and whether they are ignored.
fn listed(suite: Suite, named: Option<PathBuf>) -> Result<Vec<(String, bool)>, Faults> {
    let trials = suite.trials(&arguments(&["--list"]), named)?;
    let ignored = |trial: &Trial| (trial.name().to_owned(), trial.has_ignored_flag());
    Ok(trials.iter().map(ignored).collect())
}

#[test]
fn what_is_selected_shares_a_run_and_each_test_has_its_own_verdict() {
    let repository = Repository::new(&SCENARIOS);
    let conclusion = run(repository.suite(), &[]);
    assert_eq!(counts(&conclusion), (2, 1, 0, 0));
    let journals = repository.journals();
    assert_eq!(journals.len(), 1);
    assert_eq!(failovers(&journals[0]), 2, "there and back, once for all");
}

#[test]
fn filters_select_and_what_selects_nothing_touches_nothing() {
    let repository = Repository::new(&SCENARIOS);
    assert_eq!(counts(&run(repository.suite(), &["no-such"])), (0, 0, 0, 3));
    assert_eq!(counts(&run(repository.suite(), &["--exact", "move"])), (0, 0, 0, 3));
    assert_eq!(counts(&run(repository.suite(), &["--ignored"])), (0, 0, 0, 3));
    assert!(repository.journals().is_empty());
    assert_eq!(
        counts(&run(repository.suite(), &["--exact", "moves-too"])),
        (1, 0, 0, 2)
    );
    let journals = repository.journals();
    assert_eq!(failovers(&journals[0]), 0, "nobody asked for the one that moves");
}

#[test]
fn what_the_target_cannot_do_is_ignored_and_never_a_pass() {
    let repository = Repository::new(&SCENARIOS);
    let whole = std::fs::read_to_string(repository.path("target.yaml")).expect("a target");
    let (before, rest) = whole.split_once("  secondary:").expect("a secondary site");
    let (_, after) = rest.split_once("\nvolume-log:").expect("a log");
    repository.write("target.yaml", &format!("{before}\nvolume-log:{after}"));
    let all = ["moves", "moves-too", "wrong"].map(|name| (name.to_owned(), true));
    assert_eq!(listed(repository.suite(), None).expect("no other fault"), all);
    assert_eq!(counts(&run(repository.suite(), &[])), (0, 0, 3, 0));
    assert_eq!(counts(&run(repository.suite(), &["--ignored", "moves"])), (0, 2, 0, 1));
    assert!(repository.journals().is_empty());
}

#[test]
fn what_sets_something_up_that_stays_is_ignored_where_it_would_stay() {
    let stays = "only-by-name: true\nsteps:\n  - expect-replication-enabled: {}\n";
    let repository = Repository::new(&[("stays", stays)]);
    let on_embedded = listed(repository.suite(), None).expect("no fault");
    assert_eq!(on_embedded, [("stays".to_owned(), false)]);
    let elsewhere = Path::new("fixtures/targets/example.yaml");
    let on_a_cloud = listed(repository.suite(), Some(elsewhere.to_owned())).expect("no fault");
    assert_eq!(on_a_cloud, [("stays".to_owned(), true)]);
}

#[test]
fn a_snapshot_that_is_not_there_fails_the_test_that_names_it() {
    let repository = Repository::new(&SCENARIOS);
    let suite = || repository.suite().snapshots(repository.path("snapshots"));
    assert_eq!(counts(&run(suite(), &["moves"])), (1, 1, 0, 1));
    // As the message says: what was seen is accepted.
    let run_folder = repository.journals()[0].parent().expect("its folder").to_owned();
    let accepted = repository.path("snapshots/simcloud/moves");
    std::fs::create_dir_all(&accepted).expect("a folder");
    std::fs::copy(run_folder.join("snapshots/moves/away.snap"), accepted.join("away.snap")).expect("accepted");
    assert_eq!(counts(&run(suite(), &["moves"])), (2, 0, 0, 1));
}

#[test]
fn a_run_that_did_not_end_or_left_something_is_a_pass_for_nobody() {
    let repository = Repository::new(&SCENARIOS[1..2]);
    let mut ended = drilled(Drill::new([repository.path("scenarios")]).runs(repository.path("runs"))).expect("a run");
    let why_not = |ended: &Drilled| ended.why_not(&ended.report.scenarios[0], false);
    assert_eq!(why_not(&ended), None);
    ended.report.complete = false;
    assert_eq!(why_not(&ended).as_deref(), Some("the run did not end"));
    ended.report.complete = true;
    ended.report.faults.push(crate::report::document::Fault::NoScenario);
    assert_eq!(
        why_not(&ended).as_deref(),
        Some("the run does not pass: no scenario began")
    );
}

#[test]
fn faults_of_the_files_are_told_and_nothing_is_listed() {
    let repository = Repository::new(&SCENARIOS);
    let no_target = listed(repository.suite(), Some("no-such.yaml".into())).expect_err("no target");
    assert!(
        no_target.to_string().contains("cannot read the target no-such.yaml"),
        "{no_target}"
    );
    repository.write(
        "scenarios/broken.yaml",
        "scenario: broken\nsummary: Made for a test.\nsteps:\n  - faiover: {}\n",
    );
    let broken = listed(repository.suite(), None).expect_err("a broken scenario");
    assert!(broken.to_string().contains("scenarios/broken.yaml:4"), "{broken}");
    let nowhere = Suite::new(repository.path("nowhere"));
    let nowhere = listed(nowhere, None).expect_err("no scenarios");
    assert!(nowhere.to_string().contains("nowhere"), "{nowhere}");
}
