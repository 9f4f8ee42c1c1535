//! What preflight calls fatal, `run` refuses, before it makes anything.

use std::path::Path;

use crate::commands::{SIMCLOUD, target};
use crate::common::cinder_drill;

/// The exit code and what a user reads of a run of one scenario on a target, and whether anything but the lock was made.
fn run(folder: &Path, scenario: &str, target: &str) -> (Option<i32>, String, bool) {
    let runs = folder.join("runs").display().to_string();
    let output = cinder_drill(&["run", scenario, "--target", target, "--runs", &runs]);
    let text = format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    let mut made = false;
    for run in std::fs::read_dir(folder.join("runs")).into_iter().flatten().flatten() {
        let journal = std::fs::read_to_string(run.path().join("journal.jsonl")).unwrap_or_default();
        let intended = journal.lines().filter(|line| line.contains("\"intended\""));
        made |= intended.clone().any(|line| !line.contains("cinder-drill-lock"));
        assert!(
            intended.count() > 0,
            "the run has a journal, and took its lock: {journal}"
        );
    }
    (output.status.code(), text, made)
}

#[test]
fn a_run_refuses_what_preflight_calls_fatal_before_it_makes_anything() {
    for (broken, words) in [
        ("mirror-daemon-down", "no rbd-mirror runs at site-b"),
        ("peer-stranger", "is another cluster than site-b"),
        ("secondary-user-without-caps", "client.cinder2 may not"),
        ("log-missing", "cinder-volume.log"),
        ("type-not-replicated", "only '<is> True' counts"),
        ("no-replication-device", "does not replicate"),
    ] {
        let folder = tempfile::tempdir().expect("a folder");
        let line = format!("simcloud: {{ seed: 1, broken: [{broken}] }}");
        let file = target(folder.path(), &[(SIMCLOUD, &line)]);
        let (code, text, made) = run(folder.path(), "scenarios/bfv-failover.yaml", &file);
        assert_eq!(code, Some(3), "{broken}: {text}");
        assert!(
            text.contains("is not ready to be drilled") && text.contains(words),
            "{broken}: {text}"
        );
        assert!(text.contains("nothing was created"), "{broken}: {text}");
        assert!(!made, "{broken}: {text}");
    }
}

#[test]
fn a_slip_in_the_target_is_told_before_anything_is_made() {
    let key =
        "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAACmFlczI1Ni1jdHIAAAAGYmNyeXB0AAAAGAAAABBK3kZ\n";
    let folder = tempfile::tempdir().expect("a folder");
    let locked = folder.path().join("locked");
    std::fs::write(&locked, key).expect("written");
    let locked = format!("  key: {}", locked.display());
    for (from, to, words) in [
        ("  key: ${simcloud.client_key}", locked.as_str(), "has a passphrase"),
        (
            "hosts: [192.0.2.11]",
            "hosts: [198.51.100.11]",
            "have the sites changed places",
        ),
        (
            "hosts: [192.0.2.11]",
            "hosts: [192.0.2.12]",
            "its monitors are 192.0.2.11",
        ),
        ("  flavor: ", "  flavor: x-", "has no flavor"),
    ] {
        let folder = tempfile::tempdir().expect("a folder");
        let file = target(folder.path(), &[(from, to)]);
        let (code, text, made) = run(folder.path(), "scenarios/bfv-failover.yaml", &file);
        assert_eq!(code, Some(3), "{to}: {text}");
        assert!(text.contains(words), "{to}: {text}");
        assert!(!made, "{to}: {text}");
    }
}
