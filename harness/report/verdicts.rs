//! The verdicts at the end of a run, as text.

use std::fmt::Write;
use std::path::Path;

use super::api_alone::api_alone;
use super::document::{Outcome, Phase, Recovery, Until, recovery_statistics};
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
        text.push_str(&scenario_verdict(scenario, summary.recoveries.found(), color, render));
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
    for resource in &summary.kept {
        let name = resource.id.as_deref().unwrap_or(&resource.name);
        let _ = writeln!(
            text,
            "{}  {} {name} ({})",
            paint(color, "33", "KEPT"),
            resource.kind.words(),
            resource.name
        );
    }
    if let Some(run) = summary
        .scenarios
        .iter()
        .any(|scenario| !scenario.passed())
        .then_some(&summary.run)
    {
        let _ = writeln!(text, "evidence  {}", journal.display());
        let _ = writeln!(text, "next      {}\n", next_command(run, journal));
    }
    text.push_str(&recovery_summary(summary.recoveries.found()));
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
    text
}

fn scenario_verdict(
    scenario: &ScenarioSummary,
    recoveries: &[Recovery],
    color: bool,
    render: FailureRenderer<'_>,
) -> String {
    let mut text = String::new();
    let word = match Outcome::of(scenario.verdict.as_ref()) {
        Outcome::Passed => paint(color, "32", "PASS"),
        Outcome::Failed => paint(color, "31", "FAIL"),
        Outcome::Error => paint(color, "31", "ERROR"),
        Outcome::Interrupted => paint(color, "33", "STOPPED"),
        Outcome::NotRun => paint(color, "33", "NOT RUN"),
        Outcome::Unfinished => paint(color, "33", "NO VERDICT"),
    };
    let alone = api_alone(&scenario.proofs);
    let by = if alone.is_some() {
        ", by the word of the API alone"
    } else {
        ""
    };
    let _ = writeln!(
        text,
        "{word}  {} ({}){by}",
        scenario.name,
        seconds(scenario.milliseconds)
    );
    if let Some(alone) = alone {
        let _ = writeln!(text, "      {}   {}", paint(color, "33", "API only"), printable(&alone));
    }
    for proof in &scenario.proofs {
        text.push_str(&proof_text(proof));
    }
    for (position, line) in phase_lines(&scenario.phases).iter().enumerate() {
        let _ = writeln!(text, "      {:<10}  {line}", if position == 0 { "phases" } else { "" });
    }
    let own = |found: &&Recovery| {
        found.scenario == scenario.name && scenario.chain.as_ref().is_some_and(|chain| *chain == found.chain)
    };
    for (position, recovery) in recoveries.iter().filter(own).enumerate() {
        let word = if position == 0 { "recovery" } else { "" };
        let _ = writeln!(text, "      {word:<10}  {}", printable(&recovery_line(recovery)));
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

/// What shows the most about a run that failed. A run's folder is its id, below the folder of runs.
fn next_command(run: &str, journal: &Path) -> String {
    let folder = journal.parent().filter(|folder| folder.ends_with(run));
    let place = folder.unwrap_or(journal).display();
    format!("cinder-drill report {place} --format html --output {run}.html")
}

/// The phases, at most four on a line.
fn phase_lines(phases: &[Phase]) -> Vec<String> {
    let word = |phase: &Phase| format!("{} {}", phase.phase.words(), seconds(phase.milliseconds));
    phases
        .chunks(4)
        .map(|some| some.iter().map(word).collect::<Vec<_>>().join(", "))
        .collect()
}

/// What a server waited for its data.
fn recovery_line(recovery: &Recovery) -> String {
    let times = [
        (Until::FirstRead, recovery.first_read),
        (Until::FirstWrite, recovery.first_write),
    ];
    let words: Vec<String> = times
        .into_iter()
        .filter_map(|(until, time)| Some(format!("{} {}", until.words(), seconds(time?))))
        .collect();
    let (server, moved) = (&recovery.server, recovery.moved.words());
    format!("{server}: {} after the {moved} was sent", words.join(", "))
}

/// What several servers waited for their data.
fn recovery_summary(recoveries: &[Recovery]) -> String {
    let statistics = recovery_statistics(recoveries);
    let of_several = statistics.iter().filter(|found| found.count > 1);
    of_several.fold(String::new(), |mut text, found| {
        let _ = writeln!(
            text,
            "{} to {} · {} servers: p50 {}, p95 {}, max {}",
            found.moved.words(),
            found.until.words(),
            found.count,
            seconds(found.p50),
            seconds(found.p95),
            seconds(found.maximum)
        );
        text
    })
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
