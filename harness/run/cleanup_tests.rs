//! What a run that ends takes back, and what it leaves: the backend, its volumes and servers, its lock; and what a recovery does
//! after it.

use std::time::Duration;

use serde_json::json;
use tokio::time::Instant;

use super::cleanup::{clean_up, clean_up_chain};
use super::failover_tests::{back, course, there};
use super::fake_cloud::{Answered, FakeCloud, IMAGES_STAY, away, intend, moving, not_found, refused, service};
use super::lock;
use super::recover::RecoverOptions;
use crate::cloud::in_process::Reply;
use crate::event::{EventKind, Resource, ResourceKind};
use crate::failover::readings::ACCEPTANCE;
use crate::failover::send::fail_over;
use crate::session::Context;
use crate::wait::{Interrupt, Patience};

const FORCE: RecoverOptions = RecoverOptions {
    cloud_moved: false,
    force: true,
};

/// Why the one thing that is left is left.
fn left(cloud: &FakeCloud, kind: ResourceKind) -> String {
    match cloud.left().as_slice() {
        [(resource, failure)] if resource.kind == kind => failure.to_string(),
        other => panic!("not one {kind:?}: {other:?}"),
    }
}

/// A run that has the lock, a volume, and its backend failed over.
async fn away_with_volume(cloud: &FakeCloud) -> (Context, String) {
    let mut context = cloud.context().await;
    lock::take(&mut context).await.expect("the lock");
    let id = cloud.volume(&mut context, "data");
    fail_over(&mut context, &there()).await.expect("moved");
    (context, id)
}

fn server(cloud: &FakeCloud, context: &Context, id: &str) {
    let name = format!("cinder-drill-{}-app", cloud.run);
    let run = cloud.run.to_string();
    cloud.with(|state| {
        state.servers.push(json!({
            "id": id, "name": name, "status": "ACTIVE", "metadata": { "cinder-drill-run": run }, "addresses": {},
            "OS-EXT-STS:task_state": null, "OS-EXT-STS:vm_state": "active", "OS-EXT-STS:power_state": 1,
        }));
    });
    let resource = Resource {
        kind: ResourceKind::Server,
        name,
        id: None,
    };
    intend(context, resource);
    context.made(ResourceKind::Server, id);
}

#[tokio::test(start_paused = true)]
async fn all_of_it_goes_in_the_order_in_which_it_can() {
    let cloud = FakeCloud::start();
    let (mut context, id) = away_with_volume(&cloud).await;
    server(&cloud, &context, "s");
    assert_eq!(clean_up(&mut context).await, 0);
    assert!(lock::release(&mut context).await);
    let changes = cloud.changes();
    let own = ["DELETE servers s".to_owned(), format!("DELETE volumes {id}")];
    let rest = [
        "PUT os-services failover_host default".to_owned(),
        "DELETE types type-1".to_owned(),
    ];
    assert_eq!(changes[2..], [own, rest].concat());
    let recorded = cloud.recorder.leftovers();
    assert!(
        recorded.resources.is_empty() && !recorded.moved && cloud.left().is_empty(),
        "{recorded:?}"
    );
    // There is nothing more to do, and nothing is done.
    assert_eq!(clean_up(&mut context).await, 0);
    assert_eq!((cloud.changes().len(), cloud.cleanups()), (changes.len(), (1, 1)));
}

#[tokio::test(start_paused = true)]
async fn the_backend_fails_back_first_where_both_sites_say_that_it_may() {
    let cloud = FakeCloud::start();
    let mut context = cloud.context_with_sites().await;
    let id = cloud.volume(&mut context, "data");
    fail_over(&mut context, &there()).await.expect("moved");
    assert_eq!(clean_up(&mut context).await, 0);
    let failback = "PUT os-services failover_host default".to_owned();
    assert_eq!(cloud.changes()[1..], [failback, format!("DELETE volumes {id}")]);
}

