//! All findings together, and what they come to.

use serde::Serialize;

use super::{CHECKS, Facts, Finding, Group, Status};
use crate::cloud::BackendHost;
use crate::counted::counted;

/// What all findings come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Nothing blocks a failover and a failback.
    Ready,
    /// Nothing that was checked blocks a failover, but a required check is missing.
    Unknown,
    /// Something blocks it.
    NotReady,
}

/// A check with what it found.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Checked {
    /// The check's name.
    pub check: &'static str,
    /// What it asks.
    pub question: &'static str,
    /// What it is about.
    pub group: Group,
    /// Whether nothing can be promised without it.
    pub essential: bool,
    /// What it found.
    #[serde(flatten)]
    pub finding: Finding,
}

/// All findings of a preflight.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Report {
    /// The version of this form.
    pub format: u32,
    /// The target's name.
    pub target: String,
    /// `host@backend`.
    pub backend: BackendHost,
    /// What all findings come to.
    pub verdict: Verdict,
    /// The verdict in one sentence.
    pub summary: String,
    /// The checks, in their order.
    pub checks: Vec<Checked>,
}

impl Report {
    /// Judges facts with all checks.
    #[must_use]
    pub fn of(facts: &Facts) -> Report {
        let checks: Vec<Checked> = CHECKS
            .iter()
            .map(|check| Checked {
                check: check.name,
                question: check.question,
                group: check.group,
                essential: check.essential,
                finding: (check.judge)(facts),
            })
            .collect();
        let verdict = verdict(&checks);
        Report {
            format: 1,
            target: facts.expected.target.clone(),
            backend: facts.expected.backend.clone(),
            verdict,
            summary: summary(facts, verdict, &checks),
            checks,
        }
    }

    /// The finding of a check, by its name.
    #[must_use]
    pub fn finding(&self, check: &str) -> Option<&Finding> {
        self.checks
            .iter()
            .find(|checked| checked.check == check)
            .map(|checked| &checked.finding)
    }

    /// The names of the checks that came out so.
    #[must_use]
    pub fn with(&self, status: Status) -> Vec<&'static str> {
        named(&self.checks, |checked| checked.finding.status == status)
    }
}

fn named(checks: &[Checked], is_wanted: impl Fn(&Checked) -> bool) -> Vec<&'static str> {
    let wanted = checks.iter().filter(|checked| is_wanted(checked));
    wanted.map(|checked| checked.check).collect()
}

fn is_missing(checked: &Checked) -> bool {
    checked.essential && checked.finding.status == Status::NotChecked
}

fn verdict(checks: &[Checked]) -> Verdict {
    if checks.iter().any(|checked| checked.finding.status == Status::Problem) {
        Verdict::NotReady
    } else if checks.iter().any(is_missing) {
        Verdict::Unknown
    } else {
        Verdict::Ready
    }
}

fn summary(facts: &Facts, verdict: Verdict, checks: &[Checked]) -> String {
    let backend = &facts.expected.backend;
    let to = facts
        .expected
        .secondary
        .as_ref()
        .map_or("another site", |site| &site.name);
    let with = |status: Status| named(checks, |checked| checked.finding.status == status);
    match verdict {
        Verdict::NotReady => {
            let problems = with(Status::Problem);
            format!(
                "{backend} is not ready to fail over to {to} and fail back: {} ({})",
                counted(problems.len(), "problem"),
                problems.join(", ")
            )
        }
        Verdict::Unknown => format!(
            "it is not known whether {backend} can fail over to {to} and fail back: not checked ({})",
            named(checks, is_missing).join(", ")
        ),
        Verdict::Ready => {
            let mut parts = vec![format!("{} ok", counted(with(Status::Ok).len(), "check"))];
            for (status, words) in [(Status::Warning, "warning"), (Status::NotChecked, "not checked")] {
                let names = with(status);
                if !names.is_empty() {
                    parts.push(format!("{words}: {}", names.join(", ")));
                }
            }
            let seen = match &facts.expected.other_driver {
                Some(driver) => format!(", as far as Cinder knows (the storage of {driver} is not checked)"),
                None => String::new(),
            };
            format!(
                "{backend} can fail over to {to} and come back{seen}: {}",
                parts.join("; ")
            )
        }
    }
}
