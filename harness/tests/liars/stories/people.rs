//! Others who act beside the drill: operators, other runs, and owners of other volumes.

use serde_json::json;

use crate::judge::{leftovers, newest_run};
use crate::lie::Lie;
use crate::row::{FB, FO, Row, lie};
use crate::world::World;

/// A run that died while the backend was failed over, all of which was then removed by hand, its lock included: what the
/// refusal of the next run tells an operator to do.
fn cleaned_by_hand(pace: f64) -> World {
    let world = World::start(&Row {
        pace,
        ..lie("story", 0, Lie::Truth)
    });
    let mut running = world.spawn(world.drill(FB, "dead", &[]), "dead.txt");
    world.wait_for(world.operator.wait_for_replication("failed-over"));
    running.child.kill().expect("killed");
    running.wait();
    let operator = &world.operator;
    world.wait_for(async {
        // What the run had asked for a moment before is still done.
        tokio::time::sleep(std::time::Duration::from_secs(2)).await;
        let gone = |path: &'static str, list: &'static str, one: &'static str, service: &'static str| async move {
            loop {
                let (_, body) = operator.call(service, "GET", path, None).await;
                let things = body[list].as_array().cloned().unwrap_or_default();
                if things.is_empty() {
                    return;
                }
                for thing in things {
                    let id = thing["id"]
                        .as_str()
                        .or(thing["keypair"]["name"].as_str())
                        .unwrap_or_default();
                    operator.call(service, "DELETE", &format!("{one}/{id}"), None).await;
                }
                tokio::time::sleep(std::time::Duration::from_millis(200)).await;
            }
        };
        gone("/servers/detail", "servers", "/servers", "compute").await;
        gone("/volumes/detail?all_tenants=1", "volumes", "/volumes", "block-storage").await;
        gone("/os-keypairs", "keypairs", "/os-keypairs", "compute").await;
        operator.move_backend("default").await;
        let (_, types) = operator.cinder("GET", "/types?is_public=None", None).await;
        for kind in types["volume_types"].as_array().into_iter().flatten() {
            if kind["name"]
                .as_str()
                .unwrap_or_default()
                .starts_with("cinder-drill-lock")
            {
                let id = kind["id"].as_str().unwrap_or_default();
                operator.cinder("DELETE", &format!("/types/{id}"), None).await;
            }
        }
    });
    world
}

fn moves(world: &World) -> Vec<String> {
    world
        .proxy
        .entries()
        .into_iter()
        .filter_map(|entry| entry.failover_to)
        .collect()
}

/// Another run drills meanwhile: the dead run's `recover` must not move the backend under it.
pub fn recover_beside_another_run() {
    // Slow enough for the other run to be still failed over when `recover` looks.
    let world = cleaned_by_hand(6.0);
    let other = world.spawn(world.drill(FB, "other", &[]), "other.txt");
    world.wait_for(world.operator.wait_for_replication("failed-over"));
    let before = moves(&world).len();
    let recovered = world.run(world.program("recover", "dead", &[]), "recover.txt");
    let passed = other.wait();
    assert_eq!(passed.exit, Some(0), "{}\n--- recover\n{}", passed.said, recovered.said);
    assert_eq!(moves(&world)[before..], ["default"], "{}", recovered.said);
}

/// An operator fails over for real: `recover` must leave it so, and say so.
pub fn recover_in_a_disaster() {
    let world = cleaned_by_hand(1.0);
    let before = moves(&world).len();
    world.wait_for(async {
        world.operator.volume("production-database", true).await;
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
        world.operator.move_backend("ceph2").await;
    });
    let recovered = world.run(world.program("recover", "dead", &[]), "recover.txt");
    assert_eq!(moves(&world).len(), before, "it moved the backend:\n{}", recovered.said);
    assert_eq!(
        world.inventory()["service"]["replication_status"],
        "failed-over",
        "{}",
        recovered.said
    );
}