#[tokio::test(start_paused = true)]
async fn a_chain_removes_its_own_and_leaves_the_backend_to_the_last() {
    let cloud = FakeCloud::start();
    let of_run = cloud.context().await;
    let mut one = of_run.for_chain("one");
    let mut other = of_run.for_chain("other");
    let id = cloud.volume(&mut one, "data");
    cloud.volume(&mut other, "more");
    fail_over(&mut one, &there()).await.expect("moved");
    assert_eq!(clean_up_chain(&mut one).await, 0);
    assert_eq!(cloud.changes()[1..], [format!("DELETE volumes {id}")]);
    assert_eq!(cloud.with(|state| state.volumes.len()), 1);
    assert_eq!(
        of_run.failover_to_undo().map(|leftover| leftover.id.is_some()),
        Some(true)
    );
}

#[tokio::test(start_paused = true)]
async fn a_failover_that_was_refused_is_none_of_this_runs() {
    let cloud = FakeCloud::start();
    let mut context = cloud.context().await;
    cloud.next_move(course(Answered::Refused, None));
    fail_over(&mut context, &there()).await.expect_err("refused");
    assert_eq!((clean_up(&mut context).await, cloud.cleanups()), (0, (0, 0)));
    // Somebody else fails it over: it is said, and not taken back.
    for begins in [0.2, 0.5, 30.0] {
        let cloud = FakeCloud::start();
        let mut context = cloud.context().await;
        lock::take(&mut context).await.expect("the lock");
        let id = cloud.volume(&mut context, "data");
        cloud.next_move(course(Answered::Refused, Some((begins, begins + 1.0))));
        fail_over(&mut context, &there()).await.expect_err("refused");
        tokio::time::sleep(Duration::from_secs(40)).await;
        assert_eq!(clean_up(&mut context).await, 1);
        assert_eq!(cloud.moves(), ["ceph2"], "begun after {begins} s");
        assert!(left(&cloud, ResourceKind::Failover).contains("refused"));
        // Its own volume goes all the same.
        assert!(cloud.changes().contains(&format!("DELETE volumes {id}")));
        // And so it is when it is recovered, until somebody who has looked says whose it is.
        assert_eq!(cloud.recover(RecoverOptions::default()).await, 1);
        assert_eq!(cloud.moves(), ["ceph2"]);
        assert_eq!(cloud.recover(FORCE).await, 0);
        assert_eq!(cloud.moves(), ["ceph2", "default"]);
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_was_lost_is_a_leftover_until_it_is_seen() {
    for answered in [Answered::Lost, Answered::Accepted] {
        // It comes when the clean-up looks.
        let cloud = FakeCloud::start();
        let mut context = cloud.context().await;
        let began = Instant::now();
        let late = Some((170.0, 175.0));
        cloud.next_move(course(answered, late));
        fail_over(&mut context, &there()).await.expect_err("unknown");
        let until_shortly_before = Duration::from_secs(165).saturating_sub(began.elapsed());
        tokio::time::sleep(until_shortly_before).await;
        assert_eq!(clean_up(&mut context).await, 0);
        assert_eq!(cloud.moves(), ["ceph2", "default"]);
        // It never comes: that is no proof.
        let cloud = FakeCloud::start();
        let mut context = cloud.context().await;
        lock::take(&mut context).await.expect("the lock");
        cloud.next_move(course(answered, None));
        fail_over(&mut context, &there()).await.expect_err("unknown");
        assert_eq!(clean_up(&mut context).await, 1);
        assert!(left(&cloud, ResourceKind::Failover).contains("may still be executed"));
        // A later process waits anew, and knows no more; when it has come, it fails it back, once.
        let began = Instant::now();
        assert_eq!(cloud.recover(RecoverOptions::default()).await, 1);
        assert!(began.elapsed() >= ACCEPTANCE);
        assert_eq!(cloud.moves(), ["ceph2"]);
        cloud.with(|state| state.set([away()]));
        assert_eq!(cloud.recover(RecoverOptions::default()).await, 0);
        assert_eq!(cloud.recover(RecoverOptions::default()).await, 0);
        assert_eq!(cloud.moves(), ["ceph2", "default"]);
        assert!(cloud.with(|state| state.types.is_empty()), "its lock is released");
    }
}

#[tokio::test(start_paused = true)]
async fn the_failback_is_sent_once_whatever_comes_of_it() {
    let cloud = FakeCloud::start();
    let (mut context, _) = away_with_volume(&cloud).await;
    cloud.next_move(course(Answered::Lost, Some((1.0, 150.0))));
    assert_eq!(clean_up(&mut context).await, 0);
    assert_eq!(cloud.moves(), ["ceph2", "default"]);
    // Neither does a recovery know whether it still comes.
    let cloud = FakeCloud::start();
    let (mut context, _) = away_with_volume(&cloud).await;
    cloud.next_move(course(Answered::Lost, None));
    assert_eq!(clean_up(&mut context).await, 1);
    assert_eq!(cloud.recover(RecoverOptions::default()).await, 1);
    assert_eq!(cloud.moves(), ["ceph2", "default"]);
    for (_, failure) in cloud.left() {
        assert!(failure.to_string().contains("box@ceph"), "{failure}");
    }
    assert_eq!(cloud.recover(FORCE).await, 0);
    assert_eq!(cloud.moves(), ["ceph2", "default", "default"]);
    // One that Cinder refused was not done, and a recovery may ask again.
    let cloud = FakeCloud::start();
    let (mut context, _) = away_with_volume(&cloud).await;
    cloud.next_move(course(Answered::Refused, None));
    assert_eq!(clean_up(&mut context).await, 1);
    assert!(left(&cloud, ResourceKind::Failover).contains("failover_host"));
    assert_eq!(cloud.recover(RecoverOptions::default()).await, 0);
    assert_eq!(cloud.moves().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_scenario_that_failed_back_leaves_the_backend_to_whoever_moves_it_next() {
    let cloud = FakeCloud::start();
    let (mut context, _) = away_with_volume(&cloud).await;
    fail_over(&mut context, &back()).await.expect("back");
    cloud.with(|state| state.set([away()]));
    assert_eq!(clean_up(&mut context).await, 0);
    assert_eq!(cloud.moves(), ["ceph2", "default"]);
}

#[tokio::test(start_paused = true)]
async fn a_contradiction_is_left_with_the_lock() {
    let torn = vec![service(json!({ "active_backend_id": "ceph2" }))];
    let two = vec![away(), service(json!({}))];
    let failed = vec![service(
        json!({ "replication_status": "failover-error", "status": "disabled" }),
    )];
    for rows in [torn, two, failed] {
        let cloud = FakeCloud::start();
        let (mut context, _) = away_with_volume(&cloud).await;
        cloud.with(|state| state.set(rows.clone()));
        assert_eq!(clean_up(&mut context).await, 1, "{rows:?}");
        assert_eq!(cloud.moves(), ["ceph2"], "{rows:?}");
        left(&cloud, ResourceKind::Failover);
        assert_eq!(cloud.with(|state| state.types.len()), 1, "the lock stays");
    }
    // Cinder says away, and the storage says back.
    let cloud = FakeCloud::start();
    let mut context = cloud.context_with_sites().await;
    cloud.volume(&mut context, "data");
    cloud.next_move(IMAGES_STAY);
    fail_over(&mut context, &there()).await.expect_err("the images stay");
    assert!(clean_up(&mut context).await > 0);
    assert_eq!(cloud.moves(), ["ceph2"]);
}

#[tokio::test(start_paused = true)]
async fn a_backend_that_dies_in_the_middle_is_left() {
    let cloud = FakeCloud::start();
    let mut context = cloud.context().await;
    cloud.next_move(course(Answered::Accepted, None));
    cloud.with(|state| {
        state.after(1.0, |state| state.set([moving()]));
        state.after(5.0, |state| {
            state.set([service(
                json!({ "replication_status": "failing-over", "state": "down" }),
            )]);
        });
    });
    let began = Instant::now();
    fail_over(&mut context, &there()).await.expect_err("dead");
    let after_failover = began.elapsed();
    assert_eq!(clean_up(&mut context).await, 1);
    assert_eq!(cloud.moves(), ["ceph2"]);
    // Who has waited for its heartbeats once does not wait again.
    assert!(
        began.elapsed() - after_failover < Duration::from_secs(2),
        "{:?}",
        began.elapsed() - after_failover
    );
}

#[tokio::test(start_paused = true)]
async fn a_backend_that_does_not_settle_or_leaves_before_the_failback_is_left() {
    let cloud = FakeCloud::start();
    let (mut context, _) = away_with_volume(&cloud).await;
    cloud.with(|state| state.set([moving()]));
    assert_eq!(clean_up(&mut context).await, 1);
    assert_eq!(cloud.moves(), ["ceph2"]);
}

#[tokio::test(start_paused = true)]
async fn a_backend_is_failed_back_when_its_volumes_are() {
    let cloud = FakeCloud::start();
    let mut context = cloud.context().await;
    fail_over(&mut context, &there()).await.expect("moved");
    let began = Instant::now();
    cloud.instead(move |_, asked| {
        let still_away = began.elapsed() < Duration::from_secs(30);
        let volume = json!({
            "id": "theirs", "size": 1, "status": "available", "os-vol-host-attr:host": "box@ceph#ceph",
            "replication_status": if still_away { "failed-over" } else { "enabled" },
        });
        let listed = asked.ends_with("/volumes/detail");
        listed.then(|| Reply::Service(200, json!({ "volumes": [volume] })))
    });
    assert_eq!(clean_up(&mut context).await, 0);
    assert!(began.elapsed() >= Duration::from_secs(30));
}

#[tokio::test(start_paused = true)]
async fn one_404_is_no_proof_that_a_server_is_gone() {
    let cloud = FakeCloud::start();
    let mut context = cloud.context().await;
    server(&cloud, &context, "s");
    // A cell that is away: 404 for the server, which is listed.
    cloud.instead(|_, asked| asked.ends_with("/servers/s").then(not_found));
    let began = Instant::now();
    assert_eq!(clean_up(&mut context).await, 1);
    assert!(began.elapsed() >= Duration::from_secs(120));
    assert!(left(&cloud, ResourceKind::Server).contains("listed by Nova"));
    assert_eq!(cloud.recorder.leftovers().resources.len(), 1);
    cloud.instead(|_, _| None);
    assert_eq!(cloud.recover(RecoverOptions::default()).await, 0);
    assert!(cloud.with(|state| state.servers.is_empty()) && cloud.recorder.leftovers().resources.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_server_that_a_volume_names_is_not_gone() {
    let cloud = FakeCloud::start();
    let mut context = cloud.context().await;
    server(&cloud, &context, "s");
    let id = cloud.volume(&mut context, "data");
    cloud.with(|state| {
        state.volumes[0]["status"] = json!("in-use");
        state.volumes[0]["attachments"] = json!([{ "attachment_id": "a", "server_id": "s", "device": "/dev/vdb" }]);
        state.after(30.0, |state| {
            state.volumes[0]["status"] = json!("available");
            state.volumes[0]["attachments"] = json!([]);
        });
    });
    let began = Instant::now();
    assert_eq!(clean_up(&mut context).await, 0);
    assert!(began.elapsed() >= Duration::from_secs(30));
    assert_eq!(
        cloud.changes(),
        ["DELETE servers s".to_owned(), format!("DELETE volumes {id}")]
    );
}

#[tokio::test(start_paused = true)]
async fn a_volume_that_is_listed_or_stays_is_left() {
    // Listed, and 404 by its id.
    let cloud = FakeCloud::start();
    let mut context = cloud.context().await;
    let id = cloud.volume(&mut context, "data");
    let path = format!("/volumes/{id}");
    cloud.with(|state| state.deletion = 1e6);
    cloud.instead(move |_, asked| (asked.starts_with("GET") && asked.ends_with(&path)).then(not_found));
    assert_eq!(clean_up(&mut context).await, 1);
    assert!(left(&cloud, ResourceKind::Volume).contains("listed by Cinder"));
    // Whoever asks to delete it again is not told that it is done, either.
    assert_eq!(cloud.recover(RecoverOptions::default()).await, 1);
    // A deletion of which nobody said whether it was done is looked at.
    let cloud = FakeCloud::start();
    let mut context = cloud.context().await;
    cloud.volume(&mut context, "data");
    cloud.instead(|state, asked| {
        let lost = asked.starts_with("DELETE") && state.changes.len() == 1;
        lost.then_some(Reply::Nothing)
    });
    assert_eq!(clean_up(&mut context).await, 1);
    assert_eq!(cloud.recover(RecoverOptions::default()).await, 0);
    assert_eq!(cloud.changes().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_volume_that_bears_another_run_is_not_deleted() {
    let cloud = FakeCloud::start();
    let mut context = cloud.context().await;
    cloud.volume(&mut context, "data");
    cloud.with(|state| state.volumes[0]["metadata"] = json!({ "cinder-drill-run": "another" }));
    assert_eq!(clean_up(&mut context).await, 1);
    assert!(left(&cloud, ResourceKind::Volume).contains("does not carry this run's id"));
    assert!(cloud.changes().is_empty());
}

#[tokio::test(start_paused = true)]
async fn without_a_list_nothing_is_removed_on_a_guess() {
    let cloud = FakeCloud::start();
    let mut context = cloud.context().await;
    cloud.volume(&mut context, "data");
    cloud.instead(|_, asked| asked.ends_with("/volumes/detail").then(|| refused(403, "policy")));
    assert_eq!(clean_up(&mut context).await, 1);
    assert!(left(&cloud, ResourceKind::Volume).contains("nothing was removed"));
    assert_eq!(cloud.cleanups(), (1, 1));
    assert!(cloud.changes().is_empty());
}

#[tokio::test(start_paused = true)]
async fn what_was_requested_and_not_seen_is_waited_for_and_stays_a_leftover() {
    let asked_for = |cloud: &FakeCloud, context: &Context| {
        let resource = Resource {
            kind: ResourceKind::Volume,
            name: format!("cinder-drill-{}-data", cloud.run),
            id: None,
        };
        intend(context, resource);
        let requesting = EventKind::Requesting {
            service: "block-storage".to_owned(),
            method: "POST".to_owned(),
            url: "http://127.0.0.1:1/volume/v3/p/volumes".to_owned(),
            action: None,
        };
        context.recorder.record(requesting);
    };
    let cloud = FakeCloud::start();
    let mut context = cloud.context().await;
    asked_for(&cloud, &context);
    let began = Instant::now();
    assert_eq!(clean_up(&mut context).await, 1);
    assert!(began.elapsed() >= ACCEPTANCE);
    assert!(left(&cloud, ResourceKind::Volume).contains("it may still appear"));
    // It comes while it is waited for, twice, as behind a proxy that repeats requests.
    let mut context = cloud.context().await;
    let name = format!("cinder-drill-{}-data", cloud.run);
    let run = cloud.run.to_string();
    cloud.with(|state| {
        state.after(5.0, move |state| {
            for id in ["v1", "v2"] {
                state.volumes.push(json!({
                    "id": id, "name": name, "size": 1, "status": "available", "metadata": { "cinder-drill-run": run },
                    "os-vol-host-attr:host": "box@ceph#ceph",
                }));
            }
        });
    });
    asked_for(&cloud, &context);
    assert_eq!(clean_up(&mut context).await, 0);
    assert!(cloud.with(|state| state.volumes.is_empty()) && cloud.recorder.leftovers().resources.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_ctrl_c_cuts_the_waits_of_the_clean_up_short() {
    let cloud = FakeCloud::start();
    let mut context = cloud.context().await;
    cloud.volume(&mut context, "data");
    cloud.with(|state| state.deletion = 1e6);
    let (interrupter, interrupt) = Interrupt::channel();
    context.patience = Patience::until_pressed(interrupt);
    interrupter.interrupt();
    let began = Instant::now();
    assert_eq!(clean_up(&mut context).await, 1);
    assert!((30..40).contains(&began.elapsed().as_secs()), "{:?}", began.elapsed());
    assert!(left(&cloud, ResourceKind::Volume).contains("waits longer"));
}

#[tokio::test(start_paused = true)]
async fn a_run_that_died_is_recovered_from_its_journal_at_whatever_point() {
    // With its memory gone, and before the answer, in the middle, away, during the failback.
    for seconds in [0.0, 0.5, 5.0] {
        let cloud = FakeCloud::start();
        let mut context = cloud.context().await;
        lock::take(&mut context).await.expect("the lock");
        cloud.volume(&mut context, "data");
        cloud.next_move(course(Answered::Accepted, Some((0.1, 3.0))));
        let movement = there();
        let dies = tokio::time::timeout(Duration::from_secs_f64(seconds), fail_over(&mut context, &movement));
        let _ = dies.await;
        drop(context);
        assert_eq!(cloud.recover(RecoverOptions::default()).await, 0, "after {seconds} s");
        let (volumes, types) = cloud.with(|state| (state.volumes.len(), state.types.len()));
        assert_eq!((volumes, types), (0, 0), "after {seconds} s");
        assert!(
            cloud.moves().is_empty() || cloud.moves() == ["ceph2", "default"],
            "{:?}",
            cloud.moves()
        );
        assert!(cloud.recorder.leftovers().resources.is_empty());
        let changes = cloud.changes().len();
        assert_eq!(cloud.recover(RecoverOptions::default()).await, 0);
        assert_eq!(cloud.changes().len(), changes);
    }
}

/// A whole run of the backend: with its lock there and back.
async fn whole_run(cloud: &FakeCloud) {
    let mut context = cloud.context().await;
    let _ = lock::take(&mut context).await;
    cloud.volume(&mut context, "data");
    let _ = fail_over(&mut context, &there()).await;
    clean_up(&mut context).await;
    lock::release(&mut context).await;
}

#[tokio::test(start_paused = true)]
async fn a_run_that_dies_at_a_change_is_recovered_whether_it_was_carried_out_or_not() {
    let cloud = FakeCloud::start();
    whole_run(&cloud).await;
    let changes = cloud.changes();
    assert_eq!(changes.len(), 5, "{changes:?}");
    for (number, change) in changes.iter().enumerate() {
        for carried_out in [true, false] {
            let case = format!("{change}, carried out: {carried_out}");
            let cloud = FakeCloud::start();
            let death = cloud.with(|state| {
                state.dies_at = Some((number, carried_out));
                state.death.clone()
            });
            tokio::select! {
                () = whole_run(&cloud) => panic!("{case}: it lives"),
                () = death.notified() => {}
            }
            cloud.with(|state| state.dies_at = None);
            let left = cloud.recover(RecoverOptions::default()).await;
            let again = cloud.recover(RecoverOptions::default()).await;
            let asked_for = cloud.moves();
            // What may still appear never counts as done or undone: it stays a leftover, and is not requested again.
            let may_come = !carried_out && (change.contains("failover_host") || change.starts_with("POST"));
            assert_eq!((left, again), (usize::from(may_come), usize::from(may_come)), "{case}");
            if may_come {
                assert_eq!(
                    asked_for.last().map(String::as_str),
                    change.strip_prefix("PUT os-services failover_host "),
                    "{case}"
                );
            } else {
                let (volumes, types) = cloud.with(|state| (state.volumes.len(), state.types.len()));
                assert_eq!((volumes, types), (0, 0), "{case}");
                assert!(
                    asked_for.is_empty() || asked_for == ["ceph2", "default"],
                    "{case}: {asked_for:?}"
                );
                assert_eq!(cloud.with(|state| state.rows.clone()), [service(json!({}))], "{case}");
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn without_its_lock_a_recovery_moves_nothing() {
    let rival = |state: &mut super::fake_cloud::State| {
        state.types = vec![json!({
            "id": "theirs", "name": "cinder-drill-lock:box@ceph:another", "is_public": false,
            "extra_specs": { "cinder-drill-run": "another" },
        })];
    };
    for (case, is_broken) in [("does not exist any more", true), ("another run holds it", false)] {
        let cloud = FakeCloud::start();
        let (context, _) = away_with_volume(&cloud).await;
        drop(context);
        cloud.with(|state| if is_broken { state.types.clear() } else { rival(state) });
        assert_eq!(cloud.recover(RecoverOptions::default()).await, 1);
        assert_eq!(cloud.moves(), ["ceph2"]);
        assert!(left(&cloud, ResourceKind::Failover).contains(case));
        assert!(cloud.with(|state| state.volumes.is_empty()), "what is its own goes");
        assert_eq!(cloud.recover(FORCE).await, 0);
        assert_eq!(cloud.moves(), ["ceph2", "default"]);
        assert_eq!(
            cloud.with(|state| state.types.len()),
            usize::from(!is_broken),
            "nobody else's lock goes"
        );
    }
}
