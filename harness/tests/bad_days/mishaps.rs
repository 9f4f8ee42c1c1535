//! Days on which the cloud, the sites or the guests misbehave: each ends in a clear failure or is survived, and leaves
//! the cloud as it was.

use std::sync::Arc;
use std::time::Duration;

use crate::common::repository;
use crate::support::{Drilled, Trigger, drill_in_a_box, drill_with_interrupt, drill_with_options};
use cinder_drill::event::{EventKind, ResourceKind, Verdict};
use cinder_drill::failure::{Failure, FailureKind};
use cinder_drill::internals::{Cloud, CloudConfig, Environment, NewVolume, RunOptions, Unobserved};
use cinder_drill::targets::Target;
use simcloud::{FailoverFault, FaultAnswer, SimCloud};

const FLOW: &[&str] = &["bfv-failover"];
const DATA_FLOW: &[&str] = &["data-volume-failover"];

fn failover_begins(kind: &EventKind) -> bool {
    matches!(kind, EventKind::StepStarted { verb, .. } if verb == "failover")
}

fn verb_begins(verb: &'static str) -> fn(&EventKind) -> bool {
    match verb {
        "detach" => |kind| matches!(kind, EventKind::StepStarted { verb, .. } if verb == "detach"),
        "write" => |kind| matches!(kind, EventKind::StepStarted { verb, .. } if verb == "write"),
        "reconnect" => |kind| matches!(kind, EventKind::StepStarted { verb, .. } if verb == "reconnect"),
        other => panic!("no trigger for {other}"),
    }
}

fn failure_of(drilled: &Drilled) -> Failure {
    drilled.failure().expect("the drill fails")
}

fn fault(cloud: &SimCloud, act: impl FnOnce(&simcloud::Faults) + Send + 'static) -> Box<dyn FnOnce() + Send> {
    let faults = cloud.faults().clone();
    Box::new(move || act(&faults))
}

fn detail<'a>(failure: &'a Failure, name: &str) -> &'a str {
    let mut facts = failure.facts();
    let found = facts.find(|(detail, _)| *detail == name);
    found
        .map(|(_, value)| value)
        .unwrap_or_else(|| panic!("no detail {name} in {failure}"))
}

/// A login of somebody else than the run.
pub async fn cloud_of(target: &Target) -> Cloud {
    let environment = Environment::isolated(repository());
    let config = CloudConfig::load("simcloud", target.clouds_file.as_deref(), &environment).expect("its clouds.yaml");
    Cloud::connect(config, Arc::new(Unobserved)).await.expect("a login")
}

/// Makes a volume that no run made.
pub fn make_volume(target: &Target, name: &str) {
    let work = async {
        let cloud = cloud_of(target).await;
        let volume = NewVolume {
            name: name.to_owned(),
            size_gib: 1,
            volume_type: Some("ceph".to_owned()),
            ..NewVolume::default()
        };
        let id = cloud.create_volume(&volume).await.expect("a volume").id;
        // It is on the backend once the scheduler has placed it.
        while cloud.volume(&id).await.expect("the volume").status != "available" {
            tokio::task::yield_now().await;
        }
    };
    tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(work));
}

#[test]
fn guests_that_cannot_say_where_a_file_lies_are_drilled_all_the_same() {
    let drilled = drill_in_a_box(DATA_FLOW, |cloud, _| {
        cloud.faults().sites().without_filefrag(true);
        Vec::new()
    });
    drilled.must_pass();
}

#[test]
fn reads_that_fail_now_and_then_are_repeated() {
    let drilled = drill_in_a_box(FLOW, |cloud, _| {
        cloud.faults().answer("GET", "/volumes/", 1, FaultAnswer::status(503));
        cloud.faults().answer("GET", "/servers/", 1, FaultAnswer::status(500));
        let busy = FaultAnswer::Status {
            status: 429,
            body: None,
            retry_after: Some(0),
        };
        cloud.faults().answer("GET", "/os-services", 1, busy);
        cloud
            .faults()
            .answer("GET", "/attachments/", 1, FaultAnswer::DropConnection);
        Vec::new()
    });
    drilled.must_pass();
    let repeated = |kind: &EventKind| matches!(kind, EventKind::Requested { attempt: 2, .. });
    assert_eq!(drilled.events.iter().filter(|event| repeated(&event.kind)).count(), 4);
}

