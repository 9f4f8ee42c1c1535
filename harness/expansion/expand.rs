//! One scenario of a file, with nothing short left in it.

use super::copies::without;
use super::{Bindings, DEEPEST, Declared, NUMBER, Parts, ROUND, Room};
use crate::diagnostic::Diagnostics;
use crate::document::{Fields, Node, Value};

/// What comes of a file for one combination.
#[derive(Debug)]
pub(crate) struct Expanded {
    /// The scenario. Its name is that of the file's scenario.
    pub root: Node,
    /// Of each step, in which round of a `repeat` it is, in words.
    pub rounds: Vec<Option<String>>,
    /// What is declared, with what was before.
    pub declared: Declared,
}

/// Expands a scenario for one combination of its matrix. `declared` is what it continues declares.
pub(crate) fn expand(
    root: &Node,
    bindings: &Bindings,
    declared: Declared,
    parts: &Parts,
    room: &mut Room,
    faults: &mut Diagnostics,
) -> Expanded {
    room.next_scenario();
    let mut expander = Expander {
        parts,
        declared,
        room,
        faults,
        steps: Vec::new(),
        rounds: Vec::new(),
    };
    let mut made = Vec::new();
    if let Value::Mapping(entries) = &without(root, "matrix").value {
        let resources = expander.resources(root, bindings);
        let mut resources = Some(resources).filter(|all| *all != Value::Mapping(Vec::new()));
        for (key, value) in entries {
            let value = match (key.text(), &value.value) {
                (Some("resources"), Value::Mapping(_)) if resources.is_some() => Node {
                    value: resources.take().unwrap_or(Value::Null),
                    at: value.at.clone(),
                },
                (Some("steps"), Value::List(steps)) => {
                    expander.steps(steps, bindings, None, 0);
                    Node {
                        value: Value::List(std::mem::take(&mut expander.steps)),
                        at: value.at.clone(),
                    }
                }
                _ => bindings.fill(value, expander.faults),
            };
            made.push((key.clone(), value));
        }
        if let Some(resources) = resources.filter(|_| Fields::of(root).get("resources").is_none()) {
            let key = Value::Text("resources".to_owned());
            let [key, value] = [key, resources].map(|value| Node {
                value,
                at: root.start().clone(),
            });
            made.push((key, value));
        }
    }
    Expanded {
        root: Node {
            value: Value::Mapping(made),
            at: root.at.clone(),
        },
        rounds: expander.rounds,
        declared: expander.declared,
    }
}

struct Expander<'a> {
    parts: &'a Parts,
    declared: Declared,
    room: &'a mut Room,
    faults: &'a mut Diagnostics,
    steps: Vec<Node>,
    rounds: Vec<Option<String>>,
}

impl Expander<'_> {
    /// The resources of the scenario and of all its parts: volumes first, since servers boot from them.
    fn resources(&mut self, root: &Node, bindings: &Bindings) -> Value {
        let of = |node| Fields::of(node).get("resources");
        let all: Vec<&Node> = [root].into_iter().chain(self.parts.all()).filter_map(of).collect();
        let mut kinds: Vec<(Node, Node)> = Vec::new();
        for resources in &all {
            let Value::Mapping(entries) = &resources.value else {
                continue;
            };
            for (key, value) in entries {
                let same = |(known, _): &&mut (Node, Node)| known.text() == key.text();
                match (kinds.iter_mut().find(same), &value.value) {
                    // The same kind in another file. In one file it is a key that is given twice, which stays for the check.
                    (
                        Some((
                            known,
                            Node {
                                value: Value::Mapping(into),
                                ..
                            },
                        )),
                        Value::Mapping(more),
                    ) if known.at.file != key.at.file => {
                        into.extend(more.iter().cloned());
                    }
                    _ => kinds.push((key.clone(), value.clone())),
                }
            }
        }
        kinds.sort_by_key(|(key, _)| key.text() == Some("servers"));
        let at = all.first().map_or(&root.at, |first| &first.at).clone();
        let merged = Node {
            value: Value::Mapping(kinds),
            at,
        };
        let counted = self.declared.resources(&merged, bindings, self.room, self.faults);
        counted.value
    }

    fn steps(&mut self, steps: &[Node], bindings: &Bindings, round: Option<&str>, depth: usize) {
        for step in steps {
            let fields = Fields::of(step);
            match (fields.get("repeat"), fields.get("use")) {
                (Some(times), _) => self.repeat(step, times, bindings, depth),
                (None, Some(used)) => self.part(step, used, bindings, round, depth),
                (None, None) => self.step(step, bindings, round),
            }
        }
    }

    fn repeat(&mut self, group: &Node, times: &Node, bindings: &Bindings, depth: usize) {
        let times = bindings.fill(times, self.faults);
        let count = times.integer().and_then(|times| usize::try_from(times).ok());
        let Some(count) = count.filter(|_| depth < DEEPEST) else {
            // What is said of it is said of the group as it was written.
            self.push(group.clone(), None);
            return;
        };
        for round in 1..=count {
            if !self.room.takes(&times, self.faults) {
                return;
            }
            let bindings = bindings.counting(ROUND, round, &times);
            let words = format!("round {round} of {count}");
            self.steps(Fields::of(group).list("steps"), &bindings, Some(&words), depth + 1);
        }
    }

    fn part(&mut self, step: &Node, used: &Node, bindings: &Bindings, round: Option<&str>, depth: usize) {
        match self.parts.get(used) {
            Some(part) if depth < 2 * DEEPEST => {
                self.steps(Fields::of(part).list("steps"), bindings, round, depth + 1);
            }
            // Why not is said already.
            _ => drop(self.push(step.clone(), None)),
        }
    }

    fn step(&mut self, step: &Node, bindings: &Bindings, round: Option<&str>) {
        let Some(number) = self.declared.number_of(step, self.faults) else {
            let named = self.declared.of_number(step, None, self.faults);
            let filled = bindings.fill(&named, self.faults);
            self.push(filled, round);
            return;
        };
        for number in 1..=number {
            let named = self.declared.of_number(step, Some(number), self.faults);
            let filled = bindings.counting(NUMBER, number, step).fill(&named, self.faults);
            if !self.push(filled, round) {
                return;
            }
        }
    }

    /// Adds a step, if there is room for it.
    fn push(&mut self, step: Node, round: Option<&str>) -> bool {
        let fits = self.room.takes_step(&step, self.faults);
        if fits {
            self.steps.push(step);
            self.rounds.push(round.map(ToOwned::to_owned));
        }
        fits
    }
}
