//! Comparing a tree with its table. Finds every fault, not only the first.

use std::collections::{BTreeMap, BTreeSet};

use super::quantity::{duration, size_gib};
use super::shape::{all_of, one_of};
use super::{Choice, Field, Need, Node, Record, Shape, Value};
use crate::diagnostic::{Diagnostic, Diagnostics, Location, near_miss};
use crate::names::is_name;

/// Compares `node` with `shape`. `owner` is what the node belongs to, for messages: its name (in backquotes, or "the
/// scenario") and the place of its key.
pub fn check(node: &Node, shape: &Shape, owner: (&str, &Location), faults: &mut Diagnostics) {
    Checker { faults }.value(node, shape, owner);
}

struct Checker<'f> {
    faults: &'f mut Diagnostics,
}

impl Checker<'_> {
    fn value(&mut self, node: &Node, shape: &Shape, owner: (&str, &Location)) {
        if matches!(node.value, Value::Unknown) {
            return;
        }
        match shape {
            Shape::Text | Shape::AnyText => match node.text() {
                Some("") if matches!(shape, Shape::Text) => {
                    self.faults.push(
                        Diagnostic::error("empty-text", format!("{} is empty", owner.0))
                            .at(&node.at, "expected a text with at least one character"),
                    );
                }
                Some(_) => {}
                None => self.wrong_type(node, shape, owner),
            },
            Shape::Name => match node.text() {
                Some(text) if is_name(text) => {}
                Some(text) => self.bad_name(text, &node.at),
                None => self.wrong_type(node, shape, owner),
            },
            Shape::Boolean => {
                if node.boolean().is_none() {
                    self.wrong_type(node, shape, owner);
                }
            }
            Shape::Integer { minimum, maximum } => match node.integer() {
                Some(number) if (minimum..=maximum).contains(&&number) => {}
                _ => self.wrong_type(node, shape, owner),
            },
            Shape::Factor => match node.number() {
                Some(number) if number > 0.0 && number <= 1000.0 => {}
                _ => self.wrong_type(node, shape, owner),
            },
            Shape::Size => self.quantity(node, shape, owner, size_gib(node.text().unwrap_or_default()).err()),
            Shape::Duration => self.quantity(node, shape, owner, duration(node.text().unwrap_or_default()).err()),
            Shape::Word(words) => match node.text() {
                Some(text) if words.iter().any(|word| word.word == text) => {}
                Some(text) => {
                    let known = words.iter().map(|word| word.word);
                    self.faults.push(
                        Diagnostic::error("unknown-word", format!("{} cannot be `{text}`", owner.0))
                            .at(&node.at, format!("expected {}", one_of(known.clone())))
                            .help_if(meant(near_miss(text, known))),
                    );
                }
                None => self.wrong_type(node, shape, owner),
            },
            Shape::Record(record) => match &node.value {
                Value::Mapping(entries) => self.record(entries, record, owner),
                _ => self.wrong_type(node, shape, owner),
            },
            Shape::Choice(choice) => match &node.value {
                Value::Mapping(entries) if !entries.is_empty() => self.choice(entries, choice, owner),
                _ => self.not_a_choice(node, choice, owner),
            },
            Shape::Named { values, .. } => match &node.value {
                Value::Mapping(entries) => {
                    self.repeated(entries);
                    for (key, value) in entries {
                        if let Some(name) = self.key(key) {
                            if !is_name(name) {
                                self.bad_name(name, &key.at);
                            }
                            self.value(value, values, (&format!("`{name}`"), &key.at));
                        }
                    }
                }
                _ => self.wrong_type(node, shape, owner),
            },
            Shape::List { noun, values } => match &node.value {
                Value::List(entries) if entries.is_empty() => self.faults.push(
                    Diagnostic::error("empty-list", format!("{} is empty", owner.0))
                        .at(&node.at, format!("expected at least one entry; each is {noun}")),
                ),
                Value::List(entries) => {
                    for entry in entries {
                        self.value(entry, values, (noun, &entry.at));
                    }
                }
                _ => self.wrong_type(node, shape, owner),
            },
            Shape::OneOrMore { noun, values } => match &node.value {
                Value::List(_) => self.value(node, &Shape::List { noun, values }, owner),
                _ => self.value(node, values, owner),
            },
            Shape::ConnectionFields => match &node.value {
                Value::Mapping(entries) => {
                    self.repeated(entries);
                    for (key, value) in entries {
                        if let Some(name) = self.key(key) {
                            self.connection_field(value, (&format!("`{name}`"), &key.at));
                        }
                    }
                }
                _ => self.wrong_type(node, shape, owner),
            },
        }
    }

    /// A mapping with known keys: unknown, repeated, missing and excluding ones, and each one's value.
    fn record(&mut self, entries: &[(Node, Node)], record: &Record, owner: (&str, &Location)) {
        self.repeated(entries);
        let meant = meant_fields(entries, record.fields);
        for (key, value) in entries {
            let Some(name) = self.key(key) else { continue };
            match record.fields.iter().find(|field| field.key == name) {
                Some(field) => self.value(value, &field.shape, (&format!("`{name}`"), &key.at)),
                None => self.unknown_field(name, key, meant.get(name).copied(), record.fields, owner),
            }
        }
        let there = |key: &str| entries.iter().find(|(name, _)| name.text() == Some(key));
        let missing: Vec<&Field> = record
            .fields
            .iter()
            .filter(|field| field.need == Need::Required && there(field.key).is_none())
            // A misspelt key that is likely this one was reported as that; saying it twice would not help.
            .filter(|field| !meant.values().any(|meant| *meant == field.key))
            .collect();
        if !missing.is_empty() {
            let mut fault = Diagnostic::error(
                "missing-field",
                format!("{} needs {}", owner.0, all_of(missing.iter().map(|field| field.key))),
            )
            .at(owner.1, "");
            for field in missing {
                fault = fault.note(format!("`{}`: {}", field.key, field.text));
            }
            self.faults.push(fault);
        }
        for group in record.one_of {
            let mut given: Vec<&Node> = group.iter().filter_map(|key| there(key)).map(|(key, _)| key).collect();
            given.sort_by_key(|key| key.at.span.start);
            let keys = || one_of(group.iter().copied());
            match given.as_slice() {
                [_] => {}
                [] => {
                    let misspelt = meant.values().any(|meant| group.contains(meant));
                    if !misspelt {
                        self.faults.push(
                            Diagnostic::error("nothing-to-check", format!("{} has nothing to compare with", owner.0))
                                .at(owner.1, format!("expected {}", keys())),
                        );
                    }
                }
                [first, rest @ ..] => {
                    for extra in rest {
                        self.faults.push(
                            Diagnostic::error("excluding-fields", format!("{} takes {}, not both", owner.0, keys()))
                                .at(&extra.at, "")
                                .because(&first.at, "the first one is here"),
                        );
                    }
                }
            }
        }
    }

    /// A mapping with exactly one key of some.
    fn choice(&mut self, entries: &[(Node, Node)], choice: &Choice, owner: (&str, &Location)) {
        let option = |key: &Node| choice.options.iter().find(|option| key.text() == Some(option.key));
        if let [(first, value), (second, _), ..] = entries {
            let mut fault = Diagnostic::error("several-choices", format!("{} has one {}", owner.0, choice.noun))
                .at(&second.at, "")
                .because(&first.at, "it has this one");
            // `- write:` with its arguments below, not indented, is a mapping of the verb and its arguments.
            fault = if option(first).is_some() && matches!(value.value, Value::Null) && option(second).is_none() {
                fault.help(format!(
                    "indent what belongs to `{}` deeper than it",
                    first.text().unwrap_or_default()
                ))
            } else {
                fault.note(format!(
                    "expected {}",
                    one_of(choice.options.iter().map(|option| option.key))
                ))
            };
            self.faults.push(fault);
            return;
        }
        for (key, value) in entries {
            let Some(name) = self.key(key) else { continue };
            match option(key) {
                Some(option) => self.value(value, &option.shape, (&format!("`{name}`"), &key.at)),
                None => {
                    let known = || choice.options.iter().map(|option| option.key);
                    self.faults.push(
                        Diagnostic::error("unknown-choice", format!("unknown {} `{name}`", choice.noun))
                            .at(&key.at, "")
                            .note(format!("expected {}", one_of(known())))
                            .help_if(meant(near_miss(name, known()))),
                    );
                }
            }
        }
    }

    fn not_a_choice(&mut self, node: &Node, choice: &Choice, owner: (&str, &Location)) {
        let at = if node.at.span.is_empty() { owner.1 } else { &node.at };
        let known = || choice.options.iter().map(|option| option.key);
        let bare = node.text().and_then(|text| near_miss(text, known()));
        self.faults.push(
            Diagnostic::error("wrong-type", format!("{} is {}", owner.0, node.kind()))
                .at(at, format!("expected a mapping with one {}", choice.noun))
                .note(format!("expected {}", one_of(known())))
                .help_if(bare.map(|word| format!("write `{word}: {{ … }}`"))),
        );
    }

    fn connection_field(&mut self, node: &Node, owner: (&str, &Location)) {
        let scalar = |node: &Node| !matches!(node.value, Value::Null | Value::List(_) | Value::Mapping(_));
        let good = match &node.value {
            Value::List(values) => !values.is_empty() && values.iter().all(scalar),
            _ => scalar(node),
        };
        if !good {
            let at = if node.at.span.is_empty() { owner.1 } else { &node.at };
            self.faults.push(
                Diagnostic::error("wrong-type", format!("{} is {}", owner.0, node.kind()))
                    .at(at, "expected a text, a number, a truth value, or a list of those"),
            );
        }
    }

    fn quantity(&mut self, node: &Node, shape: &Shape, owner: (&str, &Location), wrong: Option<String>) {
        match (node.text(), wrong) {
            (Some(_), None) => {}
            (Some(_), Some(wrong)) => self.faults.push(
                Diagnostic::error("bad-quantity", format!("{}: {wrong}", owner.0))
                    .at(&node.at, format!("expected {}", shape.expectation())),
            ),
            (None, _) => self.wrong_type(node, shape, owner),
        }
    }

    fn wrong_type(&mut self, node: &Node, shape: &Shape, owner: (&str, &Location)) {
        // Nothing has no width; its key does.
        let at = if node.at.span.is_empty() { owner.1 } else { &node.at };
        let wants_text = matches!(shape, Shape::Text | Shape::AnyText | Shape::Name | Shape::Word(_));
        let scalar = matches!(node.value, Value::Boolean(_) | Value::Integer(_) | Value::Number(_));
        self.faults.push(
            Diagnostic::error("wrong-type", format!("{} is {}", owner.0, node.kind()))
                .at(at, format!("expected {}", shape.expectation()))
                .help_if((wants_text && scalar).then(|| "put it in quotes to make it a text".to_owned())),
        );
    }

    fn bad_name(&mut self, text: &str, at: &Location) {
        let better: String = text
            .to_ascii_lowercase()
            .chars()
            .map(|character| {
                if character.is_ascii_alphanumeric() {
                    character
                } else {
                    '-'
                }
            })
            .collect();
        let better = better.trim_matches('-').to_owned();
        self.faults.push(
            Diagnostic::error("bad-name", format!("`{}` is not a name", text.escape_debug()))
                .at(at, "expected letters a-z, digits and inner hyphens, at most 63 of them")
                .help_if(is_name(&better).then(|| format!("write `{better}`"))),
        );
    }

    fn unknown_field(
        &mut self,
        name: &str,
        key: &Node,
        likely: Option<&str>,
        fields: &[Field],
        owner: (&str, &Location),
    ) {
        let known = match fields {
            [] => "it has no fields".to_owned(),
            [one] => format!("its only field is `{}`", one.key),
            several => format!("its fields are {}", all_of(several.iter().map(|field| field.key))),
        };
        self.faults.push(
            Diagnostic::error(
                "unknown-field",
                format!("{} has no field `{}`", owner.0, name.escape_debug()),
            )
            .at(&key.at, "")
            .note(known)
            .help_if(meant(likely))
            .help_if((name == "<<").then(|| "merge keys are not used here; write the fields out".to_owned())),
        );
    }

    /// Repeated keys in a mapping.
    fn repeated(&mut self, entries: &[(Node, Node)]) {
        let mut seen: BTreeMap<String, &Node> = BTreeMap::new();
        for (key, _) in entries {
            // As what it is and not only as its text: `1` and `"1"` are two keys.
            let first = *seen.entry(format!("{:?}", key.value)).or_insert(key);
            if !std::ptr::eq(first, key) {
                self.faults.push(
                    Diagnostic::error("duplicate-key", format!("{} is given twice", name_of(key)))
                        .at(&key.at, "")
                        .because(&first.at, "the first one is here")
                        .help("remove one of them"),
                );
            }
        }
    }

    /// The text of a key. A key that is none is a fault.
    fn key<'n>(&mut self, key: &'n Node) -> Option<&'n str> {
        let text = key.text();
        if text.is_none() {
            self.faults.push(
                Diagnostic::error("wrong-type", format!("a key is {}", key.kind()))
                    .at(&key.at, "expected a text")
                    .help("put it in quotes to make it a text"),
            );
        }
        text
    }
}

fn name_of(key: &Node) -> String {
    key.text()
        .map_or_else(|| key.kind(), |text| format!("`{}`", text.escape_debug()))
}

/// The fields that unknown keys were meant to be, among those that are not given, by the keys. Only the first keys are
/// guessed at, which are those whose faults are shown: a file may have tens of thousands.
fn meant_fields<'n, 'f>(entries: &'n [(Node, Node)], fields: &'f [Field]) -> BTreeMap<&'n str, &'f str> {
    const GUESSED: usize = 100;
    let given: BTreeSet<&str> = entries.iter().filter_map(|(key, _)| key.text()).collect();
    let (known, open): (Vec<&str>, Vec<&str>) = fields
        .iter()
        .map(|field| field.key)
        .partition(|key| given.contains(key));
    let names = entries.iter().filter_map(|(key, _)| key.text());
    let unknown = names.filter(|name| !known.contains(name));
    let meant = |name| Some((name, near_miss(name, open.iter().copied())?));
    unknown.take(GUESSED).filter_map(meant).collect()
}

fn meant(word: Option<&str>) -> Option<String> {
    word.map(|word| format!("did you mean `{word}`?"))
}
