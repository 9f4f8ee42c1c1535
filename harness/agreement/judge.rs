//! Which differences are accepted.

use super::accepted::{Accepted, Entry};
use super::difference::{Comparison, Difference};

/// A comparison with what is accepted taken out.
pub struct Judged<'a> {
    /// Differences that nobody accepted.
    pub open: Vec<&'a Difference>,
    /// Differences that were accepted, and by which entry.
    pub accepted: Vec<(&'a Difference, &'a Entry)>,
    /// Entries about what no longer differs.
    pub stale: Vec<&'a Entry>,
}

impl Judged<'_> {
    /// Whether the two sides agree, but for what is accepted.
    #[must_use]
    pub fn agrees(&self) -> bool {
        self.open.is_empty() && self.stale.is_empty()
    }
}

/// Takes what is accepted out of a comparison. The first entry that accepts a difference counts.
#[must_use]
pub fn judge<'a>(comparison: &'a Comparison, accepted: &'a Accepted) -> Judged<'a> {
    let mut judged = Judged {
        open: Vec::new(),
        accepted: Vec::new(),
        stale: Vec::new(),
    };
    for difference in &comparison.differences {
        let line = comparison.line(difference);
        match accepted.entries.iter().find(|entry| entry.accepts(&line)) {
            Some(entry) => judged.accepted.push((difference, entry)),
            None => judged.open.push(difference),
        }
    }
    let lines: Vec<String> = comparison
        .differences
        .iter()
        .map(|found| comparison.line(found))
        .collect();
    judged.stale = accepted
        .entries
        .iter()
        .filter(|entry| !entry.sometimes && !lines.iter().any(|line| entry.accepts(line)))
        .collect();
    judged
}
