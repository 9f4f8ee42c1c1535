//! The statement: an in-toto Statement v1 whose predicate is `test-result/v0.1`
//! (in-toto/attestation, spec/v1/statement.md and spec/predicates/test-result.md).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::evidence::Evidence;
use super::result::{Judged, TestOutcome};
use super::suite::{Level, SUITE, VERSION};
use crate::drivers::DriverProfile;

/// `_type` of a statement.
pub(super) const STATEMENT: &str = "https://in-toto.io/Statement/v1";
/// `predicateType` of a test result.
pub(super) const TEST_RESULT: &str = "https://in-toto.io/attestation/test-result/v0.1";

/// A statement.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Statement {
    /// The format.
    #[serde(rename = "_type")]
    pub format: String,
    /// What it is about: the files of the evidence.
    pub subject: Vec<Subject>,
    /// What the predicate is.
    #[serde(rename = "predicateType")]
    pub predicate_type: String,
    /// What is said.
    pub predicate: TestResult,
}

/// A file that a statement is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subject {
    /// Its name.
    pub name: String,
    /// Its digests, by algorithm.
    pub digest: BTreeMap<String, String>,
}

/// Which tests ended how, and with what.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TestResult {
    /// `PASSED`, `WARNED` or `FAILED`. A rehearsal is never `PASSED`.
    pub result: String,
    /// What was tested, with what.
    pub configuration: Vec<Resource>,
    /// The tests that passed. None of a rehearsal.
    #[serde(default)]
    pub passed_tests: Vec<String>,
    /// The tests that are no pass and no failure: those of a rehearsal, and those that were skipped.
    #[serde(default)]
    pub warned_tests: Vec<String>,
    /// The tests that failed, or are missing.
    #[serde(default)]
    pub failed_tests: Vec<String>,
}

/// A ResourceDescriptor.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Resource {
    /// Its name.
    pub name: String,
    /// Its digests, by algorithm.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub digest: BTreeMap<String, String>,
    /// What else is known of it.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub annotations: Map<String, Value>,
}

/// What a statement is about, besides the tests.
#[derive(Clone, Debug)]
pub struct About<'a> {
    /// The driver.
    pub profile: &'a DriverProfile,
    /// The levels.
    pub levels: &'a [Level],
    /// The run.
    pub run: &'a str,
    /// Whether the cloud was a simulated one.
    pub rehearsal: bool,
    /// The version of cinder-drill.
    pub version: &'a str,
    /// The versions of what took part, by name.
    pub versions: &'a BTreeMap<String, String>,
}

/// The name of the suite's entry in a configuration.
pub(super) const OF_SUITE: &str = "suite";
/// The name of the driver's entry in a configuration.
pub(super) const OF_DRIVER: &str = "driver";

/// States how tests ended. Of a rehearsal nothing passed: no tool takes it for a certificate.
#[must_use]
pub fn statement(about: &About<'_>, judged: &[Judged], evidence: &[Evidence]) -> Statement {
    let titles = |is: fn(&TestOutcome) -> bool| -> Vec<String> {
        let found = judged.iter().filter(|one| is(&one.outcome));
        found.map(|one| one.title.clone()).collect()
    };
    let mut passed = titles(|outcome| *outcome == TestOutcome::Passed);
    let mut warned = titles(|outcome| matches!(outcome, TestOutcome::Skipped(_)));
    let failed = titles(|outcome| matches!(outcome, TestOutcome::Failed(_) | TestOutcome::Missing(_)));
    let result = match (
        failed.is_empty(),
        warned.is_empty() && !passed.is_empty(),
        about.rehearsal,
    ) {
        (false, _, _) => "FAILED",
        (true, true, false) => "PASSED",
        _ => "WARNED",
    };
    if about.rehearsal {
        warned.splice(0..0, std::mem::take(&mut passed));
    }
    let sha256 = |digest: &str| BTreeMap::from([("sha256".to_owned(), digest.to_owned())]);
    let of_file = |name: &str| evidence.iter().find(|one| one.name == name);
    Statement {
        format: STATEMENT.to_owned(),
        subject: evidence
            .iter()
            .map(|one| Subject {
                name: one.name.clone(),
                digest: sha256(&one.sha256),
            })
            .collect(),
        predicate_type: TEST_RESULT.to_owned(),
        predicate: TestResult {
            result: result.to_owned(),
            configuration: vec![
                resource(
                    OF_SUITE,
                    json!({
                        "suite": SUITE,
                        "version": VERSION,
                        "levels": about.levels.iter().map(|level| level.name()).collect::<Vec<_>>(),
                        "rehearsal": about.rehearsal,
                        "run": about.run,
                    }),
                ),
                Resource {
                    digest: of_file("profile.yaml")
                        .map(|one| sha256(&one.sha256))
                        .unwrap_or_default(),
                    ..resource(
                        OF_DRIVER,
                        json!({
                            "profile": about.profile.name,
                            "driver": about.profile.driver,
                            "protocol": about.profile.protocol,
                            "mode": about.profile.mode.name,
                            "matrix": about.profile.matrix,
                            "classes": about.profile.classes,
                        }),
                    )
                },
                resource(
                    "cinder-drill",
                    json!({ "version": about.version, "commit": option_env!("CINDER_DRILL_COMMIT") }),
                ),
                resource("versions", json!(about.versions)),
            ],
            passed_tests: passed,
            warned_tests: warned,
            failed_tests: failed,
        },
    }
}

fn resource(name: &str, annotations: Value) -> Resource {
    let annotations = match annotations {
        Value::Object(map) => map.into_iter().filter(|(_, value)| !value.is_null()).collect(),
        _ => Map::new(),
    };
    Resource {
        name: name.to_owned(),
        annotations,
        ..Resource::default()
    }
}

impl Statement {
    /// An entry of the configuration.
    pub(super) fn configured(&self, name: &str) -> Option<&Resource> {
        self.predicate.configuration.iter().find(|entry| entry.name == name)
    }
}
