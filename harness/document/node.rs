//! The tree of a document.

use crate::diagnostic::Location;

/// A value of a document, and its place.
#[derive(Clone, PartialEq, Debug)]
pub struct Node {
    /// What it is.
    pub value: Value,
    /// Where it is used; for what an alias stands for, the alias.
    pub at: Location,
}

/// What a value is.
#[derive(Clone, PartialEq, Debug)]
pub enum Value {
    /// Nothing, `null` or `~`.
    Null,
    /// `true` or `false`.
    Boolean(bool),
    /// A whole number.
    Integer(i128),
    /// Any other number.
    Number(f64),
    /// A text.
    Text(String),
    /// A text that came out of a template: it may stand for a number or a truth value as well.
    Rendered(String),
    /// A text whose template has a fault. It counts as anything, because the fault is reported already.
    Unknown,
    /// A sequence.
    List(Vec<Node>),
    /// A mapping, in the order of the file. Keys may repeat; that is found when the mapping is checked.
    Mapping(Vec<(Node, Node)>),
}

impl Node {
    /// The text, if this is one.
    pub fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) | Value::Rendered(text) => Some(text),
            _ => None,
        }
    }

    /// Where it begins: its first key. Faults of a whole document point there.
    pub fn start(&self) -> &Location {
        match &self.value {
            Value::Mapping(entries) => entries.first().map_or(&self.at, |(key, _)| &key.at),
            _ => &self.at,
        }
    }

    /// What this is, for a message: "the number 5".
    pub fn kind(&self) -> String {
        match &self.value {
            Value::Null => "nothing".to_owned(),
            Value::Boolean(value) => format!("the truth value {value}"),
            Value::Integer(value) => format!("the number {value}"),
            Value::Number(value) => format!("the number {value}"),
            Value::Text(text) | Value::Rendered(text) => format!("the text {}", shortened(text)),
            Value::Unknown => "not known".to_owned(),
            Value::List(entries) if entries.is_empty() => "an empty list".to_owned(),
            Value::List(_) => "a list".to_owned(),
            Value::Mapping(entries) if entries.is_empty() => "an empty mapping".to_owned(),
            Value::Mapping(_) => "a mapping".to_owned(),
        }
    }
}

/// A text in quotes that is short enough for a message.
pub fn shortened(text: &str) -> String {
    const LONGEST: usize = 40;
    if text.chars().count() <= LONGEST {
        format!("{text:?}")
    } else {
        format!("{:?}…", text.chars().take(LONGEST).collect::<String>())
    }
}
