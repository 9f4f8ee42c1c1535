//! The program installed alone: in an empty folder, with nothing of the repository.

use std::path::Path;
use std::process::Output;

use super::common::{code, program, repository, text};

/// A command line in a folder.
fn in_folder(folder: &Path, arguments: &[&str]) -> Output {
    program(folder).args(arguments).output().expect("the program starts")
}

fn passes(folder: &Path, arguments: &[&str]) -> String {
    let output = in_folder(folder, arguments);
    let said = format!("{}{}", text(&output.stdout), text(&output.stderr));
    assert_eq!(code(&output), 0, "{arguments:?}: {said}");
    text(&output.stdout)
}

fn refused(folder: &Path, arguments: &[&str]) -> String {
    let output = in_folder(folder, arguments);
    assert_eq!(code(&output), 2, "{arguments:?}: {}", text(&output.stdout));
    text(&output.stderr)
}

#[test]
fn an_empty_folder_is_enough_for_the_flows_of_the_guide() {
    let folder = tempfile::tempdir().expect("a folder");
    assert!(passes(folder.path(), &[]).contains("\n5 passed, 0 failed"));
    assert!(passes(folder.path(), &["report"]).contains("\n5 passed, 0 failed"));
}

#[test]
fn a_name_is_taken_wherever_a_file_of_scenarios_is() {
    let folder = tempfile::tempdir().expect("a folder");
    for arguments in [
        &["check", "bfv-failover"][..],
        &["check", "disaster", "certification", "bfv-failback"],
        &["plan", "bfv-failover"],
        &["plan", "disaster/link-cut", "--target", "simcloud"],
        &["list", "enable-mirroring"],
    ] {
        passes(folder.path(), arguments);
    }
    assert!(passes(folder.path(), &["run", "bfv-failback", "-q"]).contains("\n1 passed, 0 failed"));
    let left: Vec<_> = std::fs::read_dir(folder.path()).expect("a folder").flatten().collect();
    assert_eq!(left.len(), 1, "only `runs` is left: {left:?}");
}

#[test]
fn a_failure_points_into_the_built_in_scenario() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = in_folder(folder.path(), &["run", "bfv-failover", "--sabotage", "torn-last-write"]);
    assert_eq!(code(&output), 1, "{}", text(&output.stderr));
    let said = text(&output.stdout);
    assert!(said.contains("--> <built-in>/bfv-failover.yaml:"), "{said}");
    assert!(said.contains(" | "), "no line of it is shown: {said}");
}

#[test]
fn a_file_of_that_name_wins_and_no_folder_looks_like_what_is_built_in() {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |path: &str, text: &str| {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        std::fs::write(path, text).expect("written");
    };
    let lists = |name: &str| passes(folder.path(), &["list", name]);
    let built_in = passes(folder.path(), &["example", "bfv-failover"]);
    let own = |name: &str| built_in.replace("scenario: bfv-failover", &format!("scenario: {name}"));
    // What is called as the folder of the copies is not read.
    write("<built-in>/bfv-failover.yaml", "scenario: 7\n");
    assert_eq!(lists("bfv-failover"), "cinder_drill.bfv-failover\n");
    write("scenarios/bfv-failover.yaml", &own("of-the-folder"));
    assert_eq!(lists("bfv-failover"), "cinder_drill.of-the-folder\n");
    write("bfv-failover.yaml", &own("from-here"));
    assert_eq!(lists("bfv-failover"), "cinder_drill.from-here\n");
    write("bfv-failover", &own("as-it-stands"));
    assert_eq!(lists("bfv-failover"), "cinder_drill.as-it-stands\n");
    // Neither a folder without scenarios nor a link that leads nowhere lets a copy run in its place.
    std::fs::create_dir(folder.path().join("disaster")).expect("a folder");
    assert!(refused(folder.path(), &["list", "disaster"]).contains("holds no YAML files"));
    std::os::unix::fs::symlink("nowhere", folder.path().join("link-cut.yaml")).expect("a link");
    assert!(refused(folder.path(), &["run", "link-cut"]).contains("cannot read link-cut.yaml"));
}

#[test]
fn what_is_not_there_is_refused_with_what_is() {
    let folder = tempfile::tempdir().expect("a folder");
    for command in ["run", "plan", "check", "list"] {
        let said = refused(folder.path(), &[command, "bfv-failovr"]);
        assert!(
            said.contains("did you mean `bfv-failover`?") && said.contains("link-cut"),
            "{said}"
        );
    }
    let said = refused(folder.path(), &["run", "scenarios/bfv-failover.yaml"]);
    assert!(said.contains("`bfv-failover` alone"), "{said}");
    for command in ["run", "preflight", "status"] {
        let said = refused(folder.path(), &[command, "-t", "kolla"]);
        assert!(
            said.contains("cinder-drill example kolla --output my-cloud.yaml"),
            "{said}"
        );
    }
}

