//! Locks that are not seen, or come late.

use serde_json::json;

use crate::judge::leftovers;
use crate::lie::{Answer, Change, Lie, Read, When, edited};
use crate::row::{FB, FO, lie};
use crate::world::World;

/// Each run sees its own lock alone, as on a replica of the database that lags: what keeps them apart then is that each
/// finds the volumes of the other. Here only the newest lock is listed.
pub fn two_runs_that_see_no_lock() {
    let newest_only = edited(When::Always, Read::Types, |body, _| {
        let types = body["volume_types"].as_array_mut().expect("a list");
        let is_lock = |kind: &serde_json::Value| {
            kind["name"]
                .as_str()
                .unwrap_or_default()
                .starts_with("cinder-drill-lock")
        };
        let locks: Vec<_> = types
            .iter()
            .filter(|kind| is_lock(kind))
            .map(|kind| kind["id"].clone())
            .collect();
        if locks.len() > 1 {
            types.retain(|kind| kind["id"] != locks[0]);
        }
        body["volume_type_links"] = json!([]);
    });
    for round in 0..2 {
        let world = World::start(&lie("story", 0, newest_only.clone()));
        let before = world.inventory();
        let start = |name: &str| world.spawn(world.drill(FB, name, &[]), &format!("{name}.txt"));
        let (one, other) = (start("runs-one"), start("runs-other"));
        let ends = [one.wait(), other.wait()];
        let moves: Vec<String> = world
            .proxy
            .entries()
            .into_iter()
            .filter(|entry| entry.by_cloud.contains(&202))
            .filter_map(|entry| entry.failover_to)
            .collect();
        let in_turns = moves.chunks(2).all(|pair| pair == ["ceph2", "default"]);
        assert!(
            in_turns,
            "round {round}: the failovers cross: {moves:?}\n{}\n{}",
            ends[0].said, ends[1].said
        );
        world.proxy.be_honest();
        for runs in ["runs-one", "runs-other"] {
            world.run(world.program("recover", runs, &[]), "recover.txt");
        }
        assert_eq!(
            before,
            world.inventory(),
            "round {round}:\n{}\n{}",
            ends[0].said,
            ends[1].said
        );
    }
}

/// The lock is made after the run gave up; the next run is told what to do, and that works.
pub fn a_late_lock_and_the_next_run() {
    let world = World::start(&lie("story", 0, Lie::Later(Change::Lock, 16.0, Answer::Page(504))));
    let before = world.inventory();
    let first = world.run(world.drill(FO, "runs", &[]), "first.txt");
    assert_eq!(first.exit, Some(3), "{}", first.said);
    std::thread::sleep(std::time::Duration::from_secs(3));
    let next = world.run(world.drill(FO, "runs", &[]), "next.txt");
    assert_eq!(next.exit, Some(3), "the backend is locked:\n{}", next.said);
    let recovered = world.run(world.program("recover", "runs", &[]), "recover.txt");
    assert_eq!(before, world.inventory(), "{}\n{}", next.said, recovered.said);
    assert_eq!(leftovers(&world), Vec::<String>::new());
    let last = world.run(world.drill(FO, "runs", &[]), "last.txt");
    assert_eq!(last.exit, Some(0), "{}", last.said);
}
