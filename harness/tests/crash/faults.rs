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
    let tried = try_all(points);
    let dirty: Vec<&Tried> = tried.iter().filter(|point| point.fault.is_some()).collect();
    let killed = tried.iter().filter(|point| point.killed).count();
    assert!(killed > 10, "{killed} of {} points killed the run", tried.len());
    let faults: Vec<String> = dirty
        .iter()
        .filter_map(|point| Some(format!("{:?}: {}", point.point, point.fault.as_ref()?)))
        .collect();
    assert!(dirty.is_empty(), "{}", faults.join("\n\n"));
}
