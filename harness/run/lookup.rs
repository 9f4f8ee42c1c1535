//! Finding what was asked for when the cloud's answer was lost: it may exist all the same, under the name that was asked
//! for.

use super::context::Context;
use crate::cloud::ApiError;
use crate::event::{Resource, ResourceKind};

/// The id of a resource: the one that is known, or that of what has its name. `None` if there is nothing of that name.
///
/// # Errors
/// The API did not answer.
pub(super) async fn id_of(context: &Context, resource: &Resource) -> Result<Option<String>, ApiError> {
    if let Some(id) = &resource.id {
        return Ok(Some(id.clone()));
    }
    let (cloud, name) = (&context.cloud, &resource.name);
    Ok(match resource.kind {
        ResourceKind::Server => {
            let all = cloud.servers().await?;
            let found = all.iter().find(|server| server.name == *name);
            found.map(|server| server.id.to_string())
        }
        // Not only those on the backend: one that the scheduler has not placed, or could not, is nowhere.
        ResourceKind::Volume => {
            let all = cloud.volumes().await?;
            let found = all.iter().find(|volume| volume.name.as_deref() == Some(name));
            found.map(|volume| volume.id.to_string())
        }
        ResourceKind::FloatingIp => {
            let all = cloud.floating_ips().await?;
            let found = all.iter().find(|found| found.description.as_deref() == Some(name));
            found.map(|floating_ip| floating_ip.id.to_string())
        }
        ResourceKind::VolumeType | ResourceKind::Lock => {
            let all = cloud.volume_types().await?;
            let found = all.iter().find(|volume_type| volume_type.name == *name);
            found.map(|volume_type| volume_type.id.to_string())
        }
        ResourceKind::KeyPair => cloud.keypair_if_exists(name).await?.map(|keypair| keypair.name),
        ResourceKind::Failover => Some(name.clone()),
    })
}
