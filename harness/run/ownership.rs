//! Resources that belong to a run: everything in the cloud that carries its id, and nothing else.
//!
//! A name is no proof, since names are not unique: volumes and servers say it in their metadata, volume types in their extra
//! specs. Key pairs and floating IPs have nothing but a name and a description; there it is the run's id in full.

use std::collections::BTreeSet;

use crate::cloud::{ApiError, VolumeType};
use crate::event::{Resource, ResourceKind};
use crate::session::Context;
pub(super) use crate::session::RUN_KEY;
use crate::session::RUN_SPEC;

/// What the names of all locks begin with.
pub(super) const LOCK_PREFIX: &str = "cinder-drill-lock:";

/// The kinds of resources that can be found by the run's id.
pub(super) const FOUND: [ResourceKind; 6] = [
    ResourceKind::Server,
    ResourceKind::Snapshot,
    ResourceKind::Volume,
    ResourceKind::VolumeType,
    ResourceKind::FloatingIp,
    ResourceKind::KeyPair,
];

/// Everything of some kinds that carries this run's id, whatever its name and number. The lock is not among it. What a list
/// says of a volume or a server counts only if the thing itself says so, too.
///
/// # Errors
/// A list could not be read.
pub(super) async fn owned(context: &Context, kinds: &[ResourceKind]) -> Result<Vec<Resource>, ApiError> {
    let leftovers = context.backend_state.with(|state| state.leftover_ids());
    let mut found = Vec::new();
    for kind in FOUND.into_iter().filter(|kind| kinds.contains(kind)) {
        found.extend(of_kind(context, kind, &leftovers).await?);
    }
    Ok(found)
}

/// Those of one kind. What is among the ids that are `leftovers` was said to be ours by the thing itself.
async fn of_kind(
    context: &Context,
    kind: ResourceKind,
    leftovers: &BTreeSet<String>,
) -> Result<Vec<Resource>, ApiError> {
    let cloud = &context.cloud;
    let run = context.run.as_str();
    let bears = |value: Option<&String>| value.is_some_and(|value| value == run);
    let is_left_over = |id: &str| leftovers.contains(id);
    // The runs' ids are of one length, so none is the beginning of another.
    let prefix = context.shared_name("");
    let pairs: Vec<(String, String)> = match kind {
        ResourceKind::Server => {
            let all = cloud.servers().await?.into_iter();
            let mut found = Vec::new();
            for server in all.filter(|server| bears(server.metadata.get(RUN_KEY))) {
                let looked_at = match is_left_over(server.id.as_str()) {
                    true => None,
                    false => cloud.server_if_exists(&server.id).await?,
                };
                if looked_at.is_none_or(|server| bears(server.metadata.get(RUN_KEY))) {
                    found.push((server.name, server.id.to_string()));
                }
            }
            found
        }
        // Not only those on the backend: one that the scheduler has not placed, or could not, is nowhere.
        ResourceKind::Volume => {
            let all = cloud.volumes().await?.into_iter();
            let mut found = Vec::new();
            for volume in all.filter(|volume| bears(volume.metadata.get(RUN_KEY))) {
                let looked_at = match is_left_over(volume.id.as_str()) {
                    true => None,
                    false => cloud.volume_if_exists(&volume.id).await?,
                };
                if looked_at.is_none_or(|volume| bears(volume.metadata.get(RUN_KEY))) {
                    let id = volume.id.to_string();
                    found.push((volume.name.unwrap_or_else(|| id.clone()), id));
                }
            }
            found
        }
        ResourceKind::Snapshot => {
            let all = cloud.snapshots().await?.into_iter();
            let mut found = Vec::new();
            for snapshot in all.filter(|snapshot| bears(snapshot.metadata.get(RUN_KEY))) {
                let looked_at = match is_left_over(snapshot.id.as_str()) {
                    true => None,
                    false => cloud.snapshot_if_exists(&snapshot.id).await?,
                };
                if looked_at.is_none_or(|snapshot| bears(snapshot.metadata.get(RUN_KEY))) {
                    let id = snapshot.id.to_string();
                    found.push((snapshot.name.unwrap_or_else(|| id.clone()), id));
                }
            }
            found
        }
        ResourceKind::VolumeType => {
            let all = cloud.volume_types().await?.into_iter();
            all.filter(|found| bears(found.extra_specs.get(RUN_SPEC)) && !is_lock(found))
                .map(|found| (found.name, found.id.to_string()))
                .collect()
        }
        ResourceKind::FloatingIp => {
            let all = cloud.floating_ips().await?.into_iter();
            all.filter_map(|found| Some((found.description?, found.id.to_string())))
                .filter(|(description, _)| description.starts_with(&prefix))
                .collect()
        }
        ResourceKind::KeyPair => {
            let all = cloud.keypairs().await?.into_iter();
            all.filter(|found| found.name.starts_with(&prefix))
                .map(|found| (found.name.clone(), found.name))
                .collect()
        }
        ResourceKind::Failover | ResourceKind::Lock | ResourceKind::Freeze | ResourceKind::Fault => Vec::new(),
    };
    let resource = |(name, id): (String, String)| Resource {
        kind,
        name,
        id: Some(id),
    };
    Ok(pairs.into_iter().map(resource).collect())
}

/// Whether a volume type is a lock, of whatever run.
pub(super) fn is_lock(found: &VolumeType) -> bool {
    found.name.starts_with(LOCK_PREFIX)
}
