//! Certifications of drivers that the embedded cloud plays, and what `verify` says of them once somebody tampered with the evidence.

use std::path::Path;
use std::process::{Command, Output};

use cinder_drill::internals::{driver_profile, played_target};

fn program(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_cinder-drill"))
        .args(arguments)
        .output()
        .expect("the program")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Certifies a driver on the embedded cloud, with two signatures, and answers what was said.
fn certified(driver: &str, folder: &Path) -> String {
    certified_with(driver, folder, &[])
}

fn certified_with(driver: &str, folder: &Path, more: &[&str]) -> String {
    let profile = driver_profile(driver).unwrap_or_else(|why| panic!("{driver}: {why:?}"));
    let path = |name: &str| folder.join(name).display().to_string();
    std::fs::write(path("target.yaml"), played_target(profile)).expect("a file");
    for key in ["vendor", "witness"] {
        let made = program(&["certify", "keygen", &path(key)]);
        assert!(made.status.success(), "{}", text(&made.stderr));
    }
    let (target, out, vendor) = (path("target.yaml"), path("out"), path("vendor"));
    let mut arguments = vec![
        "certify",
        "--target",
        &target,
        "--levels",
        "core,boot",
        "-o",
        &out,
        "--sign",
        &vendor,
        "--gerrit-comment",
        "https://ci.example.org/1",
    ];
    arguments.extend(more);
    let run = program(&arguments);
    assert!(
        run.status.success(),
        "{driver}: {}\n{}",
        text(&run.stdout),
        text(&run.stderr)
    );
    let signed = program(&["certify", "-o", &path("out"), "--sign", &path("witness")]);
    assert!(signed.status.success(), "{}", text(&signed.stderr));
    text(&run.stdout)
}

fn verify(folder: &Path, more: &[&str]) -> (Option<i32>, String) {
    let path = |name: &str| folder.join(name).display().to_string();
    let certificate = path("out/certificate.json");
    let (vendor, witness, evidence) = (path("vendor.pub"), path("witness.pub"), path("out"));
    let mut arguments = vec![
        "verify",
        &certificate,
        "--key",
        &vendor,
        "--key",
        &witness,
        "--evidence",
        &evidence,
    ];
    arguments.extend(more);
    let output = program(&arguments);
    (output.status.code(), text(&output.stdout) + &text(&output.stderr))
}

#[test]
fn a_rehearsal_is_verified_as_what_it_is_and_no_evidence_may_be_changed() {
    let folder = tempfile::tempdir().expect("a folder");
    let said = certified("pure-iscsi-sync", folder.path());
    for line in [
        "passed   C10 planned-failover",
        "passed   C23 replication-resumes",
        "passed   B05 connection-info",
        "rehearsal",
    ] {
        assert!(said.contains(line), "{said}");
    }
    assert!(said.contains("Build failed (check pipeline)."), "{said}");
    let (code, words) = verify(folder.path(), &["--rehearsal"]);
    assert_eq!(code, Some(0), "{words}");
    assert!(
        words.contains("is a rehearsal, not a certificate, of pure-iscsi-sync for core, boot: 18 tests passed"),
        "{words}"
    );
    let (code, words) = verify(folder.path(), &[]);
    assert!(
        code == Some(1) && words.contains("it is a rehearsal on a simulated cloud"),
        "{words}"
    );
    // Nothing that is left holds a key.
    let secret = std::fs::read_to_string(folder.path().join("vendor")).expect("a key");
    let secret = secret.lines().nth(1).expect("its second line");
    let mut files = vec![folder.path().join("out")];
    while let Some(path) = files.pop() {
        match std::fs::read_dir(&path) {
            Ok(entries) => files.extend(entries.map(|entry| entry.expect("an entry").path())),
            Err(_) => assert!(
                !text(&std::fs::read(&path).expect("a file")).contains(secret),
                "{}",
                path.display()
            ),
        }
    }
    assert!(!said.contains(secret));
    for name in [
        "report.json",
        "junit.xml",
        "journal.jsonl",
        "profile.yaml",
        "target.json",
        "product.yaml",
    ] {
        let path = folder.path().join("out").join(name);
        let kept = std::fs::read(&path).expect("a file");
        let mut changed = kept.clone();
        changed.push(b'\n');
        std::fs::write(&path, &changed).expect("a file");
        let (code, words) = verify(folder.path(), &["--rehearsal"]);
        assert!(
            code == Some(1)
                && words.contains(&format!(
                    "the file {name} of the evidence is not the one that was signed"
                )),
            "{words}"
        );
        std::fs::remove_file(&path).expect("gone");
        let (code, words) = verify(folder.path(), &["--rehearsal"]);
        assert!(
            code == Some(1) && words.contains(&format!("the evidence has no readable file {name}")),
            "{words}"
        );
        std::fs::write(&path, &kept).expect("a file");
    }
    let other = program(&["certify", "keygen", &folder.path().join("vendor").display().to_string()]);
    assert!(!other.status.success(), "a key that is there is not written over");
}

#[test]
fn a_signer_who_lies_of_the_run_is_refused_by_its_journal() {
    let folder = tempfile::tempdir().expect("a folder");
    certified("pure-iscsi-async", folder.path());
    let out = folder.path().join("out");
    let statement = std::fs::read_to_string(out.join("statement.json")).expect("a statement");
    assert!(statement.contains("\"rehearsal\": true"));
    // The journal says that the cloud was simulated, whatever is signed.
    let mut lie: serde_json::Value = serde_json::from_str(&statement).expect("JSON");
    lie["predicate"]["passedTests"] = lie["predicate"]["warnedTests"].take();
    lie["predicate"]["warnedTests"] = serde_json::json!([]);
    lie["predicate"]["result"] = serde_json::json!("PASSED");
    lie["predicate"]["configuration"][0]["annotations"]["rehearsal"] = serde_json::json!(false);
    let mut envelope = cinder_drill::internals::Envelope::new(lie.to_string().as_bytes());
    for name in ["vendor", "witness"] {
        let pem = std::fs::read_to_string(folder.path().join(name)).expect("a key");
        let key = cinder_drill::internals::SecretKey::from_pem(&pem).expect("a key");
        envelope.sign(&key).expect("base64");
    }
    std::fs::write(
        out.join("certificate.json"),
        serde_json::to_vec(&envelope).expect("JSON"),
    )
    .expect("a file");
    let (code, words) = verify(folder.path(), &[]);
    assert!(
        code == Some(1) && words.contains("the run was on a simulated cloud"),
        "{words}"
    );
}

/// Such a driver fails back by a failover, after which Cinder leaves the service disabled: nothing could be made on it any more.
#[test]
fn a_driver_whose_failback_leaves_it_disabled_is_enabled_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let said = certified_with("kaminario-iscsi", folder.path(), &["--levels", "operator"]);
    for line in [
        "C12 auto-target",
        "C20 failback",
        "C30 restart-away",
        "C40 freeze-thaw",
        "C50 away-work",
    ] {
        assert!(said.contains(&format!("passed   {line}")), "{said}");
    }
}

