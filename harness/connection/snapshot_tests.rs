use serde_json::json;
use tempfile::TempDir;

use super::*;

fn info(value: Value) -> ConnectionInfo {
    let Value::Object(fields) = value else {
        panic!("not an object: {value}")
    };
    ConnectionInfo::from(fields)
}

fn connection(cluster: &str) -> ConnectionInfo {
    info(json!({
        "name": "volumes/volume-3155206f", "hosts": ["192.0.2.11"], "cluster_name": cluster, "auth_username": "cinder",
        "secret_uuid": "S1", "keyring": "S2", "volume_id": "3155206f", "attachment_id": "bf75ee6c", "qos_specs": null,
    }))
}

fn names() -> Vec<(String, String)> {
    [
        ("3155206f", "<volume:root>"),
        ("bf75ee6c", "<attachment>"),
        ("", "never"),
    ]
    .map(|(id, name)| (id.to_owned(), name.to_owned()))
    .to_vec()
}

fn compare(folder: &Path, cluster: &str) -> SnapshotOutcome {
    let connection = connection(cluster);
    assert_connection_snapshot(folder, "before-failover", &connection, Some(&connection), &names())
}

fn pending(folder: &Path) -> PathBuf {
    folder.join("before-failover.snap.new")
}

/// A folder with a snapshot that was accepted.
fn accepted(cluster: &str) -> (TempDir, PathBuf, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("before-failover.snap");
    let connection = connection(cluster);
    let text = format!(
        "---\nsource: harness/connection/snapshot.rs\n---\n{}\n",
        content(&connection, Some(&connection), &names())
    );
    std::fs::write(&path, &text).unwrap();
    (folder, path, text)
}

fn files(folder: &Path) -> Vec<String> {
    std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect()
}

/// Runs the test of this name in a process of its own, with just these of the variables that insta looks at: those of
/// this process may be any, as in CI or under `cargo insta test`.
fn with_variables(name: &str, variables: &[(&str, &str)], test: fn()) {
    const INNER: &str = "CINDER_DRILL_SNAPSHOT_TEST";
    if std::env::var_os(INNER).is_some() {
        return test();
    }
    let mut command = std::process::Command::new(std::env::current_exe().unwrap());
    command
        .args([
            "--exact",
            &format!("connection::snapshot::tests::{name}"),
            "--nocapture",
        ])
        .env(INNER, "1");
    for (variable, _) in std::env::vars_os() {
        let text = variable.to_string_lossy();
        if text == "CI" || text == "TF_BUILD" || (text.starts_with("INSTA_") && text != "INSTA_WORKSPACE_ROOT") {
            command.env_remove(&variable);
        }
    }
    let output = command.envs(variables.iter().copied()).output().unwrap();
    let (stdout, stderr) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert!(
        output.status.success() && stdout.contains("1 passed"),
        "{stdout}\n{stderr}"
    );
    assert!(
        !stderr.contains("panicked"),
        "insta's panics are not for users: {stderr}"
    );
}

#[test]
fn a_snapshot_holds_stable_names_and_no_secrets() {
    let shown = content(&connection("ceph"), None, &names());
    for secret in ["S1", "S2", "3155206f", "bf75ee6c"] {
        assert!(!shown.contains(secret), "{shown}");
    }
    insta::assert_snapshot!(shown);
}

#[test]
fn a_new_snapshot_waits_for_review_and_matches_when_accepted() {
    let variables = [("INSTA_UPDATE", "new")];
    with_variables(
        "a_new_snapshot_waits_for_review_and_matches_when_accepted",
        &variables,
        || {
            let folder = tempfile::tempdir().unwrap();
            let folder = folder.path();
            let SnapshotOutcome::New { path, .. } = compare(folder, "ceph") else {
                panic!("not new")
            };
            assert_eq!(path, pending(folder));
            let text = std::fs::read_to_string(pending(folder)).unwrap();
            assert!(
                text.starts_with("---\nsource: ") && !text.contains("expression"),
                "{text}"
            );
            // As `cargo insta accept` does it.
            insta::Snapshot::from_file(&pending(folder))
                .unwrap()
                .save(&folder.join("before-failover.snap"))
                .unwrap();
            assert_eq!(compare(folder, "ceph"), SnapshotOutcome::Matched);
            assert_eq!(
                files(folder),
                ["before-failover.snap"],
                "what waited for review is gone"
            );
        },
    );
}

