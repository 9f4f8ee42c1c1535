//! Things that are broken on purpose: by commands that do nothing, by a person, under volumes of others, and what is left when
//! they cannot be mended.

use std::time::Duration;

use cinder_drill::event::{EventKind, ResourceKind};
use cinder_drill::failure::{Cause, Failure, FailureKind};

use crate::common::repository;
use crate::mishaps::make_volume;
use crate::support::{Drilled, Trigger, drill_in_a_box, drill_with_interrupt};

/// How long a person takes to pull a plug.
const THINKING: Duration = Duration::from_secs(2);

const SITE_LOSS: &[&str] = &["disaster/site-loss-bfv"];

fn game_day_begins(kind: &EventKind) -> bool {
    matches!(kind, EventKind::Noticed { text } if text.starts_with("GAME DAY: take the power from site-a"))
}

fn game_day_ends(kind: &EventKind) -> bool {
    matches!(kind, EventKind::Noticed { text } if text.starts_with("GAME DAY: start site-a"))
}

fn failover_begins(kind: &EventKind) -> bool {
    matches!(kind, EventKind::StepStarted { verb, .. } if verb == "failover")
}

fn failovers(drilled: &Drilled) -> usize {
    drilled.requests("PUT", "/os-services/failover_host")
}

fn left(drilled: &Drilled) -> Vec<ResourceKind> {
    drilled.report.left.iter().map(|left| left.resource.kind).collect()
}

#[test]
fn a_fault_without_effect_is_an_error_and_nothing_is_failed_over() {
    let drilled = drill_in_a_box(SITE_LOSS, |cloud, target| {
        cloud.sabotage("outage-without-effect".parse().expect("a saboteur"));
        target.budgets.failover = Duration::from_secs(2);
        Vec::new()
    });
    let failure = drilled.failure().expect("it fails");
    assert_eq!(failure.kind, FailureKind::Cloud, "{failure}");
    assert!(failure.summary.contains("the fault is not in effect"), "{failure}");
    assert!(failure.to_string().contains("site-a answers"), "{failure}");
    assert_eq!(failovers(&drilled), 0);
    drilled.must_be_clean();
}

#[test]
fn what_the_target_does_not_declare_a_person_breaks_and_mends() {
    let drilled = drill_in_a_box(SITE_LOSS, |cloud, target| {
        target.faults.clear();
        let (breaks, mends) = (cloud.faults().clone(), cloud.faults().clone());
        vec![
            Trigger {
                on: game_day_begins,
                // A person takes their time.
                act: Box::new(move || {
                    std::thread::spawn(move || {
                        std::thread::sleep(THINKING);
                        breaks.lab("kill-site primary");
                    });
                }),
            },
            Trigger {
                on: game_day_ends,
                act: Box::new(move || {
                    mends.lab("start-site primary");
                }),
            },
        ]
    });
    drilled.must_pass();
    // The RTO is counted from the loss, and not from the question.
    let at = |is: fn(&EventKind) -> bool| {
        drilled
            .events
            .iter()
            .find(|event| is(&event.kind))
            .expect("it is there")
    };
    let asked = at(game_day_begins);
    let seen = at(|kind| matches!(kind, EventKind::FaultSeen { .. }));
    let EventKind::FaultSeen { fault, milliseconds } = &seen.kind else {
        unreachable!()
    };
    assert_eq!(fault, "primary-power");
    let lost = seen.at - Duration::from_millis(*milliseconds);
    assert!(lost.duration_since(asked.at).as_millis() >= 1000, "{asked:?} {seen:?}");
    let recovery = &drilled.report.recoveries[0];
    let rto = i128::from(recovery.rto().expect("it was read"));
    let read = drilled
        .events
        .iter()
        .find(|event| event.at >= seen.at && matches!(&event.kind, EventKind::FileSeen { written: false, .. }));
    let whole = read.expect("a read").at.duration_since(asked.at).as_millis();
    assert!(rto <= whole - 1000, "{rto} of {whole}");
}

