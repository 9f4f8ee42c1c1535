//! Comparing a tree with its table. Finds every fault, not only the first.

use std::collections::{BTreeMap, BTreeSet};

use super::quantity::{duration, loss, rate, size_gib};
use super::shape::{all_of, one_of};
use super::{Choice, Each, Field, Need, Node, Shape, Value};
use crate::diagnostic::{Diagnostic, Diagnostics, Location, near_miss};
use crate::names::is_name;

/// Compares `node` with `shape`. `owner` is what the node belongs to, for messages: its name (in backquotes, or "the
/// scenario") and the place of its key.
pub fn check(node: &Node, shape: &Shape, owner: (&str, &Location), faults: &mut Diagnostics) {
    Checker { faults }.value(node, shape, owner);
}

/// So many words are explained to who has written another.
const EXPLAINED: usize = 4;

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
            Shape::NameOrEach => match node.text() {
                Some(text) if is_name(text) || Each::of(text).is_some() => {}
                Some(text) => self.bad_name(text, &node.at),
                None => self.wrong_type(node, shape, owner),
            },
            Shape::Scalar => {
                if matches!(node.value, Value::Null | Value::List(_) | Value::Mapping(_)) {
                    self.wrong_type(node, shape, owner);
                }
            }
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
            Shape::Rate => self.quantity(node, shape, owner, rate(node.text().unwrap_or_default()).err()),
            // Nothing is a number.
            Shape::Loss if node.integer() == Some(0) => {}
            Shape::Loss => self.quantity(node, shape, owner, loss(node.text().unwrap_or_default()).err()),
            Shape::Word(words) => match node.text() {
                Some(text) if words.iter().any(|word| word.word == text) => {}
                Some(text) => {
                    let known = words.iter().map(|word| word.word);
                    let near = near_miss(text, known.clone());
                    let mut fault = Diagnostic::error("unknown-word", format!("{} cannot be `{text}`", owner.0))
                        .at(&node.at, format!("expected {}", one_of(known)));
                    if near.is_none() && words.len() <= EXPLAINED {
                        for word in *words {
                            fault = fault.note(format!("`{}`: {}", word.word, word.text));
                        }
                    }
                    self.faults.push(fault.help_if(meant(near)));
                }
                None => self.wrong_type(node, shape, owner),
            },
            Shape::Record(record) => match &node.value {
                Value::Mapping(entries) => {
                    let fields: Vec<&Field> = record.fields.iter().collect();
                    self.record(entries, &fields, record.one_of, owner);
                }
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
            Shape::Again { noun, shape, .. } => self.value(node, shape, (noun, &node.at)),
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
            Shape::Texts => match &node.value {
                Value::Mapping(entries) => {
                    self.repeated(entries);
                    for (key, value) in entries {
                        if let Some(name) = self.key(key) {
                            self.value(value, &Shape::Text, (&format!("`{name}`"), &key.at));
                        }
                    }
                }
                _ => self.wrong_type(node, shape, owner),
            },
        }
    }

    /// A mapping with known keys: unknown, repeated, missing and excluding ones, and each one's value.
    fn record(&mut self, entries: &[(Node, Node)], fields: &[&Field], groups: &[&[&str]], owner: (&str, &Location)) {
        self.repeated(entries);
        let meant = meant_fields(entries, fields);
        for (key, value) in entries {
            let Some(name) = self.key(key) else { continue };
            match fields.iter().find(|field| field.key == name) {
                Some(field) => self.value(value, &field.shape, (&format!("`{name}`"), &key.at)),
                None => self.unknown_field(name, key, meant.get(name).copied(), fields, owner),
            }
        }
        let there = |key: &str| entries.iter().find(|(name, _)| name.text() == Some(key));
        let missing: Vec<&&Field> = fields
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
        for group in groups {
            let mut given: Vec<&Node> = group.iter().filter_map(|key| there(key)).map(|(key, _)| key).collect();
            given.sort_by_key(|key| key.at.span.start);
            let keys = || one_of(group.iter().copied());
            match given.as_slice() {
                [_] => {}
                [] => {
                    let misspelt = meant.values().any(|meant| group.contains(meant));
                    if !misspelt {
                        self.faults.push(
                            Diagnostic::error("missing-field", format!("{} needs {}", owner.0, keys())).at(owner.1, ""),
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
        if let Some(form) = choice.form(entries.iter().filter_map(|(key, _)| key.text())) {
            let fields: Vec<&Field> = form.fields.iter().collect();
            return self.record(entries, &fields, form.one_of, owner);
        }
        let option = |key: &Node| choice.options.iter().find(|option| key.text() == Some(option.key));
        if let [(first, value), (second, _), ..] = entries {
            let mut fault = Diagnostic::error("several-choices", format!("{} has one {}", owner.0, choice.noun))
                .at(&second.at, "")
                .because(&first.at, "it has this one");
            // `- write:` with its arguments below, not indented, is a mapping of the verb and its arguments.
            let name = |key: &Node| key.text().unwrap_or_default().to_owned();
            fault = if option(first).is_some() && matches!(value.value, Value::Null) && option(second).is_none() {
                fault.help(format!("indent what belongs to `{}` deeper than it", name(first)))
            } else if option(first).is_some() && option(second).is_some() {
                fault.help(format!(
                    "begin another entry for the second one: `- {}: …`",
                    name(second)
                ))
            } else if option(first).is_some() && matches!(value.value, Value::Mapping(_)) {
                fault.help(format!(
                    "write `{}` within the `{{ … }}` of `{}`",
                    name(second),
                    name(first)
                ))
            } else {
                match first.text().and_then(|text| near_miss(text, choice.words())) {
                    Some(near) if option(first).is_none() => fault.help_if(meant(Some(near))),
                    _ => fault.note(format!("expected {}", one_of(choice.words()))),
                }
            };
            self.faults.push(fault);
            return;
        }
        for (key, value) in entries {
            let Some(name) = self.key(key) else { continue };
            match option(key) {
                Some(option) => match (&option.shape, &value.value) {
                    (Shape::Record(record), Value::Mapping(entries)) => {
                        let fields: Vec<&Field> = record.fields.iter().chain(choice.besides(record)).collect();
                        self.record(entries, &fields, record.one_of, (&format!("`{name}`"), &key.at));
                    }
                    (shape, _) => self.value(value, shape, (&format!("`{name}`"), &key.at)),
                },
                None => self.unknown_choice(name, key, choice),
            }
        }
    }

    fn unknown_choice(&mut self, name: &str, key: &Node, choice: &Choice) {
        let known = || choice.words();
        let plain = name.to_ascii_lowercase().replace('_', "-");
        let mistaken = choice.mistaken.iter().find(|(words, _)| words.contains(&&*plain));
        let near = near_miss(name, known());
        let fault = Diagnostic::error("unknown-choice", format!("unknown {} `{name}`", choice.noun)).at(&key.at, "");
        let fault = match (mistaken, near, first_of(name, known())) {
            (Some((_, instead)), _, _) => fault.help(*instead),
            (None, Some(near), _) => fault.help_if(meant(Some(near))),
            (None, None, Some(word)) => fault.help(no_colon(word)),
            (None, None, None) => fault.note(format!("expected {}", one_of(known()))),
        };
        self.faults.push(fault);
    }

    fn not_a_choice(&mut self, node: &Node, choice: &Choice, owner: (&str, &Location)) {
        let at = if node.at.span.is_empty() { owner.1 } else { &node.at };
        let known = || choice.words();
        let text = node.text().unwrap_or_default();
        let bare = near_miss(text, known()).or_else(|| first_of(text, known()));
        let fault = Diagnostic::error("wrong-type", format!("{} is {}", owner.0, node.kind()))
            .at(at, format!("expected a mapping with one {}", choice.noun));
        self.faults.push(match bare {
            Some(word) => fault.help(format!("write `{word}: {{ … }}`")),
            None => fault
                .note(format!("expected {}", one_of(known())))
                .help_if(is_listed(node).then(|| LEAVE_OUT.to_owned())),
        });
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
                .help_if((wants_text && scalar).then(|| "put it in quotes to make it a text".to_owned()))
                .help_if(other_kind(node, shape)),
        );
    }

    fn bad_name(&mut self, text: &str, at: &Location) {
        let (each, text) = match text.split_once(' ') {
            Some(("each", name)) => ("each ", name),
            _ => ("", text),
        };
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
                .help_if(is_name(&better).then(|| format!("write `{each}{better}`"))),
        );
    }

    fn unknown_field(
        &mut self,
        name: &str,
        key: &Node,
        likely: Option<&str>,
        fields: &[&Field],
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
            .help_if(likely.map(|field| match misread(name, &[field]) {
                Some((_, help)) => help,
                None => format!("did you mean `{field}`?"),
            }))
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

/// What people call some fields.
const SYNONYMS: [(&str, &str); 14] = [
    ("timeout", "within"),
    ("budget", "within"),
    ("name", "scenario"),
    ("description", "summary"),
    ("depends-on", "continues"),
    ("after", "continues"),
    ("instances", "servers"),
    ("vms", "servers"),
    ("disks", "volumes"),
    ("labels", "tags"),
    ("requires", "needs"),
    ("file", "path"),
    ("content", "text"),
    ("server", "guest"),
];

/// What a key that is no field was most likely meant to be, other than by its letters, and what to write.
fn misread<'f>(name: &str, known: &[&'f str]) -> Option<(&'f str, String)> {
    let of = |field: &str| known.iter().copied().find(|key| *key == field);
    let plain = name.to_ascii_lowercase().replace('_', "-");
    let mut synonyms = SYNONYMS.iter().filter(|(word, _)| *word == plain);
    if let Some(field) = synonyms.find_map(|(_, field)| of(field)) {
        return Some((field, format!("did you mean `{field}`?")));
    }
    if let Some((field, value)) = name
        .split_once(':')
        .and_then(|(field, value)| Some((of(field)?, value)))
    {
        let value = value.escape_debug();
        return Some((field, format!("a blank belongs after the colon: `{field}: {value}`")));
    }
    let field = first_of(name, known.iter().copied())?;
    Some((field, no_colon(field)))
}

/// The word that a text of several begins with, if it is one of the known ones.
fn first_of<'k>(text: &str, mut known: impl Iterator<Item = &'k str>) -> Option<&'k str> {
    let (first, _) = text.split_once(char::is_whitespace)?;
    known.find(|word| *word == first)
}

