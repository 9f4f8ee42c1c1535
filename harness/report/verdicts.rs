//! The verdicts at the end of a run, as text.

use std::fmt::Write;
use std::path::Path;

use super::document::{
    Left, Outcome, Phase, Recovery, RecoveryPhaseName, RecoveryStatistics, RunReport, ScenarioReport, Until, diagnosis,
};
use super::printable::printable;
use super::proof_words::{proof_lines, seconds};
use crate::counted::counted;
use crate::diagnostic::SourceMap;
use crate::event::{Proof, Resource, Verdict};

/// The verdict of each scenario that was requested, with what was proven or why it failed, and the closing lines, which name
/// the journal.
#[must_use]
pub fn verdicts(run: &RunReport, journal: &Path, color: bool) -> String {
    let mut text = String::new();
    let sources = sources(run);
    for scenario in run.judged() {
        text.push_str(&scenario_verdict(scenario, &run.recoveries, &sources, color));
    }
    let name = |left: &Left| left.resource.id.clone().unwrap_or_else(|| left.resource.name.clone());
    for left in &run.left {
        if let Some(failure) = &left.failure {
            let what = printable(&format!("{} {}: {failure}", left.resource.kind.words(), name(left)));
            let _ = writeln!(text, "{}  {what}", paint(color, "33", "LEFT"));
        }
    }
    for left in run.left.iter().filter(|left| left.failure.is_none()) {
        let Resource { kind, name: called, .. } = &left.resource;
        let kept = paint(color, "33", "KEPT");
        let _ = writeln!(text, "{kept}  {} {} ({called})", kind.words(), name(left));
    }
    let went_well = |scenario: &ScenarioReport| matches!(scenario.outcome, Outcome::Passed | Outcome::Skipped);
    if !run.scenarios.iter().all(went_well) {
        let _ = writeln!(text, "evidence  {}", journal.display());
        let _ = writeln!(text, "next      {}\n", next_command(&run.run, journal));
    }
    text.push_str(&recovery_summary(&run.recovery_statistics));
    let _ = writeln!(
        text,
        "{} on {} · {}, {} in {} · {}",
        run.backend,
        run.target,
        counted(run.requests.len(), "request"),
        counted(run.polls, "poll"),
        seconds(run.milliseconds),
        journal.display()
    );
    text
}

/// The files of the scenarios, as the journal keeps them.
fn sources(run: &RunReport) -> SourceMap {
    let mut sources = SourceMap::default();
    for (file, text) in run.description.iter().flat_map(|description| &description.sources) {
        sources.insert(file.as_str().into(), text.as_str().into());
    }
    sources
}

fn scenario_verdict(scenario: &ScenarioReport, recoveries: &[Recovery], sources: &SourceMap, color: bool) -> String {
    let mut text = String::new();
    let word = match scenario.outcome {
        Outcome::Passed => paint(color, "32", "PASS"),
        Outcome::Failed => paint(color, "31", "FAIL"),
        Outcome::Error => paint(color, "31", "ERROR"),
        Outcome::Interrupted => paint(color, "33", "STOPPED"),
        Outcome::NotRun => paint(color, "33", "NOT RUN"),
        Outcome::Skipped => paint(color, "33", "SKIPPED"),
        Outcome::Unfinished => paint(color, "33", "NO VERDICT"),
    };
    let by = match &scenario.api_alone {
        Some(_) => ", by the API alone",
        None => "",
    };
    let _ = writeln!(
        text,
        "{word}  {} ({}){by}",
        scenario.name,
        seconds(scenario.milliseconds)
    );
    if let Some(alone) = &scenario.api_alone {
        let _ = writeln!(text, "      {}   {}", paint(color, "33", "API only"), printable(alone));
    }
    for skipped in scenario.skipped_steps() {
        let _ = writeln!(
            text,
            "      {}    {}",
            paint(color, "33", "skipped"),
            printable(&skipped)
        );
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
        Some(Verdict::Failed { failure, .. }) => {
            let at = scenario.failure.as_ref().and_then(|failure| failure.at.as_ref());
            text.push_str(&diagnosis(failure, at, sources, color));
            text.push('\n');
        }
        Some(Verdict::NotRun { because } | Verdict::Skipped { because }) => {
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
    let phases = recovery
        .phases
        .iter()
        .map(|found| format!("{} {}", found.phase.words(), seconds(found.milliseconds)));
    let phases: Vec<String> = phases.collect();
    let phases = match phases.as_slice() {
        [] => String::new(),
        phases => format!(" ({})", phases.join(", ")),
    };
    let since = match recovery.phases.first() {
        Some(first) if first.phase == RecoveryPhaseName::Detect => format!("the loss before the {moved}"),
        _ => format!("the {moved} was sent"),
    };
    format!("{server}: {} after {since}{phases}", words.join(", "))
}

/// What several servers waited for their data.
fn recovery_summary(statistics: &[RecoveryStatistics]) -> String {
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