/// A small cloud has no room for the servers of all tests at once.
#[test]
fn a_certification_needs_no_more_at_a_time_than_it_is_allowed() {
    let folder = tempfile::tempdir().expect("a folder");
    certified_with(
        "pure-iscsi-async",
        folder.path(),
        &["--separately", "--workers", "1", "--levels", "operator"],
    );
    let journal = std::fs::read_to_string(folder.path().join("out/journal.jsonl")).expect("a journal");
    let (mut servers, mut most) = (0_i32, 0);
    for line in journal.lines() {
        let event: serde_json::Value = serde_json::from_str(line).expect("an event");
        if event["resource"]["kind"] == "server" {
            servers += match event["event"].as_str() {
                Some("made") => 1,
                Some("removed") => -1,
                _ => 0,
            };
        }
        most = most.max(servers);
    }
    assert_eq!(most, 1, "servers at a time");
}

/// What the lab showed of RBD's driver: it ends the mirroring of a volume and fails then, and Cinder says `enabled`.
#[test]
fn a_retype_that_ends_the_mirroring_and_fails_is_named_for_what_it_does() {
    let runs = tempfile::tempdir().expect("a folder");
    let run = program(&[
        "run",
        "scenarios/certification/c06-retype-out.yaml",
        "--target",
        "fixtures/targets/simcloud.yaml",
        "--runs",
        &runs.path().display().to_string(),
    ]);
    let said = text(&run.stdout) + &text(&run.stderr);
    assert_eq!(run.status.code(), Some(1), "{said}");
    for words in [
        "volume data has its old type, though Cinder accepted the new one",
        "at site-a: not mirrored any more",
        "harness/docs/upstream.md, retype-out-unmirrors",
        "0 passed, 1 failed",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }
    assert!(!said.contains("LEFT"), "{said}");
}
