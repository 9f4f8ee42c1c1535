//! Certificates that somebody has tampered with, and why each is refused.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::*;
use crate::drivers::named;

const DRIVER: &str = "pure-iscsi-sync";
const LEVELS: [Level; 3] = Level::ALL;

fn judged(outcome: &TestOutcome) -> Vec<Judged> {
    let profile = named(DRIVER).expect("a driver");
    let judge = |test: &Test| Judged {
        title: test.title.to_owned(),
        outcome: outcome.clone(),
        milliseconds: 1000,
    };
    claimed(profile, &LEVELS).map(judge).collect()
}

fn stated(judged: &[Judged], rehearsal: bool) -> Statement {
    let about = About {
        profile: named(DRIVER).expect("a driver"),
        levels: &LEVELS,
        run: "20261129-000000-0000",
        rehearsal,
        version: "0.1.0",
        versions: &BTreeMap::new(),
    };
    let evidence = Evidence::NAMES.map(|name| Evidence {
        name: name.to_owned(),
        sha256: "00".repeat(32),
    });
    statement(&about, judged, &evidence)
}

fn good() -> Value {
    serde_json::to_value(stated(&judged(&TestOutcome::Passed), false)).expect("JSON")
}

fn signed(statement: &Value, keys: &[&SecretKey]) -> Envelope {
    let mut envelope = Envelope::new(statement.to_string().as_bytes());
    keys.iter().for_each(|key| envelope.sign(key).expect("base64"));
    envelope
}

fn says(envelope: &Envelope, keys: &[PublicKey], suite: u64, rehearsal: bool) -> Result<Believed, Refusal> {
    let bytes = serde_json::to_vec(envelope).expect("JSON");
    let trust = Trust {
        keys,
        suite,
        rehearsal,
        evidence: None,
    };
    verify(&bytes, &trust)
}

#[test]
fn a_certificate_is_believed_by_the_keys_that_signed_it() {
    let (vendor, witness) = (SecretKey::generate(), SecretKey::generate());
    let envelope = signed(&good(), &[&vendor, &witness]);
    for keys in [vec![vendor.public()], vec![witness.public(), vendor.public()]] {
        let believed = says(&envelope, &keys, VERSION, false).expect("it is good");
        assert_eq!(
            (believed.profile.as_str(), believed.tests.len()),
            (DRIVER, suite::TESTS.len())
        );
        assert!(!believed.rehearsal && !believed.with_evidence);
    }
}

