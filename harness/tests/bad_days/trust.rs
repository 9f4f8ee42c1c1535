//! What a run does to a cloud that is not its own: whose volumes move, who drills at the same time, and what stays.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::mishaps::{cloud_of, make_volume};
use crate::support::{Drilled, Trigger, drill_in_a_box, drill_with_options};
use cinder_drill::OnFailure;
use cinder_drill::event::{EventKind, ResourceKind};
use cinder_drill::failure::Failure;
use cinder_drill::internals::RunOptions;
use cinder_drill::targets::Target;
use simcloud::{FaultAnswer, SimCloud};

const FLOW: &[&str] = &["bfv-failover"];

fn begins(verb: &'static str) -> fn(&EventKind) -> bool {
    match verb {
        "expect-mirrored" => |kind| matches!(kind, EventKind::StepStarted { verb, .. } if verb == "expect-mirrored"),
        _ => |kind| matches!(kind, EventKind::StepStarted { verb, .. } if verb == "expect-connection"),
    }
}

fn failure_of(drilled: &Drilled) -> Failure {
    drilled.failure().expect("it fails")
}

/// The first step that looks at the connection fails.
fn failing(cloud: &SimCloud) -> Vec<Trigger> {
    let faults = cloud.faults().clone();
    vec![Trigger {
        on: begins("expect-connection"),
        act: Box::new(move || faults.answer("GET", "/attachments/", 1, FaultAnswer::status(403))),
    }]
}

/// Makes the lock of a run that nobody knows.
fn make_lock(target: &Target) -> String {
    let name = "cinder-drill-lock:box@ceph:20260101-000000-dead".to_owned();
    let specs: BTreeMap<String, String> = [
        ("cinder-drill-run", "20260101-000000-dead"),
        ("cinder-drill-host", "elsewhere"),
        ("cinder-drill-process", "4711"),
        ("cinder-drill-user", "admin"),
        ("cinder-drill-since", "2026-01-01T00:00:00Z"),
    ]
    .map(|(key, value)| (key.to_owned(), value.to_owned()))
    .into();
    let make = async {
        let cloud = cloud_of(target).await;
        cloud.create_private_volume_type(&name, &specs).await.expect("a lock");
    };
    tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(make));
    name
}

#[test]
fn a_volume_that_comes_between_the_look_and_the_leap_stops_the_failover() {
    let options = RunOptions {
        accepted_blast_radius: Some(1),
        ..RunOptions::default()
    };
    let drilled = drill_with_options(FLOW, options, |_, target, _| {
        make_volume(target, "somebody-elses");
        target.shared = true;
        let later = target.clone();
        vec![Trigger {
            on: begins("expect-mirrored"),
            act: Box::new(move || make_volume(&later, "a-late-one")),
        }]
    });
    let failure = failure_of(&drilled);
    assert!(failure.to_string().contains("a-late-one"), "{failure}");
    assert!(failure.to_string().contains("--accept-blast-radius 2"), "{failure}");
    assert_eq!(drilled.requests("PUT", "/os-services/failover_host"), 0);
}

#[test]
fn a_backend_id_that_the_pool_does_not_offer_is_never_sent() {
    let drilled = drill_in_a_box(FLOW, |_, target| {
        let secondary = target.sites.secondary.as_mut().expect("a secondary site");
        secondary.backend_id = Some("ceph9".to_owned());
        Vec::new()
    });
    let failure = failure_of(&drilled);
    assert_eq!(
        failure.summary,
        "box@ceph is not ready to be drilled: pool box@ceph#ceph can fail over to ceph2, default, but not to ceph9, which the \
         target names as backend-id"
    );
    assert!(failure.to_string().contains("did you mean ceph2?"), "{failure}");
    assert_eq!(drilled.requests("PUT", "/os-services/failover_host"), 0);
    drilled.must_be_clean();
}

