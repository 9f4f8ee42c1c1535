//! Compares the states that were seen while something was waited for.
//!
//! Who polls does not see every state. A state that only one side saw is a difference only if the other side would have
//! seen it, had it lasted there the same share of the wait; otherwise it is told as too brief to compare.

use std::collections::BTreeMap;

use super::compare::{both, only_one};
use super::difference::{Comparison, Kind};
use super::evidence::Wait;

/// How many polls of the other side a state must span to count as one that it should have seen: polls come late on a busy
/// machine, and no two waits have the same proportions.
const SPAN: f64 = 4.0;

/// Compares the waits of each kind.
pub(super) fn compare_states(
    left: &BTreeMap<String, Vec<Wait>>,
    right: &BTreeMap<String, Vec<Wait>>,
    comparison: &mut Comparison,
) {
    for (awaited, one, other) in both(left, right) {
        let (Some(one), Some(other)) = (one, other) else {
            only_one(
                comparison,
                Kind::States,
                &format!("the wait for {awaited}"),
                one.is_some(),
            );
            continue;
        };
        comparison.count(Kind::States, 1);
        for (seen, lacking, is_left) in [(one, other, true), (other, one, false)] {
            for state in missing(seen, lacking) {
                if is_missed(&state, seen, lacking) {
                    let (one, other) = if is_left { ("seen", "never") } else { ("never", "seen") };
                    comparison.differs(Kind::States, format!("{awaited}: state {state:?}"), one, other);
                } else {
                    let side = comparison.sides[usize::from(!is_left)].clone();
                    comparison.skip(
                        Kind::States,
                        format!("{awaited}: state {state:?} was seen on {side} only, too briefly to compare"),
                    );
                }
            }
        }
        for (before, after) in turned(one, other) {
            comparison.differs(
                Kind::States,
                format!("{awaited}: order of {before} and {after}"),
                format!("{before} → {after}"),
                format!("{after} → {before}"),
            );
        }
    }
}

/// The states that one side saw and the other did not.
fn missing(seen: &[Wait], lacking: &[Wait]) -> Vec<String> {
    order(seen)
        .into_iter()
        .filter(|state| !order(lacking).contains(state))
        .collect()
}

/// All states in the order in which they were first seen.
fn order(waits: &[Wait]) -> Vec<String> {
    let mut order = Vec::new();
    for seen in waits.iter().flat_map(|wait| &wait.states) {
        if !order.contains(&seen.state) {
            order.push(seen.state.clone());
        }
    }
    order
}

/// The greatest share of a wait that a state lasted.
fn longest(waits: &[Wait], state: &str) -> f64 {
    let share = |wait: &Wait| {
        let lasted: u64 = wait
            .states
            .iter()
            .filter(|seen| seen.state == state)
            .map(|seen| seen.until - seen.from)
            .sum();
        lasted as f64 / wait.elapsed.max(1) as f64
    };
    waits.iter().map(share).fold(0.0, f64::max)
}

/// How many polls a side spent in a share of its waits.
fn spanned(share: f64, waits: &[Wait]) -> f64 {
    waits
        .iter()
        .map(|wait| share * f64::from(wait.polls))
        .fold(0.0, f64::max)
}

/// Whether a state that one side saw and the other did not would have been seen there too. A side that saw it in few polls
/// does not know itself how long it lasted.
fn is_missed(state: &str, seen: &[Wait], lacking: &[Wait]) -> bool {
    let share = longest(seen, state);
    spanned(share, lacking) >= SPAN && spanned(share, seen) >= SPAN
}

/// Pairs of states that the left side saw in one order, in each of its waits, and the right side in the other.
fn turned(left: &[Wait], right: &[Wait]) -> Vec<(String, String)> {
    let mut turned = Vec::new();
    let states = order(left);
    for (index, before) in states.iter().enumerate() {
        for after in &states[index + 1..] {
            if always(left, before, after) && always(right, after, before) {
                turned.push((before.clone(), after.clone()));
            }
        }
    }
    turned
}

/// Whether some wait has both states, and each that does has the last of one before the first of the other.
fn always(waits: &[Wait], before: &str, after: &str) -> bool {
    let mut found = false;
    for wait in waits {
        let last = wait.states.iter().rposition(|seen| seen.state == before);
        let first = wait.states.iter().position(|seen| seen.state == after);
        if let (Some(last), Some(first)) = (last, first) {
            if last > first {
                return false;
            }
            found = true;
        }
    }
    found
}
