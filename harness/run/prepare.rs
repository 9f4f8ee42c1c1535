//! Making what the steps stand on: volume types, key pair, volumes and servers.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use futures_util::future::try_join_all;
use tokio::time::Instant;

use super::{keypair, ownership};
use crate::backend::Standing;
use crate::cloud::{Boot as ServerBoot, NewServer, NewVolume, ServerId, Volume, VolumeId};
use crate::event::{EventKind, Resource, ResourceKind};
use crate::failover::{blast_radius, service};
use crate::failure::{Failure, FailureKind};
use crate::plan::{Plan, PlannedServer};
use crate::servers::reach;
use crate::session::{Context, MadeServer, MadeVolume, Prerequisites};
use crate::state::{Boot, PlannedVolume};
use crate::targets::{VolumeType, VolumeTypeOrigin};
use crate::wait::{Awaited, Patience, Poll, milliseconds};

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
        return Ok(());
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
        let name = &volume.volume_type.name;
        if !prerequisites.volume_types.contains_key(name) {
            let found = volume_type(context, &volume.volume_type).await?;
            prerequisites.volume_types.insert(name.clone(), found);
        }
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

/// Cinder's name of a volume type and whether it selects replication. A type that the target promises to be replicated
/// but that is not would let a drill pass on a volume that no failover moves, so an existing one is looked at.
async fn volume_type(context: &mut Context, wanted: &VolumeType) -> Result<(String, bool), Failure> {
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
            specs.insert(ownership::RUN_SPEC.to_owned(), context.run.to_string());
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

/// Makes the volumes that are not there: all are requested, and then waited for together.
async fn make_volumes(context: &mut Context, prerequisites: &Prerequisites, plan: &Plan) -> Result<(), Failure> {
    let there = |volume: &&PlannedVolume| context.resources.volumes.contains_key(&volume.name);
    let missing: Vec<&PlannedVolume> = plan.volumes.iter().filter(|volume| !there(volume)).collect();
    for volume in &missing {
        ask_for_volume(context, prerequisites, volume).await?;
    }
    let context = &*context;
    try_join_all(missing.into_iter().map(|volume| wait_for_volume(context, volume))).await?;
    Ok(())
}

async fn ask_for_volume(
    context: &mut Context,
    prerequisites: &Prerequisites,
    volume: &PlannedVolume,
) -> Result<(), Failure> {
    let (volume_type, replicated) = prerequisites.volume_types[&volume.volume_type.name].clone();
    let name = context.cloud_name(volume.name.as_str());
    context
        .intend(Resource {
            kind: ResourceKind::Volume,
            name: name.clone(),
            id: None,
        })
        .await?;
    let new = NewVolume {
        name,
        size_gib: volume.size_gib,
        volume_type: Some(volume_type),
        image: volume.image.as_ref().map(|image| prerequisites.images[image].clone()),
        metadata: context.metadata(volume.name.as_str()),
    };
    let id = context.cloud.create_volume(&new).await?.id;
    context.made(ResourceKind::Volume, id.as_str());
    let made = MadeVolume {
        image_name: context.target.volume_name_template.image(id.as_str()),
        id,
        replicated,
    };
    context.add_volume(volume.name.clone(), made);
    Ok(())
}

async fn wait_for_volume(context: &Context, volume: &PlannedVolume) -> Result<(), Failure> {
    let MadeVolume { id, replicated, .. } = context.volume(&volume.name)?;
    let replicated = *replicated;
    let what = format!("volume {}", volume.name);
    // A new replicated volume first shows `disabled` or nothing and becomes `enabled` once its driver has answered.
    let expected = if replicated {
        "available with replication_status enabled"
    } else {
        "available"
    };
    let budget = context.target.budgets.volume;
    let awaited = Awaited {
        what: &what,
        expected,
        budget,
        on_timeout: FailureKind::Cloud,
    };
    let words = |seen: &Volume| {
        let replication = seen.replication_status.as_deref().unwrap_or("none");
        format!("{}, replication_status {replication}", seen.status)
    };
    let is_coming = |seen: &Volume| !seen.status.starts_with("error") && seen.status != "available";
    let glance = |seen: &Volume| is_coming(seen).then(|| words(seen));
    let poll = async || {
        let seen = context.cloud.volume(id).await?;
        if seen.status.starts_with("error") {
            return Err(volume_error(context, &what, id).await);
        }
        let replication = seen.replication_status.as_deref().unwrap_or("none");
        if seen.status == "available" && (!replicated || replication == "enabled") {
            if replicated && !seen.is_on(&context.backend) {
                return Err(elsewhere(context, volume, &seen));
            }
            return Ok(Poll::Ready(()));
        }
        Ok(Poll::NotYet(words(&seen)))
    };
    let patience = Patience::default();
    context
        .wait_for_volume(&patience, awaited, id, glance, poll)
        .await
        .map_err(Failure::from)?;
    if replicated {
        Ok(())
    } else {
        context.notice(format!("{what} has a type that does not select replication"));
        Ok(())
    }
}

/// A replicated volume of another backend stays where it is when this one fails over.
fn elsewhere(context: &Context, volume: &PlannedVolume, seen: &Volume) -> Failure {
    Failure::cloud(format!("volume {} is not on the backend that is drilled", volume.name))
        .detail("volume", &seen.id)
        .detail("expected", &context.backend)
        .detail("seen", seen.host().unwrap_or("Cinder does not say where it is"))
        .help(format!(
            "give volume type `{}` of the target the volume_backend_name of {}",
            volume.volume_type.name, context.backend
        ))
}

/// Why a volume is in error: its user messages say what the scheduler or the driver thought.
async fn volume_error(context: &Context, what: &str, id: &VolumeId) -> Failure {
    let failure = Failure::cloud(format!("{what} went to status error")).detail("volume", id);
    let messages = context.cloud.messages_of(id).await.unwrap_or_default();
    let failure = messages.iter().fold(failure, |failure, message| {
        failure.detail(
            "Cinder says",
            format!(
                "{} ({})",
                message.user_message,
                message.event_id.as_deref().unwrap_or("no event id")
            ),
        )
    });
    failure.help("the cinder-volume and cinder-scheduler logs name the cause; search them for the volume's id")
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
