//! Whether a certificate may be believed. Offline: by its bytes, the keys that are trusted, and the evidence if it is there.

use std::path::Path;

use serde_json::Value;

use super::envelope::{Envelope, IN_TOTO};
use super::evidence::{Evidence, digest};
use super::keys::PublicKey;
use super::result::{TestOutcome, results};
use super::statement::{OF_DRIVER, OF_SUITE, STATEMENT, Statement, TEST_RESULT};
use super::suite::{Level, SUITE, Test, VERSION, claimed};
use crate::bounded_file;
use crate::drivers::{self, DriverFile, DriverProfile};
use crate::event::{Journal, Reading};
use crate::report::document::RunReport;

/// What must hold so that a certificate is believed.
#[derive(Clone, Debug)]
pub struct Trust<'a> {
    /// The keys that must all have signed it.
    pub keys: &'a [PublicKey],
    /// The oldest version of the suite that counts.
    pub suite: u64,
    /// Whether a rehearsal is what is asked for. It is no certificate.
    pub rehearsal: bool,
    /// The folder with the evidence.
    pub evidence: Option<&'a Path>,
}

/// What a certificate says that was believed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Believed {
    /// The driver's profile.
    pub profile: String,
    /// The levels.
    pub levels: Vec<Level>,
    /// The tests that passed.
    pub tests: Vec<String>,
    /// Whether it is a rehearsal.
    pub rehearsal: bool,
    /// Whether the evidence was looked at.
    pub with_evidence: bool,
}

/// Why a certificate is not believed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Nobody whom one trusts was named.
    #[error("no key was named, so anybody could have signed it")]
    NoKey,
    /// It is no envelope.
    #[error("it is not a DSSE envelope: {0}")]
    NoEnvelope(String),
    /// It is of another type.
    #[error("its payload is `{0}`, not an in-toto statement")]
    OtherType(String),
    /// A trusted key has not signed it, or not these bytes.
    #[error("key {key} has not signed it{}", if *claims { ": its signature is not of these bytes" } else { "" })]
    NotSigned {
        /// The key's id.
        key: String,
        /// Whether a signature says that it is the key's: then the bytes were changed, or the signature is made up.
        claims: bool,
    },
    /// It is no statement of this kind.
    #[error("it is not a test result of this suite: {0}")]
    OtherStatement(String),
    /// It was made with an older suite.
    #[error("it was made with version {made} of the suite, and version {asked} is required")]
    OldSuite {
        /// The version.
        made: u64,
        /// The oldest that counts.
        asked: u64,
    },
    /// It is of a suite that this program does not know yet.
    #[error("it was made with version {0} of the suite, which this program does not know")]
    NewSuite(u64),
    /// It is a rehearsal.
    #[error("it is a rehearsal on a simulated cloud, and proves nothing about any storage")]
    Rehearsal,
    /// A rehearsal was asked for.
    #[error("it is not a rehearsal")]
    NoRehearsal,
    /// A level that the suite does not have.
    #[error("it is of the level `{0}`, which the suite does not have")]
    NoSuchLevel(String),
    /// A driver that nobody knows.
    #[error("what the driver `{0}` claims is not known: name the folder of the evidence, which has its profile")]
    UnknownDriver(String),
    /// A test failed.
    #[error("the test {0} failed")]
    Failed(String),
    /// A test that the driver claims was skipped.
    #[error("the test {0} was skipped, and the driver claims it")]
    Skipped(String),
    /// A test that the driver claims is not there.
    #[error("the test {0} is missing, and the driver claims it")]
    Missing(String),
    /// A test that the suite does not have.
    #[error("the suite has no test {0}")]
    NoSuchTest(String),
    /// It says itself that it is no pass.
    #[error("its result is {0}")]
    NoPass(String),
    /// A file of the evidence is not named.
    #[error("it says nothing of the file {0}")]
    NotNamed(String),
    /// A file of the evidence cannot be read.
    #[error("the evidence has no readable file {0}")]
    NoFile(String),
    /// A file of the evidence has other bytes.
    #[error("the file {0} of the evidence is not the one that was signed")]
    OtherFile(String),
    /// The journal says something else than the certificate.
    #[error("the journal of the evidence says otherwise: {0}")]
    OtherJournal(String),
}

/// Judges a certificate.
///
/// # Errors
/// It may not be believed, and why.
pub fn verify(bytes: &[u8], trust: &Trust<'_>) -> Result<Believed, Refusal> {
    if trust.keys.is_empty() {
        return Err(Refusal::NoKey);
    }
    judge(bytes, trust)
}

