//! Reports and selections as a user types them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use common::{cinder_drill, code, program, repository, text};

mod common;

fn path(path: &Path) -> String {
    path.display().to_string()
}

/// The journal of the only run in a folder.
fn journal(runs: &Path) -> PathBuf {
    let mut entries = std::fs::read_dir(runs).expect("a folder of runs");
    let run = entries.next().expect("a run").expect("readable").path();
    assert!(entries.next().is_none(), "one run");
    run.join("journal.jsonl")
}

const FILES: [&str; 6] = [
    "report.json",
    "junit.xml",
    "testrepository.subunit",
    "report.html",
    "report.txt",
    "metrics.txt",
];

/// A scenario that reads what was not written.
fn failing(folder: &Path) -> String {
    let file = folder.join("wrong-text.yaml");
    let scenario = "scenario: wrong-text\nsummary: Made for a test.\nresources:\n  volumes: { root: { type: replicated, size: 1GiB, image: guest } }\n  \
                    servers: { app: { boot: root } }\nsteps:\n  - write: { guest: app, path: note, text: \"as it was\" }\n  \
                    - read: { guest: app, path: note, text: \"as it was not\" }\n";
    std::fs::write(&file, scenario).expect("written");
    path(&file)
}

#[test]
fn the_reports_of_a_run_that_fails_are_those_of_its_journal() {
    let folder = tempfile::tempdir().expect("a folder");
    let (runs, reports, again) = (
        folder.path().join("runs"),
        folder.path().join("reports"),
        folder.path().join("again"),
    );
    let scenario = failing(folder.path());
    let output = cinder_drill(&["run", &scenario, "--runs", &path(&runs), "--report", &path(&reports)]);
    assert_eq!(code(&output), 1, "{}", text(&output.stderr));
    let said = text(&output.stderr);
    let line =
        regex::Regex::new(r"(?m)^\{0\} cinder_drill\.wrong-text \[\d+\.\d{3}s\] \.\.\. FAILED$").expect("a pattern");
    assert!(line.is_match(&said), "{said}");
    // Later, where the scenario is not, the journal alone gives the same.
    std::fs::remove_file(&scenario).expect("removed");
    let output = cinder_drill(&["report", &path(&journal(&runs)), "--report", &path(&again)]);
    assert_eq!(code(&output), 1, "{}", text(&output.stderr));
    for file in FILES {
        let read = |folder: &Path| std::fs::read(folder.join(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
        assert!(read(&reports) == read(&again), "{file} differs");
    }
    let words = std::fs::read_to_string(reports.join("report.txt")).expect("text");
    assert!(words.contains("/wrong-text.yaml:8:5\n"), "{words}");
    assert!(words.contains("\nnext      cinder-drill report "), "{words}");
    let html = std::fs::read_to_string(reports.join("report.html")).expect("HTML");
    assert!(html.contains("<title>failed: cinder-drill simcloud</title>"));
}

/// The files below a folder, relative to it.
fn files(folder: &Path) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(inner) = folders.pop() {
        for entry in std::fs::read_dir(inner).expect("a folder") {
            let at = entry.expect("an entry").path();
            if at.is_dir() {
                folders.push(at);
            } else {
                found.insert(path(at.strip_prefix(folder).expect("below it")));
            }
        }
    }
    found
}

/// The manifest of a bundle, whose files must be those that it names, with the digests that it says.
fn manifest(bundle: &Path) -> serde_json::Value {
    let text = std::fs::read(bundle.join("manifest.json")).expect("a manifest");
    let manifest: serde_json::Value = serde_json::from_slice(&text).expect("JSON");
    let mut named = BTreeSet::from(["manifest.json".to_owned()]);
    for file in manifest["files"].as_array().expect("files") {
        let name = file["path"].as_str().expect("a path");
        assert!(named.insert(name.to_owned()), "{name} is named twice");
        let bytes = std::fs::read(bundle.join(name)).expect("a file that is named");
        let digest = <sha2::Sha256 as sha2::Digest>::digest(&bytes);
        let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(file["sha256"], digest, "{name}");
        assert_eq!(file["bytes"], bytes.len(), "{name}");
    }
    assert_eq!(named, files(bundle));
    manifest
}

#[test]
fn a_bundle_holds_what_its_manifest_names_and_no_secret() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name);
    let scenario = failing(folder.path());
    let output = cinder_drill(&[
        "run",
        &scenario,
        "--runs",
        &path(&at("runs")),
        "-o",
        &path(&at("bundle")),
    ]);
    assert_eq!(code(&output), 1, "{}", text(&output.stderr));
    let said = text(&output.stdout);
    assert!(said.contains("look through it before you send it"), "{said}");
    let journal = journal(&at("runs"));
    let run = journal.parent().expect("a folder").to_owned();
    let id = path(Path::new(run.file_name().expect("a name")));
    let first = manifest(&at("bundle"));
    assert_eq!(first["outcome"], "failed");
    assert_eq!(first["left_out"], serde_json::json!([]));
    assert_eq!(first["runs"][0]["run"], id.as_str());
    assert!(first["runs"][0]["versions"]["cinder-drill"].is_string(), "{first}");
    // What a run has written has no secret, so all of it is there, byte by byte.
    let copied = at("bundle").join("runs").join(&id);
    let evidence: Vec<String> = files(&run)
        .into_iter()
        .filter(|name| name.starts_with("evidence/"))
        .collect();
    assert!(evidence.len() >= 5, "{evidence:?}");
    for name in evidence.iter().map(String::as_str).chain(["journal.jsonl"]) {
        let read = |folder: &Path| std::fs::read(folder.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(read(&run) == read(&copied), "{name} differs");
    }
    let target: serde_json::Value =
        serde_json::from_slice(&std::fs::read(copied.join("target.json")).expect("a target")).expect("JSON");
    assert_eq!(target["name"], "simcloud");
    assert!(FILES.iter().all(|name| at("bundle").join(name).is_file()));
    // Its journal alone gives its report.
    let again = cinder_drill(&["report", &path(&copied), "--format", "json"]);
    assert_eq!(
        again.stdout,
        std::fs::read(at("bundle").join("report.json")).expect("a report")
    );

    // Somebody's hand, or an earlier version, has left secrets in evidence and journal, and leads elsewhere.
    let secret = at("clouds.yaml");
    std::fs::write(&secret, "MARKED of another file").expect("written");
    let first = "{\"adminPass\": \"MARKED-1\"}\nX-Auth-Token: MARKED-2\n[client.cinder]\n\tkey = AQBMARKEDkeyring7AABAAkKq0Yp7n2yM4t1x8Xo==\n\
                 -----BEGIN OPENSSH PRIVATE KEY-----\nMARKED\nMARKED\n-----END OPENSSH PRIVATE KEY-----\nthe end\n";
    std::fs::write(run.join(&evidence[0]), first).expect("written");
    std::fs::remove_file(run.join(&evidence[1])).expect("removed");
    std::os::unix::fs::symlink(&secret, run.join(&evidence[1])).expect("a link");
    let lines = std::fs::read_to_string(&journal).expect("a journal");
    let summary = "app does not read note";
    assert!(lines.contains(summary), "{lines}");
    let lines = lines
        .replace(summary, "password=MARKED-3 app does not read note")
        .replace(&evidence[2], "../../clouds.yaml");
    std::fs::write(&journal, lines).expect("written");
    let bundle = at("another");
    let output = cinder_drill(&["report", &path(&journal), "-o", &path(&bundle)]);
    assert_eq!(code(&output), 1, "{}", text(&output.stderr));
    let second = manifest(&bundle);
    let left_out = second["left_out"].as_array().expect("files");
    assert_eq!(left_out.len(), 2, "{second}");
    assert!(
        left_out
            .iter()
            .all(|file| file["because"] == "it is no file of the run's folder of evidence")
    );
    for name in files(&bundle) {
        let bytes = std::fs::read(bundle.join(&name)).expect("a file");
        assert!(
            !String::from_utf8_lossy(&bytes).contains("MARKED"),
            "{name} holds a secret"
        );
    }
    // They were there: a search that finds nothing would prove nothing.
    assert!(std::fs::read_to_string(&journal).is_ok_and(|text| text.contains("MARKED-3")));
    let hidden = std::fs::read_to_string(bundle.join("runs").join(&id).join(&evidence[0])).expect("evidence");
    assert!(hidden.contains("[secret ") && hidden.ends_with("the end\n"), "{hidden}");
    let words = std::fs::read_to_string(bundle.join("report.txt")).expect("text");
    assert!(words.contains("app does not read note"), "{words}");

    // Not into a folder with something else in it, and before a run.
    for (command, of) in [("report", path(&journal)), ("run", scenario)] {
        let output = cinder_drill(&[command, &of, "-o", &path(&bundle)]);
        assert_eq!(code(&output), 2, "{}", text(&output.stdout));
        let said = text(&output.stderr).replace(&path(folder.path()), "[folder]");
        insta::allow_duplicates! {
            insta::assert_snapshot!(said, @r"
            error[usage]: [folder]/another is not empty, and a bundle holds nothing but what its manifest names
             |
             = help: name a new folder
            ");
        }
    }
}

#[test]
fn a_run_that_is_told_to_end_writes_its_reports_and_a_killed_one_can_be_reported() {
    let folder = tempfile::tempdir().expect("a folder");
    for (signal, stopped) in [("TERM", true), ("KILL", false)] {
        let (runs, reports) = (
            folder.path().join(signal),
            folder.path().join(format!("{signal}-reports")),
        );
        let mut child = program(repository())
            .args([
                "run",
                "scenarios/bfv-failover.yaml",
                "--runs",
                &path(&runs),
                "--report",
                &path(&reports),
            ])
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::piped())
            .spawn()
            .expect("the program starts");
        let lines = std::io::BufReader::new(child.stderr.take().expect("a pipe"));
        let mut lines = std::io::BufRead::lines(lines);
        assert!(
            lines.any(|line| line.is_ok_and(|line| line.contains("expect-replicated"))),
            "it never came so far"
        );
        let sent = Command::new("kill")
            .args([&format!("-{signal}"), &child.id().to_string()])
            .status();
        assert!(sent.expect("kill").success());
        lines.for_each(drop);
        child.wait().expect("its end");
        assert_eq!(reports.join("junit.xml").is_file(), stopped, "{signal}");
        let output = cinder_drill(&["report", &path(&journal(&runs)), "--format", "json"]);
        assert_eq!(code(&output), 3, "{signal}");
        let report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
        assert_eq!(report["outcome"], if stopped { "interrupted" } else { "unfinished" });
    }
}

