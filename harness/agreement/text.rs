//! A comparison as a person reads it.

use std::fmt::Write as _;

use super::difference::{Comparison, Kind};
use super::evidence::Evidence;
use super::judge::Judged;

/// What is never compared: the limits of an agreement.
const NEVER: &str = "values (but for words of the APIs), headers, times, order of keys, files in guests, what is in logs \
                     besides connection info";

/// The comparison of two runs, as text.
#[must_use]
pub fn as_text(left: &Evidence, right: &Evidence, comparison: &Comparison, judged: &Judged<'_>) -> String {
    let mut text = String::new();
    for (label, side) in [("left ", left), ("right", right)] {
        let passed = side.passed();
        let _ = writeln!(
            text,
            "{label}  {} · run {} · {passed} of {} scenarios passed",
            side.target,
            side.run,
            side.verdicts.len()
        );
    }
    let compared: Vec<String> = Kind::ALL
        .iter()
        .map(|kind| format!("{} {kind}", comparison.compared(*kind)))
        .collect();
    let _ = writeln!(text, "compared: {}\n", compared.join(", "));
    for kind in Kind::ALL {
        let open: Vec<_> = judged.open.iter().filter(|found| found.kind == kind).collect();
        if open.is_empty() {
            continue;
        }
        let _ = writeln!(text, "DIFFERENT {kind} ({})", open.len());
        for difference in open {
            let _ = writeln!(text, "  {}", comparison.line(difference));
        }
        text.push('\n');
    }
    if !judged.accepted.is_empty() {
        let _ = writeln!(text, "accepted ({})", judged.accepted.len());
        for (difference, entry) in &judged.accepted {
            let _ = writeln!(text, "  {}\n    because {}", comparison.line(difference), entry.reason);
        }
        text.push('\n');
    }
    if !judged.stale.is_empty() {
        let _ = writeln!(
            text,
            "STALE: accepted, but no longer different ({})",
            judged.stale.len()
        );
        for entry in &judged.stale {
            let _ = writeln!(text, "  {}", entry.difference);
        }
        text.push('\n');
    }
    not_compared(comparison, &mut text);
    let _ = writeln!(
        text,
        "{} differences, {} accepted, {} stale",
        judged.open.len() + judged.accepted.len(),
        judged.accepted.len(),
        judged.stale.len()
    );
    text
}

fn not_compared(comparison: &Comparison, text: &mut String) {
    let _ = writeln!(
        text,
        "not compared ({}), and never: {NEVER}",
        comparison.not_compared.len()
    );
    for kind in Kind::ALL {
        for skipped in comparison.not_compared.iter().filter(|skipped| skipped.kind == kind) {
            let _ = writeln!(text, "  {kind}: {}", skipped.text);
        }
    }
    text.push('\n');
}
