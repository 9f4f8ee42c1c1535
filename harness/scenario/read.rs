//! From the text of a file to a scenario.

use std::path::Path;
use std::sync::Arc;

use super::shape::{SCENARIO, VOLUME};
use super::{Continues, Scenario, Server, ServerBoot, Step, Volume};
use crate::diagnostic::{Diagnostic, Diagnostics, Location};
use crate::document::{self, Fields, Node, Value};
use crate::names::is_name;
use crate::names::{ScenarioName, ServerName, VolumeName};
use crate::step;

/// Reads a scenario and finds every fault of the file. With faults the scenario may still be there, so what can be checked
/// further is checked.
pub(super) fn read(file: &Arc<str>, text: &str, faults: &mut Diagnostics) -> Option<Scenario> {
    let mut own = Diagnostics::default();
    let scenario = read_checked(file, text, &mut own).map(|mut scenario| {
        scenario.complete = !own.has_errors();
        scenario
    });
    faults.extend(own);
    scenario
}

fn read_checked(file: &Arc<str>, text: &str, faults: &mut Diagnostics) -> Option<Scenario> {
    let root = match document::parse(file, text) {
        Ok(Some(root)) => root,
        Ok(None) => {
            faults.push(
                Diagnostic::error("empty-file", format!("{file} holds nothing"))
                    .at(&Location::in_text(file, text, 0..0), "expected a scenario")
                    .help("a scenario begins with `scenario: NAME`"),
            );
            return None;
        }
        Err(found) => {
            faults.extend(found);
            return None;
        }
    };
    let start = start_of(&root);
    document::check(
        &root,
        &document::Shape::Record(&SCENARIO),
        ("the scenario", &start),
        faults,
    );
    let fields = Fields::of(&root);
    let resources = fields.record("resources");
    let name = fields.text("scenario");
    if let Some(name) = &name {
        stem_differs(file, &name.value, &name.at, faults);
    }
    // A scenario without a good name is checked under that of its file, or not at all.
    let stem = Path::new(&**file)
        .file_stem()
        .and_then(|stem| stem.to_str())
        .unwrap_or_default();
    let at = name.as_ref().map_or(start, |name| name.at.clone());
    Some(Scenario {
        name: name
            .and_then(|name| ScenarioName::new(&name.value))
            .or_else(|| ScenarioName::new(stem))?,
        summary: fields.text("summary").map(|summary| summary.value).unwrap_or_default(),
        continues: fields.text("continues").and_then(|continues| {
            Some(Continues {
                name: ScenarioName::new(&continues.value)?,
                at: continues.at,
            })
        }),
        only_by_name: fields.boolean("only-by-name").unwrap_or(false),
        volumes: resources
            .and_then(|resources| resources.record("volumes"))
            .map(volumes)
            .unwrap_or_default(),
        servers: resources
            .and_then(|resources| resources.record("servers"))
            .map(servers)
            .unwrap_or_default(),
        steps: fields.list("steps").iter().map(step).collect(),
        file: file.clone(),
        at,
        complete: false,
        names_certain: names_certain(&root),
    })
}

/// The first key: where faults of the whole document point.
fn start_of(root: &Node) -> Location {
    match &root.value {
        Value::Mapping(entries) => entries.first().map_or(&root.at, |(key, _)| &key.at).clone(),
        _ => root.at.clone(),
    }
}

/// A file that is called otherwise than its scenario is not found by `continues`.
fn stem_differs(file: &Arc<str>, name: &str, at: &Location, faults: &mut Diagnostics) {
    let stem = Path::new(&**file).file_stem().and_then(|stem| stem.to_str());
    if let Some(stem) = stem.filter(|stem| *stem != name) {
        faults.push(
            Diagnostic::warning(
                "file-name",
                format!("the scenario `{}` is in a file called `{stem}`", name.escape_debug()),
            )
            .at(at, "")
            .note("`continues` expects a scenario in the file that has its name")
            .help(format!("call the file `{}.yaml`", name.escape_debug())),
        );
    }
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

fn step(node: &Node) -> Step {
    let Value::Mapping(entries) = &node.value else {
        return Step {
            at: node.at.clone(),
            verb: None,
            arguments: None,
        };
    };
    let Some((key, arguments)) = entries.first() else {
        return Step {
            at: node.at.clone(),
            verb: None,
            arguments: None,
        };
    };
    // With two verbs it is not clear which one was meant.
    let verb = if entries.len() == 1 {
        key.text().and_then(step::verb)
    } else {
        None
    };
    Step {
        at: key.at.clone(),
        verb,
        arguments: Some(arguments.clone()),
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