#[test]
fn every_tampering_is_refused_with_its_reason() {
    let key = SecretKey::generate();
    let stranger = SecretKey::generate();
    let (mine, theirs) = ([key.public()], [stranger.public()]);
    let statement = |change: fn(&mut Value)| {
        let mut statement = good();
        change(&mut statement);
        signed(&statement, &[&key])
    };
    let envelope = |change: fn(&mut Envelope)| {
        let mut envelope = signed(&good(), &[&key]);
        change(&mut envelope);
        envelope
    };
    let rehearsal = |outcome| {
        let statement = serde_json::to_value(stated(&judged(&outcome), true)).expect("JSON");
        signed(&statement, &[&key])
    };
    let skipped = serde_json::to_value(stated(&judged(&TestOutcome::Skipped("no".to_owned())), false)).expect("JSON");
    let cases: Vec<(&str, Result<Believed, Refusal>)> = vec![
        (
            "a byte of the payload",
            says(
                &envelope(|envelope| {
                    let mut bytes = envelope.bytes().expect("base64");
                    let last = bytes.len() - 2;
                    bytes[last] ^= 1;
                    envelope.payload = STANDARD.encode(bytes);
                }),
                &mine,
                VERSION,
                false,
            ),
        ),
        (
            "a byte of the signature",
            says(
                &envelope(|envelope| {
                    let mut bytes = STANDARD.decode(&envelope.signatures[0].sig).expect("base64");
                    bytes[40] ^= 1;
                    envelope.signatures[0].sig = STANDARD.encode(bytes);
                }),
                &mine,
                VERSION,
                false,
            ),
        ),
        (
            "half a signature",
            says(
                &envelope(|envelope| envelope.signatures[0].sig.truncate(40)),
                &mine,
                VERSION,
                false,
            ),
        ),
        (
            "no signature",
            says(&envelope(|envelope| envelope.signatures.clear()), &mine, VERSION, false),
        ),
        ("another key", says(&envelope(|_| {}), &theirs, VERSION, false)),
        (
            "another key that calls itself the right one",
            says(
                &{
                    let mut envelope = signed(&good(), &[&stranger]);
                    envelope.signatures[0].keyid = key.public().id();
                    envelope
                },
                &mine,
                VERSION,
                false,
            ),
        ),
        (
            "one of two keys",
            says(&envelope(|_| {}), &[key.public(), stranger.public()], VERSION, false),
        ),
        ("no key at all", says(&envelope(|_| {}), &[], VERSION, false)),
        (
            "another payload type",
            says(
                &envelope(|envelope| envelope.payload_type = "text/plain".to_owned()),
                &mine,
                VERSION,
                false,
            ),
        ),
        (
            "a payload that is no base64",
            says(
                &envelope(|envelope| envelope.payload = "%".to_owned()),
                &mine,
                VERSION,
                false,
            ),
        ),
        (
            "another statement",
            says(
                &statement(|value| value["_type"] = json!("https://in-toto.io/Statement/v0.1")),
                &mine,
                VERSION,
                false,
            ),
        ),
        (
            "another predicate",
            says(
                &statement(|value| value["predicateType"] = json!("https://slsa.dev/provenance/v1")),
                &mine,
                VERSION,
                false,
            ),
        ),
        (
            "another suite",
            says(
                &statement(|value| value["predicate"]["configuration"][0]["annotations"]["suite"] = json!("mine")),
                &mine,
                VERSION,
                false,
            ),
        ),
        ("an older suite", says(&envelope(|_| {}), &mine, VERSION + 1, false)),
        (
            "a suite of the future",
            says(
                &statement(|value| {
                    value["predicate"]["configuration"][0]["annotations"]["version"] = json!(VERSION + 1)
                }),
                &mine,
                VERSION,
                false,
            ),
        ),
        (
            "no level",
            says(
                &statement(|value| value["predicate"]["configuration"][0]["annotations"]["levels"] = json!([])),
                &mine,
                VERSION,
                false,
            ),
        ),
        (
            "a level that is none",
            says(
                &statement(|value| value["predicate"]["configuration"][0]["annotations"]["levels"] = json!(["all"])),
                &mine,
                VERSION,
                false,
            ),
        ),
        (
            "a driver that nobody knows",
            says(
                &statement(|value| value["predicate"]["configuration"][1]["annotations"]["profile"] = json!("mine")),
                &mine,
                VERSION,
                false,
            ),
        ),
        (
            "a test is missing",
            says(
                &statement(|value| {
                    value["predicate"]["passedTests"].as_array_mut().expect("a list").pop();
                }),
                &mine,
                VERSION,
                false,
            ),
        ),
        (
            "a test is skipped",
            says(
                &statement(|value| {
                    let test = value["predicate"]["passedTests"]
                        .as_array_mut()
                        .expect("a list")
                        .pop()
                        .expect("a test");
                    value["predicate"]["warnedTests"] = json!([test]);
                }),
                &mine,
                VERSION,
                false,
            ),
        ),
        (
            "all tests are skipped",
            says(&signed(&skipped, &[&key]), &mine, VERSION, false),
        ),
        (
            "a test failed",
            says(
                &statement(|value| value["predicate"]["failedTests"] = json!(["C10 planned-failover"])),
                &mine,
                VERSION,
                false,
            ),
        ),
        (
            "a test that is none",
            says(
                &statement(|value| {
                    value["predicate"]["passedTests"]
                        .as_array_mut()
                        .expect("a list")
                        .push(json!("C99 everything"));
                }),
                &mine,
                VERSION,
                false,
            ),
        ),
        (
            "it says FAILED itself",
            says(
                &statement(|value| value["predicate"]["result"] = json!("FAILED")),
                &mine,
                VERSION,
                false,
            ),
        ),
        (
            "a rehearsal",
            says(&rehearsal(TestOutcome::Passed), &mine, VERSION, false),
        ),
        (
            "a rehearsal that says that it is none",
            says(
                &{
                    let mut statement =
                        serde_json::to_value(stated(&judged(&TestOutcome::Passed), true)).expect("JSON");
                    statement["predicate"]["configuration"][0]["annotations"]["rehearsal"] = json!(false);
                    signed(&statement, &[&key])
                },
                &mine,
                VERSION,
                false,
            ),
        ),
        (
            "a certificate for a rehearsal",
            says(&envelope(|_| {}), &mine, VERSION, true),
        ),
    ];
    let mut table = String::new();
    for (tampering, verdict) in cases {
        let refusal = verdict.expect_err(tampering).to_string();
        let refusal = refusal
            .replace(&key.public().id(), "<key>")
            .replace(&stranger.public().id(), "<stranger>");
        table += &format!("{tampering}: {refusal}\n");
    }
    insta::assert_snapshot!(table);
}

