//! Making what the steps stand on: volume types, key pair, volumes and servers.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use futures_util::future::try_join_all;
use tokio::time::Instant;

use super::keypair;
use crate::backend::Standing;
use crate::cloud::{Boot as ServerBoot, NewServer, ServerId};
use crate::event::{EventKind, Resource, ResourceKind};
use crate::failover::{blast_radius, enabling, service};
use crate::failure::{Failure, FailureKind};
use crate::plan::{Plan, PlannedServer};
use crate::servers::reach;
use crate::session::{Context, MadeServer, Prerequisites};
use crate::state::{Boot, PlannedVolume};
use crate::volumes::{new_volume, types};
use crate::wait::milliseconds;

/// Makes what `plan` declares.
///
/// # Errors
/// The backend is not in a state to be drilled, something that the target names does not exist, or a resource did not come to
/// life. What was created until then is left over and will be removed.
pub async fn prepare(context: &mut Context, plan: &Plan) -> Result<(), Failure> {
    let there = |volume: &PlannedVolume| context.resources.volumes.contains_key(&volume.name);
    let running = |server: &PlannedServer| context.resources.servers.contains_key(&server.name);
    if plan.volumes.iter().all(there) && plan.servers.iter().all(running) {
        return Ok(());
    }
    let began = Instant::now();
    // The plan may be that of a later scenario, which continues the one that runs.
    let scenario = context.position.0.as_ref().unwrap_or(&plan.scenario).to_string();
    context.recorder.record(EventKind::PrepareStarted {
        scenario: scenario.clone(),
    });
    let prerequisites = prerequisites(context, plan).await?;
    make_volumes(context, &prerequisites, plan).await?;
    make_servers(context, &prerequisites, plan).await?;
    let summary = summary(context, plan);
    let milliseconds = milliseconds(began.elapsed());
    context.recorder.record(EventKind::PrepareFinished {
        scenario,
        summary,
        milliseconds,
    });
    Ok(())
}

fn summary(context: &Context, plan: &Plan) -> String {
    let volumes = plan
        .volumes
        .iter()
        .map(|volume| format!("volume {} ({} GiB) is available", volume.name, volume.size_gib));
    let servers = plan.servers.iter().map(|server| {
        let address = context
            .resources
            .servers
            .get(&server.name)
            .map(|made| made.address.as_str())
            .unwrap_or_default();
        format!("server {} is ACTIVE and reachable at {address}", server.name)
    });
    volumes.chain(servers).collect::<Vec<_>>().join(", ")
}

/// A drill starts from a backend that is on its primary site and in order: anything else is either a real disaster, or another
/// drill.
async fn require_at_primary(context: &Context) -> Result<(), Failure> {
    let judgement = service::judge(context).await?;
    if judgement.standing == Standing::AtPrimary {
        return enabling::require_enabled(context).await;
    }
    let failure = Failure::cloud(format!("{} is not in a state to be drilled", context.backend));
    Err(service::with_readings(failure, service::AT_PRIMARY, &judgement).help(
        "fail the backend back first: `cinder service-list --withreplication` shows its state; nothing was changed",
    ))
}

async fn prerequisites(context: &mut Context, plan: &Plan) -> Result<Prerequisites, Failure> {
    // Chains stand on one ground: the first one looks and makes it, and the others wait for that.
    let shared = context.backend_state.clone();
    let mut place = shared.prerequisites.lock().await;
    let mut prerequisites = match place.clone() {
        Some(prerequisites) => prerequisites,
        None => {
            require_at_primary(context).await?;
            blast_radius::check(context).await?;
            find_prerequisites(context).await?
        }
    };
    let named = plan.volumes.iter().filter_map(|volume| volume.image.clone());
    let booted = plan.servers.iter().filter_map(|server| match &server.boot {
        Boot::Image(image) => Some(image.clone()),
        Boot::Volume(_) => None,
    });
    for image in named.chain(booted).collect::<Vec<_>>() {
        if let Entry::Vacant(vacant) = prerequisites.images.entry(image) {
            let id = context.cloud.image_by_name_or_id(vacant.key()).await?.id;
            vacant.insert(id);
        }
    }
    for volume in &plan.volumes {
        types::known_to(&mut prerequisites, context, &volume.volume_type).await?;
    }
    *place = Some(prerequisites.clone());
    Ok(prerequisites)
}

