//! Every remedy that is printed works: each is carried out word for word, in the state in which it is printed, and the next
//! recovery finds nothing left to do.

use cinder_drill::event::{EventKind, RemedyStep, Resource, ResourceKind};
use cinder_drill::internals::{BackendHost, Cloud, FloatingIpId, ServerId, VolumeId, VolumeTypeId};
use serde_json::json;
use simcloud::FaultAnswer;

use crate::operator::Operator;
use crate::points::{FAILED_OVER, MADE_SERVER};
use crate::world::{World, printed};

const FLOW: &str = "bfv-failover";

/// A world in which a flow died, with short budgets.
fn dead(line: &str) -> World {
    let world = World::with_dead_run(FLOW, line);
    world.hurry();
    world
}

/// What was left since an event, and the commands for it.
fn left_since(world: &World, event: usize) -> Vec<(Resource, Vec<RemedyStep>)> {
    let events = world.events();
    let left = events[event..].iter().filter_map(|event| match &event.kind {
        EventKind::Left { resource, remedy, .. } => Some((resource.clone(), remedy.clone())),
        _ => None,
    });
    left.collect()
}

/// Recovers, which leaves something, and answers with what, and the commands for it.
fn left_by_recovery(world: &World) -> Vec<(Resource, Vec<RemedyStep>)> {
    let from = world.events().len();
    let recovered = world.recover().output().expect("the program starts");
    assert_eq!(recovered.status.code(), Some(3), "{}", printed(&recovered));
    let said = String::from_utf8_lossy(&recovered.stdout).into_owned();
    assert!(!said.contains("all created resources are removed"), "{said}");
    let left = left_since(world, from);
    for step in left.iter().flat_map(|(_, steps)| steps) {
        assert!(said.contains(&step.command), "{} is not printed:\n{said}", step.command);
    }
    left
}

/// Carries out what is left's remedies, of which there must be some, and recovers, after which nothing may be left.
fn carry_out(world: &World, before: &serde_json::Value, left: Vec<(Resource, Vec<RemedyStep>)>) {
    for (resource, steps) in left {
        assert!(!steps.is_empty(), "there is no remedy for {resource}");
        for step in steps {
            match &step.site {
                Some(site) => {
                    world.at_site(site, &step.command);
                }
                None => world.as_operator(async |cloud| interpret(&cloud, &step.command).await),
            }
        }
    }
    let recovered = world.recover().output().expect("the program starts");
    assert!(recovered.status.success(), "{}", printed(&recovered));
    assert_eq!(*before, world.inventory());
}

/// The few commands of OpenStack's clients that are printed, as the calls that they make; those that wait, wait.
pub(crate) async fn interpret(cloud: &Cloud, command: &str) {
    let words: Vec<&str> = command.split_whitespace().collect();
    match words.as_slice() {
        ["openstack", "server", "delete", id] => {
            let id = ServerId::new(*id);
            cloud.delete_server(&id).await.expect("deleted");
            while cloud.server_if_exists(&id).await.expect("an answer").is_some() {}
        }
        ["openstack", "volume", "delete", id] => {
            let id = VolumeId::new(*id);
            cloud.delete_volume(&id).await.expect("deleted");
            while let Some(volume) = cloud.volume_if_exists(&id).await.expect("an answer") {
                assert_ne!(volume.status, "error_deleting");
            }
        }
        ["openstack", "volume", "type", "delete", id] => {
            cloud
                .delete_volume_type(&VolumeTypeId::new(*id))
                .await
                .expect("deleted");
        }
        ["openstack", "floating", "ip", "delete", id] => {
            cloud
                .delete_floating_ip(&FloatingIpId::new(*id))
                .await
                .expect("deleted");
        }
        ["openstack", "keypair", "delete", name] => cloud.delete_keypair(name).await.expect("deleted"),
        ["cinder", "reset-state", "--state", state, id] => {
            cloud.reset_status(&VolumeId::new(*id), state).await.expect("reset");
        }
        ["cinder", "thaw-host", host] => {
            cloud
                .thaw_host(&host.parse().expect("a backend"))
                .await
                .expect("thawed");
        }
        ["cinder", "failover-host", host, "--backend_id", backend_id] => {
            let host: BackendHost = host.parse().expect("a backend");
            cloud.failover_host(&host, Some(backend_id)).await.expect("accepted");
            loop {
                let services = cloud.services(Some(&host)).await.expect("the services");
                let settled = if *backend_id == "default" {
                    "enabled"
                } else {
                    "failed-over"
                };
                if services[0].replication_status.as_deref() == Some(settled) {
                    break;
                }
            }
        }
        _ => panic!("nobody knows the command {command}"),
    }
}

