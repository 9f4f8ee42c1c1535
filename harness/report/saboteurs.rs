//! The outcome of the flows under saboteurs.

use std::fmt::Write;
use std::time::Duration;

use simcloud::{FLOWS, Outcome, Saboteur};

use crate::counted::counted;

/// One flow under one saboteur.
#[derive(Clone, Debug)]
pub struct SaboteurRow {
    /// The saboteur, with its leg.
    pub saboteur: String,
    /// The scenario.
    pub flow: String,
    /// What happened: caught by which step, with which diagnosis; survived; or why it cannot be seen.
    pub outcome: String,
    /// Why that is not what must happen.
    pub wrong: Option<String>,
    /// How long it took.
    pub seconds: f64,
}

/// The flows under the saboteurs.
#[derive(Clone, Debug)]
pub struct SaboteurTable {
    /// In the order of the saboteurs, and of the flows.
    pub rows: Vec<SaboteurRow>,
}

/// The table as text: saboteur, flow, and what happened.
#[must_use]
pub fn saboteur_table(table: &SaboteurTable, elapsed: Duration) -> String {
    let mut text = rows(table);
    let wrong = table.rows.iter().filter(|row| row.wrong.is_some()).count();
    let _ = writeln!(
        text,
        "\n{} in {:.1} s: {} as expected, {wrong} not",
        counted(table.rows.len(), "drill"),
        elapsed.as_secs_f64(),
        table.rows.len() - wrong
    );
    text
}

/// The rows of the table.
#[must_use]
pub fn rows(table: &SaboteurTable) -> String {
    let widest = |of: fn(&SaboteurRow) -> &str| table.rows.iter().map(|row| of(row).len()).max().unwrap_or(0);
    let (saboteur, flow) = (widest(|row| &row.saboteur), widest(|row| &row.flow));
    let mut text = String::new();
    for row in &table.rows {
        let mark = if row.wrong.is_some() { "✗" } else { "✓" };
        let _ = writeln!(
            text,
            "{mark} {:saboteur$}  {:flow$}  {}",
            row.saboteur, row.flow, row.outcome
        );
    }
    text
}

/// What the saboteurs do, for people.
#[must_use]
pub fn saboteur_list(saboteurs: &[Saboteur]) -> String {
    let mut text = String::new();
    for saboteur in saboteurs {
        let must = match saboteur.outcome() {
            Outcome::Caught => "caught",
            Outcome::Survived => "survived",
        };
        let seen: Vec<&str> = FLOWS
            .into_iter()
            .filter(|flow| saboteur.unseen_in(*flow).is_none())
            .map(|flow| flow.name())
            .collect();
        let seen = match saboteur.seen_by() {
            Some(scenario) => scenario.to_owned(),
            None => seen.join(", "),
        };
        let _ = writeln!(text, "{}", saboteur.name());
        let _ = writeln!(text, "    {}", saboteur.does());
        let _ = writeln!(text, "    must be {must} in: {seen}");
        for unseen in saboteur.unseen() {
            let flows: Vec<&str> = unseen.flows.iter().map(|flow| flow.name()).collect();
            let _ = writeln!(text, "    cannot be seen in {}: {}", flows.join(", "), unseen.because);
        }
        let _ = writeln!(text, "    source: {}", saboteur.source());
    }
    text
}
