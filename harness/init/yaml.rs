//! Writing YAML with comments: what is written is read by people first.

use crate::targets::OPEN;

/// A mapping, in the order in which people read it.
#[derive(Clone, Debug, Default)]
pub(super) struct Block(pub Vec<Entry>);

/// A key with its value, and what is said above it.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    /// Sentences above the key.
    pub comment: Vec<String>,
    /// The key.
    pub key: String,
    /// What it holds.
    pub value: Value,
}

/// A value.
#[derive(Clone, Debug)]
pub(super) enum Value {
    /// A text.
    Text(String),
    /// YAML as it is, on one line.
    Flow(String),
    /// A mapping below the key.
    Block(Block),
    /// Nobody could tell; what belongs there.
    Open(String),
    /// A line that is commented out: an example of YAML.
    Off(String),
}

/// How wide a comment may be.
const WIDTH: usize = 118;

impl Block {
    /// Adds a key.
    pub fn put(&mut self, key: &str, value: Value) -> &mut Entry {
        self.0.push(Entry {
            comment: Vec::new(),
            key: key.to_owned(),
            value,
        });
        let last = self.0.len() - 1;
        &mut self.0[last]
    }

    /// Adds a text, if there is one.
    pub fn text(&mut self, key: &str, text: Option<&str>) {
        if let Some(text) = text {
            self.put(key, Value::Text(text.to_owned()));
        }
    }

    /// Sets the value at a path of keys, which are added as far as they are missing. What was open or out is not any more.
    pub fn set(&mut self, path: &[&str], value: Value) {
        let Some((key, rest)) = path.split_first() else {
            return;
        };
        let at = match self.0.iter().position(|entry| entry.key == *key) {
            Some(at) => at,
            None => {
                self.put(key, Value::Block(Block::default()));
                self.0.len() - 1
            }
        };
        let entry = &mut self.0[at];
        if rest.is_empty() {
            entry.value = value;
            return;
        }
        if !matches!(entry.value, Value::Block(_)) {
            entry.value = Value::Block(Block::default());
        }
        if let Value::Block(block) = &mut entry.value {
            block.set(rest, value);
        }
    }

    /// The paths of what is open, with what belongs there.
    pub fn open(&self) -> Vec<(String, String)> {
        let mut found = Vec::new();
        for entry in &self.0 {
            match &entry.value {
                Value::Open(what) => found.push((entry.key.clone(), what.clone())),
                Value::Block(block) => {
                    let below = block.open().into_iter();
                    found.extend(below.map(|(path, what)| (format!("{}.{path}", entry.key), what)));
                }
                _ => {}
            }
        }
        found
    }

    /// As text.
    pub fn write(&self, indent: usize, text: &mut String) {
        for entry in &self.0 {
            let margin = " ".repeat(indent);
            if indent == 0 && (matches!(entry.value, Value::Block(_)) || !entry.comment.is_empty()) && !text.is_empty()
            {
                text.push('\n');
            }
            for sentence in &entry.comment {
                let options = textwrap::Options::new(WIDTH - indent).break_words(false);
                for line in textwrap::wrap(sentence, options) {
                    text.push_str(format!("{margin}# {line}").trim_end());
                    text.push('\n');
                }
            }
            let key = scalar(&entry.key);
            match &entry.value {
                Value::Text(value) => text.push_str(&format!("{margin}{key}: {}\n", scalar(value))),
                Value::Flow(value) => text.push_str(&format!("{margin}{key}: {value}\n")),
                Value::Open(what) => text.push_str(&format!("{margin}{key}: {}\n", quoted(&format!("{OPEN}{what}")))),
                Value::Off(value) => text.push_str(&format!("{margin}# {key}: {value}\n")),
                Value::Block(block) if block.0.is_empty() => {}
                Value::Block(block) => {
                    text.push_str(&format!("{margin}{key}:\n"));
                    block.write(indent + 2, text);
                }
            }
        }
    }
}

impl Entry {
    /// Says something above the key.
    pub fn say(&mut self, sentence: impl Into<String>) -> &mut Entry {
        self.comment.push(sentence.into());
        self
    }
}

/// A text as a value, with quotes where YAML would take it for something else.
pub(super) fn scalar(text: &str) -> String {
    let is_word = text.starts_with(|first: char| first.is_ascii_alphabetic() || "/~_".contains(first))
        && text
            .chars()
            .all(|one| one.is_ascii_alphanumeric() || "_./@+=~-".contains(one) || one == ' ')
        && !text.ends_with(' ')
        && text != "~";
    let means_another = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"]
        .iter()
        .any(|word| text.eq_ignore_ascii_case(word));
    // In a flow, a brace or a comma would end it; `is_word` lets neither in.
    if is_word && !means_another {
        text.to_owned()
    } else {
        quoted(text)
    }
}

/// A text in quotes: JSON's are YAML's, too.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// A mapping of texts on one line.
pub(super) fn flow<'a>(fields: impl IntoIterator<Item = (&'a str, String)>) -> String {
    let fields: Vec<String> = fields
        .into_iter()
        .map(|(key, value)| format!("{}: {value}", scalar(key)))
        .collect();
    format!("{{ {} }}", fields.join(", "))
}

/// A list of texts on one line.
pub(super) fn flow_list<'a>(texts: impl IntoIterator<Item = &'a str>) -> String {
    let texts: Vec<String> = texts.into_iter().map(scalar).collect();
    format!("[{}]", texts.join(", "))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::document;

    proptest! {
        #[test]
        fn any_text_is_read_as_it_was(text in "\\PC{0,40}", more in "[a-zA-Z0-9 :#{},\\[\\]'\"~@!&*?|>%-]{0,20}") {
            for text in [text, more] {
                let written = format!("key: {}\nflow: {{ a: {}, b: {} }}\n", scalar(&text), scalar(&text), flow_list([text.as_str()]));
                let root = document::parse(&"f".into(), &written).expect("YAML").expect("a document");
                let fields = document::Fields::of(&root);
                prop_assert_eq!(fields.get("key").and_then(|node| node.text()), Some(text.as_str()), "{}", written);
                let flow = fields.record("flow").expect("a mapping");
                prop_assert_eq!(flow.get("a").and_then(|node| node.text()), Some(text.as_str()), "{}", written);
                prop_assert_eq!(flow.list("b").first().and_then(|node| node.text()), Some(text.as_str()), "{}", written);
            }
        }
    }

    #[test]
    fn what_is_set_is_not_open_any_more_and_new_keys_are_added() {
        let mut block = Block::default();
        let mut guest = Block::default();
        guest.put("key", Value::Open("the private key".to_owned()));
        guest.put("port", Value::Off("22".to_owned()));
        block.put("guest", Value::Block(guest));
        assert_eq!(block.open(), [("guest.key".to_owned(), "the private key".to_owned())]);
        block.set(&["guest", "key"], Value::Text("~/k".to_owned()));
        block.set(&["guest", "port"], Value::Flow("2222".to_owned()));
        block.set(&["budgets", "boot"], Value::Flow("10m".to_owned()));
        assert_eq!(block.open(), []);
        let mut text = String::new();
        block.write(0, &mut text);
        assert_eq!(text, "guest:\n  key: ~/k\n  port: 2222\n\nbudgets:\n  boot: 10m\n");
    }
}
