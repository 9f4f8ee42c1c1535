//! Compares what came of wrong calls: here status, message and exit code must be the very same.

use std::collections::{BTreeMap, BTreeSet};

use super::compare::{both, list, only_one};
use super::compare_answers::compare_one;
use super::compare_commands::compare_exits;
use super::difference::{Comparison, Kind};
use super::evidence::Mistaken;

/// Compares each mistake.
pub(super) fn compare_mistakes(
    left: &BTreeMap<String, Mistaken>,
    right: &BTreeMap<String, Mistaken>,
    comparison: &mut Comparison,
) {
    for (name, one, other) in both(left, right) {
        let (Some(one), Some(other)) = (one, other) else {
            only_one(comparison, Kind::Mistakes, name, one.is_some());
            continue;
        };
        comparison.count(Kind::Mistakes, 1);
        let statuses = |mistaken: &Mistaken| -> BTreeSet<String> {
            mistaken.answers.keys().map(|(_, status)| status.to_string()).collect()
        };
        let (left_statuses, right_statuses) = (statuses(one), statuses(other));
        if left_statuses != right_statuses {
            let told = |mistaken: &Mistaken| {
                let answers = mistaken.answers.iter().map(|((_, status), answers)| {
                    let messages: BTreeSet<String> =
                        answers.messages.iter().map(|message| format!(" {message:?}")).collect();
                    format!("{status}{}", messages.into_iter().collect::<String>())
                });
                list(&answers.collect::<BTreeSet<_>>())
            };
            comparison.differs(Kind::Mistakes, format!("{name}: status"), told(one), told(other));
        }
        for ((call, status), one) in &one.answers {
            if let Some(other) = other.answers.get(&(call.clone(), *status)) {
                compare_one(Kind::Mistakes, &format!("{name}: {status}"), one, other, comparison);
            }
        }
        if !one.outputs.is_empty() || !other.outputs.is_empty() {
            compare_exits(Kind::Mistakes, name, &one.outputs, &other.outputs, comparison);
        }
    }
}