async fn find_prerequisites(context: &mut Context) -> Result<Prerequisites, Failure> {
    let guest = context.target.guest.clone();
    let flavor = context.cloud.flavor_by_name_or_id(&guest.flavor).await?.id;
    let network = context.cloud.network_by_name_or_id(&guest.network).await?.id;
    let key_name = keypair::provide(context, &guest).await?;
    Ok(Prerequisites {
        flavor,
        network,
        key_name,
        images: BTreeMap::new(),
        volume_types: BTreeMap::new(),
    })
}

/// Makes the volumes that are not there: all are requested, and then waited for together.
async fn make_volumes(context: &mut Context, prerequisites: &Prerequisites, plan: &Plan) -> Result<(), Failure> {
    let there = |volume: &&PlannedVolume| context.resources.volumes.contains_key(&volume.name);
    let missing: Vec<&PlannedVolume> = plan.volumes.iter().filter(|volume| !there(volume)).collect();
    for volume in &missing {
        let volume_type = prerequisites.volume_types[&volume.volume_type.name].clone();
        let image = volume.image.as_ref().map(|image| prerequisites.images[image].clone());
        new_volume::ask_for(context, volume, volume_type, image, None).await?;
    }
    let context = &*context;
    let there = missing
        .into_iter()
        .map(|volume| new_volume::wait_until_there(context, &volume.name, &volume.volume_type.name));
    try_join_all(there).await?;
    Ok(())
}

/// Makes the servers that are not there: all are requested, and boot together.
async fn make_servers(context: &mut Context, prerequisites: &Prerequisites, plan: &Plan) -> Result<(), Failure> {
    let there = |server: &&PlannedServer| context.resources.servers.contains_key(&server.name);
    let missing: Vec<&PlannedServer> = plan.servers.iter().filter(|server| !there(server)).collect();
    let mut asked_for = Vec::new();
    for server in &missing {
        asked_for.push((&server.name, ask_for_server(context, prerequisites, server).await?));
    }
    {
        let context = &*context;
        let active = asked_for
            .iter()
            .map(|(name, id)| reach::wait_active(context, name, id, FailureKind::Cloud));
        try_join_all(active).await?;
    }
    for (name, id) in asked_for {
        let address = reach::address(context, name, &id).await?;
        let made = MadeServer {
            id,
            address,
            guest: None,
            host_key: None,
            identity: None,
        };
        context.resources.servers.insert(name.clone(), made);
    }
    let reached = {
        let context = &*context;
        try_join_all(
            missing
                .iter()
                .map(|server| reach::reach(context, &server.name, FailureKind::Cloud)),
        )
        .await?
    };
    for (server, reached) in missing.into_iter().zip(reached) {
        reached.enter(context, &server.name)?;
    }
    Ok(())
}

async fn ask_for_server(
    context: &mut Context,
    prerequisites: &Prerequisites,
    server: &PlannedServer,
) -> Result<ServerId, Failure> {
    let name = context.cloud_name(server.name.as_str());
    context
        .intend(Resource {
            kind: ResourceKind::Server,
            name: name.clone(),
            id: None,
        })
        .await?;
    let boot = match &server.boot {
        Boot::Volume(volume) => ServerBoot::Volume(context.volume(volume)?.id.clone()),
        Boot::Image(image) => ServerBoot::Image(prerequisites.images[image].clone()),
    };
    let new = NewServer {
        name,
        flavor: prerequisites.flavor.clone(),
        network: Some(prerequisites.network.clone()),
        boot,
        key_name: Some(prerequisites.key_name.clone()),
        metadata: context.metadata(server.name.as_str()),
        config_drive: None,
    };
    let id = context.cloud.create_server(&new).await?;
    context.made(ResourceKind::Server, id.as_str());
    Ok(id)
}
