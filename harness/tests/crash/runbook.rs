//! The runbook of the day itself, and what `cinder-drill status` prints for it: each command is carried out as it is printed, on a
//! cloud whose primary site is dead, and comes back.

use std::time::{Duration, Instant};

use cinder_drill::event::{EventKind, ResourceKind};
use cinder_drill::internals::{Cloud, ServerId, VolumeId};

use crate::common::repository;
use crate::points::REPLICATED;
use crate::remedies::interpret;
use crate::world::{World, printed};

/// The flows whose worlds the runbook is tried in: a server that boots from a volume, and one with a data volume; and which blocks of
/// commands are not for it.
const BOOTS: (&str, &str) = ("bfv-failover", "data-volume");
const DATA: (&str, &str) = ("data-volume-failover", "boots-from-volume");

/// How long a site or Cinder may take until it shows what it must.
const PATIENCE: Duration = Duration::from_secs(60);

/// A cloud with a replicated volume that a server has, and nobody who drills it: the marker has arrived at the other site, and nothing
/// was failed over yet.
fn world(flow: &'static str) -> World {
    let world = World::with_dead_run(flow, REPLICATED);
    world.hurry();
    world
}

/// The ids of the volume and of the server.
fn made(world: &World) -> (String, String) {
    let events = world.events();
    let id = |kind: ResourceKind| {
        let made = events.iter().find_map(|event| match &event.kind {
            EventKind::Made { resource } if resource.kind == kind => resource.id.clone(),
            _ => None,
        });
        made.expect("it was made")
    };
    (id(ResourceKind::Volume), id(ResourceKind::Server))
}

/// What `cinder-drill status` prints, and the commands in it, each with where it is run.
fn status(world: &World) -> (String, Vec<(Option<String>, String)>) {
    let mut command = crate::common::program(world.folder());
    command.args(["status", "--target"]).arg(world.target());
    let output = command.output().expect("the program starts");
    let text = printed(&output);
    println!("{text}");
    let commands = text.lines().filter_map(|line| {
        let line = line.strip_prefix("     ")?;
        let (at, command) = match line.strip_prefix("at ").and_then(|line| line.split_once(": ")) {
            Some((at, command)) => (Some(at.to_owned()), command),
            None => (None, line),
        };
        let is_command = ["cinder ", "openstack ", "rbd "]
            .iter()
            .any(|program| command.starts_with(program));
        is_command.then(|| (at, command.to_owned()))
    });
    let commands = commands.collect();
    (text, commands)
}

/// Carries a command out as an operator does, and waits until it is done.
fn carry_out(world: &World, at: Option<&str>, command: &str) {
    match at {
        Some(site) => {
            world.at_site(site, command);
        }
        None => world.as_operator(async |cloud| as_operator(&cloud, command).await),
    }
}

async fn as_operator(cloud: &Cloud, command: &str) {
    let words: Vec<&str> = command.split_whitespace().collect();
    match words.as_slice() {
        ["openstack", "server", "shelve", id] => {
            let id = ServerId::new(*id);
            cloud.shelve(&id).await.expect("accepted");
            reach(cloud, &id, "SHELVED_OFFLOADED").await;
        }
        ["openstack", "server", "unshelve", id] => {
            let id = ServerId::new(*id);
            cloud.unshelve(&id).await.expect("accepted");
            reach(cloud, &id, "ACTIVE").await;
        }
        ["openstack", "server", "stop", id] => {
            let id = ServerId::new(*id);
            cloud.stop(&id).await.expect("accepted");
            reach(cloud, &id, "SHUTOFF").await;
        }
        ["openstack", "server", "start", id] => {
            let id = ServerId::new(*id);
            cloud.start(&id).await.expect("accepted");
            reach(cloud, &id, "ACTIVE").await;
        }
        ["openstack", "server", "remove", "volume", server, volume] => {
            let volume = VolumeId::new(*volume);
            cloud
                .detach_volume(&ServerId::new(*server), &volume)
                .await
                .expect("accepted");
            volume_reaches(cloud, &volume, "available").await;
        }
        ["openstack", "server", "add", "volume", server, volume] => {
            let volume = VolumeId::new(*volume);
            cloud
                .attach_volume(&ServerId::new(*server), &volume)
                .await
                .expect("accepted");
            volume_reaches(cloud, &volume, "in-use").await;
        }
        ["cinder", "service-list", "--withreplication"] => {
            cloud.services(None).await.expect("the services");
        }
        _ => interpret(cloud, command).await,
    }
}

