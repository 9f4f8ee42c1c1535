//! Compares API answers.

use std::collections::{BTreeMap, BTreeSet};

use super::compare::{both, list, only_one};
use super::difference::{Comparison, Kind};
use super::evidence::{Answers, Call};
use crate::observation::Shape;

/// Compares the answers of each call and status.
pub(super) fn compare_answers(
    left: &BTreeMap<Call, BTreeMap<u16, Answers>>,
    right: &BTreeMap<Call, BTreeMap<u16, Answers>>,
    comparison: &mut Comparison,
) {
    for (call, one, other) in both(left, right) {
        let (Some(one), Some(other)) = (one, other) else {
            only_one(comparison, Kind::Answers, &call.words(), one.is_some());
            continue;
        };
        let statuses = |all: &BTreeMap<u16, Answers>| all.keys().map(u16::to_string).collect::<BTreeSet<_>>();
        let (left_statuses, right_statuses) = (statuses(one), statuses(other));
        // Whether a poll still finds what is being deleted is chance; that one side never does what the other does is not.
        if !left_statuses.is_subset(&right_statuses) && !right_statuses.is_subset(&left_statuses) {
            comparison.differs(
                Kind::Answers,
                format!("{}: status", call.words()),
                list(&left_statuses),
                list(&right_statuses),
            );
        }
        for (status, one, other) in both(one, other) {
            let what = format!("{} {status}", call.words());
            match (one, other) {
                (Some(one), Some(other)) => {
                    comparison.count(Kind::Answers, 1);
                    compare_one(Kind::Answers, &what, one, other, comparison);
                }
                (one, _) => only_one(comparison, Kind::Answers, &what, one.is_some()),
            }
        }
    }
}

/// Compares answers of one call and status.
pub(super) fn compare_one(kind: Kind, what: &str, left: &Answers, right: &Answers, comparison: &mut Comparison) {
    if left.versions != right.versions {
        comparison.differs(
            kind,
            format!("{what}: microversion"),
            list(&left.versions),
            list(&right.versions),
        );
    }
    let quoted = |messages: &BTreeSet<String>| -> BTreeSet<String> {
        messages.iter().map(|message| format!("{message:?}")).collect()
    };
    compare_texts(
        kind,
        &format!("{what}: message"),
        &quoted(&left.messages),
        &quoted(&right.messages),
        comparison,
    );
    match (&left.body, &right.body) {
        (Some(left), Some(right)) => compare_shapes(kind, what, left, right, comparison),
        (None, None) => {}
        (left, right) => {
            let words = |body: &Option<Shape>| if body.is_some() { "JSON" } else { "no JSON" };
            comparison.differs(kind, format!("{what}: body"), words(left), words(right));
        }
    }
}

/// Compares texts of which each side may have seen several. Those that only one side saw are told; if there is none that both
/// saw, they differ.
pub(super) fn compare_texts(
    kind: Kind,
    subject: &str,
    left: &BTreeSet<String>,
    right: &BTreeSet<String>,
    comparison: &mut Comparison,
) {
    if left.is_disjoint(right) && left != right {
        comparison.differs(kind, subject, list(left), list(right));
        return;
    }
    for text in left.symmetric_difference(right) {
        let side = comparison.sides[usize::from(!left.contains(text))].clone();
        comparison.skip(kind, format!("{subject}: {text} on {side} only"));
    }
}

/// Compares two shapes path by path.
pub(super) fn compare_shapes(kind: Kind, what: &str, left: &Shape, right: &Shape, comparison: &mut Comparison) {
    let paths: BTreeSet<&str> = left.paths().chain(right.paths()).map(|(path, _)| path).collect();
    for path in paths {
        let subject = format!("{what}: {path}");
        match (left.at(path), right.at(path)) {
            // Nova says when a server ended for the moment that it still shows one that is DELETED.
            (Some(one), Some(other))
                if path.ends_with("OS-SRV-USG:terminated_at") && one != other && !one.is_disjoint(other) =>
            {
                let side = comparison.sides[usize::from(one.len() < other.len())].clone();
                comparison.skip(
                    kind,
                    format!("{subject}: a server that is DELETED was seen on {side} only"),
                );
            }
            (Some(one), Some(other)) => compare_types(kind, &subject, one, other, comparison),
            (one, other) => {
                let lacking = if one.is_none() { left } else { right };
                let has_holder = Shape::holder(path).is_none_or(|holder| lacking.at(holder).is_some());
                if !has_holder {
                    // Its holder is told already.
                    continue;
                }
                if path.contains("{}") {
                    // What a description holds depends on how far the work is.
                    let side = comparison.sides[usize::from(one.is_none())].clone();
                    comparison.skip(kind, format!("{subject} was seen on {side} only"));
                    continue;
                }
                if path.ends_with("[]") {
                    let side = comparison.sides[usize::from(one.is_some())].clone();
                    comparison.skip(
                        kind,
                        format!("{what}: {path}, since the list was always empty on {side}"),
                    );
                    continue;
                }
                // A field of what was null on the other side is told by that.
                let words = |types: Option<&BTreeSet<String>>| types.map_or("missing".to_owned(), alternatives);
                let holder = Shape::holder(path).and_then(|holder| lacking.at(holder));
                let is_held = holder.is_none_or(|types| types.iter().any(|kind| kind != "null" && kind != "list"));
                if is_held {
                    comparison.differs(kind, subject, words(one), words(other));
                }
            }
        }
    }
}

fn compare_types(
    kind: Kind,
    subject: &str,
    left: &BTreeSet<String>,
    right: &BTreeSet<String>,
    comparison: &mut Comparison,
) {
    if left == right {
        return;
    }
    let common = left.intersection(right).count();
    let only: Vec<&String> = left.symmetric_difference(right).collect();
    // What is null at first and not later may be looked at too late; that it is never null is another matter.
    let momentary = common > 0 && only.iter().all(|kind| *kind == "null" || kind.as_str() == "empty text");
    if momentary {
        let side = comparison.sides[usize::from(right.is_superset(left))].clone();
        comparison.skip(
            kind,
            format!("{subject} was {} on {side} only", list(only.iter().copied())),
        );
    } else {
        comparison.differs(kind, subject, alternatives(left), alternatives(right));
    }
}

fn alternatives(types: &BTreeSet<String>) -> String {
    types.iter().map(String::as_str).collect::<Vec<_>>().join(" or ")
}