/// The run's failover was refused, since an operator's was under way, and the run died.
pub fn refused_and_killed() {
    let world = World::start(&lie("story", 0, Lie::Operator));
    let mut running = world.spawn(world.drill(FO, "runs", &[]), "drill.txt");
    world.wait_for_request(|entry| entry.failover_to.is_some() && entry.status == 400);
    // Killed before it has written the answer down, it could not know that it was refused.
    let run = newest_run(&world.runs()).expect("a run");
    let journal = world.runs().join(run).join("journal.jsonl");
    let knows = |line: &str| line.contains("\"event\":\"requested\"") && line.contains("failover_host");
    while !std::fs::read_to_string(&journal).is_ok_and(|text| text.lines().any(knows)) {
        std::thread::sleep(std::time::Duration::from_millis(3));
    }
    running.child.kill().expect("killed");
    running.wait();
    world.wait_for(world.operator.wait_for_replication("failed-over"));
    let recovered = world.run(world.program("recover", "runs", &[]), "recover.txt");
    assert_eq!(
        moves(&world),
        ["ceph2"],
        "it failed an operator's failover back:\n{}",
        recovered.said
    );
    assert_eq!(world.inventory()["service"]["replication_status"], "failed-over");
}

/// Somebody fails the backend back in the middle of the drill: that is what happened, and no data was lost.
pub fn failed_back_by_somebody() {
    let world = World::start(&Row {
        pace: 1.0,
        ..lie("story", 0, Lie::Truth)
    });
    let before = world.inventory();
    let running = world.spawn(world.drill(FO, "runs", &[]), "drill.txt");
    world.wait_for(async {
        world.operator.wait_for_replication("failed-over").await;
        world.operator.move_backend("default").await;
    });
    let ran = running.wait();
    assert!(matches!(ran.exit, Some(1 | 3)), "it passed:\n{}", ran.said);
    assert!(!ran.said.contains("loses data"), "{}", ran.said);
    let told = ["enabled", "primary"].iter().any(|word| ran.said.contains(word));
    assert!(
        told,
        "it does not say that the backend is on its primary site:\n{}",
        ran.said
    );
    if !leftovers(&world).is_empty() {
        world.run(world.program("recover", "runs", &[]), "recover.txt");
    }
    // A failover and a failback at once may split an image: then it is left, and a leftover.
    assert!(
        before == world.inventory() || !leftovers(&world).is_empty(),
        "{}",
        ran.said
    );
}

/// Foreign volumes that are not replicated end in error, in a flow that ends failed over, too.
pub fn plain_volumes_of_others() {
    let row = lie("story", 0, Lie::Truth).shared_with(&["plain-one", "plain-two"]);
    let world = World::start(&row);
    let mut command = world.drill(FO, "runs", &[]);
    command.args(["--accept-blast-radius", "2"]);
    let ran = world.run(command, "drill.txt");
    let volumes = world.inventory()["volumes"].to_string();
    assert!(
        matches!(ran.exit, Some(1 | 3)),
        "it passed, and there are {volumes}:\n{}",
        ran.said
    );
    if volumes.contains("error") {
        assert!(
            ran.said.contains("plain-one"),
            "it does not name what it broke:\n{}",
            ran.said
        );
    }
    assert_eq!(
        world.inventory()["service"]["replication_status"],
        "enabled",
        "{}",
        ran.said
    );
}

/// A file on a server's own disk says nothing about replication.
pub fn a_volume_that_nobody_uses() {
    let world = World::start(&lie("story", 0, Lie::Truth));
    let scenario = crate::common::repository().join("harness/tests/liars/scenarios/ephemeral.yaml");
    let mut check = crate::common::program(crate::common::repository());
    check.arg("check").arg(&scenario);
    let checked = world.run(check, "check.txt");
    let run = world.run(world.drill(&["ephemeral"], "runs", &[]), "drill.txt");
    let warned = checked.said.contains("warning") || !matches!(checked.exit, Some(0));
    assert!(warned || run.exit != Some(0), "{}\n{}", json!(checked.said), run.said);
}
