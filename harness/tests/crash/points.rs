//! Points at which a run dies.

use std::sync::Mutex;

use cinder_drill::event::{EventKind, Resource, ResourceKind};
use cinder_drill::internals::{KILL_AFTER, KILL_AT_ENTRY, Leftovers};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use crate::remedies::interpret;
use crate::world::{World, printed, was_killed};

/// The four flows of the guide.
pub const FLOWS: [&str; 4] = [
    "bfv-failover",
    "bfv-failback",
    "data-volume-failover",
    "data-volume-failback",
];

/// The four flows at once, which share one failover and one failback.
pub const TOGETHER: &str = "together";

/// More than a recovery writes; it is not killed at those that it does not come to.
pub const RECOVERY_ENTRIES: u64 = 90;

/// The line of the journal after which the failover was just answered.
pub const FAILED_OVER: &str = r#""event":"requested".*/os-services/failover_host""#;
/// The one before the failover is requested.
pub const INTENDS_FAILOVER: &str = r#""event":"intended","resource":\{"kind":"failover""#;
/// The one after which the server was just made.
pub const MADE_SERVER: &str = r#""event":"made","resource":\{"kind":"server""#;
/// The one after which a volume was just seen to be replicated.
pub const REPLICATED: &str = r#""event":"proven".*"replicated""#;

/// How many points are tried at once: most of the time they wait.
const AT_ONCE: usize = 8;

/// Where a run dies.
#[derive(Clone, Debug)]
pub struct Point {
    /// The flow.
    pub flow: &'static str,
    /// The entry of its journal.
    pub entry: u64,
    /// How many milliseconds after it.
    pub delay: Option<u64>,
    /// How many entries after it the first recovery dies as well.
    pub again: Option<u64>,
}

/// What came of a point.
pub struct Tried {
    pub point: Point,
    /// Whether the run was killed: near its end it may be done before.
    pub killed: bool,
    /// Whether it left something behind.
    pub left: bool,
    /// Why it is not clean.
    pub fault: Option<String>,
}

/// Tries points, several at once, each in a cloud of its own.
pub fn try_all(points: Vec<Point>) -> Vec<Tried> {
    let waiting = Mutex::new(points.into_iter());
    let tried = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                loop {
                    let next = waiting.lock().expect("nobody panicked").next();
                    let Some(point) = next else { break };
                    let done = try_point(point);
                    tried.lock().expect("nobody panicked").push(done);
                }
            });
        }
    });
    tried.into_inner().expect("nobody panicked")
}

fn try_point(point: Point) -> Tried {
    let mut tried = Tried {
        point,
        killed: false,
        left: false,
        fault: None,
    };
    tried.fault = fault_of(&mut tried).err();
    tried
}

fn fault_of(tried: &mut Tried) -> Result<(), String> {
    let point = tried.point.clone();
    let world = World::start();
    let before = world.inventory();
    let mut run = world.run(point.flow);
    run.env(KILL_AT_ENTRY, point.entry.to_string());
    if let Some(delay) = point.delay {
        run.env(KILL_AFTER, delay.to_string());
    }
    let died = run.output().expect("the program starts");
    tried.killed = was_killed(&died);
    if !tried.killed && !died.status.success() {
        return Err(format!("the run neither died nor passed: {}", printed(&died)));
    }
    tried.left = before != world.inventory();
    if let Some(after) = point.again {
        let mut first = world.recover();
        first.env(KILL_AT_ENTRY, (point.entry + after).to_string());
        let died = first.output().expect("the program starts");
        if !was_killed(&died) && !died.status.success() {
            return Err(format!("the first recovery: {}", printed(&died)));
        }
    }
    let recovered = world.recover().output().expect("the program starts");
    if !recovered.status.success() {
        // The run died before its request left, or while it was on its way: nobody can say that it will not be done, so a
        // person must.
        if failback_may_come(&world) {
            let said = printed(&recovered);
            if !said.contains(FAILBACK) {
                return Err(format!("the recovery does not say how to fail back: {said}"));
            }
            world.as_operator(async |cloud| interpret(&cloud, FAILBACK).await);
        } else if only_may_come(&world) {
            let forgotten = world.recover().args([&world.run_id(), "--forget"]).output();
            let forgotten = forgotten.expect("the program starts");
            if !forgotten.status.success() {
                return Err(format!("the recovery that forgets: {}", printed(&forgotten)));
            }
        } else {
            return Err(format!("the recovery: {}", printed(&recovered)));
        }
    }
    // The next one must find nothing to do.
    let again = world.recover().output().expect("the program starts");
    if !again.status.success() {
        return Err(format!("the recovery after it: {}", printed(&again)));
    }
    let (_, broken) = world.faults().lab("outages");
    if !broken.is_empty() {
        return Err(format!("it is still broken: {broken}"));
    }
    let after = world.inventory();
    if before == after {
        Ok(())
    } else {
        Err(format!(
            "the cloud is not as it was\nbefore {before:#}\nafter {after:#}"
        ))
    }
}

