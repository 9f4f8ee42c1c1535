//! Compares two runs.

use std::collections::{BTreeMap, BTreeSet};

use super::compare_answers::{compare_answers, compare_shapes};
use super::compare_commands::compare_commands;
use super::compare_mistakes::compare_mistakes;
use super::compare_states::compare_states;
use super::difference::{Comparison, Kind};
use super::evidence::Evidence;

/// In what two runs differ. Neither is right: the left one is usually the stand-in and the right one the real thing.
#[must_use]
pub fn compare(left: &Evidence, right: &Evidence) -> Comparison {
    let mut comparison = Comparison::new(&left.target, &right.target);
    compare_verdicts(left, right, &mut comparison);
    compare_states(&left.waits, &right.waits, &mut comparison);
    compare_connections(left, right, &mut comparison);
    compare_answers(&left.answers, &right.answers, &mut comparison);
    compare_commands(&left.commands, &right.commands, &mut comparison);
    compare_mistakes(&left.mistakes, &right.mistakes, &mut comparison);
    comparison.differences.sort();
    comparison.differences.dedup();
    comparison.not_compared.sort();
    comparison.not_compared.dedup();
    comparison
}

fn compare_verdicts(left: &Evidence, right: &Evidence, comparison: &mut Comparison) {
    for (scenario, one, other) in both(&left.verdicts, &right.verdicts) {
        match (one, other) {
            (Some(one), Some(other)) => {
                comparison.count(Kind::Verdicts, 1);
                if one != other {
                    comparison.differs(
                        Kind::Verdicts,
                        format!("scenario {scenario}"),
                        one.to_string(),
                        other.to_string(),
                    );
                }
            }
            (one, _) => only_one(
                comparison,
                Kind::Verdicts,
                &format!("scenario {scenario}"),
                one.is_some(),
            ),
        }
    }
}

fn compare_connections(left: &Evidence, right: &Evidence, comparison: &mut Comparison) {
    for (place, one, other) in both(&left.connections, &right.connections) {
        let (Some(one), Some(other)) = (one, other) else {
            only_one(comparison, Kind::Connection, place, one.is_some());
            continue;
        };
        comparison.count(Kind::Connection, 1);
        for (what, one, other) in [
            ("fields that name the site", &one.fields, &other.fields),
            ("fields that changed", &one.changed, &other.changed),
        ] {
            if one != other {
                comparison.differs(Kind::Connection, format!("{place}: {what}"), list(one), list(other));
            }
        }
        if one.log != other.log {
            comparison.differs(Kind::Connection, format!("{place}: the log"), &one.log, &other.log);
        }
    }
    match (&left.logged, &right.logged) {
        (Some(one), Some(other)) => {
            comparison.count(Kind::Connection, 1);
            compare_shapes(Kind::Connection, "the cinder-volume log", one, other, comparison);
        }
        (None, None) => {}
        (one, _) => only_one(
            comparison,
            Kind::Connection,
            "connection info in the cinder-volume log",
            one.is_some(),
        ),
    }
}

/// The keys of two maps, in order, with what each has.
pub(super) fn both<'a, K: Ord, V>(
    left: &'a BTreeMap<K, V>,
    right: &'a BTreeMap<K, V>,
) -> Vec<(&'a K, Option<&'a V>, Option<&'a V>)> {
    let keys: BTreeSet<&K> = left.keys().chain(right.keys()).collect();
    keys.into_iter()
        .map(|key| (key, left.get(key), right.get(key)))
        .collect()
}

/// Notes that only one side has something.
pub(super) fn only_one(comparison: &mut Comparison, kind: Kind, what: &str, is_left: bool) {
    let side = comparison.sides[usize::from(!is_left)].clone();
    comparison.skip(kind, format!("only on {side}: {what}"));
}

/// Words as a list.
pub(super) fn list<'a>(words: impl IntoIterator<Item = &'a String>) -> String {
    let words: Vec<&str> = words.into_iter().map(String::as_str).collect();
    if words.is_empty() {
        "none".to_owned()
    } else {
        words.join(", ")
    }
}
