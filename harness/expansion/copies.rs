//! `count` and `each`: many resources of one kind, and steps that speak of all of them.

use std::collections::BTreeMap;

use super::{Bindings, MOST_RESOURCES, NUMBER, Room};
use crate::diagnostic::{Diagnostic, Diagnostics, Location, near_miss};
use crate::document::{Each, Fields, Node, Value};
use crate::names::is_name;

/// What is declared, by a scenario and by those that it continues.
#[derive(Clone, Default, Debug)]
pub(crate) struct Declared {
    volumes: Names,
    servers: Names,
}

#[derive(Clone, Default, Debug)]
struct Names {
    /// In the order in which they are declared.
    all: Vec<String>,
    /// The names that were declared with one `count`.
    groups: BTreeMap<String, Vec<String>>,
}

impl Declared {
    /// The resources with copies in place of their counts; takes note of all their names.
    pub(super) fn resources(
        &mut self,
        resources: &Node,
        bindings: &Bindings,
        room: &mut Room,
        faults: &mut Diagnostics,
    ) -> Node {
        let mut made = Vec::new();
        if let Value::Mapping(kinds) = &resources.value {
            for (kind, entries) in kinds {
                let entries = match (kind.text(), &entries.value) {
                    (Some(word @ ("volumes" | "servers")), Value::Mapping(given)) => Node {
                        value: Value::Mapping(self.kind(word, given, bindings, room, faults)),
                        at: entries.at.clone(),
                    },
                    _ => bindings.fill(entries, faults),
                };
                made.push((kind.clone(), entries));
            }
        }
        Node {
            value: Value::Mapping(made),
            at: resources.at.clone(),
        }
    }

    fn kind(
        &mut self,
        word: &str,
        given: &[(Node, Node)],
        bindings: &Bindings,
        room: &mut Room,
        faults: &mut Diagnostics,
    ) -> Vec<(Node, Node)> {
        let mut made = Vec::new();
        for (key, resource) in given {
            let Some(count) = Fields::of(resource).get("count") else {
                self.names(word).all.extend(key.text().map(ToOwned::to_owned));
                made.push((key.clone(), bindings.fill(resource, faults)));
                continue;
            };
            let count = usize::try_from(bindings.fill(count, faults).integer().unwrap_or(1)).unwrap_or(1);
            let declared = self.volumes.all.len() + self.servers.all.len();
            if declared.saturating_add(count) > MOST_RESOURCES {
                faults.push(
                    Diagnostic::error(
                        "too-many",
                        format!("this scenario makes {} volumes and servers", declared + count),
                    )
                    .at(&key.at, format!("expected {MOST_RESOURCES} at most")),
                );
                continue;
            }
            let resource = without(resource, "count");
            let group = key.text().unwrap_or_default().to_owned();
            let mut members = Vec::new();
            for number in 1..=count {
                let name = format!("{group}-{number}");
                if is_name(&group) && !is_name(&name) {
                    faults.push(
                        Diagnostic::error("bad-name", format!("`{name}` is longer than a name may be")).at(
                            &key.at,
                            "the name of a copy is this one and its number, 63 characters at most",
                        ),
                    );
                    break;
                }
                if !room.takes(&resource, faults) {
                    break;
                }
                let bindings = bindings.counting(NUMBER, number, key);
                let copy = self.of_number(&resource, Some(number), faults);
                made.push((
                    Node {
                        value: Value::Text(name.clone()),
                        at: key.at.clone(),
                    },
                    bindings.fill(&copy, faults),
                ));
                members.push(name);
            }
            let names = self.names(word);
            names.all.extend(members.iter().cloned());
            names.groups.insert(group, members);
        }
        made
    }

    fn names(&mut self, kind: &str) -> &mut Names {
        match kind {
            "volumes" => &mut self.volumes,
            _ => &mut self.servers,
        }
    }

