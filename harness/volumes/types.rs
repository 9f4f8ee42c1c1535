//! The volume types of a target, as the cloud has them.

use crate::event::{Resource, ResourceKind};
use crate::failure::Failure;
use crate::session::{Context, Prerequisites, RUN_SPEC};
use crate::targets::{VolumeType, VolumeTypeOrigin};

/// Cinder's name of a volume type and whether it selects replication; looked up once for a run.
///
/// # Errors
/// As [`look_up`].
pub(crate) async fn known(context: &Context, wanted: &VolumeType) -> Result<(String, bool), Failure> {
    let shared = context.backend_state.clone();
    let mut place = shared.prerequisites.lock().await;
    match place.as_mut() {
        Some(prerequisites) => known_to(prerequisites, context, wanted).await,
        None => look_up(context, wanted).await,
    }
}

/// The same for who holds the prerequisites of the run.
///
/// # Errors
/// As [`look_up`].
pub(crate) async fn known_to(
    prerequisites: &mut Prerequisites,
    context: &Context,
    wanted: &VolumeType,
) -> Result<(String, bool), Failure> {
    if let Some(found) = prerequisites.volume_types.get(&wanted.name) {
        return Ok(found.clone());
    }
    let found = look_up(context, wanted).await?;
    prerequisites.volume_types.insert(wanted.name.clone(), found.clone());
    Ok(found)
}

/// Looks a volume type up, or makes it. A type that the target promises to be replicated but that is not would let a drill pass on a
/// volume that no failover moves, so an existing one is looked at.
///
/// # Errors
/// There is no such type, or it could not be made.
async fn look_up(context: &Context, wanted: &VolumeType) -> Result<(String, bool), Failure> {
    let name = &wanted.name;
    match &wanted.origin {
        VolumeTypeOrigin::Existing(existing) => {
            let types = context.cloud.volume_types().await?;
            let Some(found) = types.iter().find(|found| &found.name == existing) else {
                let names: Vec<&str> = types.iter().map(|found| found.name.as_str()).collect();
                return Err(Failure::cloud(format!("there is no volume type {existing}"))
                    .detail("expected", format!("the type that the target names for `{name}`"))
                    .detail("seen", names.join(", "))
                    .help("name one of these in the target's volume-types, or let the run `create` one"));
            };
            Ok((
                found.name.clone(),
                context.profile.selects_replication(&found.extra_specs),
            ))
        }
        VolumeTypeOrigin::Create {
            volume_backend_name,
            extra_specs,
        } => {
            let cloud_name = context.shared_name(name);
            let mut specs = context.profile.specs_of_a_type();
            specs.extend(extra_specs.clone());
            specs.insert(RUN_SPEC.to_owned(), context.run.to_string());
            specs.insert("volume_backend_name".to_owned(), volume_backend_name.clone());
            context
                .intend(Resource {
                    kind: ResourceKind::VolumeType,
                    name: cloud_name.clone(),
                    id: None,
                })
                .await?;
            let made = context.cloud.create_volume_type(&cloud_name, &specs).await?;
            context.made(ResourceKind::VolumeType, made.id.as_str());
            Ok((cloud_name, true))
        }
    }
}
