//! What a gate asks of a run: to end early, to go on where the last one failed, and to take no longer than it may.

use std::path::{Path, PathBuf};
use std::process::Output;

use super::common::{code, program, text};
use super::scenario;

fn run(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = program(folder);
    command.arg("run").args(arguments).output().expect("the program starts")
}

/// Two scenarios, of which the first fails.
fn one_of_two_fails(folder: &Path) -> [String; 2] {
    let write = "  - write: { guest: app, path: note, text: \"as it was\" }\n";
    let fails = format!("{write}  - read: {{ guest: app, path: note, text: \"as it was not\" }}\n");
    let passes = format!("{write}  - read: {{ guest: app, path: note, same-as: written }}\n");
    [scenario(folder, "first", &fails), scenario(folder, "second", &passes)]
}

/// The journal of the only run.
fn journal(folder: &Path) -> String {
    let runs: Vec<PathBuf> = std::fs::read_dir(folder.join("runs"))
        .expect("runs")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    assert_eq!(runs.len(), 1, "{runs:?}");
    std::fs::read_to_string(runs[0].join("journal.jsonl")).expect("a journal")
}

#[test]
fn after_a_failure_nothing_else_begins_if_it_is_to_fail_fast() {
    // One after another in one group, and each in its own.
    for how in [&["--workers", "1"][..], &["--separately"]] {
        let folder = tempfile::tempdir().expect("a folder");
        let [first, second] = one_of_two_fails(folder.path());
        let arguments = [&[first.as_str(), second.as_str(), "--fail-fast"][..], how].concat();
        let output = run(folder.path(), &arguments);
        let said = text(&output.stdout);
        assert_eq!(code(&output), 1, "{said}");
        assert!(said.contains("0 passed, 1 failed, 1 not run"), "{said}");
        assert!(said.contains("no other begins (--fail-fast)"), "{said}");
        assert!(!said.contains("LEFT"), "{said}");
        let journal = journal(folder.path());
        assert!(
            !journal.contains(r#""scenario":"second","step":"#),
            "a step of it began"
        );
    }
}

#[test]
fn without_it_all_are_drilled() {
    let folder = tempfile::tempdir().expect("a folder");
    let [first, second] = one_of_two_fails(folder.path());
    let output = run(folder.path(), &[&first, &second, "--workers", "1"]);
    assert!(
        text(&output.stdout).contains("1 passed, 1 failed"),
        "{}",
        text(&output.stdout)
    );
    // Only the first is drilled again, and fails again.
    let output = run(folder.path(), &[&first, &second, "--last-failed"]);
    assert_eq!(code(&output), 1, "{}", text(&output.stderr));
    assert!(
        text(&output.stdout).contains("0 passed, 1 failed\n"),
        "{}",
        text(&output.stdout)
    );
    // Mended, it passes; and then nothing is left, which is no pass.
    let mended = std::fs::read_to_string(&first)
        .expect("a scenario")
        .replace("it was not", "it was");
    std::fs::write(&first, mended).expect("written");
    let output = run(folder.path(), &[&first, &second, "--last-failed"]);
    assert_eq!(code(&output), 0, "{}", text(&output.stderr));
    let output = run(folder.path(), &[&first, &second, "--last-failed"]);
    assert_eq!(code(&output), 2);
    assert!(
        text(&output.stderr).contains("nothing failed in the newest run"),
        "{}",
        text(&output.stderr)
    );
}

#[test]
fn what_failed_last_and_is_not_here_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let [first, second] = one_of_two_fails(folder.path());
    run(folder.path(), &[&first]);
    let output = run(folder.path(), &[&second, "--last-failed"]);
    assert_eq!(code(&output), 2, "{}", text(&output.stdout));
    let said = text(&output.stderr);
    assert!(
        said.contains("journal.jsonl lists first, but there is no such scenario"),
        "{said}"
    );
}

#[test]
fn a_run_that_takes_too_long_cleans_up_and_is_no_pass() {
    let folder = tempfile::tempdir().expect("a folder");
    let [_, second] = one_of_two_fails(folder.path());
    let output = run(folder.path(), &[&second, "--timeout", "1ms", "--report", "told"]);
    let said = text(&output.stdout);
    assert_eq!(code(&output), 3, "{said}");
    assert!(said.contains("interrupted: the run may take 1ms at most"), "{said}");
    assert!(!said.contains("LEFT"), "{said}");
    assert!(journal(folder.path()).contains(r#""text":"interrupted: the run may take 1ms at most""#));
    let junit = std::fs::read_to_string(folder.path().join("told/junit.xml")).expect("a report");
    assert!(junit.contains("the run may take 1ms at most"), "{junit}");
    // A time that is not over stops nothing.
    let output = run(folder.path(), &[&second, "--timeout", "1h"]);
    assert_eq!(code(&output), 0, "{}", text(&output.stdout));
    for wrong in ["0s", "soon", "-1s", "2d"] {
        assert_eq!(
            code(&run(folder.path(), &[&second, &format!("--timeout={wrong}")])),
            2,
            "{wrong}"
        );
    }
}

#[test]
fn junit_says_where_each_scenario_is_written() {
    let folder = tempfile::tempdir().expect("a folder");
    let [first, second] = one_of_two_fails(folder.path());
    run(folder.path(), &[&first, &second, "--report", "told"]);
    let junit = std::fs::read_to_string(folder.path().join("told/junit.xml")).expect("a report");
    for file in [first, second] {
        assert!(junit.contains(&format!("file=\"{file}\" line=\"1\"")), "{junit}");
    }
}