#[test]
fn a_lock_of_another_run_is_respected_and_named() {
    let mut lock = String::new();
    let drilled = drill_in_a_box(FLOW, |_, target| {
        lock = make_lock(target);
        Vec::new()
    });
    let failure = failure_of(&drilled);
    let text = failure.to_string();
    let (before_id, _) = text.rsplit_once(' ').expect("the id is last");
    insta::assert_snapshot!(before_id, @"
    box@ceph is being drilled by another run
      run: 20260101-000000-dead
      on: elsewhere, process 4711, user admin
      since: 2026-01-01T00:00:00Z
      lock: volume type cinder-drill-lock:box@ceph:20260101-000000-dead
      help: wait until it ends; if it died, run `cinder-drill recover 20260101-000000-dead` on elsewhere, where its journal is; only if the journal is lost, check that the backend is on its primary site and break the lock: openstack volume type delete
    ");
    // Nothing but the lock was ever requested.
    assert_eq!(drilled.requests("POST", "/volume/"), 0, "something was made");
    assert!(drilled.after["volume_types"].to_string().contains(&lock));
}

#[test]
fn a_lock_whose_answer_is_lost_is_found_and_released() {
    let drilled = drill_in_a_box(FLOW, |cloud, _| {
        cloud.faults().answer("POST", "/types", 1, FaultAnswer::DropConnection);
        Vec::new()
    });
    drilled.must_pass();
}

#[test]
fn a_lock_that_is_refused_is_named() {
    let drilled = drill_in_a_box(FLOW, |cloud, _| {
        cloud.faults().answer("POST", "/types", 1, FaultAnswer::status(403));
        Vec::new()
    });
    let failure = failure_of(&drilled);
    assert!(failure.summary.starts_with("take the lock on the backend"), "{failure}");
    drilled.must_be_clean();
}

#[test]
fn a_run_that_leaves_something_keeps_its_lock() {
    let drilled = drill_in_a_box(FLOW, |cloud, _| {
        let faults = cloud.faults().clone();
        vec![Trigger {
            on: |kind| matches!(kind, EventKind::CleanupStarted { .. }),
            act: Box::new(move || faults.answer("DELETE", "/volumes/", 1, FaultAnswer::status(403))),
        }]
    });
    assert_eq!(drilled.report.left.len(), 1);
    let types = drilled.after["volume_types"].to_string();
    assert!(types.contains("cinder-drill-lock:box@ceph:"), "{types}");
}

#[test]
fn evidence_is_collected_before_anything_is_removed() {
    let drilled = drill_in_a_box(FLOW, |cloud, _| failing(cloud));
    failure_of(&drilled);
    let position = |is: &dyn Fn(&EventKind) -> bool| drilled.events.iter().position(|event| is(&event.kind));
    let clean_up = position(&|kind| matches!(kind, EventKind::CleanupStarted { .. })).expect("it cleans up");
    for (title, holds) in [
        ("services", "replication_status"),
        ("volume root", "os-vol-host-attr:host"),
        ("attachments of volume root", "cluster_name"),
        ("image of volume root on site-a", "mirroring primary: true"),
        ("image of volume root on site-b", "up+replaying"),
        ("server app", "OS-EXT-STS:task_state"),
        ("console of server app", ""),
        ("dmesg of guest app", ""),
        ("mounts of guest app", " / "),
        ("cinder-volume log since the scenario began", "cinder.volume"),
    ] {
        let is = |kind: &EventKind| matches!(kind, EventKind::Collected { evidence } if evidence.title == title);
        let at = position(&is).unwrap_or_else(|| panic!("no {title}"));
        assert!(at < clean_up, "{title} came after the clean-up");
        let EventKind::Collected { evidence } = &drilled.events[at].kind else {
            unreachable!("it was found as one")
        };
        assert!(
            evidence.text.contains(holds)
                && !evidence.text.contains("not available: ")
                && !evidence.text.contains("timed out after "),
            "{title}: {}",
            evidence.text
        );
    }
    drilled.must_be_clean();
}

#[test]
fn what_is_kept_stays_in_the_cloud() {
    let options = RunOptions {
        on_failure: OnFailure::Keep,
        workers: Some(1),
        ..RunOptions::default()
    };
    let drilled = drill_with_options(&["bfv-failover", "data-volume-failover"], options, |cloud, _, _| {
        failing(cloud)
    });
    failure_of(&drilled);
    let kept: Vec<ResourceKind> = drilled.report.left.iter().map(|left| left.resource.kind).collect();
    assert_eq!(
        kept,
        [ResourceKind::KeyPair, ResourceKind::Volume, ResourceKind::Server]
    );
    assert_eq!(drilled.requests("DELETE", "/"), 0);
    assert_ne!(drilled.after["servers"].to_string(), "[]");
    // What is kept is in the way of the next one.
    assert_eq!(
        drilled.report.counts().to_string(),
        "0 passed, 0 failed, 1 without a judgement, 1 not run"
    );
}

#[test]
fn somebody_who_is_asked_decides_what_is_kept() {
    for answer in [true, false] {
        let options = RunOptions {
            on_failure: OnFailure::Ask(Arc::new(move |failure| {
                assert!(!failure.summary.is_empty());
                answer
            })),
            ..RunOptions::default()
        };
        let drilled = drill_with_options(FLOW, options, |cloud, _, _| failing(cloud));
        failure_of(&drilled);
        assert_eq!(drilled.report.left.is_empty(), !answer);
        if !answer {
            drilled.must_be_clean();
        }
    }
}

#[test]
fn every_change_is_in_the_journal_before_its_answer() {
    let drilled = drill_in_a_box(&["bfv-failback", "data-volume-failback"], |_, _| Vec::new());
    drilled.must_pass();
    let mut sent = Vec::new();
    let mut changes = 0;
    for event in &drilled.events {
        match &event.kind {
            EventKind::Requesting { method, url, .. } => sent.push((method.clone(), url.clone())),
            EventKind::Requested { method, url, .. } if method != "GET" && !url.contains("/auth/tokens") => {
                let position = sent.iter().position(|(m, u)| m == method && u == url);
                // What only reads, such as a console, is a POST without an intent.
                assert!(
                    position.is_some(),
                    "{method} {url} was answered before it was in the journal"
                );
                position.map(|position| sent.remove(position));
                changes += 1;
            }
            _ => {}
        }
    }
    assert!(
        changes > 20 && sent.is_empty(),
        "{changes} changes, without an answer: {sent:?}"
    );
}
