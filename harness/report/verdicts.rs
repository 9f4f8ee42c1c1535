//! The verdicts at the end of a run, as text.

use std::fmt::Write;
use std::path::Path;

use super::printable::printable;
use super::proof_words::{proof_lines, seconds};
use super::summary::{RunSummary, ScenarioSummary};
use crate::event::{Proof, Verdict};
use crate::failure::Failure;

/// Renders a failure of a scenario's step, pointing into its file where that is known.
pub type FailureRenderer<'a> = &'a dyn Fn(&str, Option<usize>, &Failure) -> String;

/// The verdict of each scenario that was asked for, with what was proven or why it failed, and the
/// closing lines, which name the journal.
#[must_use]
pub fn verdicts(summary: &RunSummary, journal: &Path, color: bool, render: FailureRenderer<'_>) -> String {
    let mut text = String::new();
    for scenario in summary.scenarios.iter().filter(|scenario| scenario.counts()) {
        text.push_str(&scenario_verdict(scenario, color, render));
    }
    for (resource, failure) in &summary.left {
        let name = resource.id.as_deref().unwrap_or(&resource.name);
        let _ = writeln!(
            text,
            "{}  {}",
            paint(color, "33", "LEFT"),
            printable(&format!("{} {name}: {failure}", resource.kind.words()))
        );
    }
    let (passed, failed) = summary.counts();
    let _ = writeln!(
        text,
        "{} on {} · {} requests, {} polls in {} · {}",
        summary.backend,
        summary.target,
        summary.requests,
        summary.polls,
        seconds(summary.milliseconds),
        journal.display()
    );
    let _ = writeln!(text, "{passed} passed, {failed} failed");
    text
}

fn scenario_verdict(scenario: &ScenarioSummary, color: bool, render: FailureRenderer<'_>) -> String {
    let mut text = String::new();
    let word = match &scenario.verdict {
        Some(Verdict::Passed) => paint(color, "32", "PASS"),
        Some(Verdict::Failed { .. }) => paint(color, "31", "FAIL"),
        Some(Verdict::NotRun { .. }) | None => paint(color, "33", "NOT RUN"),
    };
    let _ = writeln!(text, "{word}  {} ({})", scenario.name, seconds(scenario.milliseconds));
    for proof in &scenario.proofs {
        text.push_str(&proof_text(proof));
    }
    match &scenario.verdict {
        Some(Verdict::Failed { failure, step }) => {
            text.push_str(&render(&scenario.name, *step, failure));
            text.push('\n');
        }
        Some(Verdict::NotRun { because }) => {
            let _ = writeln!(text, "      {}", printable(because));
        }
        Some(Verdict::Passed) | None => {}
    }
    text.push('\n');
    text
}

fn proof_text(proof: &Proof) -> String {
    let (word, lines) = proof_lines(proof);
    let mut text = String::new();
    for (position, line) in lines.iter().enumerate() {
        let _ = writeln!(
            text,
            "      {:<10}  {}",
            if position == 0 { word } else { "" },
            printable(line)
        );
    }
    text
}

/// Colours a word with an ANSI code, if colours are on.
pub(super) fn paint(color: bool, code: &str, word: &str) -> String {
    if color {
        format!("\u{1b}[1;{code}m{word}\u{1b}[0m")
    } else {
        word.to_owned()
    }
}
