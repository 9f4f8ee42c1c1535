//! Reading what was checked.

use std::time::Duration;

use super::quantity::{duration, size_gib};
use super::{Node, Value};
use crate::diagnostic::Location;

/// A value and its place.
#[derive(Clone, PartialEq, Debug)]
pub struct Placed<T> {
    /// The value.
    pub value: T,
    /// Its place.
    pub at: Location,
}

/// The fields of a mapping. A field that is missing, or that is not what its table says, reads as none: the check has
/// said so already.
#[derive(Clone, Copy, Debug)]
pub struct Fields<'a> {
    entries: &'a [(Node, Node)],
}

impl<'a> Fields<'a> {
    /// The fields of a node; none if it is not a mapping.
    pub fn of(node: &'a Node) -> Fields<'a> {
        match &node.value {
            Value::Mapping(entries) => Fields { entries },
            _ => Fields { entries: &[] },
        }
    }

    /// The value of a key: the first, if the key is repeated.
    pub fn get(self, key: &str) -> Option<&'a Node> {
        self.entries
            .iter()
            .find(|(name, _)| name.text() == Some(key))
            .map(|(_, value)| value)
    }

    /// All entries, in the order of the file, without repetitions.
    pub fn entries(self) -> impl Iterator<Item = (&'a str, &'a Location, &'a Node)> {
        self.entries
            .iter()
            .enumerate()
            .filter_map(move |(index, (key, value))| {
                let name = key.text()?;
                let repeated = self.entries[..index]
                    .iter()
                    .any(|(earlier, _)| earlier.text() == Some(name));
                (!repeated).then_some((name, &key.at, value))
            })
    }

    /// The fields of a mapping within this one.
    pub fn record(self, key: &str) -> Option<Fields<'a>> {
        let node = self.get(key)?;
        matches!(node.value, Value::Mapping(_)).then(|| Fields::of(node))
    }

    /// A text.
    pub fn text(self, key: &str) -> Option<Placed<String>> {
        let node = self.get(key)?;
        node.text().map(|text| Placed {
            value: text.to_owned(),
            at: node.at.clone(),
        })
    }

    /// A truth value.
    pub fn boolean(self, key: &str) -> Option<bool> {
        self.get(key)?.boolean()
    }

    /// A whole number.
    pub fn integer(self, key: &str) -> Option<i128> {
        self.get(key)?.integer()
    }

    /// Any number.
    pub fn number(self, key: &str) -> Option<f64> {
        self.get(key)?.number()
    }

    /// A size in GiB.
    pub fn size(self, key: &str) -> Option<u64> {
        size_gib(self.get(key)?.text()?).ok()
    }

    /// A duration.
    pub fn duration(self, key: &str) -> Option<Duration> {
        duration(self.get(key)?.text()?).ok()
    }

    /// The entries of a list, or the one value that stands in its place.
    pub fn one_or_more(self, key: &str) -> &'a [Node] {
        match self.get(key) {
            Some(Node {
                value: Value::List(values),
                ..
            }) => values,
            Some(one) => std::slice::from_ref(one),
            None => &[],
        }
    }

    /// The entries of a list.
    pub fn list(self, key: &str) -> &'a [Node] {
        match self.get(key).map(|node| &node.value) {
            Some(Value::List(values)) => values,
            _ => &[],
        }
    }
}

impl Node {
    /// The truth value, if this is one.
    pub fn boolean(&self) -> Option<bool> {
        match &self.value {
            Value::Boolean(value) => Some(*value),
            Value::Rendered(text) => text.parse().ok(),
            _ => None,
        }
    }

    /// The whole number, if this is one.
    pub fn integer(&self) -> Option<i128> {
        match &self.value {
            Value::Integer(value) => Some(*value),
            Value::Rendered(text) => text.parse().ok(),
            _ => None,
        }
    }

    /// The number, if this is one.
    pub fn number(&self) -> Option<f64> {
        match &self.value {
            // Factors are small; what is lost beyond 2^53 is out of their bounds anyway.
            Value::Integer(value) => Some(*value as f64),
            Value::Number(value) => Some(*value),
            Value::Rendered(text) => text.parse().ok(),
            _ => None,
        }
    }
}