#[test]
fn nothing_is_broken_under_volumes_of_others() {
    let drilled = drill_in_a_box(SITE_LOSS, |_, target| {
        make_volume(target, "somebody-elses");
        target.shared = true;
        Vec::new()
    });
    assert!(drilled.failure().is_some());
    let broken = drilled
        .events
        .iter()
        .any(|event| matches!(&event.kind, EventKind::Intended { resource } if resource.kind == ResourceKind::Fault));
    assert!(!broken, "a fault was made");
}

#[test]
fn an_interrupted_drill_mends_what_it_broke() {
    let mut outages = None;
    let drilled = drill_with_interrupt(SITE_LOSS, |cloud, _, interrupter| {
        outages = Some(cloud.faults().clone());
        vec![Trigger {
            on: failover_begins,
            act: Box::new(move || interrupter.interrupt()),
        }]
    });
    assert_eq!(drilled.failure().expect("it ends").kind, FailureKind::Interrupted);
    drilled.must_be_clean();
    assert_eq!(outages.expect("a cloud").lab("outages").1, "");
}

#[test]
fn a_fault_that_cannot_be_mended_is_left_and_nothing_fails_back_to_a_dead_site() {
    let drilled = drill_in_a_box(SITE_LOSS, |_, target| {
        for fault in target.faults.values_mut() {
            fault.undo = "false".to_owned();
        }
        target.budgets.replication = Duration::from_secs(2);
        target.budgets.delete = Duration::from_secs(2);
        Vec::new()
    });
    assert!(drilled.failure().is_none(), "{:?}", drilled.failure());
    let left = left(&drilled);
    assert!(
        left.contains(&ResourceKind::Fault) && left.contains(&ResourceKind::Failover),
        "{left:?}"
    );
    let of_fault = drilled
        .report
        .left
        .iter()
        .find(|left| left.resource.kind == ResourceKind::Fault);
    let why = &of_fault.expect("the fault").why;
    assert!(why.contains("undoing the fault primary-power"), "{why}");
    // One failover, and no failback to a dead site; no volume is deleted whose image it would keep.
    assert_eq!(failovers(&drilled), 1);
    assert_eq!(drilled.requests("DELETE", "/volumes/"), 0);
}

/// The failure of a drill of the own scenario of that name, in which a disk hangs.
fn hangs(scenario: &str) -> (Drilled, Failure) {
    let file = repository().join(format!("harness/tests/bad_days/scenarios/{scenario}.yaml"));
    let drilled = drill_in_a_box(&[file.to_str().expect("a path")], |_, target| {
        target.budgets.command = Duration::from_secs(2);
        target.budgets.attach = Duration::from_secs(3);
        Vec::new()
    });
    let failure = drilled.failure().expect("it fails");
    assert_eq!(failure.cause, Some(Cause::DiskHangs), "{failure}");
    let help = failure.help.as_deref().expect("a help");
    assert!(
        help.contains("reconnect: { server: app, by: cold-detach-attach }"),
        "{help}"
    );
    assert!(failure.summary.ends_with("site-a does not answer"), "{failure}");
    drilled.must_be_clean();
    (drilled, failure)
}

#[test]
fn a_disk_that_hangs_is_named_when_it_cannot_be_unmounted() {
    let (drilled, _) = hangs("unmount-from-dead-site");
    // Nova was not even asked: it would do nothing else with the server for minutes.
    assert_eq!(drilled.requests("DELETE", "/os-volume_attachments/"), 0);
}

#[test]
fn a_disk_that_hangs_is_named_when_it_cannot_be_detached() {
    let (drilled, failure) = hangs("detach-from-dead-site");
    assert_eq!(drilled.requests("DELETE", "/os-volume_attachments/"), 1);
    // What was seen first stays.
    assert!(failure.symptom.is_some(), "{failure}");
}
