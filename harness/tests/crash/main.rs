//! The harness is killed with SIGKILL at the entries of its journal, and `cinder-drill recover` finishes what it left:
//! afterwards the cloud holds exactly what it held before.
//!
//! `cargo test` tries a sample. Every entry of every flow, which takes minutes:
//!
//! ```text
//! cargo test --test crash -- --ignored --nocapture every
//! CINDER_DRILL_CRASH_FLOW=together cargo test --test crash -- --ignored --nocapture every_entry_of_every_flow
//! ```

#[path = "../common/mod.rs"]
mod common;
mod dead_hosts;
mod faults;
mod hard_days;
#[allow(dead_code, reason = "the liars use all of it")]
#[path = "../liars/operator.rs"]
mod operator;
mod points;
mod recovery;
mod remedies;
mod runbook;
mod secrets;
mod signals;
mod world;

use points::{FLOWS, Point, TOGETHER, Tried, sample, try_all};

/// A variable of the environment with one flow, or `together`, if only that is to be swept.
const ONLY: &str = "CINDER_DRILL_CRASH_FLOW";

/// The flows that a sweep is for.
fn swept() -> Vec<&'static str> {
    let only = std::env::var(ONLY).ok();
    let all = [TOGETHER].into_iter().chain(FLOWS);
    let chosen: Vec<&str> = all
        .filter(|flow| only.as_ref().is_none_or(|only| only == flow))
        .collect();
    assert!(!chosen.is_empty(), "{ONLY} names no flow");
    chosen
}

/// How many points of each flow, and of all four together, `cargo test` tries.
const SAMPLE: usize = 10;

/// Panics with every point that was not clean, and prints what was tried.
fn must_be_clean(what: &str, tried: &[Tried]) {
    let dirty: Vec<&Tried> = tried.iter().filter(|point| point.fault.is_some()).collect();
    let killed = tried.iter().filter(|point| point.killed).count();
    let left = tried.iter().filter(|point| point.left).count();
    println!(
        "{what}: {} points tried, {killed} of them killed the run, {left} left something behind, {} clean after recover",
        tried.len(),
        tried.len() - dirty.len()
    );
    for flow in FLOWS.into_iter().chain([TOGETHER]) {
        let of_flow = || tried.iter().filter(|point| point.point.flow == flow);
        let clean = of_flow().filter(|point| point.fault.is_none()).count();
        if of_flow().next().is_some() {
            println!("  {flow}: {} tried, {clean} clean", of_flow().count());
        }
    }
    assert!(killed > 0 && left > 0, "no point killed anything that left something");
    let faults: Vec<String> = dirty
        .iter()
        .filter_map(|point| Some(format!("{:?}: {}", point.point, point.fault.as_ref()?)))
        .collect();
    assert!(dirty.is_empty(), "{}", faults.join("\n\n"));
}

#[test]
fn a_run_that_dies_leaves_nothing_that_recover_does_not_remove() {
    let points: Vec<Point> = FLOWS
        .into_iter()
        .chain([TOGETHER])
        .flat_map(|flow| sample(flow, points::entries(flow), SAMPLE))
        .collect();
    must_be_clean("a sample of the entries", &try_all(points));
}

#[test]
#[ignore = "takes minutes: every entry of every flow"]
fn every_entry_of_every_flow_is_clean() {
    let mut all = Vec::new();
    for flow in swept() {
        all.extend((1..=points::entries(flow)).map(|entry| Point {
            flow,
            entry,
            delay: None,
            again: None,
        }));
    }
    must_be_clean("every entry", &try_all(all));
}

/// Between two entries a request is on its way: the process dies a moment after it was sent.
#[test]
#[ignore = "takes minutes: every request that changes something, at five moments"]
fn every_request_on_its_way_is_clean() {
    let mut all = Vec::new();
    for flow in swept() {
        for entry in points::requests(flow) {
            all.extend([1, 2, 4, 8, 16].map(|milliseconds| Point {
                flow,
                entry,
                delay: Some(milliseconds),
                again: None,
            }));
        }
    }
    must_be_clean("every request on its way", &try_all(all));
}

/// The recovery is killed too, at each of its own entries, and another one finishes.
#[test]
#[ignore = "takes minutes: every entry of a recovery"]
fn every_entry_of_a_recovery_is_clean() {
    let mut all = Vec::new();
    for flow in ["bfv-failback", TOGETHER] {
        // The failover is under way, and all that a run makes is there.
        let entry = points::failover_entry(flow);
        all.extend((1..=points::RECOVERY_ENTRIES).map(|after| Point {
            flow,
            entry,
            delay: None,
            again: Some(after),
        }));
    }
    must_be_clean("every entry of a recovery", &try_all(all));
}
