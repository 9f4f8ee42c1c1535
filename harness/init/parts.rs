//! The parts of a target besides its sites and its guest.

use super::backends::Candidate;
use super::cloud::CloudSeen;
use super::controller::ControllerSeen;
use super::machine::Machine;
use super::yaml::{Block, Value, flow, scalar};
use crate::cloud::VolumeType;
use crate::counted::counted;
use crate::drivers::{DriverProfile, WithoutPreparation};
use crate::targets::LogSource;

/// The block `volume-log`.
pub(super) fn log(
    block: &mut Block,
    machine: Option<&Machine>,
    controller: Option<&ControllerSeen>,
    notes: &mut Vec<String>,
) {
    let found = controller
        .and_then(|seen| Some((seen, seen.log.as_ref()?)))
        .zip(machine);
    match found {
        Some(((seen, (source, prefix)), machine)) => {
            let mut log = Block::default();
            match source {
                LogSource::Journal { unit } => log.put("journal", Value::Flow(flow([("unit", scalar(unit))]))),
                LogSource::Container { engine, name } => log.put(
                    "container",
                    Value::Flow(flow([("engine", scalar(engine)), ("name", scalar(name))])),
                ),
                other => log.put("path", Value::Text(other.to_string())),
            };
            log.put("shell", Value::Flow(machine.as_yaml()));
            log.text("prefix", Some(prefix.as_str()).filter(|prefix| !prefix.is_empty()));
            block.put("volume-log", Value::Block(log)).say(
                "Where cinder-volume logs the connection info that it returns: the second witness beside the API.",
            );
            if !seen.conf.is_debug() {
                notes.push(
                    "cinder-volume does not run with `debug = True`, so its log does not hold connection info: set it in [DEFAULT] of \
                     cinder.conf and restart cinder-volume, or take `volume-log` out of the target"
                        .to_owned(),
                );
            }
        }
        None => {
            let shell = machine.map_or_else(
                || "{ ssh: { address: HOST, user: USER, key: FILE } }".to_owned(),
                Machine::as_yaml,
            );
            let example = flow([("path", scalar("/var/log/cinder/cinder-volume.log")), ("shell", shell)]);
            block
                .put("volume-log", Value::Off(example))
                .say("The log of cinder-volume was not found. Without it the attachments API is the only witness, and reports say so.");
        }
    }
}

/// The block `compute-shells`.
pub(super) fn compute(block: &mut Block, machines: &[(String, Machine)]) {
    if machines.is_empty() {
        block
            .put(
                "compute-shells",
                Value::Off("{ NAME: { ssh: { address: HOST, user: USER, key: FILE } } }".to_owned()),
            )
            .say("Compute hosts that `preflight` may ask for libvirt's secrets and Nova's settings.");
        return;
    }
    let mut shells = Block::default();
    for (name, machine) in machines {
        shells.put(name, Value::Flow(machine.as_yaml()));
    }
    block
        .put("compute-shells", Value::Block(shells))
        .say("Compute hosts that `preflight` asks for libvirt's secrets and Nova's settings.");
}

/// The volume types that lead to a backend, or to any.
pub(super) fn types_of<'a>(candidate: &'a Candidate, seen: &'a CloudSeen) -> impl Iterator<Item = &'a VolumeType> {
    let name = candidate
        .pool
        .as_ref()
        .and_then(|pool| pool.capabilities.volume_backend_name.as_deref());
    seen.types.iter().filter(move |one| {
        let wanted = one.extra_specs.get("volume_backend_name").map(String::as_str);
        wanted.is_none() || wanted == name
    })
}

/// The block `volume-types`.
pub(super) fn volume_types(
    block: &mut Block,
    candidate: &Candidate,
    seen: &CloudSeen,
    profile: Option<&DriverProfile>,
) {
    let replicates = |one: &&VolumeType| match profile {
        Some(profile) => profile.selects_replication(&one.extra_specs),
        None => one.is_replicated(),
    };
    let mut good: Vec<&VolumeType> = types_of(candidate, seen).filter(replicates).collect();
    // One that names the backend leads nowhere else.
    good.sort_by_key(|one| {
        (
            !one.extra_specs.contains_key("volume_backend_name"),
            !one.is_public,
            &one.name,
        )
    });
    let mut types = Block::default();
    match good.split_first() {
        Some((first, rest)) => {
            types.put("replicated", Value::Flow(flow([("name", scalar(&first.name))])));
            let entry = block.put("volume-types", Value::Block(types));
            entry.say("The volume type that scenarios call `replicated`.");
            if !rest.is_empty() {
                let names: Vec<&str> = rest.iter().map(|one| one.name.as_str()).collect();
                entry.say(format!("Others replicate, too: {}.", names.join(", ")));
            }
        }
        None => {
            let mut create = Block::default();
            let name = candidate
                .pool
                .as_ref()
                .and_then(|pool| pool.capabilities.volume_backend_name.clone());
            create.put(
                "volume-backend-name",
                name.map_or_else(
                    || Value::Open("`volume_backend_name` of the backend".to_owned()),
                    Value::Text,
                ),
            );
            let needed = profile
                .map(|profile| profile.needed_specs.as_slice())
                .unwrap_or_default();
            if !needed.is_empty() {
                let mut specs = Block::default();
                for spec in needed {
                    specs.put(
                        spec,
                        Value::Open(format!("the extra spec {spec}, which the driver needs")),
                    );
                }
                create.put("extra-specs", Value::Block(specs));
            }
            let mut replicated = Block::default();
            replicated.put("create", Value::Block(create));
            types.put("replicated", Value::Block(replicated));
            block
                .put("volume-types", Value::Block(types))
                .say("The cloud has no volume type that replicates and leads to the backend: each run makes one, and removes it.");
        }
    }
}

/// What the driver needs besides.
pub(super) fn of_driver(block: &mut Block, profile: Option<&DriverProfile>) {
    let Some(profile) = profile.filter(|profile| !profile.asks_rbd()) else {
        return;
    };
    if profile.mode.asynchronous {
        block.put("replication-interval", Value::Off("5m".to_owned())).say(
            "How long the arrays take to bring over what was written; nobody can ask them whether it has arrived.",
        );
    }
    let failback = &profile.failback;
    if let (Some(before), WithoutPreparation::Refused | WithoutPreparation::LosesWrites) =
        (&failback.before, failback.without)
    {
        block
            .put(
                "before-failback",
                Value::Off("{ command: COMMAND, shell: { local: {} } }".to_owned()),
            )
            .say(format!("Before a failback this driver needs: {before}."));
    }
}

/// The key `shared`.
pub(super) fn shared(block: &mut Block, candidate: &Candidate, notes: &mut Vec<String>) {
    let entry = block.put("shared", Value::Flow("false".to_owned()));
    if candidate.volumes == 0 {
        entry.say("No volume is on the backend now. Unless this is true, a run refuses if there are foreign ones.");
        return;
    }
    let unreplicated = match candidate.unreplicated {
        0 => String::new(),
        number => format!("; {number} of them not known to be replicated, which a failover puts into `error`"),
    };
    let words = format!(
        "{} of {} on {}, and a failover moves them{unreplicated}",
        counted(candidate.volumes, "volume"),
        counted(candidate.projects, "project"),
        candidate.backend
    );
    entry.say(format!("There are {words}. Unless this is true, a run refuses."));
    notes.push(format!(
        "{words}: a run refuses, unless you say `shared: true` and --accept-blast-radius"
    ));
}