#[test]
fn a_token_that_expires_during_the_run_is_renewed() {
    let drilled = drill_in_a_box(FLOW, |cloud, _| {
        vec![Trigger {
            on: failover_begins,
            act: fault(cloud, |faults| faults.expire_tokens()),
        }]
    });
    drilled.must_pass();
    assert!(
        drilled.requests("POST", "/auth/tokens") >= 2,
        "it authenticated only once"
    );
}

#[test]
fn a_failover_whose_answer_is_lost_is_looked_at_and_not_sent_again() {
    let drilled = drill_in_a_box(FLOW, |cloud, _| {
        cloud.faults().fail_next_failover(FailoverFault::AfterDoing);
        Vec::new()
    });
    drilled.must_pass();
    // One failover, and one failback when the backend is failed back.
    assert_eq!(drilled.requests("PUT", "/os-services/failover_host"), 2);
    assert!(
        drilled
            .notices()
            .any(|notice| notice.contains("looking at the service"))
    );
}

#[test]
fn a_failover_that_the_api_dropped_is_a_failure_and_not_sent_again() {
    let drilled = drill_in_a_box(FLOW, |cloud, _| {
        cloud.faults().fail_next_failover(FailoverFault::WithoutDoing);
        Vec::new()
    });
    let failure = failure_of(&drilled);
    assert_eq!(failure.kind, FailureKind::Cloud);
    assert!(detail(&failure, "the service stayed").contains("replication_status enabled"));
    assert_eq!(drilled.requests("PUT", "/os-services/failover_host"), 1);
    // That it was not seen within a time is no proof that it does not come: it stays a leftover, with the lock.
    let left: Vec<_> = drilled.report.left.iter().map(|left| left.resource.kind).collect();
    assert_eq!(left, [ResourceKind::Failover]);
    let why = &drilled.report.left[0].why;
    assert!(why.contains("may still be executed"), "{why}");
}

#[test]
fn a_volume_in_error_says_why_and_what_was_made_is_removed() {
    let drilled = drill_in_a_box(FLOW, |cloud, _| {
        cloud.faults().fail_next_volumes(1);
        Vec::new()
    });
    let failure = failure_of(&drilled);
    assert_eq!(failure.kind, FailureKind::Cloud);
    assert_eq!(failure.summary, "volume root went to status error");
    drilled.must_be_clean();
}

#[test]
fn a_guest_that_never_answers_is_named_with_its_console() {
    let drilled = drill_in_a_box(FLOW, |cloud, target| {
        cloud.faults().sites().guest_unreachable(true);
        target.budgets.boot = Duration::from_secs(2);
        Vec::new()
    });
    let failure = failure_of(&drilled);
    assert_eq!(failure.kind, FailureKind::Cloud);
    assert!(
        failure.summary.contains("was not reachable over SSH within 2 s"),
        "{failure}"
    );
    detail(&failure, "console");
    drilled.must_be_clean();
}

#[test]
fn a_guest_that_does_not_come_back_after_the_failover_is_a_failed_expectation() {
    let drilled = drill_in_a_box(FLOW, |cloud, target| {
        target.budgets.boot = Duration::from_secs(3);
        vec![Trigger {
            on: verb_begins("reconnect"),
            act: fault(cloud, |faults| faults.sites().guest_unreachable(true)),
        }]
    });
    assert_eq!(failure_of(&drilled).kind, FailureKind::Expectation);
    drilled.must_be_clean();
}

#[test]
fn a_refused_key_is_named() {
    let drilled = drill_in_a_box(FLOW, |cloud, target| {
        cloud.faults().sites().refuse_guest_keys(true);
        target.budgets.boot = Duration::from_secs(2);
        Vec::new()
    });
    let failure = failure_of(&drilled);
    assert!(detail(&failure, "last seen").contains("key"), "{failure}");
    drilled.must_be_clean();
}

