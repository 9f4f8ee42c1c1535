//! The shape of a JSON document.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::stable::is_id;

/// Fields whose value is a word of the API, the same on every cloud, and never a secret. Of all others only the type is
/// kept.
const WORDS: [&str; 12] = [
    "access_mode",
    "attach_mode",
    "auth_enabled",
    "binary",
    "bootable",
    "cacheable",
    "code",
    "discard",
    "driver_volume_type",
    "encrypted",
    "multiattach",
    "secret_type",
];

/// The path of the top of a document.
const TOP: &str = ".";

/// Which types stand where in JSON documents: paths such as `volume.attachments[].id`, and for each the types that were
/// seen there.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Shape(BTreeMap<String, BTreeSet<String>>);

impl Shape {
    /// The shape of a document.
    #[must_use]
    pub fn of(document: &Value) -> Shape {
        let mut shape = Shape::default();
        shape.add(TOP, document);
        shape
    }

    /// The shape of a text that may be JSON; `None` if it is not, or is empty.
    #[must_use]
    pub fn of_bytes(bytes: &[u8]) -> Option<Shape> {
        serde_json::from_slice(bytes).ok().map(|document| Shape::of(&document))
    }

    /// Adds what another document of the same kind has.
    pub fn merge(&mut self, other: &Shape) {
        for (path, types) in &other.0 {
            self.0.entry(path.clone()).or_default().extend(types.iter().cloned());
        }
    }

    /// The paths, with the types that were seen at each.
    pub fn paths(&self) -> impl Iterator<Item = (&str, &BTreeSet<String>)> {
        self.0.iter().map(|(path, types)| (path.as_str(), types))
    }

    /// The types that were seen at a path; `None` if the path was not there.
    #[must_use]
    pub fn at(&self, path: &str) -> Option<&BTreeSet<String>> {
        self.0.get(path)
    }

    /// The path of what holds the value at a path: an object, or for `…[]` a list. `None` for the top.
    #[must_use]
    pub fn holder(path: &str) -> Option<&str> {
        if path == TOP {
            return None;
        }
        let holder = match path.strip_suffix("[]").or_else(|| path.strip_suffix("{}")) {
            Some(list) => list,
            None => path.rsplit_once('.').map_or(TOP, |(holder, _)| holder),
        };
        Some(if holder.is_empty() { TOP } else { holder })
    }

    fn add(&mut self, path: &str, value: &Value) {
        let field = path.rsplit('.').next().unwrap_or(path);
        let kind = match value {
            Value::Object(_) => "object".to_owned(),
            Value::Array(_) => "list".to_owned(),
            Value::Null => "null".to_owned(),
            Value::String(text) => self.text(path, text, WORDS.contains(&field)),
            Value::Bool(value) if WORDS.contains(&field) => format!("boolean {value}"),
            Value::Bool(_) => "boolean".to_owned(),
            Value::Number(number) if WORDS.contains(&field) => format!("number {number}"),
            Value::Number(number) if number.is_f64() => "fraction".to_owned(),
            Value::Number(_) => "number".to_owned(),
        };
        self.0.entry(path.to_owned()).or_default().insert(kind);
        match value {
            Value::Object(fields) => {
                for (key, value) in fields {
                    self.add(&join(path, &key_of(path, key)), value);
                }
            }
            Value::Array(items) => {
                let path = if path == TOP {
                    "[]".to_owned()
                } else {
                    format!("{path}[]")
                };
                for item in items {
                    self.add(&path, item);
                }
            }
            _ => {}
        }
    }

    /// The type of a text. rbd-mirror describes its work by words with JSON behind them: `replaying, {"bytes_…": 0.0}`.
    fn text(&mut self, path: &str, text: &str, is_word: bool) -> String {
        if is_word {
            return format!("text {text:?}");
        }
        if let Some((words, document)) = text.split_once(", ")
            && document.starts_with('{')
            && let Ok(document) = serde_json::from_str(document)
        {
            self.add(&format!("{path}{{}}"), &document);
            return format!("text \"{words}, {{…}}\"");
        }
        if text.is_empty() { "empty text" } else { "text" }.to_owned()
    }
}

fn join(path: &str, key: &str) -> String {
    if path == TOP {
        key.to_owned()
    } else {
        format!("{path}.{key}")
    }
}

/// A key of an object, without what belongs to one cloud: Nova lists addresses by the name of their network.
fn key_of(path: &str, key: &str) -> String {
    if path.ends_with("addresses") {
        "{network}".to_owned()
    } else if is_id(key) {
        "{id}".to_owned()
    } else if let Some(at) = key.find("cinder-drill-") {
        // Quotas have members by the name of each volume type: a run's own, and its lock.
        format!("{}{{own}}", &key[..at])
    } else {
        key.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn lines(shape: &Shape) -> Vec<String> {
        shape
            .paths()
            .map(|(path, types)| format!("{path}: {}", types.iter().cloned().collect::<Vec<_>>().join(" | ")))
            .collect()
    }

    #[test]
    fn keys_and_types_are_kept_and_values_are_not() {
        let shape = Shape::of(&json!({
            "attachment": {
                "connection_info": {"keyring": "hunter2", "hosts": ["192.0.2.1"], "driver_volume_type": "rbd"},
                "attached_at": null, "sizes": [1, 1.5], "empty": [],
            },
            "addresses": {"lab": [{"addr": "192.0.2.7"}]},
            "8d3f1a52-8c5e-4a52-9d63-0d8e11d29a1a": true,
        }));
        assert_eq!(
            lines(&shape),
            [
                ".: object",
                "addresses: object",
                "addresses.{network}: list",
                "addresses.{network}[]: object",
                "addresses.{network}[].addr: text",
                "attachment: object",
                "attachment.attached_at: null",
                "attachment.connection_info: object",
                "attachment.connection_info.driver_volume_type: text \"rbd\"",
                "attachment.connection_info.hosts: list",
                "attachment.connection_info.hosts[]: text",
                "attachment.connection_info.keyring: text",
                "attachment.empty: list",
                "attachment.sizes: list",
                "attachment.sizes[]: fraction | number",
                "{id}: boolean",
            ]
        );
    }

    #[test]
    fn what_rbd_mirror_describes_is_seen_through() {
        let shape = Shape::of(&json!({"description": "replaying, {\"bytes_per_second\":0.0}"}));
        assert_eq!(
            lines(&shape),
            [
                ".: object",
                "description: text \"replaying, {…}\"",
                "description{}: object",
                "description{}.bytes_per_second: fraction"
            ]
        );
    }

    #[test]
    fn every_path_has_a_holder_that_is_there() {
        let shape = Shape::of(&json!([{"a": {"b": [[1]], "c": "x, {\"d\":1}"}}]));
        for (path, _) in shape.paths() {
            match Shape::holder(path) {
                Some(holder) => assert!(shape.at(holder).is_some(), "{holder} of {path}"),
                None => assert_eq!(path, TOP),
            }
        }
    }
}
