//! How much may come of one file.

use super::MOST_STEPS;
use crate::diagnostic::{Diagnostic, Diagnostics, Location};
use crate::document::{Node, Value};

/// How many values may come of a file. No drill comes near it; a harmful file ends here.
const MOST: usize = 400_000;
/// So many bytes of text count as a value.
const BYTES: usize = 256;

/// What is left of it.
pub(crate) struct Room {
    left: usize,
    steps: usize,
    is_told: bool,
}

impl Room {
    pub(crate) fn new() -> Room {
        Room {
            left: MOST,
            steps: 0,
            is_told: false,
        }
    }

    /// Begins with another scenario of the file.
    pub(super) fn next_scenario(&mut self) {
        self.steps = 0;
    }

    /// Whether there is room for one step more, which takes what `node` does.
    pub(super) fn takes_step(&mut self, node: &Node, faults: &mut Diagnostics) -> bool {
        self.steps += 1;
        if self.steps <= MOST_STEPS {
            return self.takes(node, faults);
        }
        // Nothing more is made of the file, which is refused anyway.
        self.left = 0;
        self.full(
            &node.at,
            &format!("this scenario has more than {MOST_STEPS} steps"),
            faults,
        );
        false
    }

    /// Whether there is room for a node more.
    pub(super) fn takes(&mut self, node: &Node, faults: &mut Diagnostics) -> bool {
        match self.left.checked_sub(size(node)) {
            Some(left) if left > 0 => self.left = left,
            _ => {
                self.left = 0;
                self.full(&node.at, "this file expands to too much", faults);
            }
        }
        self.left > 0
    }

    fn full(&mut self, at: &Location, what: &str, faults: &mut Diagnostics) {
        if !std::mem::replace(&mut self.is_told, true) {
            faults.push(
                Diagnostic::error("too-many", what)
                    .at(at, "this exceeds the limit")
                    .help("use fewer values in `matrix`, a smaller `count` or `repeat`, or several files"),
            );
        }
    }
}

/// How many values a node has.
fn size(node: &Node) -> usize {
    1 + match &node.value {
        Value::Text(text) | Value::Rendered(text) => text.len() / BYTES,
        Value::List(values) => values.iter().map(size).sum(),
        Value::Mapping(entries) => entries.iter().map(|(key, value)| size(key) + size(value)).sum(),
        _ => 0,
    }
}