fn judge(bytes: &[u8], trust: &Trust<'_>) -> Result<Believed, Refusal> {
    let statement = opened(bytes, trust.keys)?;
    let (levels, rehearsal) = of_suite(&statement, trust)?;
    let named = text(&statement, OF_DRIVER, "profile")?;
    let profile = profile(&named, trust.evidence)?;
    let tests: Vec<&'static Test> = claimed(&profile, &levels).collect();
    all_passed(&statement, &tests, rehearsal)?;
    if let Some(folder) = trust.evidence {
        evidence(&statement, folder, &tests, &profile, rehearsal)?;
    }
    Ok(Believed {
        profile: named,
        levels,
        tests: tests.iter().map(|test| test.title.to_owned()).collect(),
        rehearsal,
        with_evidence: trust.evidence.is_some(),
    })
}

/// Holds an envelope against its evidence, whoever has signed it: for who is about to sign it, too.
///
/// # Errors
/// It may not be believed, and why.
pub fn recheck(bytes: &[u8], folder: &Path) -> Result<Believed, Refusal> {
    let trust = |rehearsal| Trust {
        keys: &[],
        suite: VERSION,
        rehearsal,
        evidence: Some(folder),
    };
    match judge(bytes, &trust(false)) {
        Err(Refusal::Rehearsal) => judge(bytes, &trust(true)),
        judged => judged,
    }
}

/// The statement in an envelope that all keys have signed. Nothing in it is looked at before.
fn opened(bytes: &[u8], keys: &[PublicKey]) -> Result<Statement, Refusal> {
    let no_envelope = |error: String| Refusal::NoEnvelope(error);
    let envelope: Envelope = serde_json::from_slice(bytes).map_err(|error| no_envelope(error.to_string()))?;
    if envelope.payload_type != IN_TOTO {
        return Err(Refusal::OtherType(envelope.payload_type));
    }
    let payload = envelope.bytes().map_err(|error| no_envelope(error.to_string()))?;
    for key in keys {
        if !envelope.is_signed_by(key, &payload) {
            let key = key.id();
            let claims = envelope.signatures.iter().any(|signature| signature.keyid == key);
            return Err(Refusal::NotSigned { key, claims });
        }
    }
    let statement: Statement =
        serde_json::from_slice(&payload).map_err(|error| Refusal::OtherStatement(error.to_string()))?;
    if statement.format != STATEMENT {
        return Err(Refusal::OtherStatement(format!("`_type` is {}", statement.format)));
    }
    if statement.predicate_type != TEST_RESULT {
        return Err(Refusal::OtherStatement(format!(
            "`predicateType` is {}",
            statement.predicate_type
        )));
    }
    Ok(statement)
}

fn of_suite(statement: &Statement, trust: &Trust<'_>) -> Result<(Vec<Level>, bool), Refusal> {
    let name = text(statement, OF_SUITE, "suite")?;
    if name != SUITE {
        return Err(Refusal::OtherStatement(format!("its suite is {name}")));
    }
    let suite = statement.configured(OF_SUITE).map(|entry| &entry.annotations);
    let value = |key: &str| suite.and_then(|suite| suite.get(key));
    let lacks = |key: &str| Refusal::OtherStatement(format!("its suite has no `{key}`"));
    let made = value("version")
        .and_then(Value::as_u64)
        .ok_or_else(|| lacks("version"))?;
    if made < trust.suite {
        let asked = trust.suite;
        return Err(Refusal::OldSuite { made, asked });
    }
    if made > VERSION {
        return Err(Refusal::NewSuite(made));
    }
    let rehearsal = value("rehearsal")
        .and_then(Value::as_bool)
        .ok_or_else(|| lacks("rehearsal"))?;
    match (rehearsal, trust.rehearsal) {
        (true, false) => return Err(Refusal::Rehearsal),
        (false, true) => return Err(Refusal::NoRehearsal),
        _ => {}
    }
    let levels = value("levels")
        .and_then(Value::as_array)
        .ok_or_else(|| lacks("levels"))?;
    let level = |value: &Value| {
        let name = value.as_str().unwrap_or_default();
        Level::named(name).ok_or_else(|| Refusal::NoSuchLevel(name.to_owned()))
    };
    let levels: Vec<Level> = levels.iter().map(level).collect::<Result<_, _>>()?;
    match levels.is_empty() {
        true => Err(lacks("levels")),
        false => Ok((levels, rehearsal)),
    }
}