#[test]
fn repetitions_are_counted_and_measured() {
    let folder = tempfile::tempdir().expect("a folder");
    let runs = path(folder.path());
    let output = cinder_drill(&["run", "-i", "bfv-failover$", "--repeat", "3", "--runs", &runs]);
    assert_eq!(code(&output), 0, "{}", text(&output.stderr));
    assert!(
        text(&output.stdout).contains("\nbfv-failover: 3 of 3 passed; seconds"),
        "{}",
        text(&output.stdout)
    );
    assert!(
        text(&output.stderr).contains("\n{0} cinder_drill.bfv-failover[3] ["),
        "{}",
        text(&output.stderr)
    );
}

#[test]
fn shards_merge_to_a_pass_and_only_all_of_them() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut journals = Vec::new();
    for shard in ["1/3", "2/3", "3/3"] {
        let runs = folder.path().join(shard.replace('/', "-of-"));
        let output = cinder_drill(&["run", "-i", "failover", "--shard", shard, "--runs", &path(&runs)]);
        assert_eq!(code(&output), 0, "{}", text(&output.stderr));
        journals.push(path(&journal(&runs)));
    }
    let merge = |journals: &[String]| {
        let mut arguments = vec!["report", "--merge"];
        arguments.extend(journals.iter().map(String::as_str));
        cinder_drill(&arguments)
    };
    let all = merge(&journals);
    assert_eq!(code(&all), 0, "{}", text(&all.stdout));
    assert!(text(&all.stdout).ends_with("all 3 runs: 2 passed, 0 failed\n"));
    let some = merge(&journals[..2]);
    assert_eq!(code(&some), 3, "{}", text(&some.stdout));
    assert!(
        text(&some.stdout).contains("not a pass: shard 3/3 is missing"),
        "{}",
        text(&some.stdout)
    );
    let twice = merge(&[journals[0].clone(), journals[0].clone()]);
    assert_eq!(code(&twice), 2);
    let unmerged = cinder_drill(&["report", &journals[0], &journals[1]]);
    assert_eq!(code(&unmerged), 2);
    insta::assert_snapshot!(text(&unmerged.stderr), @"error[usage]: several runs are put into one report with --merge");
}