fn no_colon(word: &str) -> String {
    format!("a colon and a blank follow each key: `{word}: …`")
}

/// What to do with a list of mappings that should be one.
const LEAVE_OUT: &str = "leave out the `-`: this is a mapping, and no list";

fn is_listed(node: &Node) -> bool {
    matches!(&node.value, Value::List(entries) if entries.iter().any(|entry| matches!(entry.value, Value::Mapping(_))))
}

/// What to do about a value of another kind.
fn other_kind(node: &Node, shape: &Shape) -> Option<String> {
    match (shape, &node.value) {
        (Shape::Record(_) | Shape::Named { .. }, Value::List(_)) if is_listed(node) => Some(LEAVE_OUT.to_owned()),
        (Shape::List { .. }, Value::Mapping(_)) => Some("begin each entry of the list with `- `".to_owned()),
        (Shape::Integer { .. } | Shape::Factor, Value::Text(text)) if text.parse::<f64>().is_ok() => {
            Some(format!("leave out the quotes: `{text}`"))
        }
        (Shape::Boolean, Value::Text(text)) if text.parse::<bool>().is_ok() => {
            Some(format!("leave out the quotes: `{text}`"))
        }
        (Shape::Boolean, Value::Text(text)) if ["yes", "no", "on", "off"].contains(&&*text.to_lowercase()) => {
            Some("write `true` or `false`".to_owned())
        }
        (Shape::Text | Shape::AnyText, Value::Null) => {
            Some("write the text after the colon; in quotes, if it begins with `#`".to_owned())
        }
        _ => None,
    }
}

fn name_of(key: &Node) -> String {
    key.text()
        .map_or_else(|| key.kind(), |text| format!("`{}`", text.escape_debug()))
}

/// The fields that unknown keys were meant to be, among those that are not given, by the keys. Only the first keys are
/// guessed at, which are those whose faults are shown: a file may have tens of thousands.
fn meant_fields<'n, 'f>(entries: &'n [(Node, Node)], fields: &[&'f Field]) -> BTreeMap<&'n str, &'f str> {
    const GUESSED: usize = 100;
    let given: BTreeSet<&str> = entries.iter().filter_map(|(key, _)| key.text()).collect();
    let (known, open): (Vec<&str>, Vec<&str>) = fields
        .iter()
        .map(|field| field.key)
        .partition(|key| given.contains(key));
    let names = entries.iter().filter_map(|(key, _)| key.text());
    let unknown = names.filter(|name| !known.contains(name));
    let guess = |name| near_miss(name, open.iter().copied()).or_else(|| misread(name, &open).map(|(field, _)| field));
    let meant = |name| Some((name, guess(name)?));
    unknown.take(GUESSED).filter_map(meant).collect()
}

fn meant(word: Option<&str>) -> Option<String> {
    word.map(|word| format!("did you mean `{word}`?"))
}
