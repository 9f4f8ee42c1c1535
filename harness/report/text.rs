//! A report as text.

use std::fmt::Write;
use std::path::PathBuf;

use super::document::Report;
use super::printable::printable;
use super::verdicts::verdicts;

/// What a run on simcloud, embedded or served, says of itself.
const STAND_IN: &str = "on simcloud, a stand-in: proves that harness and scenarios work, and nothing about any storage";

/// The verdicts of each run, whose journals are there, as at its end, with the diagnoses pointing into the scenarios that the journal keeps; then
/// what is wrong with a run as a whole, and the statistics of repetitions.
#[must_use]
pub fn text(report: &Report, journals: &[PathBuf], color: bool) -> String {
    let mut text = String::new();
    for (run, journal) in report.runs.iter().zip(journals) {
        text.push_str(&verdicts(run, journal, color));
        if run.stand_in {
            let _ = writeln!(text, "{STAND_IN}");
        }
        let _ = writeln!(text, "{}", run.counts());
        // What is LEFT is reported with its failure already.
        for fault in run.faults.iter().filter(|fault| !fault.is_left()) {
            let _ = writeln!(text, "not a pass: {}", printable(&fault.to_string()));
        }
    }
    text.push_str(&statistics(report));
    for fault in &report.faults {
        let _ = writeln!(text, "not a pass: {}", printable(fault));
    }
    if report.runs.len() > 1 {
        let _ = writeln!(text, "all {} runs: {}", report.runs.len(), report.counts);
    }
    text
}

/// The shortest, the median and the longest time of each phase over the repetitions that passed; empty if nothing ran
/// more than once.
#[must_use]
pub(super) fn statistics(report: &Report) -> String {
    let mut text = String::new();
    for scenario in &report.statistics {
        let _ = writeln!(
            text,
            "\n{}: {} of {} passed{}",
            scenario.scenario,
            scenario.passed,
            scenario.runs,
            if scenario.phases.is_empty() {
                ""
            } else {
                "; seconds, of those that passed:"
            }
        );
        if scenario.phases.is_empty() {
            continue;
        }
        let _ = writeln!(text, "  {:<24}{:>9}{:>9}{:>9}", "phase", "min", "median", "max");
        for phase in &scenario.phases {
            let seconds = |milliseconds: u64| std::time::Duration::from_millis(milliseconds).as_secs_f64();
            let _ = writeln!(
                text,
                "  {:<24}{:>9.2}{:>9.2}{:>9.2}",
                phase.phase.words(),
                seconds(phase.minimum),
                seconds(phase.median),
                seconds(phase.maximum)
            );
        }
    }
    text
}