#[test]
fn a_report_that_cannot_be_made_says_why() {
    let folder = tempfile::tempdir().expect("a folder");
    let stable = |output: &Output| text(&output.stderr).replace(&path(folder.path()), "[folder]");
    let none = cinder_drill(&["report", "--runs-folder", &path(folder.path())]);
    assert_eq!(code(&none), 2);
    insta::assert_snapshot!(stable(&none), @"error[usage]: there is no run in [folder]");
    let unknown = cinder_drill(&["report", "20261124-000000-0000", "--runs-folder", &path(folder.path())]);
    assert_eq!(code(&unknown), 2);
    insta::assert_snapshot!(stable(&unknown), @"error[usage]: run 20261124-000000-0000 does not exist: no journal of that name, and no journal.jsonl in 20261124-000000-0000 or in [folder]/20261124-000000-0000");
    let damaged = folder.path().join("damaged.jsonl");
    std::fs::write(&damaged, "no event\nno event\n").expect("written");
    let damaged = cinder_drill(&["report", &path(&damaged)]);
    assert_eq!(code(&damaged), 2);
    insta::assert_snapshot!(stable(&damaged), @"error[usage]: line 1 of the journal [folder]/damaged.jsonl is not an event: expected ident at line 1 column 2");
}

#[test]
fn who_asked_for_a_report_and_got_none_has_no_pass() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("a-file");
    std::fs::write(&file, "").expect("written");
    let runs = path(&folder.path().join("runs"));
    let output = cinder_drill(&["run", "-i", "bfv-failover$", "--runs", &runs, "--report", &path(&file)]);
    assert_eq!(code(&output), 3);
    assert!(
        text(&output.stderr).contains("error[usage]: no report was written: cannot write"),
        "{}",
        text(&output.stderr)
    );
}