#[test]
fn a_rehearsal_is_passed_by_no_word_of_it() {
    let key = SecretKey::generate();
    let statement = stated(&judged(&TestOutcome::Passed), true);
    assert_eq!(
        (
            statement.predicate.result.as_str(),
            statement.predicate.passed_tests.len()
        ),
        ("WARNED", 0)
    );
    let envelope = signed(&serde_json::to_value(&statement).expect("JSON"), &[&key]);
    assert!(says(&envelope, &[key.public()], VERSION, true).is_ok_and(|believed| believed.rehearsal));
}

#[test]
fn what_a_driver_does_not_claim_is_not_tested() {
    let titles = |driver: &str| -> Vec<&str> {
        let profile = named(driver).expect("a driver");
        claimed(profile, &LEVELS).map(|test| test.title).collect()
    };
    assert_eq!(titles("rbd").len(), suite::TESTS.len());
    assert!(!titles("3par-fc-sync").contains(&"C12 auto-target"));
    assert!(!titles("pure-iscsi-async").contains(&"C20 failback"));
    let kaminario = titles("kaminario-iscsi");
    assert!(kaminario.contains(&"C20 failback") && !kaminario.contains(&"C23 replication-resumes"));
    assert!(!titles("netapp-nfs-async").contains(&"B05 connection-info"));
    assert!(titles("nimble-iscsi").is_empty());
    let hitachi = titles("hitachi-iscsi");
    assert!(hitachi.contains(&"C05 clone") && !hitachi.iter().any(|title| title.starts_with("C06")));
    let powermax = titles("powermax-iscsi-sync");
    assert!(powermax.contains(&"C50 away-refused") && !powermax.contains(&"C50 away-work"));
}

#[test]
fn every_test_is_a_scenario_of_its_name_that_runs_alone() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/certification");
    for test in &suite::TESTS {
        assert!(
            test.text.contains(&format!("\nscenario: {}\n", test.scenario)),
            "{}",
            test.title
        );
        assert!(
            test.scenario.to_uppercase().starts_with(&test.title[..3]),
            "{}",
            test.title
        );
        assert!(test.title.ends_with(&test.scenario[4..]), "{}", test.title);
        for verb in test.proves {
            assert!(test.text.contains(&format!("- {verb}:")), "{}: {verb}", test.title);
        }
    }
    assert_eq!(std::fs::read_dir(folder).expect("a folder").count(), suite::TESTS.len());
}