#[test]
fn a_full_disk_is_named() {
    let drilled = drill_in_a_box(FLOW, |cloud, _| {
        vec![Trigger {
            on: verb_begins("write"),
            act: fault(cloud, |faults| faults.sites().guest_disk_full(true)),
        }]
    });
    let failure = failure_of(&drilled);
    assert!(failure.to_string().contains("No space left on device"), "{failure}");
    drilled.must_be_clean();
}

#[test]
fn a_command_without_an_exit_status_is_an_error_and_not_a_pass() {
    let drilled = drill_in_a_box(FLOW, |cloud, _| {
        vec![Trigger {
            on: verb_begins("write"),
            // Only the missing status would be survived, and rightly: the mark at the end of the output carries it.
            act: fault(cloud, |faults| faults.sites().ssh_cuts_commands(true)),
        }]
    });
    assert!(
        failure_of(&drilled).to_string().contains("exit status"),
        "{}",
        failure_of(&drilled)
    );
}

#[test]
fn a_changed_host_key_is_a_failure() {
    let drilled = drill_in_a_box(FLOW, |cloud, _| {
        vec![Trigger {
            on: verb_begins("reconnect"),
            act: fault(cloud, |faults| faults.sites().changed_host_key(true)),
        }]
    });
    assert!(
        failure_of(&drilled).to_string().contains("host key"),
        "{}",
        failure_of(&drilled)
    );
    drilled.must_be_clean();
}

#[test]
fn a_volume_that_stays_detaching_ends_in_a_time_out_that_names_the_state() {
    let drilled = drill_in_a_box(DATA_FLOW, |cloud, target| {
        target.budgets.attach = Duration::from_secs(2);
        target.budgets.delete = Duration::from_secs(20);
        let stick = fault(cloud, |faults| faults.stick_in_detaching(true));
        let release = fault(cloud, |faults| faults.stick_in_detaching(false));
        let fails: fn(&EventKind) -> bool = |kind| matches!(kind, EventKind::StepFinished { failure: Some(_), .. });
        vec![
            Trigger {
                on: verb_begins("detach"),
                act: stick,
            },
            Trigger {
                on: fails,
                act: release,
            },
        ]
    });
    let failure = failure_of(&drilled);
    assert_eq!(failure.kind, FailureKind::Expectation);
    assert!(
        failure.summary.starts_with("volume data is stuck in detaching"),
        "{failure}"
    );
    assert_eq!(detail(&failure, "last seen"), "detaching");
    drilled.must_be_clean();
}

#[test]
fn a_server_that_is_being_shelved_leaves_no_reserved_volume_behind() {
    let drilled = drill_in_a_box(FLOW, |_, target| {
        target.budgets.shelve = Duration::from_millis(20);
        target.budgets.delete = Duration::from_secs(5);
        Vec::new()
    });
    let failure = failure_of(&drilled);
    assert!(detail(&failure, "last seen").contains("shelving"), "{failure}");
    drilled.must_be_clean();
}

#[test]
fn a_failover_that_is_interrupted_ends_before_its_volumes_are_deleted() {
    // Whether somebody looks while it is failing-over is chance.
    let fails_over: fn(&EventKind) -> bool = |kind| {
        matches!(kind, EventKind::Requested { method, url, .. }
            if method == "PUT" && url.ends_with("/os-services/failover_host"))
    };
    let drilled = drill_with_interrupt(FLOW, |_, _, interrupter| {
        vec![Trigger {
            on: fails_over,
            act: Box::new(move || interrupter.interrupt()),
        }]
    });
    assert_eq!(failure_of(&drilled).kind, FailureKind::Interrupted);
    let position = |is: &dyn Fn(&EventKind) -> bool| drilled.events.iter().position(|event| is(&event.kind));
    let settled = position(&|kind| matches!(kind, EventKind::Waited { awaited, .. } if awaited.ends_with("settled")))
        .expect("the failover ends");
    let deleted = position(&|kind| {
        matches!(kind, EventKind::Requested { method, url, .. } if method == "DELETE" && url.contains("/volumes/"))
    })
    .expect("the volume is deleted");
    assert!(
        settled < deleted,
        "the volume was deleted in the middle of the failover"
    );
    drilled.must_be_clean();
}