/// The commands of OpenStack's clients for which the harness has no calls.
async fn interpret_by_hand(operator: &Operator, command: &str) {
    let words = shlex::split(command).expect("words");
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        [
            "openstack",
            "volume",
            "service",
            "set",
            way @ ("--enable" | "--disable"),
            host,
            binary,
        ] => {
            let body = json!({"host": host, "binary": binary});
            let path = format!("/os-services/{}", way.trim_start_matches('-'));
            let (status, answer) = operator.cinder("PUT", &path, Some(body)).await;
            assert_eq!(status, 200, "{answer}");
        }
        ["openstack", "volume", "type", "set", properties @ .., name] => {
            let (_, types) = operator.cinder("GET", "/types?is_public=None", None).await;
            let types = types["volume_types"].as_array().expect("the types");
            let found = types.iter().find(|found| found["name"] == *name).expect("the type");
            for pair in properties.chunks(2) {
                let (key, value) = match pair {
                    ["--property", property] => property.split_once('=').expect("a property"),
                    _ => panic!("nobody knows {pair:?}"),
                };
                let body = json!({"extra_specs": {key: value}});
                let path = format!("/types/{}/extra_specs", found["id"].as_str().expect("an id"));
                let (status, answer) = operator.cinder("POST", &path, Some(body)).await;
                assert_eq!(status, 200, "{answer}");
            }
        }
        _ => panic!("nobody knows the command {command}"),
    }
}

fn is_by_hand(command: &str) -> bool {
    ["openstack volume service set", "openstack volume type set"]
        .iter()
        .any(|known| command.starts_with(known))
}

#[test]
fn a_service_that_somebody_disabled_is_enabled_by_the_printed_command() {
    let world = World::start();
    let by_hand = |command: &str| world.by_hand(async |operator| interpret_by_hand(&operator, command).await);
    by_hand("openstack volume service set --disable box@ceph cinder-volume");
    let found = world.checked("service-up");
    assert_eq!(found["status"], "problem", "{found:#}");
    by_hand(found["fixes"][0]["run"]["command"].as_str().expect("a command"));
    assert_eq!(world.checked("service-up")["status"], "ok");
}

#[test]
fn a_floating_ip_that_neutron_refused_to_delete_is_deleted_by_the_printed_command() {
    let before = empty();
    let world = World::start();
    let file = world.folder().join("target.yaml");
    let target = std::fs::read_to_string(&file).expect("the target");
    let floating = target.replace("address: fixed", "address: floating\n  floating-network: public");
    assert_ne!(target, floating);
    std::fs::write(&file, floating).expect("written");
    // The clean-up at the run's end tries what that of the scenario left.
    world
        .faults()
        .answer("DELETE", "/floatingips/", 2, FaultAnswer::status(403));
    let ran = world.run(FLOW).output().expect("the program starts");
    assert_eq!(ran.status.code(), Some(3), "{}", printed(&ran));
    let mut left = left_since(&world, 0);
    left.dedup();
    assert_eq!(left.len(), 1, "{left:?}");
    assert_eq!(left[0].0.kind, ResourceKind::FloatingIp);
    carry_out(&world, &before, left);
}

/// What every new cloud holds: they have one seed.
fn empty() -> serde_json::Value {
    World::start().inventory()
}

#[test]
fn what_cinder_or_nova_refused_to_delete_is_deleted_by_the_printed_command() {
    for (path, kind) in [
        ("/servers/", ResourceKind::Server),
        ("/volumes/", ResourceKind::Volume),
        ("/os-keypairs/", ResourceKind::KeyPair),
        ("/types/", ResourceKind::Lock),
    ] {
        let before = empty();
        let world = dead(MADE_SERVER);
        world.faults().answer("DELETE", path, 1, FaultAnswer::status(403));
        let left = left_by_recovery(&world);
        assert!(left.iter().any(|(resource, _)| resource.kind == kind), "{left:?}");
        // A server that is left holds its volume; what helps the server helps both.
        carry_out(
            &world,
            &before,
            left.into_iter().filter(|(resource, _)| resource.kind == kind).collect(),
        );
    }
}

#[test]
fn a_backend_whose_lock_was_broken_is_failed_back_by_the_printed_command() {
    let before = empty();
    let world = dead(FAILED_OVER);
    world.as_operator(async |cloud| {
        for found in cloud.volume_types().await.expect("the types") {
            if found.name.starts_with("cinder-drill-lock") {
                cloud.delete_volume_type(&found.id).await.expect("deleted");
            }
        }
    });
    let left = left_by_recovery(&world);
    assert_eq!(left.len(), 1, "{left:?}");
    assert_eq!(world.inventory()["service"]["replication_status"], "failed-over");
    carry_out(&world, &before, left);
}

