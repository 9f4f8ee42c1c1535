//! From an expanded document to a scenario.

use super::draft::Draft;
use super::needs::Need;
use super::shape::{SCENARIO, VOLUME};
use super::{Scenario, Server, ServerBoot, Step, Volume};
use crate::diagnostic::Diagnostics;
use crate::document::{self, Fields, Node, Shape, Value};
use crate::expansion::Expanded;
use crate::names::is_name;
use crate::names::{ScenarioName, ServerName, VolumeName};
use crate::step;

/// Reads one scenario of a file, which [`expand`](crate::expansion::expand) has made, and finds every fault. With faults the
/// scenario is there all the same, so what can be checked further is checked.
pub(super) fn read(draft: &Draft, name: ScenarioName, expanded: &Expanded, faults: &mut Diagnostics) -> Scenario {
    let root = &expanded.root;
    let mut own = Diagnostics::default();
    document::check(
        root,
        &Shape::Record(&SCENARIO),
        ("the scenario", root.start()),
        &mut own,
    );
    let fields = Fields::of(root);
    let resources = fields.record("resources");
    let words = |key| fields.one_or_more(key).iter().filter_map(Node::text);
    let steps = fields.list("steps").iter().zip(&expanded.rounds);
    let scenario = Scenario {
        name,
        summary: fields.text("summary").map(|summary| summary.value).unwrap_or_default(),
        continues: draft.continues.clone(),
        rto: fields
            .get("rto")
            .and_then(|node| Some((fields.duration("rto")?, node.at.clone()))),
        only_by_name: fields.boolean("only-by-name").unwrap_or(false),
        tags: words("tags").map(ToOwned::to_owned).collect(),
        needs: words("needs").filter_map(Need::of).collect(),
        volumes: resources
            .and_then(|resources| resources.record("volumes"))
            .map(volumes)
            .unwrap_or_default(),
        servers: resources
            .and_then(|resources| resources.record("servers"))
            .map(servers)
            .unwrap_or_default(),
        steps: steps.map(|(node, round)| step(node, round.as_ref())).collect(),
        file: draft.file.clone(),
        at: draft.at.clone(),
        complete: draft.is_whole && !own.has_errors(),
        names_certain: names_certain(root),
    };
    faults.extend(own);
    scenario
}

fn volumes(fields: Fields<'_>) -> Vec<Volume> {
    fields
        .entries()
        .filter_map(|(name, at, node)| {
            let volume = Fields::of(node);
            // What a misspelt field was meant to say is not known.
            let whole = volume
                .entries()
                .all(|(key, _, _)| VOLUME.fields.iter().any(|field| field.key == key));
            Some(Volume {
                name: VolumeName::new(name)?,
                at: at.clone(),
                volume_type: volume.text("type"),
                size_gib: volume.size("size").filter(|_| whole),
                image: volume.text("image"),
            })
        })
        .collect()
}

fn servers(fields: Fields<'_>) -> Vec<Server> {
    fields
        .entries()
        .filter_map(|(name, at, node)| {
            let server = Fields::of(node);
            let boot = match (server.text("boot"), server.text("image")) {
                (Some(volume), None) => Some(ServerBoot::Volume {
                    name: volume.value,
                    at: volume.at,
                }),
                (None, Some(image)) => Some(ServerBoot::Image {
                    name: image.value,
                    at: image.at,
                }),
                _ => None,
            };
            Some(Server {
                name: ServerName::new(name)?,
                at: at.clone(),
                boot,
            })
        })
        .collect()
}

fn step(node: &Node, round: Option<&String>) -> Step {
    let entries = match &node.value {
        Value::Mapping(entries) => &entries[..],
        _ => &[],
    };
    let first = entries.first();
    // With two verbs it is not clear which one was meant.
    let only = first.filter(|_| entries.len() == 1);
    Step {
        at: first.map_or(&node.at, |(key, _)| &key.at).clone(),
        verb: only.and_then(|(key, _)| key.text()).and_then(step::verb),
        arguments: first.map(|(_, arguments)| arguments.clone()),
        round: round.cloned(),
    }
}

/// Whether everything that may be a declaration is one: a misspelt `resources` may hold any name.
fn names_certain(root: &Node) -> bool {
    let known = |node: &Node, keys: &[&str]| match &node.value {
        Value::Mapping(entries) => entries
            .iter()
            .all(|(key, _)| key.text().is_some_and(|key| keys.contains(&key))),
        _ => false,
    };

    let Some(resources) = Fields::of(root).get("resources") else {
        let keys: Vec<&str> = SCENARIO.fields.iter().map(|field| field.key).collect();
        return known(root, &keys);
    };
    let named = |kind: &str| match Fields::of(resources).get(kind).map(|node| &node.value) {
        Some(Value::Mapping(entries)) => entries.iter().all(|(key, _)| key.text().is_some_and(is_name)),
        Some(_) => false,
        None => true,
    };
    known(resources, &["volumes", "servers"]) && named("volumes") && named("servers")
}