#[test]
fn a_backend_that_holds_another_volume_is_not_drilled() {
    let drilled = drill_in_a_box(FLOW, |_, target| {
        make_volume(target, "somebody-elses");
        Vec::new()
    });
    let failure = failure_of(&drilled);
    assert!(failure.summary.contains("1 foreign volume is on"), "{failure}");
    assert!(detail(&failure, "volume").contains("somebody-elses"), "{failure}");
    assert_eq!(drilled.requests("PUT", "/os-services/failover_host"), 0);
}

#[test]
fn a_site_that_does_not_replay_stops_the_drill_before_the_failover() {
    let drilled = drill_in_a_box(FLOW, |cloud, target| {
        target.budgets.replication = Duration::from_secs(2);
        cloud.faults().storage().set_link(false);
        Vec::new()
    });
    let failure = failure_of(&drilled);
    assert_eq!(failure.summary, "site-b has no image of volume root");
    assert_eq!(drilled.requests("PUT", "/os-services/failover_host"), 0);
}

#[test]
fn what_continues_a_failed_scenario_does_not_run() {
    let drilled = drill_in_a_box(&["bfv-failover", "bfv-failback"], |cloud, _| {
        cloud.faults().fail_next_volumes(1);
        Vec::new()
    });
    assert!(matches!(
        drilled.report.scenarios[1].verdict,
        Some(Verdict::NotRun { .. })
    ));
    assert_eq!(
        drilled.report.counts().to_string(),
        "0 passed, 0 failed, 1 without a judgement, 1 not run"
    );
    drilled.must_be_clean();
}

#[test]
fn a_drill_starts_only_at_the_primary() {
    let drilled = drill_in_a_box(FLOW, |cloud, _| {
        cloud.faults().volume_service_down(true);
        Vec::new()
    });
    let failure = failure_of(&drilled);
    assert!(failure.summary.contains("not in a state to be drilled"), "{failure}");
    assert!(detail(&failure, "seen").contains("down"), "{failure}");
    drilled.must_be_clean();
}

fn clean_up_begins(kind: &EventKind) -> bool {
    matches!(kind, EventKind::CleanupStarted { .. })
}

#[test]
fn a_failback_whose_answer_is_lost_is_looked_at_and_not_left() {
    let drilled = drill_in_a_box(FLOW, |cloud, _| {
        vec![Trigger {
            on: clean_up_begins,
            act: fault(cloud, |faults| faults.fail_next_failover(FailoverFault::AfterDoing)),
        }]
    });
    drilled.must_pass();
    assert_eq!(drilled.requests("PUT", "/os-services/failover_host"), 2);
}

#[test]
fn an_api_that_is_away_does_not_keep_the_backend_from_its_failback() {
    let drilled = drill_in_a_box(FLOW, |cloud, _| {
        vec![Trigger {
            on: clean_up_begins,
            // More than one read repeats.
            act: fault(cloud, |faults| {
                faults.answer("GET", "/os-services", 6, FaultAnswer::status(503));
            }),
        }]
    });
    drilled.must_pass();
}

