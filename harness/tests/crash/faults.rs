//! What a run broke on purpose is mended by the recovery, first of all, wherever the run died.

use crate::points::{self, Tried, sample, try_all};

/// Scenarios that break a site and the link.
const DAYS: [&str; 2] = ["disaster/site-loss-bfv", "disaster/link-cut"];

#[test]
fn what_was_broken_is_mended_wherever_the_run_dies() {
    let mut points = Vec::new();
    for day in DAYS {
        let entries = points::entries(day);
        points.extend(sample(day, entries, 6));
        // Right at the fault, where it may have been made or not.
        let intended = points::entry_of(day, |kind| {
            matches!(kind, cinder_drill::event::EventKind::Intended { resource }
                if resource.kind == cinder_drill::event::ResourceKind::Fault)
        });
        for entry in [intended, intended + 1, intended + 2] {
            points.push(points::Point {
                flow: day,
                entry,
                delay: None,
                again: None,
            });
        }
        points.push(points::Point {
            flow: day,
            entry: intended,
            delay: Some(30),
            again: Some(3),
        });
    }
    must_be_clean(points, 10);
}

#[test]
fn a_cold_reconnect_is_recovered_wherever_it_dies() {
    const DAY: &str = "disaster/site-loss-data-volume";
    // The server is stopped, its volume taken and given, and it is started: the run dies before each, and while it is done.
    let requests = points::requests_of(DAY, "reconnect");
    assert_eq!(requests.len(), 4, "{requests:?}");
    let point = |entry, delay| points::Point {
        flow: DAY,
        entry,
        delay,
        again: None,
    };
    let points = requests
        .into_iter()
        .flat_map(|entry| [point(entry, None), point(entry, Some(30))]);
    must_be_clean(points.collect(), 6);
}

fn must_be_clean(points: Vec<points::Point>, at_least: usize) {
    let tried = try_all(points);
    let dirty: Vec<&Tried> = tried.iter().filter(|point| point.fault.is_some()).collect();
    let killed = tried.iter().filter(|point| point.killed).count();
    assert!(killed > at_least, "{killed} of {} points killed the run", tried.len());
    let faults: Vec<String> = dirty
        .iter()
        .filter_map(|point| Some(format!("{:?}: {}", point.point, point.fault.as_ref()?)))
        .collect();
    assert!(dirty.is_empty(), "{}", faults.join("\n\n"));
}
