//! The page, from its template.

use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Serde, Value};
use minijinja::{AutoEscape, Environment, Error, ErrorKind, UndefinedBehavior, context};

use super::bounds::bound;
use super::overview::{Overview, span};
use crate::report::document::{ConnectionTable, Report, RunReport};
use crate::report::printable;

/// The template. All texts are escaped by the engine, in the page and in its drawings.
const TEMPLATE: &str = include_str!("report.html.j2");
/// The page's own style; it names no other file.
const STYLE: &str = include_str!("report.css");

/// The report as one HTML page, without scripts and without anything from elsewhere.
///
/// # Errors
/// The template has a fault, which every test that draws a page shows.
pub(in crate::report) fn html(report: &Report) -> Result<String, Error> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
    environment.add_filter("seconds", seconds);
    environment.add_filter("percent", percent);
    environment.add_filter("time", time);
    environment.add_filter("words", words);
    environment.add_template("report.html", TEMPLATE)?;
    let tables: Vec<_> = report.runs.iter().map(tables).collect();
    let overviews: Vec<_> = report.runs.iter().map(Overview::of).collect();
    let spans = |run: &RunReport| run.scenarios.iter().map(span).collect::<Vec<_>>();
    let mut bounded = serde_json::to_value(report).map_err(unreadable)?;
    bound(&mut bounded);
    environment.get_template("report.html")?.render(context! {
        report => shown(&bounded)?,
        overviews => shown(&overviews)?,
        whereabouts => report.runs.iter().map(|run| run.whereabouts().words()).collect::<Vec<_>>(),
        tables => shown(&tables)?,
        spans => report.runs.iter().map(spans).collect::<Vec<_>>(),
        style => Value::from_safe_string(STYLE.to_owned()),
    })
}

/// Data whose texts are fit to be shown.
fn shown(data: &impl serde::Serialize) -> Result<Value, Error> {
    let mut value = serde_json::to_value(data).map_err(unreadable)?;
    clean(&mut value);
    Ok(Value::from(Serde(value)))
}

fn unreadable(error: serde_json::Error) -> Error {
    Error::new(ErrorKind::BadSerialization, "the report cannot be read").with_source(error)
}

fn clean(value: &mut serde_json::Value) {
    match value {
        serde_json::Value::String(text) => *text = printable(text),
        serde_json::Value::Array(items) => items.iter_mut().for_each(clean),
        serde_json::Value::Object(fields) => {
            let cleaned = std::mem::take(fields).into_iter().map(|(key, mut value)| {
                clean(&mut value);
                (printable(&key), value)
            });
            *fields = cleaned.collect();
        }
        _ => {}
    }
}

/// How many connections of volumes a scenario shows, and how many readings of each.
const CONNECTIONS: usize = 12;
const READINGS: usize = 6;

/// The connections side by side, by scenario: of many volumes the first ones, those first that changed; of many readings the last.
fn tables(run: &RunReport) -> Vec<Vec<ConnectionTable>> {
    let most = (1_000 / run.scenarios.len().max(1)).clamp(1, CONNECTIONS);
    let of_scenario = |scenario: &crate::report::document::ScenarioReport| {
        let mut tables = scenario.connection_tables();
        tables.truncate(most);
        for table in &mut tables {
            let from = table.columns.len().saturating_sub(READINGS);
            table.columns.drain(..from);
            table.rows.iter_mut().for_each(|row| drop(row.values.drain(..from)));
        }
        tables
    };
    run.scenarios.iter().map(of_scenario).collect()
}

/// Milliseconds for people: `0.38 s`, `92 s`, `12 min 3 s`.
fn seconds(milliseconds: u64) -> String {
    let whole = milliseconds / 1000;
    match milliseconds {
        0..100_000 => {
            let seconds = std::time::Duration::from_millis(milliseconds).as_secs_f64();
            if milliseconds < 10_000 {
                format!("{seconds:.2} s")
            } else {
                format!("{seconds:.1} s")
            }
        }
        _ if whole < 3600 => format!("{} min {} s", whole / 60, whole % 60),
        _ => format!("{} h {} min", whole / 3600, whole % 3600 / 60),
    }
}

/// A part of a whole in percent, as SVG's attributes take it; never less than nothing or more than all.
pub(super) fn percent(part: f64, whole: f64) -> String {
    let share = if whole > 0.0 { part / whole } else { 0.0 };
    format!("{:.2}%", share.clamp(0.0, 1.0) * 100.0)
}

/// A key of JSON as words.
fn words(key: &str) -> String {
    key.replace(['_', '-'], " ").replace(" api", " API")
}

/// A time of the journal to the second.
fn time(timestamp: &str) -> String {
    match timestamp.split_once('T') {
        Some((day, time)) => format!("{day} {} UTC", time.get(..8).unwrap_or(time)),
        None => timestamp.to_owned(),
    }
}