#[test]
fn a_volume_that_is_error_deleting_is_reset_and_deleted() {
    let before = empty();
    let world = dead(MADE_SERVER);
    // The recovery resets it itself; here that is refused, too, so a person has to.
    world.as_operator(async |cloud| {
        for server in cloud.servers().await.expect("the servers") {
            interpret(&cloud, &format!("openstack server delete {}", server.id)).await;
        }
        for volume in cloud.volumes().await.expect("the volumes") {
            cloud.reset_status(&volume.id, "error_deleting").await.expect("reset");
        }
    });
    world.faults().answer("POST", "/action", 1, FaultAnswer::status(403));
    let left = left_by_recovery(&world);
    carry_out(&world, &before, left);
}

#[test]
fn a_volume_that_is_primary_nowhere_is_promoted_and_deleted_by_the_recovery_itself() {
    let before = empty();
    let world = dead(MADE_SERVER);
    world.as_operator(async |cloud| {
        for server in cloud.servers().await.expect("the servers") {
            interpret(&cloud, &format!("openstack server delete {}", server.id)).await;
        }
    });
    let images = world.inventory()["images"].clone();
    println!("{images:#}");
    world.demote_all();
    let recovered = world.recover().output().expect("the program starts");
    assert!(recovered.status.success(), "{}", printed(&recovered));
    assert_eq!(before, world.inventory());
}

#[test]
fn nothing_is_deleted_while_the_other_site_cannot_hear_it() {
    let before = empty();
    let world = dead(FAILED_OVER);
    // The failover is over, and both sites have their copy.
    world.wait_for_the_failover();
    world.faults().storage().set_link(false);
    let left = left_by_recovery(&world);
    assert!(
        left.iter().any(|(resource, _)| resource.kind == ResourceKind::Volume),
        "{left:?}"
    );
    assert!(
        left.iter().all(|(_, steps)| steps.is_empty()),
        "no command helps: {left:?}"
    );
    assert_ne!(world.inventory()["volumes"].to_string(), "[]", "it was deleted");
    world.faults().storage().set_link(true);
    let recovered = world.recover().output().expect("the program starts");
    assert!(recovered.status.success(), "{}", printed(&recovered));
    assert_eq!(before, world.inventory());
}

#[test]
fn a_backend_that_somebody_froze_meanwhile_is_thawed_by_the_printed_command() {
    let before = empty();
    let world = dead(FAILED_OVER);
    world.wait_for_the_failover();
    world.misconfigure(simcloud::Misconfiguration::Frozen);
    let recovered = world.recover().output().expect("the program starts");
    let said = printed(&recovered);
    assert_eq!(recovered.status.code(), Some(3), "{said}");
    assert!(said.contains("`cinder thaw-host box@ceph`"), "{said}");
    world.as_operator(async |cloud| interpret(&cloud, "cinder thaw-host box@ceph").await);
    let recovered = world.recover().output().expect("the program starts");
    assert!(recovered.status.success(), "{}", printed(&recovered));
    assert_eq!(before, world.inventory());
}

/// What preflight prints beside what it found, carried out word for word where it is printed.
#[test]
fn what_preflight_prints_mends_what_it_found() {
    use simcloud::Misconfiguration as Broken;
    for (broken, check) in [
        (Broken::Frozen, "not-frozen"),
        (Broken::FailedOver, "at-primary"),
        (Broken::TypeNotReplicated, "volume-type"),
        (Broken::TypeOtherBackend, "volume-type"),
        (Broken::MirrorDaemonDown, "mirror-daemons"),
        (Broken::MirrorModePool, "mirror-mode"),
        (Broken::MirroringDisabled, "mirror-mode"),
        (Broken::ImageSplitBrain, "replicated-images"),
        (Broken::ImageNotMirrored, "replicated-images"),
    ] {
        let world = World::start();
        world.misconfigure(broken);
        let found = world.checked(check);
        assert_eq!(found["status"], "problem", "{found:#}");
        let fixes = found["fixes"].as_array().expect("the fixes");
        let commands: Vec<_> = fixes.iter().filter_map(|fix| fix.get("run")).collect();
        assert!(!commands.is_empty(), "{found:#}");
        for run in commands {
            let (at, command) = (
                run["at"].as_str().expect("where"),
                run["command"].as_str().expect("what"),
            );
            println!("{broken}: on {at}: {command}");
            match at {
                "here" if is_by_hand(command) => {
                    world.by_hand(async |operator| interpret_by_hand(&operator, command).await);
                }
                "here" => world.as_operator(async |cloud| interpret(&cloud, command).await),
                site => {
                    // The target's own arguments are left out, as on a host of the site's cluster.
                    world.at_site(site, command);
                }
            }
        }
        // A mirror comes a moment later.
        let mended = (0..50).any(|_| {
            std::thread::sleep(std::time::Duration::from_millis(100));
            world.checked(check)["status"] != "problem"
        });
        assert!(mended, "{broken}: {:#}", world.checked(check));
    }
}