async fn reach(cloud: &Cloud, id: &ServerId, status: &str) {
    let until = Instant::now() + PATIENCE;
    loop {
        let server = cloud
            .server_if_exists(id)
            .await
            .expect("an answer")
            .expect("the server");
        if server.status == status && server.task_state.is_none() {
            return;
        }
        assert!(Instant::now() < until, "it stays {}", server.status);
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

async fn volume_reaches(cloud: &Cloud, id: &VolumeId, status: &str) {
    let until = Instant::now() + PATIENCE;
    loop {
        let volume = cloud.volume(id).await.expect("the volume");
        if volume.status == status {
            return;
        }
        assert!(Instant::now() < until, "it stays {}", volume.status);
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Waits until the text of a status says something.
fn wait_for(world: &World, says: &str) {
    let until = Instant::now() + PATIENCE;
    loop {
        let (text, _) = status(world);
        if text.contains(says) {
            return;
        }
        assert!(Instant::now() < until, "it never says {says}");
    }
}

#[test]
fn each_command_of_the_runbook_works_in_its_place() {
    follow_the_runbook(BOOTS);
}

#[test]
fn each_command_of_the_runbook_works_for_a_data_volume() {
    follow_the_runbook(DATA);
}

fn follow_the_runbook((flow, not_for_it): (&'static str, &str)) {
    let world = world(flow);
    let (volume, server) = made(&world);
    let (code, said) = world.faults().lab("kill-site primary");
    assert_eq!((code, said.as_str()), (0, ""));
    let text = std::fs::read_to_string(repository().join("harness/docs/disaster.md")).expect("the runbook");
    let mut block = None;
    let mut count = 0;
    for line in text.lines() {
        if line.starts_with("## 4. ") {
            world.faults().lab("start-site primary");
        }
        if let Some(info) = line.strip_prefix("```") {
            block = (block.is_none() && !info.is_empty()).then(|| info.to_owned());
            continue;
        }
        let (Some(info), Some(command)) = (&block, line.strip_prefix("$ ")) else {
            continue;
        };
        if command.starts_with("cinder-drill") || info.contains(not_for_it) {
            continue;
        }
        let words = command.split(' ').map(|word| match word {
            "VOLUME" => format!("volumes/volume-{volume}"),
            "SERVER" => server.clone(),
            "ID" => volume.clone(),
            word => word.to_owned(),
        });
        let command = words.collect::<Vec<_>>().join(" ");
        count += 1;
        println!("{command}");
        if info.contains("at-site-a") {
            world.at_site("site-a", &command.replace("rbd ", "rbd --cluster ceph --id cinder "));
            match command.split_whitespace().nth(3) {
                Some("demote") => wait_for(&world, "SPLIT-BRAIN"),
                Some("resync") => wait_for(&world, "cinder failover-host box@ceph --backend_id default"),
                _ => {}
            }
        } else {
            carry_out(&world, None, &command);
        }
    }
    assert!(count >= 9, "{count} commands were found");
    let (text, _) = status(&world);
    assert!(text.contains("replication_status enabled"), "{text}");
    // What the run made is still its own to remove.
    let recovered = world.recover().output().expect("the program starts");
    assert!(recovered.status.success(), "{}", printed(&recovered));
}

#[test]
fn status_leads_from_a_lost_site_to_the_failback() {
    follow_the_status(BOOTS.0);
}

#[test]
fn status_leads_a_data_volume_from_a_lost_site_to_the_failback() {
    follow_the_status(DATA.0);
}

fn follow_the_status(flow: &'static str) {
    let world = world(flow);
    let (text, commands) = status(&world);
    assert!(text.contains("nothing: the backend is at its primary site"), "{text}");
    assert_eq!(commands, []);
    world.faults().lab("kill-site primary");
    let (text, commands) = status(&world);
    assert!(text.contains("site-a") && text.contains("DOES NOT ANSWER"), "{text}");
    let (at, failover) = commands.first().expect("a command").clone();
    assert_eq!(
        (at, failover.as_str()),
        (None, "cinder failover-host box@ceph --backend_id ceph2")
    );
    carry_out(&world, None, &failover);
    // The guests first; nothing leads to the failback while the site is dead.
    let (text, commands) = status(&world);
    assert!(!text.contains("--backend_id default"), "{text}");
    assert!(
        commands
            .iter()
            .any(|(_, command)| command.starts_with("openstack server")),
        "{text}"
    );
    for (at, command) in commands {
        carry_out(&world, at.as_deref(), &command);
    }
    world.faults().lab("start-site primary");
    let until = Instant::now() + PATIENCE;
    let mut done = Vec::new();
    loop {
        assert!(Instant::now() < until, "it does not fail back: {done:?}");
        let (text, commands) = status(&world);
        let is_back = text.contains("nothing: the backend is at its primary site");
        if is_back {
            break;
        }
        // One command, and another look.
        if let Some((at, command)) = commands
            .into_iter()
            .find(|(_, command)| !done.contains(command) && !command.contains("service-list"))
        {
            carry_out(&world, at.as_deref(), &command);
            done.push(command);
        }
    }
    let order: Vec<usize> = ["mirror image demote", "mirror image resync", "--backend_id default"]
        .iter()
        .map(|word| {
            done.iter()
                .position(|command| command.contains(word))
                .unwrap_or_else(|| panic!("no {word}: {done:?}"))
        })
        .collect();
    assert!(order.is_sorted(), "{done:?}");
    let recovered = world.recover().output().expect("the program starts");
    assert!(recovered.status.success(), "{}", printed(&recovered));
}
