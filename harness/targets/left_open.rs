//! What a file leaves to be filled in: `cinder-drill init` writes such marks where nobody could tell it.

use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::document::{Node, Value};

/// How a text begins that stands where a value is to be filled in. What follows says what belongs there.
pub(crate) const OPEN: &str = "LEFT OPEN: ";

/// Finds what is left open. It still counts as a value, so one mark is one fault.
pub(super) fn left_open(node: &mut Node, key: Option<&str>, faults: &mut Diagnostics) {
    match &mut node.value {
        Value::Text(text) => {
            let Some(what) = text.strip_prefix(OPEN.trim_end()) else {
                return;
            };
            faults.push(
                Diagnostic::error("left-open", format!("`{}` is left open", key.unwrap_or("a value")))
                    .at(&node.at, what.trim())
                    .help("write the value in place of this text, or give it to `cinder-drill init` with --set"),
            );
            node.value = Value::Unknown;
        }
        Value::List(values) => values.iter_mut().for_each(|value| left_open(value, key, faults)),
        Value::Mapping(entries) => entries
            .iter_mut()
            .for_each(|(key, value)| left_open(value, key.text(), faults)),
        _ => {}
    }
}
