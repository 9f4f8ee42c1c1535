//! Drills that die or are interrupted at moments that no journal chose.

use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use rustix::process::{Pid, Signal, kill_process};

use crate::judge::{difference, leftovers};
use crate::lie::{Answer, Change, Lie};
use crate::proxy::Entry;
use crate::row::{FB, FO, Row, lie};
use crate::world::{Running, World};

const FLOWS: [&[&str]; 3] = [FB, &["data-volume-failback"], &["bfv-failback", "data-volume-failback"]];
/// How many moments each sweep tries.
const ROUNDS: u64 = 6;

fn send(running: &Running, signal: Signal) {
    let pid = i32::try_from(running.child.id()).ok().and_then(Pid::from_raw);
    // It may have ended.
    let _ = kill_process(pid.expect("a process id"), signal);
}

/// Panics unless `recover`, asked twice, leaves the cloud as it was.
fn must_recover(world: &World, before: &serde_json::Value, what: &str) {
    for _ in 0..2 {
        let ran = world.run(world.program("recover", "runs", &[]), "recover.txt");
        assert_eq!(ran.exit, Some(0), "{what}: {}", ran.said);
        let after = world.inventory();
        assert!(
            *before == after,
            "{what}: {} is left\n{}",
            difference(before, &after),
            ran.said
        );
        assert_eq!(leftovers(world), Vec::<String>::new(), "{what}");
    }
}

/// One drill that gets these signals, so many seconds apart, from a random moment on.
fn dies(round: u64, told: &Lie, signals: &[Signal]) {
    let mut random = StdRng::seed_from_u64(round);
    let row = lie("story", 0, told.clone());
    let row = if random.random_bool(0.3) {
        row.shared_with(&["database"])
    } else {
        row
    };
    let flow = FLOWS[random.random_range(0..FLOWS.len())];
    let world = World::start(&Row {
        scenarios: flow,
        ..row.clone()
    });
    let before = world.inventory();
    let mut command = world.drill(flow, "runs", &[]);
    command.args(row.arguments);
    let running = world.spawn(command, "drill.txt");
    let at: f64 = random.random_range(0.05..5.0);
    std::thread::sleep(Duration::from_secs_f64(at));
    for signal in signals {
        send(&running, *signal);
        std::thread::sleep(Duration::from_secs_f64(random.random_range(0.0..0.4)));
    }
    let died = running.wait();
    assert!(died.exit.is_some(), "it hangs: {}", died.said);
    if random.random_bool(0.4) {
        let recovering = world.spawn(world.program("recover", "runs", &[]), "killed.txt");
        std::thread::sleep(Duration::from_secs_f64(random.random_range(0.02..1.0)));
        send(&recovering, Signal::KILL);
        recovering.wait();
    }
    must_recover(
        &world,
        &before,
        &format!("round {round}, {flow:?}, after {at:.2} s\n{}", died.said),
    );
}

pub fn killed_at_any_moment() {
    (0..ROUNDS).for_each(|round| dies(round, &Lie::Truth, &[Signal::KILL]));
}

pub fn killed_under_expiring_tokens() {
    (100..102).for_each(|round| dies(round, &Lie::Token(5), &[Signal::KILL]));
}

pub fn interrupted_at_any_moment() {
    for round in 0..ROUNDS {
        let twice = [Signal::INT, Signal::INT];
        dies(200 + round, &Lie::Truth, &twice[..1 + usize::from(round % 2 == 0)]);
    }
}

/// A drill that is killed as soon as it was answered something.
fn dies_at(told: Lie, is: impl Fn(&Entry) -> bool) -> (World, serde_json::Value) {
    let world = World::start(&lie("story", 0, told));
    let before = world.inventory();
    let running = world.spawn(world.drill(FO, "runs", &[]), "drill.txt");
    world.wait_for_request(is);
    send(&running, Signal::KILL);
    running.wait();
    (world, before)
}

pub fn killed_before_a_late_volume() {
    let late = Lie::Later(Change::Volume, 6.0, Answer::Page(504));
    let (world, before) = dies_at(late, |entry| entry.method == "POST" && entry.path.ends_with("/volumes"));
    comes_late(&world, &before, Duration::from_secs(3), "a volume that came late");
}

pub fn killed_before_a_late_failover() {
    let late = Lie::Later(Change::Failover, 22.0, Answer::Page(504));
    let (world, before) = dies_at(late, |entry| entry.failover_to.is_some());
    comes_late(&world, &before, Duration::from_secs(12), "a failover that came late");
}

/// Recovers before what was requested appears: either it is a leftover when it exists, or it was undone.
fn comes_late(world: &World, before: &serde_json::Value, comes_within: Duration, what: &str) {
    let ran = world.run(world.program("recover", "runs", &[]), "recover.txt");
    std::thread::sleep(comes_within);
    let after = world.inventory();
    let known = *before == after || !leftovers(world).is_empty();
    assert!(
        known,
        "{} is left, and is no leftover\n{}",
        difference(before, &after),
        ran.said
    );
    must_recover(world, before, what);
}
