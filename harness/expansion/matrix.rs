//! `matrix`: one scenario a combination of values.

use super::bindings::scalar;
use super::{Bindings, MOST_SCENARIOS, NUMBER, ROUND};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::document::{Fields, Node, Value};
use crate::names::is_name;

/// One combination of the values of a matrix; without a matrix, the only one.
#[derive(Clone, Default, Debug)]
pub(crate) struct Combination {
    /// What the scenario's name ends with: the values, in the order in which the matrix declares them.
    pub values: Vec<String>,
    /// The values by their variables.
    pub bindings: Bindings,
}

/// The combinations of a scenario's matrix, the last variable changing first. Of a matrix with faults, the first one, so that more
/// faults are found.
pub(crate) fn combinations(root: &Node, faults: &mut Diagnostics) -> Vec<Combination> {
    let Some(Node {
        value: Value::Mapping(axes),
        at,
    }) = Fields::of(root).get("matrix")
    else {
        return vec![Combination::default()];
    };
    let mut own = Diagnostics::default();
    let mut all = vec![Combination::default()];
    let mut count: usize = 1;
    for (key, values) in axes {
        let (Some(name), Value::List(values)) = (key.text(), &values.value) else {
            continue;
        };
        if [ROUND, NUMBER].contains(&name) {
            own.push(
                Diagnostic::error("reserved-variable", format!("`{name}` is a variable already"))
                    .at(&key.at, "")
                    .note("`round` counts the rounds of a `repeat`, `number` the copies of `count` and `each`")
                    .help("choose another name"),
            );
        }
        twice(values, &mut own);
        count = count.saturating_mul(values.len());
        let kept = if count > MOST_SCENARIOS { 1 } else { values.len() };
        let more = |one: &Combination| -> Vec<Combination> {
            let with = |value: &Node| Combination {
                values: one.values.iter().cloned().chain([label(value)]).collect(),
                bindings: one.bindings.with(name, value.clone()),
            };
            values.iter().take(kept).map(with).collect()
        };
        all = all.iter().flat_map(more).collect();
    }
    if count > MOST_SCENARIOS {
        let fault = Diagnostic::error("too-many", format!("this matrix makes {count} scenarios"))
            .at(at, format!("expected {MOST_SCENARIOS} at most"))
            .help("use fewer values, or several scenarios");
        own.push(fault);
    }
    if own.has_errors() {
        all.truncate(1);
    }
    faults.extend(own);
    all
}

/// Values that would give two scenarios one name, or none that a test can have.
fn twice(values: &[Node], faults: &mut Diagnostics) {
    for (index, value) in values.iter().enumerate() {
        let label = label(value);
        if label.is_empty() {
            faults.push(
                Diagnostic::error("bad-value", "no name can be made of this value")
                    .at(
                        &value.at,
                        "expected 1 to 40 characters, of which one is a letter or a digit",
                    )
                    .note("the values of a matrix are part of the names of its scenarios"),
            );
        } else if let Some(first) = values[..index].iter().find(|first| self::label(first) == label) {
            faults.push(
                Diagnostic::error("duplicate-value", format!("two scenarios would be called `…[{label}]`"))
                    .at(&value.at, "")
                    .because(&first.at, "the first one is here")
                    .note("the values of a matrix are part of the names of its scenarios"),
            );
        }
    }
}

/// A value within a name: names are parts of paths and of tests' ids, and so hold letters, digits, `.`, `_` and `-` only.
fn label(value: &Node) -> String {
    let text = scalar(value);
    if is_name(&text) {
        return text;
    }
    let letter = |character: char| match character {
        '.' | '_' => character,
        other if other.is_ascii_alphanumeric() => other,
        _ => '-',
    };
    let label: String = text.chars().map(letter).collect();
    let label = label.trim_matches(['-', '.']).to_owned();
    if (1..=40).contains(&label.len()) {
        label
    } else {
        String::new()
    }
}