#[test]
fn no_workers_are_a_fault_of_the_command_line() {
    let output = cinder_drill(&["run", "--workers", "0"]);
    assert_eq!(code(&output), 2);
    let said = text(&output.stderr);
    assert!(said.contains("0 is not in 1..=1000"), "{said}");
}

#[test]
fn a_list_can_be_drilled() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = cinder_drill(&["list", "--exclude-regex", "volume"]);
    assert_eq!(code(&output), 0);
    assert_eq!(
        text(&output.stdout),
        "cinder_drill.bfv-failback\ncinder_drill.bfv-failover\n"
    );
    let list = folder.path().join("list");
    std::fs::write(&list, &output.stdout).expect("written");
    let listed = cinder_drill(&["list", "--load-list", &path(&list), "--format", "json"]);
    let listed: serde_json::Value = serde_json::from_slice(&listed.stdout).expect("JSON");
    assert_eq!(listed[0]["continues"], "bfv-failover");
    assert_eq!(listed.as_array().map(Vec::len), Some(2));
}

/// The embedded cloud as a server, for a target that is a file like any other.
struct Served(std::process::Child);

impl Drop for Served {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn neither_the_journal_nor_a_report_holds_a_secret() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut child = program(repository())
        .args(["simcloud", "--write", &path(folder.path())])
        .stderr(std::process::Stdio::piped())
        .stdout(std::process::Stdio::null())
        .spawn()
        .expect("the program starts");
    let lines = std::io::BufReader::new(child.stderr.take().expect("a pipe"));
    let served = Served(child);
    assert!(
        std::io::BufRead::lines(lines).any(|line| line.is_ok_and(|line| line.contains("serving until"))),
        "it does not serve"
    );
    let file = |name: &str| std::fs::read_to_string(folder.path().join(name)).expect("written");
    let value = |text: &str, key: &str| -> Vec<String> {
        let lines = text.lines().filter_map(|line| line.trim().strip_prefix(key));
        lines
            .map(|value| value.trim().trim_matches(['"', '\'']).to_owned())
            .collect()
    };
    let clouds = file("clouds.yaml");
    let secrets = value(&clouds, "password:");
    assert!(secrets.iter().any(|secret| secret.len() >= 6), "{clouds}");
    let (runs, reports) = (folder.path().join("runs"), folder.path().join("reports"));
    let target = path(&folder.path().join("target.yaml"));
    let output = cinder_drill(&[
        "run",
        "-i",
        "bfv-failover$",
        "--target",
        &target,
        "--runs",
        &path(&runs),
        "--report",
        &path(&reports),
    ]);
    assert_eq!(code(&output), 0, "{}", text(&output.stderr));
    let mut told = vec![
        std::fs::read(journal(&runs)).expect("a journal"),
        output.stdout,
        output.stderr,
    ];
    told.extend(FILES.map(|file| std::fs::read(reports.join(file)).expect("a report")));
    for text in &told {
        let text = String::from_utf8_lossy(text);
        for secret in &secrets {
            assert!(!text.contains(&format!("\"{secret}\"")), "{secret} is in\n{text}");
        }
        assert!(!text.contains("PRIVATE KEY") && !text.contains("gAAAA"), "{text}");
    }
    let journal = String::from_utf8_lossy(&told[0]);
    assert!(journal.contains(r#""secret_uuid":"[secret "#), "{journal}");
    drop(served);
}
