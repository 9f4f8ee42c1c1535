//! The volume types of the target, so they select replication.

use std::collections::BTreeMap;

use super::{Enabler, Told};
use crate::cloud::{Cloud, Pool};
use crate::failure::Failure;
use crate::targets::{Target, VolumeTypeOrigin};

/// What drivers compare: no other text counts (`volume/drivers/rbd.py`, `_is_replicated_type`).
const REPLICATED: (&str, &str) = ("replication_enabled", "<is> True");
const BACKEND_NAME: &str = "volume_backend_name";
/// The name that scenarios use for the type that must replicate; a target may name others for other purposes.
const SCENARIOS_NAME: &str = "replicated";

/// Makes the target's volume type `replicated` with its extra specs, or adds those that it lacks. Does nothing for one
/// that each run makes for itself.
///
/// # Errors
/// The cloud cannot be asked, the type says something else, or the backend's name is not known.
pub async fn make_volume_types(enabler: &Enabler<'_>, cloud: &Cloud, target: &Target) -> Result<(), Failure> {
    let Some(wanted) = target.volume_types.get(SCENARIOS_NAME) else {
        enabler.tell(Told::Left(format!(
            "the target names no volume type `{SCENARIOS_NAME}`: add it to its `volume-types`"
        )));
        return Ok(());
    };
    let name = match &wanted.origin {
        VolumeTypeOrigin::Existing(name) => name,
        VolumeTypeOrigin::Create { volume_backend_name } => {
            enabler.tell(Told::Already(format!(
                "each run makes a volume type of its own for {SCENARIOS_NAME} (volume_backend_name='{volume_backend_name}')"
            )));
            return Ok(());
        }
    };
    let types = cloud.volume_types().await?;
    let backend = backend_name(cloud, target).await?;
    let Some(found) = types.iter().find(|found| found.name == *name) else {
        let Some(backend) = backend else {
            return Err(unknown_backend(target));
        };
        let line = format!(
            "openstack volume type create --property {}='{}' --property {BACKEND_NAME}='{backend}' {name}",
            REPLICATED.0, REPLICATED.1
        );
        if enabler.shows("cloud", &line) {
            let specs = BTreeMap::from([
                (REPLICATED.0.to_owned(), REPLICATED.1.to_owned()),
                (BACKEND_NAME.to_owned(), backend),
            ]);
            cloud.create_volume_type(name, &specs).await?;
        }
        return Ok(());
    };
    let mut missing: BTreeMap<String, String> = BTreeMap::new();
    let backend_spec = backend.map(|backend| (BACKEND_NAME, backend));
    let wanted = [Some((REPLICATED.0, REPLICATED.1.to_owned())), backend_spec];
    for (key, value) in wanted.into_iter().flatten() {
        match found.extra_specs.get(key) {
            Some(there) if *there == value => {}
            None => {
                missing.insert(key.to_owned(), value);
            }
            Some(there) => {
                return Err(Failure::cloud(format!("volume type {name} says {key}='{there}'"))
                    .detail("expected", format!("{key}='{value}'"))
                    .detail("seen", there)
                    .help(format!(
                        "others may rely on it, so it was not changed; if not, `openstack volume type set --property \
                         {key}='{value}' {name}`"
                    )));
            }
        }
    }
    if missing.is_empty() {
        enabler.tell(Told::Already(format!("volume type {name} selects replication")));
        return Ok(());
    }
    let properties: Vec<String> = missing
        .iter()
        .map(|(key, value)| format!("--property {key}='{value}'"))
        .collect();
    let line = format!("openstack volume type set {} {name}", properties.join(" "));
    if enabler.shows("cloud", &line) {
        cloud.add_extra_specs(&found.id, &missing).await?;
    }
    Ok(())
}

/// The `volume_backend_name` of the backend, if the scheduler knows its pools.
async fn backend_name(cloud: &Cloud, target: &Target) -> Result<Option<String>, Failure> {
    let pools: Vec<Pool> = cloud.pools().await?;
    let of_backend = pools.into_iter().find(|pool| target.backend.holds(&pool.name));
    Ok(of_backend.and_then(|pool| pool.capabilities.volume_backend_name))
}

fn unknown_backend(target: &Target) -> Failure {
    Failure::cloud(format!(
        "the scheduler knows no pool of {}, so its volume_backend_name is not known",
        target.backend
    ))
    .help("cinder-volume reports its pools once a minute while it is up, enabled and not frozen: see `cinder-drill preflight`")
}
