//! What is sent, left over and reported when a backend is moved: every answer with everything that may follow.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;

use super::fake_cloud::{Answered, Course, FakeCloud, HONEST, IMAGES_STAY, away, moving, refused, service};
use crate::cloud::in_process::Reply;
use crate::event::FailoverSent;
use crate::failover::failback::whereabouts;
use crate::failover::readings::ACCEPTANCE;
use crate::failover::send::{fail_over, ready_to_move};
use crate::failure::{Failure, FailureKind};
use crate::names::SiteName;
use crate::session::{Because, Context, Movement, Whereabouts};
use crate::wait::{Interrupt, Patience};

pub(super) fn there() -> Movement {
    Movement {
        to: SiteName::Secondary,
        backend_id: Some("ceph2".to_owned()),
        because: Because::Planned,
    }
}

pub(super) fn back() -> Movement {
    Movement {
        to: SiteName::Primary,
        backend_id: Some("default".to_owned()),
        because: Because::Planned,
    }
}

/// A failover whose answer, and whose beginning and end, are these.
pub(super) fn course(answered: Answered, moves: Option<(f64, f64)>) -> Course {
    Course {
        answered,
        moves,
        ..HONEST
    }
}

async fn failure(context: &mut Context, movement: &Movement) -> Failure {
    let moved = fail_over(context, movement).await;
    moved.expect_err("it was not moved")
}

/// The failover that is left over: none, one that nobody has seen, or one that was seen.
fn failover_left(context: &Context) -> Option<bool> {
    context.failover_to_undo().map(|leftover| leftover.id.is_some())
}

#[tokio::test(start_paused = true)]
async fn a_backend_fails_over_and_back_by_one_request_each() {
    let cloud = FakeCloud::start();
    let mut context = cloud.context_with_sites().await;
    cloud.volume(&mut context, "data");
    ready_to_move(&context, &there()).await.expect("ready");
    let words = fail_over(&mut context, &there()).await.expect("moved");
    assert!(
        words.contains("box@ceph is failed-over on site-b with 1 volume, settled after 1."),
        "{words}"
    );
    assert!(!words.contains("together"), "{words}");
    assert_eq!(failover_left(&context), Some(true));
    assert_eq!(
        (context.backend_state.moves(), context.backend_state.active()),
        (1, SiteName::Secondary)
    );
    assert_eq!(cloud.recorder.leftovers().failover, FailoverSent::Moved);
    let words = fail_over(&mut context, &back()).await.expect("back");
    assert!(words.contains("is enabled on site-a with 1 volume"), "{words}");
    assert_eq!(failover_left(&context), None);
    assert_eq!(context.backend_state.active(), SiteName::Primary);
    assert_eq!(cloud.moves(), ["ceph2", "default"]);
    assert!(!cloud.recorder.leftovers().moved && cloud.recorder.leftovers().resources.len() == 1);
}

#[tokio::test(start_paused = true)]
async fn a_refusal_undoes_nothing_and_leaves_nothing() {
    let cloud = FakeCloud::start();
    let mut context = cloud.context().await;
    cloud.next_move(course(Answered::Refused, None));
    let refusal = failure(&mut context, &there()).await;
    assert!(refusal.to_string().contains("failover_host"), "{refusal}");
    assert_eq!((failover_left(&context), cloud.moves().len()), (None, 1));
    assert!(context.backend_state.with(|state| state.sent.is_none()));
    assert_eq!(cloud.recorder.leftovers().failover, FailoverSent::Refused);
    // A failback is the same, except that the failover is still to be undone.
    fail_over(&mut context, &there()).await.expect("moved");
    cloud.next_move(course(Answered::Refused, None));
    failure(&mut context, &back()).await;
    assert_eq!((failover_left(&context), cloud.moves().len()), (Some(true), 3));
    assert!(context.backend_state.with(|state| state.sent.is_none()));
}