#[test]
fn an_example_is_the_file_and_never_overwrites_one() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = |path: &str| std::fs::read_to_string(repository().join(path)).expect("a file");
    for (name, path) in [
        ("link-cut", "scenarios/disaster/link-cut.yaml"),
        ("target", "fixtures/targets/example.yaml"),
        ("pure-iscsi-sync", "fixtures/profiles/pure.yaml"),
    ] {
        assert_eq!(passes(folder.path(), &["example", name]), file(path));
    }
    let write = ["example", "bfv-failback", "-o", "bfv-failback.yaml"];
    let output = in_folder(folder.path(), &write);
    assert!(text(&output.stderr).contains("example bfv-failover --output bfv-failover.yaml"));
    assert!(refused(folder.path(), &write).contains("is there already"));
    // It continues a file that is not beside it, and says so.
    assert!(refused(folder.path(), &["check", "bfv-failback.yaml"]).contains("looked for bfv-failover.yaml"));
    passes(folder.path(), &["example", "bfv-failover", "-o", "bfv-failover.yaml"]);
    passes(folder.path(), &["check", "bfv-failback.yaml"]);
}

#[test]
fn variables_stand_in_for_options_and_an_empty_one_for_none() {
    let folder = tempfile::tempdir().expect("a folder");
    let with = |variables: &[(&str, &str)], arguments: &[&str]| {
        let mut command = program(folder.path());
        let output = command.envs(variables.iter().copied()).args(arguments).output();
        output.expect("the program starts")
    };
    let gone = ("CINDER_DRILL_TARGET", "gone.yaml");
    // The bare command must not drill something else than what the variable names.
    for arguments in [
        &[][..],
        &["run"],
        &["plan", "bfv-failover"],
        &["preflight"],
        &["enable"],
    ] {
        let output = with(&[gone], arguments);
        assert_eq!(code(&output), 2, "{arguments:?}");
        assert!(text(&output.stderr).contains("gone.yaml"), "{}", text(&output.stderr));
    }
    assert_eq!(code(&with(&[gone], &["plan", "bfv-failover", "-t", "simcloud"])), 0);
    // A certificate is never made of what only a variable names.
    let output = with(&[gone], &["certify", "-o", "evidence", "--sign", "no.key"]);
    assert!(!text(&output.stderr).contains("gone.yaml"), "{}", text(&output.stderr));
    let set = [
        ("CINDER_DRILL_TARGET", ""),
        ("CINDER_DRILL_RUNS", "mine"),
        ("CINDER_DRILL_REPORT", "told"),
    ];
    assert_eq!(code(&with(&set, &["run", "replicated-volume"])), 0);
    for path in ["mine", "told/report.html", "told/junit.xml"] {
        assert!(folder.path().join(path).exists(), "{path}");
    }
    assert!(!folder.path().join("runs").exists());
    for arguments in [&["report"][..], &["runs"], &["recover"]] {
        let output = with(&set[1..2], arguments);
        assert_eq!(code(&output), 0, "{arguments:?}: {}", text(&output.stderr));
    }
}

#[test]
fn less_is_told_and_more() {
    let folder = tempfile::tempdir().expect("a folder");
    let said = |option: &str| {
        let output = in_folder(folder.path(), &["run", "replicated-volume", option]);
        assert_eq!(code(&output), 0, "{}", text(&output.stderr));
        (text(&output.stdout), text(&output.stderr))
    };
    let (verdict, progress) = said("-q");
    assert_eq!(progress, "");
    assert!(
        verdict.starts_with("PASS  replicated-volume") && verdict.lines().count() < 8,
        "{verdict}"
    );
    let (_, progress) = said("-v");
    assert!(
        progress.contains("request") && progress.contains("POST http"),
        "{progress}"
    );
    assert!(progress.contains("site: ") && progress.contains("rbd "), "{progress}");
    let output = in_folder(
        folder.path(),
        &["run", "bfv-failover", "-q", "--sabotage", "torn-last-write"],
    );
    assert!(
        text(&output.stdout).contains("error[expectation]"),
        "{}",
        text(&output.stdout)
    );
    assert!(text(&output.stderr).contains("FAILED"), "{}", text(&output.stderr));
}

#[test]
fn shells_and_man_know_every_command() {
    let folder = tempfile::tempdir().expect("a folder");
    let commands = ["run", "init", "example", "check", "preflight", "recover", "selftest"];
    for shell in ["bash", "zsh", "fish"] {
        let script = passes(folder.path(), &["completions", shell]);
        assert!(commands.iter().all(|command| script.contains(command)), "{shell}");
        assert!(script.contains("accept-blast-radius"), "{shell}");
    }
    assert!(passes(folder.path(), &["man"]).starts_with(".ie"));
    passes(folder.path(), &["man", "-o", "man1"]);
    for command in commands {
        let page = folder.path().join(format!("man1/cinder-drill-{command}.1"));
        assert!(page.is_file(), "{}", page.display());
    }
    let page = std::fs::read_to_string(folder.path().join("man1/cinder-drill-run.1")).expect("a page");
    assert!(page.contains("CINDER_DRILL_TARGET"), "{page}");
}
