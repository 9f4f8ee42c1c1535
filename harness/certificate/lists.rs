//! What others ask for beside a certificate: lines of Cinder's support matrix, a comment as third-party CIs write them in Gerrit, and
//! a description of the product as CNCF's submissions have it.

use std::fmt::Write;

use super::result::{Judged, TestOutcome};
use super::suite::{Level, SUITE, TESTS, VERSION};
use crate::drivers::DriverProfile;

/// The lines of `support-matrix.ini` under `[operation.volume_replication]`. A rehearsal has none: it says nothing of a driver.
#[must_use]
pub fn matrix_lines(profile: &DriverProfile, passed: bool, rehearsal: bool) -> String {
    if rehearsal {
        return "# A rehearsal on a simulated cloud: it supports no line\n".to_owned();
    }
    let word = if passed { "complete" } else { "missing" };
    let lines: String = profile
        .matrix
        .iter()
        .map(|key| format!("driver.{key}={word}\n"))
        .collect();
    format!("[operation.volume_replication]\n{lines}")
}

/// A comment in the grammar that OpenDev's Gerrit puts into its table of results (zuul-results-summary.js: `Build \w+ (pipeline)`,
/// then a line for each job).
#[must_use]
pub fn gerrit_comment(
    profile: &DriverProfile,
    levels: &[Level],
    judged: &[Judged],
    url: &str,
    rehearsal: bool,
) -> String {
    let is_passed = |one: &&Judged| one.outcome == TestOutcome::Passed;
    let all = judged.iter().all(|one| is_passed(&one)) && !rehearsal;
    let mut text = format!(
        "Build {} (check pipeline).\n\n",
        if all { "succeeded" } else { "failed" }
    );
    for level in levels {
        let own = |one: &&Judged| TESTS.iter().any(|test| test.title == one.title && test.level == *level);
        let passed = judged.iter().filter(own).all(|one| is_passed(&one)) && !rehearsal;
        let seconds = judged.iter().filter(own).map(|one| one.milliseconds).sum::<u64>() / 1000;
        let word = if passed { "SUCCESS" } else { "FAILURE" };
        // Writing into a String cannot fail.
        let _ = writeln!(
            text,
            "- cinder-drill-{}-{level} {url} : {word} in {}m {:02}s",
            profile.name,
            seconds / 60,
            seconds % 60
        );
    }
    if rehearsal {
        text.push_str("\nThis was a rehearsal on a simulated cloud: it proves nothing about any storage.\n");
    }
    text
}

/// The description of what was tested, with the keys of CNCF's `PRODUCT.yaml` (k8s-conformance) that the run knows.
#[must_use]
pub fn product(profile: &DriverProfile, levels: &[Level], run: &str, rehearsal: bool) -> String {
    let levels: Vec<&str> = levels.iter().map(|level| level.name()).collect();
    let quoted = |text: &str| format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""));
    format!(
        "# Add website_url, repo_url, documentation_url and product_logo_url before you submit it.\nvendor: {title}\nname: \
         {name}\nversion: {mode}\ntype: cinder-driver\ndescription: {description}\nsuite: {SUITE}\nsuite_version: {VERSION}\nlevels: \
         [{levels}]\nmatrix: [{matrix}]\nrun: {run}\nrehearsal: {rehearsal}\n",
        title = quoted(&profile.title),
        name = quoted(&profile.name),
        mode = quoted(&profile.mode.name),
        description = quoted(&format!(
            "{} over {}: {}",
            profile.title, profile.protocol, profile.mode.about
        )),
        levels = levels.join(", "),
        matrix = profile.matrix.join(", "),
        run = quoted(run),
    )
}
