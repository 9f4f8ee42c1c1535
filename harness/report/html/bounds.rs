//! What a page shows of a long run: the page must open at once, whatever the run did. `report.json` has all of it.

use serde_json::{Map, Value, json};

use crate::counted::counted;

/// How many rows the tables of all scenarios may have together, of one kind.
const ROWS: usize = 1_600;
/// How many a scenario may have at least, and at most.
const FEWEST: usize = 8;
const MOST: usize = 300;
/// How many rows a table of a run has.
const OF_RUN: usize = 300;
/// How many steps the plans of a run show.
const PLANNED: usize = 1_500;
/// How many waits a step shows.
const WAITS: usize = 4;
/// How much text of evidence, and of diagnoses, a page holds, in bytes.
const TEXT: usize = 300_000;
/// How much of one text, at most.
const LONGEST: usize = 16_000;

/// Takes out of a report what is too much for a page, and notes how much that was: `more` of each scenario and run.
pub(super) fn bound(report: &mut Value) {
    let runs = || report["runs"].as_array().into_iter().flatten();
    let scenarios = || runs().flat_map(|run| run["scenarios"].as_array().into_iter().flatten());
    let bad = scenarios().filter(|scenario| scenario["outcome"] != "passed").count();
    let good = scenarios().count() - bad;
    let share = |count: usize| (ROWS / count.max(1)).clamp(FEWEST, MOST);
    // Of what went well little is looked at.
    let rows = [share(good.max(4 * bad.min(10))), share(bad)];
    let told = |scenario: &&Value| {
        scenario["evidence"]
            .as_array()
            .is_some_and(|evidence| !evidence.is_empty())
    };
    let text = (TEXT / bad.max(scenarios().filter(told).count()).max(1)).clamp(1_000, LONGEST);
    let trends = report["trends"].as_array_mut().into_iter().flatten();
    for trend in trends {
        keep(trend, "measured", OF_RUN, Kept::Last);
    }
    for run in report["runs"].as_array_mut().into_iter().flatten() {
        for scenario in run["scenarios"].as_array_mut().into_iter().flatten() {
            let failed = scenario["outcome"] != "passed";
            of_scenario(scenario, rows[usize::from(failed)], failed, text);
        }
        requests(run);
        for key in ["resources", "recoveries", "notices", "left", "faults"] {
            keep(run, key, OF_RUN, Kept::First);
        }
        let plans = run.pointer_mut("/description/plans").and_then(Value::as_array_mut);
        let most = (PLANNED / plans.as_ref().map_or(1, |plans| plans.len().max(1))).clamp(FEWEST, MOST);
        for plan in plans.into_iter().flatten() {
            keep(plan, "steps", most, Kept::First);
            keep(plan, "makes", most, Kept::First);
        }
    }
}

fn of_scenario(scenario: &mut Value, most: usize, failed: bool, text: usize) {
    // What led to a failure is at the end.
    let kept = if failed { Kept::Last } else { Kept::First };
    for key in ["steps", "mirrors", "files", "proven", "notices"] {
        keep(scenario, key, most, kept);
    }
    keep(scenario, "evidence", 40, Kept::First);
    for step in scenario["steps"].as_array_mut().into_iter().flatten() {
        if let Some(waits) = step["waits"].as_array_mut() {
            let took = |wait: &Value| std::cmp::Reverse(wait["milliseconds"].as_u64());
            // The longest ones, in their order.
            let mut longest: Vec<usize> = (0..waits.len()).collect();
            longest.sort_by_key(|index| took(&waits[*index]));
            longest.truncate(WAITS);
            let mut index = 0;
            waits.retain(|_| {
                index += 1;
                longest.contains(&(index - 1))
            });
        }
    }
    let pieces = scenario["evidence"].as_array().map_or(0, Vec::len).max(1);
    for evidence in scenario["evidence"].as_array_mut().into_iter().flatten() {
        shorten(&mut evidence["text"], text / pieces.min(10));
    }
    if let Some(diagnosis) = scenario.pointer_mut("/failure/diagnosis") {
        shorten_end(diagnosis, text);
    }
}

/// Of many requests those that changed something or failed; of many of these the last ones.
fn requests(run: &mut Value) {
    let Some(requests) = run["requests"].as_array_mut() else {
        return;
    };
    let all = requests.len();
    if all > OF_RUN {
        let bad =
            |request: &Value| !request["error"].is_null() || request["status"].as_u64().is_none_or(|code| code >= 400);
        requests.retain(|request| request["method"] != "GET" || bad(request));
        let from = requests.len().saturating_sub(OF_RUN);
        requests.drain(..from);
    }
    let more = all - requests.len();
    note(run, "requests", more);
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kept {
    First,
    Last,
}

fn keep(of: &mut Value, key: &str, most: usize, kept: Kept) {
    let mut more = 0;
    if let Some(list) = of[key].as_array_mut() {
        more = list.len().saturating_sub(most);
        match kept {
            Kept::First => list.truncate(most),
            Kept::Last => drop(list.drain(..more)),
        }
    }
    note(of, key, more);
}

fn note(of: &mut Value, key: &str, more: usize) {
    if let Some(fields) = of.as_object_mut() {
        let notes = fields.entry("more").or_insert_with(|| Value::Object(Map::new()));
        notes[key] = json!(more);
    }
}

/// The end of a text.
fn shorten(text: &mut Value, most: usize) {
    if let Value::String(text) = text
        && text.len() > most
    {
        let mut from = text.len() - most;
        while !text.is_char_boundary(from) {
            from += 1;
        }
        *text = format!(
            "… (the file has {} before this)\n{}",
            counted(from, "byte"),
            &text[from..]
        );
    }
}

/// The beginning of a text.
fn shorten_end(text: &mut Value, most: usize) {
    if let Value::String(text) = text
        && text.len() > most
    {
        let mut to = most;
        while !text.is_char_boundary(to) {
            to -= 1;
        }
        let more = text.len() - to;
        text.truncate(to);
        text.push_str(&format!("… (report.json has {} more)", counted(more, "byte")));
    }
}
