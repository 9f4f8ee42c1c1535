//! What the cloud says of itself.

use crate::cloud::{Cloud, Flavor, Image, Network, Pool, Service, Volume, VolumeType};
use crate::failure::Failure;

/// What the cloud says of itself.
#[derive(Clone, Debug, Default)]
pub(super) struct CloudSeen {
    /// The rows of cinder-volume.
    pub services: Vec<Service>,
    /// The pools that take work.
    pub pools: Vec<Pool>,
    /// The volume types, with their extra specs.
    pub types: Vec<VolumeType>,
    /// The volumes of all projects.
    pub volumes: Vec<Volume>,
    /// What servers may be made of.
    pub flavors: Vec<Flavor>,
    /// What guests may be made of.
    pub images: Vec<Image>,
    /// The networks.
    pub networks: Vec<Network>,
}

/// Asks it.
///
/// # Errors
/// It does not answer, or who is logged in is no administrator.
pub(super) async fn ask(cloud: &Cloud) -> Result<CloudSeen, Failure> {
    // On the heap: together they are too large for the stack of a test's thread.
    let (services, pools, types, volumes) = tokio::join!(
        Box::pin(cloud.services(None)),
        Box::pin(cloud.pools()),
        Box::pin(cloud.volume_types()),
        Box::pin(cloud.all_volumes(true)),
    );
    let (flavors, images, networks) = tokio::join!(
        Box::pin(cloud.flavors()),
        Box::pin(cloud.images()),
        Box::pin(cloud.networks()),
    );
    Ok(CloudSeen {
        services: services?,
        pools: pools?,
        types: types?,
        volumes: volumes?.volumes,
        flavors: flavors?,
        images: images?,
        networks: networks?,
    })
}