#[test]
fn what_is_left_ends_the_run() {
    // One after another, so the second has not ended when the first leaves something.
    let options = RunOptions {
        workers: Some(1),
        ..RunOptions::default()
    };
    let drilled = drill_with_options(
        &["bfv-failover", "data-volume-failover"],
        options,
        |cloud, target, _| {
            // Or the second scenario would be refused for the volume that the first one left.
            target.shared = true;
            vec![Trigger {
                on: clean_up_begins,
                act: fault(cloud, |faults| {
                    faults.answer("DELETE", "/volumes/", 1, FaultAnswer::status(403));
                }),
            }]
        },
    );
    assert_eq!(drilled.report.left.len(), 1, "{:?}", drilled.report.left);
    assert!(matches!(drilled.report.scenarios[0].verdict, Some(Verdict::Passed)));
    assert!(
        matches!(&drilled.report.scenarios[1].verdict, Some(Verdict::NotRun { because }) if because.contains("LEFT"))
    );
    assert_eq!(drilled.report.counts().to_string(), "1 passed, 0 failed, 1 not run");
    // There and back, and not once more.
    assert_eq!(drilled.requests("PUT", "/os-services/failover_host"), 2);
}

#[test]
fn a_failover_that_is_interrupted_is_still_failed_back() {
    let drilled = drill_with_interrupt(FLOW, |cloud, _, interrupter| {
        let slow = FaultAnswer::Delay(Duration::from_millis(800));
        cloud.faults().answer("PUT", "/os-services/failover_host", 1, slow);
        let press = move || {
            std::thread::spawn(move || {
                std::thread::sleep(Duration::from_millis(200));
                interrupter.interrupt();
            });
        };
        vec![Trigger {
            on: |kind| matches!(kind, EventKind::Intended { resource } if resource.kind == ResourceKind::Failover),
            act: Box::new(press),
        }]
    });
    assert_eq!(failure_of(&drilled).kind, FailureKind::Interrupted);
    // The failover was answered although the run was interrupted meanwhile, so it is known that it is to be undone.
    assert_eq!(drilled.requests("PUT", "/os-services/failover_host"), 2);
    drilled.must_be_clean();
}

#[test]
fn the_volumes_of_others_are_not_split_by_the_failback() {
    let options = RunOptions {
        accepted_blast_radius: Some(1),
        ..RunOptions::default()
    };
    let drilled = drill_with_options(FLOW, options, |cloud, target, _| {
        make_volume(target, "somebody-elses");
        target.shared = true;
        target.budgets.boot = Duration::from_secs(1);
        // The scenario fails as soon as the backend is failed over, before the primary replays.
        vec![Trigger {
            on: verb_begins("reconnect"),
            act: fault(cloud, |faults| {
                faults.answer("POST", "/action", 1, FaultAnswer::status(409));
            }),
        }]
    });
    assert!(drilled.failure().is_some());
    assert!(drilled.report.left.is_empty(), "left behind: {:?}", drilled.report.left);
    let waited = |kind: &EventKind| matches!(kind, EventKind::Waited { awaited, .. } if awaited.contains("foreign volume ") && awaited.contains(" to be primary on site-b"));
    let back =
        |kind: &EventKind| matches!(kind, EventKind::Removed { resource } if resource.kind == ResourceKind::Failover);
    let position = |of: &dyn Fn(&EventKind) -> bool| drilled.events.iter().position(|event| of(&event.kind));
    assert!(
        position(&waited).expect("looked at the mirror") < position(&back).expect("failed back"),
        "failed back before the primary replayed"
    );
    let volumes = drilled.after["volumes"].to_string();
    assert!(volumes.contains("available, enabled"), "{volumes}");
}

#[test]
fn a_volume_whose_creation_went_unanswered_is_removed() {
    let drilled = drill_in_a_box(FLOW, |cloud, _| {
        cloud.faults().answer("POST", "/volumes", 1, FaultAnswer::NotJson);
        Vec::new()
    });
    assert_eq!(failure_of(&drilled).kind, FailureKind::Cloud);
    drilled.must_be_clean();
}

#[test]
fn a_deletion_whose_answer_is_lost_is_looked_at() {
    let drilled = drill_in_a_box(FLOW, |cloud, _| {
        cloud
            .faults()
            .answer("DELETE", "/servers/", 1, FaultAnswer::DropConnection);
        cloud
            .faults()
            .answer("DELETE", "/volumes/", 1, FaultAnswer::DropConnection);
        Vec::new()
    });
    drilled.must_pass();
}
