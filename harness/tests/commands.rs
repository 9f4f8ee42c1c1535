//! The commands as a user types them: what they print and what they answer.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use common::{cinder_drill, code, program, repository, text};

mod alone;
mod common;
mod gates;

/// What differs from run to run, replaced.
fn stable(text: &str, folder: &Path) -> String {
    let mut text = text.replace(&folder.display().to_string(), "[folder]");
    for (pattern, stable) in [
        (r"\d{8}-\d{6}-[0-9a-f]{4}", "[run]"),
        (
            r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
            "[uuid]",
        ),
        (r"127\.\d+\.\d+\.\d+(:\d+)?", "[address]"),
        (r"sha256 [0-9a-f]+", "sha256 [digest]"),
        (r"\[secret [0-9a-f]{6}\]", "[secret]"),
        (r"global id [0-9a-f-]+", "global id [id]"),
        (r"\d+\.\d+ ?s\b", "[time]"),
        (r"\d+ requests, \d+ polls", "[requests]"),
    ] {
        let pattern = regex::Regex::new(pattern).expect("a pattern");
        text = pattern.replace_all(&text, stable).into_owned();
    }
    text
}

/// A scenario that is written for a test.
fn scenario(folder: &Path, name: &str, steps: &str) -> String {
    let path = folder.join(format!("{name}.yaml"));
    let text = format!(
        "scenario: {name}\nsummary: Made for a test.\nresources:\n  volumes: {{ root: {{ type: replicated, size: 1GiB, image: guest }} }}\n  \
         servers: {{ app: {{ boot: root }} }}\nsteps:\n{steps}"
    );
    std::fs::write(&path, text).expect("written");
    path.display().to_string()
}

#[test]
fn what_is_in_the_repository_has_no_faults() {
    let output = cinder_drill(&["check"]);
    assert_eq!(code(&output), 0, "{}", text(&output.stderr));
}

#[test]
fn the_example_of_a_real_target_has_no_faults() {
    let output = cinder_drill(&["check", "--target", "fixtures/targets/example.yaml"]);
    assert_eq!(code(&output), 0, "{}", text(&output.stderr));
}

#[test]
fn a_faulty_scenario_is_a_usage_error_and_starts_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let runs = folder.path().join("runs");
    let file = scenario(folder.path(), "faulty", "  - wrote: { guest: app, path: x, text: y }\n");
    let output = cinder_drill(&["run", &file, "--runs", &runs.display().to_string()]);
    assert_eq!(code(&output), 2);
    assert!(
        text(&output.stderr).contains("write"),
        "no suggestion in {}",
        text(&output.stderr)
    );
    assert!(!runs.exists(), "a run was started");
}

#[test]
fn a_plan_touches_nothing_and_names_every_step() {
    let output = cinder_drill(&["plan", "scenarios/bfv-failover.yaml"]);
    assert_eq!(code(&output), 0, "{}", text(&output.stderr));
    let plan = text(&output.stdout);
    for words in [
        "write failover-dr",
        "fail over box@ceph",
        "reconnect app",
        "read failover-dr",
    ] {
        assert!(plan.contains(words), "{words} is not in the plan:\n{plan}");
    }
    assert!(!plan.contains("127.0.0.1"), "the plan shows placeholders:\n{plan}");
}