#[test]
fn a_snapshot_that_nobody_asked_for_is_told_and_leaves_nothing() {
    with_variables(
        "a_snapshot_that_nobody_asked_for_is_told_and_leaves_nothing",
        &[],
        || {
            let folder = tempfile::tempdir().unwrap();
            let SnapshotOutcome::New { path, text } = compare(folder.path(), "ceph") else {
                panic!("not new")
            };
            assert!(files(folder.path()).is_empty());
            // As a user accepts it.
            std::fs::write(path, text).unwrap();
            assert_eq!(compare(folder.path(), "ceph"), SnapshotOutcome::Matched);
        },
    );
}

#[test]
fn a_difference_is_shown_and_waits_for_review() {
    with_variables("a_difference_is_shown_and_waits_for_review", &[], || {
        let (folder, path, text) = accepted("ceph");
        let SnapshotOutcome::Different { diff, path: shown } = compare(folder.path(), "ceph2") else {
            panic!("no difference")
        };
        assert_eq!(shown, pending(folder.path()));
        assert!(shown.is_file());
        assert!(
            diff.contains("-    \"cluster_name\": \"ceph\",\n+    \"cluster_name\": \"ceph2\",\n"),
            "{diff}"
        );
        assert_eq!(std::fs::read_to_string(path).unwrap(), text);
        assert_eq!(compare(folder.path(), "ceph"), SnapshotOutcome::Matched);
        assert!(!SILENT.get(), "a later panic of this thread must be seen");
    });
}

#[test]
fn nothing_is_written_in_ci() {
    let variables = [("CI", "true"), ("INSTA_UPDATE", "always"), ("INSTA_FORCE_PASS", "1")];
    with_variables("nothing_is_written_in_ci", &variables, || {
        let folder = tempfile::tempdir().unwrap();
        let missing = folder.path().join("before-failover.snap");
        assert!(matches!(compare(folder.path(), "ceph"), SnapshotOutcome::New { path, .. } if path == missing));
        assert!(files(folder.path()).is_empty());
        let (folder, path, text) = accepted("ceph");
        let outcome = compare(folder.path(), "ceph2");
        assert!(
            matches!(&outcome, SnapshotOutcome::Different { path: shown, .. } if *shown == path),
            "{outcome:?}"
        );
        assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
        assert_eq!(files(folder.path()), ["before-failover.snap"]);
        assert_eq!(compare(folder.path(), "ceph"), SnapshotOutcome::Matched);
    });
}

#[test]
fn insta_cannot_be_told_to_let_everything_pass() {
    with_variables(
        "insta_cannot_be_told_to_let_everything_pass",
        &[("INSTA_FORCE_PASS", "1")],
        || {
            let (folder, ..) = accepted("ceph");
            let outcome = compare(folder.path(), "ceph2");
            assert!(matches!(outcome, SnapshotOutcome::Different { .. }), "{outcome:?}");
        },
    );
}

#[test]
fn who_asks_for_an_update_gets_it() {
    with_variables("who_asks_for_an_update_gets_it", &[("INSTA_UPDATE", "always")], || {
        let (folder, path, text) = accepted("ceph");
        assert_eq!(compare(folder.path(), "ceph2"), SnapshotOutcome::Matched);
        assert_ne!(std::fs::read_to_string(path).unwrap(), text);
    });
}

#[test]
fn snapshots_that_cannot_be_read_and_names_that_are_none() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("before-failover.snap")).unwrap();
    let outcome = compare(folder.path(), "ceph");
    assert!(matches!(outcome, SnapshotOutcome::Failed { .. }), "{outcome:?}");
    for name in ["", "..", "a/b", "/a", "a/"] {
        let outcome = assert_snapshot(folder.path(), name, "x");
        assert!(matches!(outcome, SnapshotOutcome::Failed { .. }), "{name}: {outcome:?}");
    }
}

/// What a real Cinder answered in the lab and what simcloud answers differ in the addresses of the monitors alone.
#[test]
fn the_snapshots_of_the_lab_are_those_of_simcloud_at_other_addresses() {
    let folders: Vec<_> = std::fs::read_dir("snapshots/lab")
        .expect("the lab's snapshots")
        .map(|folder| folder.expect("a folder").path())
        .collect();
    assert_eq!(folders.len(), 4, "{folders:?}");
    for folder in folders {
        for file in std::fs::read_dir(&folder).expect("a scenario's snapshots") {
            let lab = file.expect("a snapshot").path();
            let simcloud =
                std::path::Path::new("snapshots/simcloud").join(lab.strip_prefix("snapshots/lab").expect("ours"));
            let text = |path: &std::path::Path| std::fs::read_to_string(path).expect("a snapshot");
            let moved = text(&simcloud)
                .replace("192.0.2.11", "10.77.1.2")
                .replace("198.51.100.11", "10.77.2.2");
            assert_eq!(text(&lab), moved, "{}", lab.display());
        }
    }
}