/// What a person is told who knows that the failback was never sent.
const FAILBACK: &str = "cinder failover-host box@ceph --backend_id default";

/// Whether it is the failback of which nobody knows whether it was sent.
fn failback_may_come(world: &World) -> bool {
    let recorded = Leftovers::of(&world.events());
    recorded
        .failover_unanswered()
        .is_some_and(|change| change.is_failback())
}

/// Whether all leftovers are what may still appear, and the lock that is kept for it.
fn only_may_come(world: &World) -> bool {
    let recorded = Leftovers::of(&world.events());
    let waits = |resource: &Resource| resource.kind == ResourceKind::Lock || recorded.may_come(resource);
    recorded.awaits() && recorded.resources.iter().all(waits)
}

/// How many entries the journal of a flow has. It differs a little from run to run.
pub fn entries(flow: &'static str) -> u64 {
    undisturbed(flow).len() as u64
}

/// The entries before requests that change something.
pub fn requests(flow: &'static str) -> Vec<u64> {
    let events = undisturbed(flow).into_iter().zip(1..);
    events
        .filter(|(kind, _)| matches!(kind, EventKind::Requesting { .. }))
        .map(|(_, entry)| entry)
        .collect()
}

/// The entries before requests that change something in the first step of a verb.
pub fn requests_of(flow: &'static str, verb: &str) -> Vec<u64> {
    let events: Vec<EventKind> = undisturbed(flow);
    let is_first = |kind: &EventKind| matches!(kind, EventKind::StepStarted { verb: started, .. } if started == verb);
    let began = events.iter().position(is_first).expect("there is such a step");
    let step = events.into_iter().zip(1..).skip(began);
    step.take_while(|(kind, _)| !matches!(kind, EventKind::StepFinished { .. }))
        .filter(|(kind, _)| matches!(kind, EventKind::Requesting { .. }))
        .map(|(_, entry)| entry)
        .collect()
}

/// The entry at which the failover was just answered. It differs a little from run to run: [`FAILED_OVER`] does not.
pub fn failover_entry(flow: &'static str) -> u64 {
    entry_of(
        flow,
        |kind| matches!(kind, EventKind::Requested { url, .. } if url.ends_with("failover_host")),
    )
}

/// The entry at which something first happens.
pub fn entry_of(flow: &'static str, is: impl Fn(&EventKind) -> bool) -> u64 {
    let position = undisturbed(flow).iter().position(is);
    position.expect("it happens") as u64 + 1
}

fn undisturbed(flow: &'static str) -> Vec<EventKind> {
    let world = World::start();
    let output = world.run(flow).output().expect("the program starts");
    assert!(output.status.success(), "{}", printed(&output));
    world.events().into_iter().map(|event| event.kind).collect()
}

/// Some entries of a flow, by a seed that does not change, spread over the whole run.
pub fn sample(flow: &'static str, entries: u64, count: usize) -> Vec<Point> {
    let mut random = StdRng::seed_from_u64(entries);
    let width = entries as f64 / count as f64;
    (0..count)
        .map(|part| {
            let within: f64 = random.random();
            Point {
                flow,
                entry: ((part as f64 + within) * width) as u64 + 1,
                delay: None,
                again: None,
            }
        })
        .collect()
}