#[test]
fn an_expectation_that_does_not_hold_points_into_the_scenario() {
    let folder = tempfile::tempdir().expect("a folder");
    let runs = folder.path().join("runs").display().to_string();
    let steps = "  - write: { guest: app, path: note, text: \"as it was\" }\n  - read: { guest: app, path: note, text: \"as it was not\" }\n";
    let file = scenario(folder.path(), "wrong-text", steps);
    let output = cinder_drill(&["run", &file, "--runs", &runs]);
    assert_eq!(code(&output), 1, "{}", text(&output.stderr));
    insta::assert_snapshot!(stable(&text(&output.stdout), folder.path()), @r#"
    FAIL  wrong-text ([time])
          phases      prepare [time]
    error[expectation]: app does not read note as it was written: its end is missing
     --> [folder]/wrong-text.yaml:8:5
      |
    8 |   - read: { guest: app, path: note, text: "as it was not" }
      |     ^^^^ in this step
      |
      = note: expected: "as it was not"
      = note: seen: "as it was"
      = help: the site holds older or other data than the guest had synced: this failover loses data

    evidence  [folder]/runs/[run]/journal.jsonl
    next      cinder-drill report [folder]/runs/[run] --format html --output [run].html

    box@ceph on simcloud · [requests] in [time] · [folder]/runs/[run]/journal.jsonl
    on simcloud, a stand-in: proves that harness and scenarios work, and nothing about any storage
    0 passed, 1 failed
    "#);
}

#[test]
fn a_pass_says_what_was_proven() {
    let folder = tempfile::tempdir().expect("a folder");
    let runs = folder.path().display().to_string();
    let output = cinder_drill(&["run", "scenarios/bfv-failover.yaml", "--runs", &runs]);
    assert_eq!(code(&output), 0, "{}{}", text(&output.stdout), text(&output.stderr));
    insta::assert_snapshot!(stable(&text(&output.stdout), folder.path()), @"
    PASS  bfv-failover ([time])
          connection  root leads to site-a: auth_username cinder, cluster_name ceph, hosts 192.0.2.11, secret_uuid [secret]
                      API and log agree on 14 fields (masked in the log: secret_type, secret_uuid)
                      snapshot before-failover matches
          mirror      root is primary on site-a, the other side is up+replaying (mode journal, global id [id]…, after [time])
          replay      a marker written on root was readable on site-b after [time]
          failover    box@ceph runs on ceph2 with 1 volume of this scenario (accepted in [time], settled in [time])
                      its 1 image is primary on site-b and nowhere else
          reconnect   app was shelved in [time], ACTIVE again in [time], reachable in [time]
                      a new boot: the guest's boot id changed
          connection  root leads to site-b: hosts 192.0.2.11 → 198.51.100.11, cluster_name ceph → ceph2, auth_username cinder → cinder2
                      API and log agree on 14 fields (masked in the log: secret_type, secret_uuid)
                      snapshot after-failover matches
          mirror      root is primary on site-b, the other side is up+replaying (mode journal, global id [id]…, after [time])
          data        app reads failover-dr on /dev/vda: 66 bytes, sha256 [digest]…, the same as when it was written, from the disk
                      site-b held all 10 synced writes when the backend arrived
          phases      prepare [time], failover API [time], service settled [time], reconnect [time]
                      boot [time], first read [time], failover to first read [time]
          recovery    app: first read [time] after the failover was sent (API [time], service [time], volumes [time], disconnect [time], reconnect [time], boot [time], read [time], checks [time])

    box@ceph on simcloud · [requests] in [time] · [folder]/[run]/journal.jsonl
    on simcloud, a stand-in: proves that harness and scenarios work, and nothing about any storage
    1 passed, 0 failed
    ");
}

#[test]
fn no_cloud_at_the_url_is_not_a_failed_expectation() {
    let folder = tempfile::tempdir().expect("a folder");
    let clouds = folder.path().join("clouds.yaml");
    let cloud = "clouds:\n  gone:\n    auth:\n      auth_url: http://127.0.0.1:1/v3\n      username: u\n      password: p\n      project_name: p\n      user_domain_name: Default\n      project_domain_name: Default\n";
    std::fs::write(&clouds, cloud).expect("written");
    let target = std::fs::read_to_string(repository().join("fixtures/targets/example.yaml")).expect("the example");
    let name = target
        .lines()
        .find(|line| line.starts_with("cloud:"))
        .expect("a cloud")
        .to_owned();
    let target = target.replace(&name, &format!("cloud: gone\nclouds-file: {}", clouds.display()));
    let file = folder.path().join("target.yaml");
    std::fs::write(&file, target).expect("written");
    let runs = folder.path().join("runs").display().to_string();
    let output = cinder_drill(&[
        "run",
        "scenarios/bfv-failover.yaml",
        "--target",
        &file.display().to_string(),
        "--runs",
        &runs,
    ]);
    assert_eq!(code(&output), 3, "{}", text(&output.stderr));
    let said = text(&output.stderr);
    assert!(said.contains("refused") && said.contains("/v3"), "{said}");
    assert!(
        text(&output.stdout).contains("0 passed, 0 failed, 1 not run"),
        "{}",
        text(&output.stdout)
    );
}

/// `cinder-drill run` of a flow, with pipes.
fn running(runs: &Path) -> Child {
    program(repository())
        .args(["run", "scenarios/bfv-failover.yaml", "--runs"])
        .arg(runs)
        .env("INSTA_UPDATE", "no")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts")
}

#[test]
fn a_run_that_is_told_to_end_fails_the_backend_back_first() {
    for name in ["TERM", "HUP"] {
        let folder = tempfile::tempdir().expect("a folder");
        let mut child = running(folder.path());
        let mut lines = BufReader::new(child.stderr.take().expect("a pipe")).lines();
        let failed_over = lines.find(|line| line.as_ref().is_ok_and(|line| line.contains("is failed-over on")));
        assert!(failed_over.is_some(), "never failed over");
        let sent = Command::new("kill")
            .args([&format!("-{name}"), &child.id().to_string()])
            .status();
        assert!(sent.expect("kill").success());
        // Nobody reads what it says any more, as with a terminal that was closed.
        drop(lines);
        let output = child.wait_with_output().expect("its end");
        assert_eq!(code(&output), 3, "{}", text(&output.stdout));
        let said = text(&output.stdout);
        assert!(said.contains("error[interrupted]") && !said.contains("LEFT "), "{said}");
        let run = std::fs::read_dir(folder.path())
            .expect("runs")
            .next()
            .expect("a run")
            .expect("a folder");
        let journal = std::fs::read_to_string(run.path().join("journal.jsonl")).expect("a journal");
        let failed_back = |line: &str| line.contains(r#""event":"removed""#) && line.contains(r#""kind":"failover""#);
        assert!(journal.lines().any(failed_back), "not failed back:\n{journal}");
    }
}

#[test]
fn a_run_that_nobody_watches_goes_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut child = running(folder.path());
    drop(child.stderr.take());
    let output = child.wait_with_output().expect("its end");
    assert_eq!(code(&output), 0, "{}", text(&output.stdout));
}

#[test]
fn an_unknown_command_is_a_usage_error() {
    assert_eq!(code(&cinder_drill(&["dril"])), 2);
}

#[test]
fn a_mistyped_path_is_a_usage_error_of_every_command() {
    let folder = tempfile::tempdir().expect("a folder");
    let none = folder.path().join("no-such").display().to_string();
    let file = folder.path().join("a-file");
    std::fs::write(&file, "").expect("written");
    let file = file.display().to_string();
    for arguments in [
        ["check", "--target", &none].as_slice(),
        &["check", &none],
        &["list", &none],
        &["plan", &none],
        &["preflight", "--target", &none],
        &["enable", "--target", &none],
        &["run", &none],
        &["run", "--target", &none],
        &["run", "-i", "bfv-failover$", "--runs", &file],
        &["runs", "--runs", &file],
        &["report", &none],
        &["report", &file],
        &["report", "--runs-folder", &none],
        &["recover", "no-such", "--runs", &none],
        &["recover", "--runs", &file],
    ] {
        let output = cinder_drill(arguments);
        let said = text(&output.stderr);
        assert_eq!(code(&output), 2, "{arguments:?}: {said}");
        assert!(said.starts_with("error["), "{arguments:?}: {said}");
        assert!(!said.contains("error[harness]"), "{arguments:?}: {said}");
    }
}