    /// How many steps come of one: as many as its `each` speaks of. None if it speaks of none.
    pub(super) fn number_of(&self, step: &Node, faults: &mut Diagnostics) -> Option<usize> {
        let mut first: Option<(usize, &Node)> = None;
        for (key, value) in references(step) {
            let Some(each) = value.text().and_then(Each::of) else {
                continue;
            };
            let Some(names) = self.meant(key, each, value, faults) else {
                continue;
            };
            match first {
                Some((number, place)) if number != names.len() => faults.push(
                    Diagnostic::error("unequal", format!("this is {}, and the other {number}", names.len()))
                        .at(&value.at, "")
                        .because(&place.at, "the other is here")
                        .note("a step with `each` twice pairs the first with the first, the second with the second, …"),
                ),
                Some(_) => {}
                None => first = Some((names.len(), value)),
            }
        }
        first.map(|(number, _)| number)
    }

    /// A node whose `each` is the name of this number, from 1; not known, if there is none.
    pub(super) fn of_number(&self, node: &Node, number: Option<usize>, faults: &mut Diagnostics) -> Node {
        self.named(node, "", number, faults)
    }

    fn named(&self, node: &Node, key: &str, number: Option<usize>, faults: &mut Diagnostics) -> Node {
        let value = match &node.value {
            Value::Text(text) if REFERENCES.contains(&key) => match Each::of(text) {
                None => node.value.clone(),
                Some(each) => {
                    let names = self.meant(key, each, node, faults).unwrap_or_default();
                    let name = number.and_then(|number| names.get(number - 1));
                    name.map_or(Value::Unknown, |name| Value::Text(name.clone()))
                }
            },
            Value::Mapping(entries) => Value::Mapping(
                entries
                    .iter()
                    .map(|(key, value)| {
                        let named = self.named(value, key.text().unwrap_or_default(), number, faults);
                        (key.clone(), named)
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

    /// The names that an `each` speaks of.
    fn meant(&self, key: &str, each: Each<'_>, at: &Node, faults: &mut Diagnostics) -> Option<&[String]> {
        let (noun, names) = match key {
            "guest" | "server" => ("server", &self.servers),
            _ => ("volume", &self.volumes),
        };
        let found = match each {
            Each::Any => Some(&names.all).filter(|all| !all.is_empty()),
            Each::Of(group) => names.groups.get(group),
        };
        if found.is_none() {
            faults.push(unknown_group(noun, each, names, &at.at));
        }
        found.map(Vec::as_slice)
    }
}

fn unknown_group(noun: &str, each: Each<'_>, names: &Names, at: &Location) -> Diagnostic {
    let group = match each {
        Each::Any => {
            return Diagnostic::error("undefined", format!("there is no {noun}"))
                .at(at, "")
                .note(format!("`each` means all {noun}s; they belong under `resources`"));
        }
        Each::Of(group) => group,
    };
    let fault = Diagnostic::error("undefined", format!("there are no copies of a {noun} `{group}`")).at(at, "");
    if names.all.iter().any(|name| name == group) {
        return fault
            .note(format!("`{group}` is one {noun}"))
            .help(format!("write `{group}`; or declare it with a `count`"));
    }
    let groups: Vec<&str> = names.groups.keys().map(String::as_str).collect();
    let near = near_miss(group, groups.iter().copied());
    let fault = fault.note(match groups.as_slice() {
        [] => format!("no {noun} is declared with a `count`; `each` alone means all {noun}s"),
        groups => format!("with a `count` there are {}", groups.join(", ")),
    });
    fault.help_if(near.map(|near| format!("did you mean `each {near}`?")))
}

/// The keys whose values name volumes and servers.
const REFERENCES: [&str; 5] = ["volume", "server", "guest", "boot", "name"];

/// All that may name a volume or a server in a step, with the keys.
fn references(node: &Node) -> Vec<(&str, &Node)> {
    let mut found = Vec::new();
    let mut inner = vec![node];
    while let Some(node) = inner.pop() {
        let Value::Mapping(entries) = &node.value else { continue };
        for (key, value) in entries {
            if let Some(key) = key.text().filter(|key| REFERENCES.contains(key)) {
                found.push((key, value));
            }
            inner.push(value);
        }
    }
    found
}

/// A mapping without a key.
pub(super) fn without(node: &Node, key: &str) -> Node {
    let value = match &node.value {
        Value::Mapping(entries) => Value::Mapping(
            entries
                .iter()
                .filter(|(name, _)| name.text() != Some(key))
                .cloned()
                .collect(),
        ),
        other => other.clone(),
    };
    Node {
        value,
        at: node.at.clone(),
    }
}
