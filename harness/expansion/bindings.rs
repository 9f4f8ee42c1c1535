//! Variables: `${NAME}` in a text.

use std::collections::BTreeMap;

use super::{NUMBER, ROUND};
use crate::diagnostic::{Diagnostic, Diagnostics, near_miss};
use crate::document::{Node, Value};

/// What a variable begins with.
const BEGIN: &str = "${";

/// The variables that are known somewhere, and their values: texts, numbers or truth values.
#[derive(Clone, Default, Debug)]
pub(crate) struct Bindings {
    values: BTreeMap<String, Node>,
}

impl Bindings {
    /// The same with one more. One of that name counts no longer.
    pub(super) fn with(&self, name: &str, value: Node) -> Bindings {
        let mut values = self.values.clone();
        values.insert(name.to_owned(), value);
        Bindings { values }
    }

    /// The same with a number, which has the place of `like`.
    pub(super) fn counting(&self, name: &str, number: usize, like: &Node) -> Bindings {
        let value = Value::Integer(number.try_into().unwrap_or(i128::MAX));
        let at = like.at.clone();
        self.with(name, Node { value, at })
    }

    /// A node with values in place of its variables.
    pub(super) fn fill(&self, node: &Node, faults: &mut Diagnostics) -> Node {
        let value = match &node.value {
            Value::Text(text) if text.contains(BEGIN) => return self.fill_text(text, node, faults),
            Value::List(values) => Value::List(values.iter().map(|value| self.fill(value, faults)).collect()),
            Value::Mapping(entries) => Value::Mapping(
                entries
                    .iter()
                    .map(|(key, value)| (key.clone(), self.fill(value, faults)))
                    .collect(),
            ),
            other => other.clone(),
        };
        Node {
            value,
            at: node.at.clone(),
        }
    }

    fn fill_text(&self, text: &str, node: &Node, faults: &mut Diagnostics) -> Node {
        let unknown = || Node {
            value: Value::Unknown,
            at: node.at.clone(),
        };
        let pieces = match pieces(text) {
            Ok(pieces) => pieces,
            Err(rest) => {
                faults.push(
                    Diagnostic::error("template", format!("`{}` has no end", rest.escape_debug()))
                        .at(&node.at, "")
                        .note("a variable is `${NAME}`; for the characters `${` themselves write `$${`"),
                );
                return unknown();
            }
        };
        let mut filled = String::new();
        for piece in &pieces {
            match piece {
                Piece::Plain(plain) => filled.push_str(plain),
                Piece::Variable(name) => match self.values.get(*name) {
                    // What is nothing but a variable is its value, written where the value is.
                    Some(value) if pieces.len() == 1 => {
                        return Node {
                            value: Value::Rendered(scalar(value)),
                            at: value.at.clone(),
                        };
                    }
                    Some(value) => filled.push_str(&scalar(value)),
                    None => {
                        faults.push(self.unknown(name, node));
                        return unknown();
                    }
                },
            }
        }
        Node {
            value: Value::Text(filled),
            at: node.at.clone(),
        }
    }

    fn unknown(&self, name: &str, node: &Node) -> Diagnostic {
        let known: Vec<&str> = self.values.keys().map(String::as_str).collect();
        let fault = Diagnostic::error(
            "unknown-variable",
            format!("there is no variable `{}`", name.escape_debug()),
        )
        .at(&node.at, "");
        match name {
            ROUND => fault.note("`round` counts the rounds of a `repeat`, and is known in its steps"),
            NUMBER => {
                fault.note("`number` counts the copies of a `count` and of a step with `each`, and is known in them")
            }
            _ => {
                let near = near_miss(name, known.iter().copied());
                let fault = match known.as_slice() {
                    [] => fault.note("the keys of a scenario's `matrix` are its variables, and it has none"),
                    known => fault.note(format!("the variables are {}", known.join(", "))),
                };
                fault
                    .help_if(near.map(|near| format!("did you mean `${{{near}}}`?")))
                    .help("for the characters `${` themselves write `$${`")
            }
        }
    }
}

/// A scalar as text.
pub(super) fn scalar(node: &Node) -> String {
    match &node.value {
        Value::Text(text) | Value::Rendered(text) => text.clone(),
        Value::Boolean(value) => value.to_string(),
        Value::Integer(value) => value.to_string(),
        Value::Number(value) => value.to_string(),
        _ => String::new(),
    }
}

enum Piece<'t> {
    Plain(&'t str),
    Variable(&'t str),
}

/// The pieces of a text; or its end from a variable on that does not end.
fn pieces(text: &str) -> Result<Vec<Piece<'_>>, &str> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(begin) = rest.find(BEGIN) {
        let before = &rest[..begin];
        if let Some(before) = before.strip_suffix('$') {
            // `$${` stands for `${`.
            pieces.extend([Piece::Plain(before), Piece::Plain(BEGIN)]);
            rest = &rest[begin + BEGIN.len()..];
            continue;
        }
        let end = rest[begin..].find('}').ok_or(&rest[begin..])?;
        if !before.is_empty() {
            pieces.push(Piece::Plain(before));
        }
        pieces.push(Piece::Variable(rest[begin + BEGIN.len()..begin + end].trim()));
        rest = &rest[begin + end + 1..];
    }
    if !rest.is_empty() {
        pieces.push(Piece::Plain(rest));
    }
    Ok(pieces)
}

/// The keys whose values hold no variables: they say which scenarios there are.
const PLAIN: [&str; 4] = ["scenario", "continues", "matrix", "use"];

/// The tree with nothing known of texts that hold variables: what can be checked before they have values.
pub(crate) fn masked(node: &Node) -> Node {
    let value = match &node.value {
        Value::Text(text) if text.contains(BEGIN) => Value::Unknown,
        Value::List(values) => Value::List(values.iter().map(masked).collect()),
        Value::Mapping(entries) => Value::Mapping(
            entries
                .iter()
                .map(|(key, value)| {
                    let is_plain = key.text().is_some_and(|key| PLAIN.contains(&key));
                    let value = if is_plain { value.clone() } else { masked(value) };
                    (key.clone(), value)
                })
                .collect(),
        ),
        other => other.clone(),
    };
    Node {
        value,
        at: node.at.clone(),
    }
}
