//! The order in which volumes and their snapshots go: nothing goes while something is made from it. Cinder refuses to delete a volume that
//! has snapshots, and a driver keeps what others are cloned from, under whatever name.

use std::collections::{BTreeMap, BTreeSet};

use crate::event::{Resource, ResourceKind};
use crate::session::Context;

/// Volumes and snapshots in the order in which they go: each group once the one before it is gone. If it cannot be asked what is made
/// from what, snapshots go before volumes.
pub(super) async fn generations(context: &Context, things: Vec<Resource>) -> Vec<Vec<Resource>> {
    if things.len() < 2 {
        return vec![things];
    }
    let parents = parents(context, &things).await.unwrap_or_else(|| {
        context.notice("what the run's volumes are made from could not be asked, so they are removed in any order");
        BTreeMap::new()
    });
    in_order(things, &parents)
}

/// What each thing stands on, by its id. None if that could not be asked.
async fn parents(context: &Context, things: &[Resource]) -> Option<BTreeMap<String, Vec<String>>> {
    let mut parents = BTreeMap::new();
    for volume in context.cloud.volumes().await.ok()? {
        if let Some(source) = &volume.source_volid {
            let clone = volume.id.to_string();
            context.backend_state.with(|state| {
                state.cloned.entry(source.clone()).or_default().insert(clone);
            });
        }
        let of: Vec<String> = volume.source_volid.into_iter().chain(volume.snapshot_id).collect();
        parents.insert(volume.id.to_string(), of);
    }
    if things.iter().any(|thing| thing.kind == ResourceKind::Snapshot) {
        for snapshot in context.cloud.snapshots().await.ok()? {
            parents.insert(snapshot.id.to_string(), vec![snapshot.volume_id.to_string()]);
        }
    }
    Some(parents)
}

fn in_order(things: Vec<Resource>, parents: &BTreeMap<String, Vec<String>>) -> Vec<Vec<Resource>> {
    let mut rest = things;
    let mut generations = Vec::new();
    while !rest.is_empty() {
        let stood_on: BTreeSet<&String> = rest
            .iter()
            .filter_map(|thing| parents.get(thing.id.as_ref()?))
            .flatten()
            .collect();
        let goes = |thing: &Resource| thing.id.as_ref().is_none_or(|id| !stood_on.contains(id));
        let (mut now, mut later): (Vec<Resource>, Vec<Resource>) = rest.iter().cloned().partition(goes);
        if now.is_empty() {
            // What stands on itself nobody has made: all of it goes at once.
            std::mem::swap(&mut now, &mut later);
        }
        let (snapshots, volumes): (Vec<Resource>, Vec<Resource>) =
            now.into_iter().partition(|thing| thing.kind == ResourceKind::Snapshot);
        generations.extend([snapshots, volumes].into_iter().filter(|group| !group.is_empty()));
        rest = later;
    }
    generations
}

#[cfg(test)]
mod tests {
    use super::*;

    fn thing(kind: ResourceKind, id: &str) -> Resource {
        Resource {
            kind,
            name: id.to_owned(),
            id: Some(id.to_owned()),
        }
    }

    fn ordered(things: &[Resource], parents: &[(&str, &[&str])]) -> Vec<Vec<String>> {
        let parents = parents
            .iter()
            .map(|(id, of)| ((*id).to_owned(), of.iter().map(|of| (*of).to_owned()).collect()))
            .collect();
        let groups = in_order(things.to_vec(), &parents);
        groups
            .into_iter()
            .map(|group| group.into_iter().map(|thing| thing.name).collect())
            .collect()
    }

    #[test]
    fn nothing_goes_while_something_stands_on_it() {
        let (volume, snapshot) = (ResourceKind::Volume, ResourceKind::Snapshot);
        let things = [
            thing(volume, "source"),
            thing(volume, "other"),
            thing(snapshot, "snapshot"),
            thing(volume, "of-snapshot"),
            thing(volume, "of-clone"),
            thing(volume, "clone"),
        ];
        let parents: [(&str, &[&str]); 6] = [
            ("source", &[]),
            ("other", &["not-of-this-run"]),
            ("snapshot", &["source"]),
            ("of-snapshot", &["snapshot"]),
            ("clone", &["source"]),
            ("of-clone", &["clone"]),
        ];
        assert_eq!(
            ordered(&things, &parents),
            [
                vec!["other", "of-snapshot", "of-clone"],
                vec!["snapshot"],
                vec!["clone"],
                vec!["source"],
            ]
        );
    }

    #[test]
    fn without_an_answer_snapshots_go_first_and_a_circle_ends() {
        let things = [
            thing(ResourceKind::Volume, "a"),
            thing(ResourceKind::Volume, "b"),
            thing(ResourceKind::Snapshot, "s"),
        ];
        assert_eq!(ordered(&things, &[]), [vec!["s"], vec!["a", "b"]]);
        assert_eq!(
            ordered(&things, &[("a", &["b"]), ("b", &["a"]), ("s", &["a"])]),
            [vec!["s"], vec!["a", "b"]]
        );
    }
}