#[tokio::test(start_paused = true)]
async fn a_backend_that_moves_though_it_was_refused_is_a_dispute() {
    let cloud = FakeCloud::start();
    let mut context = cloud.context().await;
    cloud.next_move(course(Answered::Refused, Some((0.2, 1.0))));
    let disputed = failure(&mut context, &there()).await;
    assert_eq!((failover_left(&context), cloud.moves().len()), (Some(false), 1));
    assert!(cloud.recorder.leftovers().disputed, "{disputed}");
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_was_lost_is_looked_for_and_never_asked_for_again() {
    for moves in [(0.0, 1.6), (1.0, 200.0), (125.0, 140.0)] {
        let cloud = FakeCloud::start();
        let mut context = cloud.context().await;
        cloud.next_move(course(Answered::Lost, Some(moves)));
        let moved = fail_over(&mut context, &there()).await;
        moved.unwrap_or_else(|failure| panic!("{moves:?}: {failure}"));
        assert_eq!((failover_left(&context), cloud.moves().len()), (Some(true), 1));
    }
    let cloud = FakeCloud::start();
    let mut context = cloud.context().await;
    cloud.next_move(course(Answered::Lost, None));
    let lost = failure(&mut context, &there()).await;
    assert!(lost.to_string().contains("may still be executed"), "{lost}");
    assert!(lost.to_string().contains("the service stayed"), "{lost}");
    assert_eq!((failover_left(&context), cloud.moves().len()), (Some(false), 1));
    let recorded = cloud.recorder.leftovers();
    assert!(recorded.failover == FailoverSent::Unknown && recorded.failover_unanswered().is_some());
}

#[tokio::test(start_paused = true)]
async fn one_that_nobody_can_look_for_says_so() {
    let cloud = FakeCloud::start();
    let mut context = cloud.context().await;
    cloud.next_move(course(Answered::Lost, None));
    cloud.instead(|state, asked| {
        (!state.changes.is_empty() && asked.ends_with("/os-services")).then_some(Reply::Proxy(503))
    });
    let lost = failure(&mut context, &there()).await;
    assert!(lost.to_string().contains("the service could not be asked"), "{lost}");
    assert_eq!(failover_left(&context), Some(false));
}

#[tokio::test(start_paused = true)]
async fn what_was_accepted_and_never_begins_is_not_waited_for_to_the_end() {
    let cloud = FakeCloud::start();
    let mut context = cloud.context().await;
    cloud.next_move(course(Answered::Accepted, None));
    let began = Instant::now();
    failure(&mut context, &there()).await;
    assert!(
        (ACCEPTANCE..ACCEPTANCE + Duration::from_secs(5)).contains(&began.elapsed()),
        "{:?}",
        began.elapsed()
    );
    assert_eq!((failover_left(&context), cloud.moves().len()), (Some(false), 1));
    assert_eq!(cloud.recorder.leftovers().failover, FailoverSent::Accepted);
    // One whose beginning nobody saw, and of which the storage says that it was moved, has begun.
    let cloud = FakeCloud::start();
    let mut context = cloud.context_with_sites().await;
    cloud.volume(&mut context, "data");
    cloud.next_move(Course { shows: false, ..HONEST });
    failure(&mut context, &there()).await;
    assert_eq!(failover_left(&context), Some(true));
}

#[tokio::test(start_paused = true)]
async fn one_that_never_ends_or_fails_or_is_torn_is_a_leftover() {
    let rows = |row: Value| vec![(1.0, moving()), (3.0, row)];
    let failed = service(json!({ "replication_status": "failover-error", "status": "disabled" }));
    let cases = [
        ("it never ends", vec![(1.0, moving())], 301),
        ("the driver fails", rows(failed), 4),
        ("it is restarted in the middle", rows(service(json!({}))), 8),
        ("a second row comes", rows(away()), 4),
    ];
    for (case, script, within) in cases {
        let cloud = FakeCloud::start();
        let mut context = cloud.context().await;
        cloud.next_move(course(Answered::Accepted, None));
        cloud.with(|state| {
            for (at, row) in script {
                let rows = match case {
                    "a second row comes" if at > 2.0 => vec![row, service(json!({}))],
                    _ => vec![row],
                };
                state.after(at, move |state| state.set(rows));
            }
        });
        let began = Instant::now();
        let why = failure(&mut context, &there()).await;
        assert!(
            began.elapsed() < Duration::from_secs(within),
            "{case}: {:?} {why}",
            began.elapsed()
        );
        assert_eq!(
            (failover_left(&context), cloud.moves().len()),
            (Some(true), 1),
            "{case}: {why}"
        );
        assert_eq!(context.backend_state.moves(), 0, "{case}");
    }
}

#[tokio::test(start_paused = true)]
async fn cinder_and_the_storage_must_both_say_that_it_arrived() {
    let cloud = FakeCloud::start();
    let mut context = cloud.context_with_sites().await;
    cloud.volume(&mut context, "data");
    cloud.next_move(IMAGES_STAY);
    let began = Instant::now();
    let why = failure(&mut context, &there()).await;
    assert_eq!(why.kind, FailureKind::Expectation);
    assert!(
        why.summary
            .contains("volume data was not moved: its primary is still site-a"),
        "{why}"
    );
    assert!(began.elapsed() > Duration::from_secs(10), "{:?}", began.elapsed());
    assert_eq!(failover_left(&context), Some(true));
    // A volume that failed is named at once.
    let cloud = FakeCloud::start();
    let mut context = cloud.context().await;
    let id = cloud.volume(&mut context, "data");
    cloud.with(|state| {
        state.after(1.61, |state| {
            state.volumes[0]["replication_status"] = json!("failover-error")
        });
    });
    let why = failure(&mut context, &there()).await;
    assert!(
        why.to_string().contains(&id) && why.summary.contains("failover-error"),
        "{why}"
    );
}

#[tokio::test(start_paused = true)]
async fn nothing_is_sent_to_a_backend_that_is_not_in_its_place() {
    let frozen = service(json!({ "frozen": true, "status": "disabled" }));
    let nowhere = [
        vec![moving()],
        vec![frozen],
        vec![service(json!({ "status": "disabled" }))],
        vec![service(json!({ "state": "down" }))],
        vec![service(json!({ "active_backend_id": "ceph2" }))],
        vec![service(json!({})), away()],
        Vec::new(),
    ];
    let at_primary = vec![service(json!({}))];
    let cases = nowhere
        .iter()
        .flat_map(|rows| [(rows.clone(), there()), (rows.clone(), back())]);
    for (rows, movement) in cases.chain([(at_primary, back()), (vec![away()], there())]) {
        let cloud = FakeCloud::start();
        let mut context = cloud.context().await;
        cloud.with(|state| state.set(rows.clone()));
        let why = failure(&mut context, &movement).await;
        assert!(
            cloud.moves().is_empty() && failover_left(&context).is_none(),
            "{rows:?} {movement:?}: {why}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_backend_that_leaves_its_place_right_before_the_leap_is_not_sent_anywhere() {
    let cloud = FakeCloud::start();
    let mut context = cloud.context().await;
    let mut looks = 0;
    cloud.instead(move |_, asked| {
        looks += usize::from(asked.ends_with("/os-services"));
        let last = looks > 2 && asked.ends_with("/os-services");
        last.then(|| Reply::Service(200, json!({ "services": [moving()] })))
    });
    failure(&mut context, &there()).await;
    assert!(cloud.moves().is_empty() && failover_left(&context).is_none());
}

#[tokio::test(start_paused = true)]
async fn a_site_that_no_pool_offers_is_never_named_to_cinder() {
    let pool = |name: &str, targets: Value| json!({ "name": name, "capabilities": { "replication_targets": targets } });
    let cases = [
        ("no pool of", json!([])),
        ("no pool of", json!([pool("box@other#x", json!(["ceph2"]))])),
        ("no replication target ceph2", json!([pool("box@ceph#x", json!([]))])),
        (
            "no replication target ceph2",
            json!([pool("box@ceph#x", json!(["ceph3"]))]),
        ),
        (
            "no replication target ceph2",
            json!([
                pool("box@ceph#x", json!(["ceph2"])),
                pool("box@ceph#y", json!(["ceph3"]))
            ]),
        ),
    ];
    for (words, pools) in cases {
        let cloud = FakeCloud::start();
        let mut context = cloud.context().await;
        cloud.instead(move |_, asked| {
            let answer = || Reply::Service(200, json!({ "pools": pools }));
            asked.ends_with("/get_pools").then(answer)
        });
        let why = failure(&mut context, &there()).await;
        assert!(why.summary.contains(words), "{why}");
        assert!(cloud.moves().is_empty());
    }
    // A driver that chooses is asked without a name.
    let cloud = FakeCloud::start();
    let mut context = cloud.context().await;
    let chosen = Movement {
        backend_id: None,
        ..there()
    };
    fail_over(&mut context, &chosen).await.expect("moved");
}

#[tokio::test(start_paused = true)]
async fn a_volume_of_somebody_else_is_not_moved() {
    let cloud = FakeCloud::start();
    let mut context = cloud.context().await;
    cloud.with(|state| {
        state.volumes.push(json!({
            "id": "ffffffff-0000-4000-8000-000000000000", "name": "theirs", "size": 1, "status": "available",
            "os-vol-host-attr:host": "box@ceph#ceph", "replication_status": "enabled",
        }));
    });
    failure(&mut context, &there()).await;
    assert!(cloud.moves().is_empty() && failover_left(&context).is_none());
}

#[tokio::test(start_paused = true)]
async fn a_failover_of_no_replicated_volume_proves_nothing() {
    let cloud = FakeCloud::start();
    let mut context = cloud.context().await;
    assert!(ready_to_move(&context, &there()).await.is_err());
    cloud.volume(&mut context, "data");
    ready_to_move(&context, &there()).await.expect("ready");
    let volumes = &mut context.resources.volumes;
    volumes.values_mut().for_each(|volume| volume.replicated = false);
    assert!(ready_to_move(&context, &there()).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn an_api_that_is_away_is_waited_for_and_one_that_refuses_is_not() {
    let cloud = FakeCloud::start();
    let mut context = cloud.context().await;
    let began = Instant::now();
    cloud.instead(move |state, asked| {
        let is_away = !state.changes.is_empty() && began.elapsed() < Duration::from_secs(120);
        (is_away && asked.ends_with("/os-services")).then_some(Reply::Proxy(503))
    });
    fail_over(&mut context, &there()).await.expect("moved");
    assert!(began.elapsed() >= Duration::from_secs(120));
    // It stays away: where the backend is, nobody says.
    let cloud = FakeCloud::start();
    let mut context = cloud.context().await;
    cloud.instead(|state, asked| {
        (!state.changes.is_empty() && asked.ends_with("/os-services")).then_some(Reply::Proxy(503))
    });
    let why = failure(&mut context, &there()).await;
    assert!(why.to_string().contains("503"), "{why}");
    let cloud = FakeCloud::start();
    let mut context = cloud.context().await;
    cloud.instead(|state, asked| {
        (!state.changes.is_empty() && asked.ends_with("/os-services")).then(|| refused(403, "policy"))
    });
    let began = Instant::now();
    failure(&mut context, &there()).await;
    assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
}

/// Answers the first `failover_host` with a 401 of keystonemiddleware, and lets Cinder do this with it.
fn token_is_refused(cloud: &FakeCloud) {
    cloud.instead(|state, asked| {
        let first = asked.ends_with("/failover_host") && state.changes.len() == 1;
        let body = json!({ "error": { "code": 401, "title": "Unauthorized", "message": "a new token" } });
        first.then(|| Reply::Service(401, body))
    });
}

#[tokio::test(start_paused = true)]
async fn a_request_whose_token_was_refused_is_sent_again_only_if_nothing_came_of_it() {
    let cloud = FakeCloud::start();
    let mut context = cloud.context().await;
    token_is_refused(&cloud);
    let began = Instant::now();
    fail_over(&mut context, &there()).await.expect("moved");
    assert!(began.elapsed() >= ACCEPTANCE && cloud.moves() == ["ceph2", "ceph2"]);
    // Cinder has seen it all the same, or nobody can say.
    for look in [Some(vec![moving()]), None] {
        let cloud = FakeCloud::start();
        let mut context = cloud.context().await;
        token_is_refused(&cloud);
        cloud.with(|state| {
            state.after(10.0, move |state| {
                state.set(look.clone().unwrap_or_default());
            });
        });
        failure(&mut context, &there()).await;
        assert_eq!(cloud.moves(), ["ceph2"]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_wait_that_is_interrupted_ends_soon_and_what_was_sent_is_a_leftover() {
    let cloud = FakeCloud::start();
    let mut context = cloud.context().await;
    let (interrupter, interrupt) = Interrupt::channel();
    context.patience = Patience::until_pressed(interrupt);
    cloud.next_move(course(Answered::Accepted, Some((0.0, 1000.0))));
    let began = Instant::now();
    let pressed = tokio::spawn(async move {
        tokio::time::sleep(Duration::from_secs(10)).await;
        interrupter.interrupt();
    });
    let why = failure(&mut context, &there()).await;
    pressed.await.expect("pressed");
    assert!((40..46).contains(&began.elapsed().as_secs()), "{:?}", began.elapsed());
    assert!(why.to_string().contains("in 40 s"), "{why}");
    assert_eq!((failover_left(&context), cloud.moves().len()), (Some(true), 1));
}

/// The failover for the loss of the primary site, which has been seen to be dead.
fn site_lost() -> Movement {
    Movement {
        because: Because::SiteLost,
        ..there()
    }
}

#[tokio::test(start_paused = true)]
async fn a_lost_site_is_not_asked_and_its_past_contradicts_nobody() {
    let cloud = FakeCloud::start();
    let mut context = cloud.context_with_sites().await;
    let id = cloud.volume(&mut context, "data");
    cloud.with(|state| state.primary_is_dead = true);
    context.lose_site(SiteName::Primary);
    cloud.with(|state| state.commands.clear());
    ready_to_move(&context, &site_lost()).await.expect("ready");
    fail_over(&mut context, &site_lost()).await.expect("moved");
    let asked = cloud.with(|state| state.commands.clone());
    assert!(
        asked.iter().all(|command| command.contains("--cluster ceph2")),
        "the dead site was asked: {asked:?}"
    );
    assert_eq!(cloud.moves(), ["ceph2"]);
    // It comes back as it was, and says that it is primary.
    cloud.with(|state| {
        state.primary_is_dead = false;
        state.images.insert(format!("volume-{id}"), (true, true));
    });
    context.site_is_back(SiteName::Primary);
    let found = whereabouts(&context).await;
    assert!(matches!(found, Whereabouts::Away), "{found:?}");
    // Of a backend that nobody failed over for a loss the same is a contradiction.
    context.backend_state.with(|state| state.left_behind = None);
    let found = whereabouts(&context).await;
    assert!(matches!(found, Whereabouts::Unclear(_)), "{found:?}");
}

#[tokio::test(start_paused = true)]
async fn a_planned_failover_from_a_dead_site_is_not_sent() {
    let cloud = FakeCloud::start();
    let mut context = cloud.context_with_sites().await;
    cloud.volume(&mut context, "data");
    cloud.with(|state| state.primary_is_dead = true);
    let failure = ready_to_move(&context, &there()).await.expect_err("not ready");
    assert!(failure.to_string().contains("site-a does not answer"), "{failure}");
    assert!(cloud.moves().is_empty());
}

#[tokio::test(start_paused = true)]
async fn what_may_lose_data_on_purpose_is_not_sent_where_others_have_volumes() {
    let cloud = FakeCloud::start();
    let mut context = cloud.context_with_sites().await;
    cloud.volume(&mut context, "data");
    cloud.with(|state| {
        let mut foreign = state.volumes[0].clone();
        foreign["id"] = "00000000-0000-4000-8000-00000000ffff".into();
        foreign["metadata"] = serde_json::json!({});
        state.volumes.push(foreign);
    });
    for because in [Because::Unready, Because::SiteLost] {
        let movement = Movement { because, ..there() };
        failure(&mut context, &movement).await;
    }
    let unready = Movement {
        because: Because::Unready,
        ..back()
    };
    ready_to_move(&context, &unready).await.expect_err("not ready");
    assert!(cloud.moves().is_empty());
}