#[test]
fn what_others_ask_for() {
    let profile = named("powermax-iscsi-sync").expect("a driver");
    assert_eq!(
        matrix_lines(profile, true, false),
        "[operation.volume_replication]\ndriver.dell_emc_powermax=complete\ndriver.dell_emc_vmax_af=complete\ndriver.dell_emc_vmax_3=complete\n"
    );
    assert!(matrix_lines(profile, false, false).contains("driver.dell_emc_powermax=missing\n"));
    assert!(!matrix_lines(profile, true, true).contains("driver."));
    let comment = gerrit_comment(
        profile,
        &[Level::Core],
        &judged(&TestOutcome::Passed),
        "https://ci.example.org/1",
        false,
    );
    let (first, rest) = comment.split_once("\n\n").expect("two parts");
    // zuul-results-summary.js: `^Build (\w+) \((\w+) pipeline\)\.` and `^- JOB https?://URL : RESULT( in TIME)?`.
    assert_eq!(first, "Build succeeded (check pipeline).");
    assert_eq!(
        rest,
        "- cinder-drill-powermax-iscsi-sync-core https://ci.example.org/1 : SUCCESS in 0m 15s\n"
    );
    let rehearsal = gerrit_comment(
        profile,
        &[Level::Core],
        &judged(&TestOutcome::Passed),
        "https://ci.example.org/1",
        true,
    );
    assert!(rehearsal.starts_with("Build failed") && !rehearsal.contains("SUCCESS"));
    assert!(product(profile, &LEVELS, "r", true).contains("rehearsal: true\n"));
}

/// The rows of the table of tests in the documentation: the id and name, the scenario, and why there is none.
fn rows() -> Vec<(String, Option<String>, String)> {
    let page = include_str!("../docs/certification.md");
    let (_, table) = page.split_once("## The tests").expect("a table");
    let cells = |line: &str| -> Vec<String> {
        line.trim_matches('|')
            .split(" | ")
            .map(|cell| cell.trim().to_owned())
            .collect()
    };
    let rows = table
        .lines()
        .filter(|line| line.starts_with("| ") && !line.starts_with("| test |") && !line.starts_with("| --- "));
    rows.map(|line| {
        let cells = cells(line);
        let scenario = cells[1]
            .strip_prefix('[')
            .map(|link| link.split_once(']').expect("a link").0.to_owned());
        (cells[0].clone(), scenario, cells.get(2).cloned().unwrap_or_default())
    })
    .collect()
}

#[test]
fn the_documentation_says_which_tests_there_are_and_why_not() {
    let rows = rows();
    let scenario_of = |title: &str| {
        rows.iter()
            .find(|(row, ..)| row == title)
            .map(|(_, scenario, _)| scenario.as_deref())
    };
    for test in &suite::TESTS {
        assert_eq!(scenario_of(test.title), Some(Some(test.scenario)), "{}", test.title);
    }
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/certification");
    let files = std::fs::read_dir(folder).expect("the scenarios").map(|entry| {
        let name = entry.expect("an entry").file_name();
        name.to_string_lossy().trim_end_matches(".yaml").to_owned()
    });
    let files: std::collections::BTreeSet<String> = files.collect();
    let linked: std::collections::BTreeSet<String> =
        rows.iter().filter_map(|(_, scenario, _)| scenario.clone()).collect();
    assert_eq!(linked, files);
    for (title, scenario, because) in &rows {
        assert_ne!(scenario.is_some(), !because.is_empty(), "{title}: {because}");
        let is_tested = suite::TESTS.iter().any(|test| test.title == title);
        assert_eq!(scenario.is_some(), is_tested, "{title}");
    }
    // Every id of the suite as it was planned has a row.
    let planned = [
        ("C", vec![1..=8, 10..=18, 20..=24, 30..=32, 40..=41, 50..=51]),
        ("B", vec![1..=6, 10..=12]),
        ("G", vec![1..=9]),
        ("A", vec![1..=4]),
        ("O", vec![1..=5]),
    ];
    for (letter, ranges) in planned {
        for number in ranges.into_iter().flatten() {
            let id = format!("{letter}{number:02} ");
            assert!(rows.iter().any(|(title, ..)| title.starts_with(&id)), "{id}");
        }
    }
}
