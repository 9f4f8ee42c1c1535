//! Compares what commands gave.

use std::collections::{BTreeMap, BTreeSet};

use super::compare::{both, list, only_one};
use super::compare_answers::{compare_shapes, compare_texts};
use super::difference::{Comparison, Kind};
use super::evidence::Outputs;
use crate::observation::{Printed, Shape};

/// Compares the outputs of each command and exit code.
pub(super) fn compare_commands(
    left: &BTreeMap<(String, String), BTreeMap<i32, Outputs>>,
    right: &BTreeMap<(String, String), BTreeMap<i32, Outputs>>,
    comparison: &mut Comparison,
) {
    for ((place, command), one, other) in both(left, right) {
        let what = format!("{place}: {command}");
        match (one, other) {
            (Some(one), Some(other)) => compare_exits(Kind::Commands, &what, one, other, comparison),
            (one, _) => only_one(comparison, Kind::Commands, &what, one.is_some()),
        }
    }
}

/// Compares the exit codes of a command, and what it gave with each that both sides saw.
pub(super) fn compare_exits(
    kind: Kind,
    what: &str,
    left: &BTreeMap<i32, Outputs>,
    right: &BTreeMap<i32, Outputs>,
    comparison: &mut Comparison,
) {
    let codes = |all: &BTreeMap<i32, Outputs>| all.keys().map(i32::to_string).collect::<BTreeSet<_>>();
    let (left_codes, right_codes) = (codes(left), codes(right));
    if !left_codes.is_subset(&right_codes) && !right_codes.is_subset(&left_codes) {
        comparison.differs(
            kind,
            format!("{what}: exit code"),
            list(&left_codes),
            list(&right_codes),
        );
    }
    for (code, one, other) in both(left, right) {
        let what = format!("{what}: exit {code}");
        match (one, other) {
            (Some(one), Some(other)) => {
                comparison.count(kind, 1);
                compare_outputs(kind, &what, one, other, comparison);
            }
            (one, _) => only_one(comparison, kind, &what, one.is_some()),
        }
    }
}

fn compare_outputs(kind: Kind, what: &str, left: &Outputs, right: &Outputs, comparison: &mut Comparison) {
    match (json(&left.stdout), json(&right.stdout)) {
        (Some(left), Some(right)) => compare_shapes(kind, what, &left, &right, comparison),
        _ => {
            let (one, other) = (words(&left.stdout), words(&right.stdout));
            compare_texts(kind, &format!("{what}: prints"), &one, &other, comparison);
        }
    }
    let lines = |all: &BTreeSet<Vec<String>>| -> BTreeSet<String> {
        all.iter()
            .map(|lines| {
                if lines.is_empty() {
                    "nothing".to_owned()
                } else {
                    format!("{:?}", lines.join(" / "))
                }
            })
            .collect()
    };
    let (one, other) = (lines(&left.stderr), lines(&right.stderr));
    compare_texts(kind, &format!("{what}: complains"), &one, &other, comparison);
}

/// The shape of everything that was printed as JSON.
fn json(printed: &BTreeSet<Printed>) -> Option<Shape> {
    let mut all: Option<Shape> = None;
    for one in printed {
        if let Printed::Json(shape) = one {
            all.get_or_insert_default().merge(shape);
        }
    }
    all
}

fn words(printed: &BTreeSet<Printed>) -> BTreeSet<String> {
    printed
        .iter()
        .map(|printed| match printed {
            Printed::Nothing => "nothing".to_owned(),
            Printed::Json(_) => "JSON".to_owned(),
            Printed::Text => "text".to_owned(),
            Printed::Lines(lines) => format!("{:?}", lines.join(" / ")),
        })
        .collect()
}