/// What the driver claims: by its profile within this program, or by that of the evidence. One of a known name may not claim less.
fn profile(name: &str, evidence: Option<&Path>) -> Result<DriverProfile, Refusal> {
    if let Ok(known) = drivers::named(name) {
        return Ok(known.clone());
    }
    let unknown = || Refusal::UnknownDriver(name.to_owned());
    let folder = evidence.ok_or_else(unknown)?;
    let bytes = bounded_file::read(&folder.join("profile.yaml")).map_err(|_| unknown())?;
    let text = bounded_file::text(&bytes).map_err(|_| unknown())?;
    let file = DriverFile::read(&"profile.yaml".into(), text).map_err(|_| unknown())?;
    file.profile(name).cloned().map_err(|_| unknown())
}

fn all_passed(statement: &Statement, tests: &[&'static Test], rehearsal: bool) -> Result<(), Refusal> {
    let said = &statement.predicate;
    if let Some(failed) = said.failed_tests.first() {
        return Err(Refusal::Failed(failed.clone()));
    }
    let (passed, others) = match rehearsal {
        // Of a rehearsal nothing passed, so that no other tool takes it for a pass.
        true => (&said.warned_tests, &said.passed_tests),
        false => (&said.passed_tests, &said.warned_tests),
    };
    for test in tests {
        if others.iter().any(|other| other == test.title) {
            return Err(Refusal::Skipped(test.title.to_owned()));
        }
        if !passed.iter().any(|other| other == test.title) {
            return Err(Refusal::Missing(test.title.to_owned()));
        }
    }
    let of_suite = |title: &&String| !tests.iter().any(|test| test.title == **title);
    if let Some(strange) = passed.iter().chain(others).find(of_suite) {
        return Err(Refusal::NoSuchTest(strange.clone()));
    }
    let expected = if rehearsal { "WARNED" } else { "PASSED" };
    match said.result == expected && !tests.is_empty() {
        true => Ok(()),
        false => Err(Refusal::NoPass(said.result.clone())),
    }
}

/// Holds the evidence against what was signed: each file's bytes, and what the journal says of the tests.
fn evidence(
    statement: &Statement,
    folder: &Path,
    tests: &[&'static Test],
    profile: &DriverProfile,
    rehearsal: bool,
) -> Result<(), Refusal> {
    for name in Evidence::NAMES {
        let subject = statement.subject.iter().find(|subject| subject.name == name);
        let signed = subject.and_then(|subject| subject.digest.get("sha256"));
        let signed = signed.ok_or_else(|| Refusal::NotNamed(name.to_owned()))?;
        let found = digest(&folder.join(name)).map_err(|_| Refusal::NoFile(name.to_owned()))?;
        if found != *signed {
            return Err(Refusal::OtherFile(name.to_owned()));
        }
    }
    let other = |why: String| Refusal::OtherJournal(why);
    let journal =
        Journal::read(&folder.join("journal.jsonl"), Reading::Strict).map_err(|error| other(error.to_string()))?;
    let run = RunReport::of(&journal);
    if run.stand_in != rehearsal {
        let words = if run.stand_in { "a simulated" } else { "a real" };
        return Err(other(format!("the run was on {words} cloud")));
    }
    let driver = run
        .description
        .as_ref()
        .and_then(|description| description.target.get("driver"));
    let is_driver = driver.and_then(Value::as_str).is_some_and(|driver| {
        driver == profile.name
            || driver.contains(['/', '.'])
            || drivers::named(driver).is_ok_and(|found| found.name == profile.name)
    });
    if !is_driver {
        return Err(other("the run was with another driver".to_owned()));
    }
    for judged in results(&run, tests.iter().copied()) {
        match judged.outcome {
            TestOutcome::Passed => {}
            TestOutcome::Failed(why) | TestOutcome::Skipped(why) | TestOutcome::Missing(why) => {
                return Err(other(format!("{}: {why}", judged.title)));
            }
        }
    }
    Ok(())
}

/// A text of the configuration.
fn text(statement: &Statement, entry: &str, key: &str) -> Result<String, Refusal> {
    let found = statement.configured(entry).and_then(|found| found.annotations.get(key));
    let text = found.and_then(Value::as_str).map(str::to_owned);
    text.ok_or_else(|| Refusal::OtherStatement(format!("it says no `{key}` of its {entry}")))
}
