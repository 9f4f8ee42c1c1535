//! The mirrors of many volumes are waited for together: by one command a poll for all of them, which ends no wait.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;

use super::fake_cloud::FakeCloud;
use crate::failover::mirror::require_replaying;
use crate::failure::Failure;
use crate::names::SiteName;

/// How long copies take until they replay.
const REPLAY_AFTER: Duration = Duration::from_secs(30);

/// What the wait for some volumes came to, and how long it took.
async fn wait(cloud: &FakeCloud, volumes: usize) -> (Result<(), Failure>, Duration) {
    let mut context = cloud.context_with_sites().await;
    for number in 0..volumes {
        cloud.volume(&mut context, &format!("data-{number}"));
    }
    let began = Instant::now();
    let waited = require_replaying(&context, SiteName::Secondary).await;
    (waited, began.elapsed())
}

fn later() -> FakeCloud {
    let cloud = FakeCloud::start();
    cloud.with(|state| state.replay_from = Instant::now() + REPLAY_AFTER);
    cloud
}

/// How many commands of a kind the sites were given.
fn commands(cloud: &FakeCloud, kind: &str) -> usize {
    cloud.with(|state| state.commands.iter().filter(|command| command.contains(kind)).count())
}

const POOL_STATUS: &str = "mirror pool status";
const IMAGE_STATUS: &str = "mirror image status";

/// Lets the sites lie about the rows of `mirror pool status`.
fn lie(cloud: &FakeCloud, mut lie: impl FnMut(&mut Vec<Value>) + 'static) {
    cloud.with(|state| {
        state.rbd_instead = Some(Box::new(move |command, (code, text)| {
            if !command.contains(POOL_STATUS) {
                return (code, text);
            }
            let mut answer: Value = serde_json::from_str(&text).expect("JSON");
            lie(answer["images"].as_array_mut().expect("rows"));
            (code, answer.to_string())
        }));
    });
}

#[tokio::test(start_paused = true)]
async fn many_volumes_cost_the_polls_of_two_and_one_look_each() {
    let mut polls = Vec::new();
    for volumes in [2, 20, 100] {
        let cloud = later();
        let (waited, took) = wait(&cloud, volumes).await;
        waited.unwrap_or_else(|failure| panic!("{failure}"));
        assert!(
            took >= REPLAY_AFTER && took <= REPLAY_AFTER.mul_f64(1.06),
            "{volumes}: {took:?}"
        );
        // The first one begins alone, and looks for itself; and one question is about the link.
        let looks = commands(&cloud, IMAGE_STATUS) - 1;
        assert!((volumes..=volumes + 1).contains(&looks), "{volumes}: {looks}");
        // These sites answer at once, so each that begins finds no answer under way, and asks once itself.
        polls.push(commands(&cloud, POOL_STATUS) - volumes);
    }
    assert_eq!(polls, [polls[0]; 3]);
}

#[tokio::test(start_paused = true)]
async fn one_volume_asks_for_itself_alone() {
    let cloud = later();
    let (waited, _) = wait(&cloud, 1).await;
    waited.unwrap_or_else(|failure| panic!("{failure}"));
    assert_eq!(commands(&cloud, POOL_STATUS), 0);
}

#[tokio::test(start_paused = true)]
async fn an_image_that_the_list_leaves_out_is_looked_at_by_itself() {
    let cloud = FakeCloud::start();
    lie(&cloud, |rows| drop(rows.pop()));
    let (waited, took) = wait(&cloud, 3).await;
    waited.unwrap_or_else(|failure| panic!("{failure}"));
    assert!(took < Duration::from_secs(1), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn an_image_that_is_not_there_yet_is_found_by_the_list() {
    let cloud = FakeCloud::start();
    let from = Instant::now() + REPLAY_AFTER;
    cloud.with(|state| {
        state.rbd_instead = Some(Box::new(move |command, truth| {
            if !command.contains("--cluster ceph2") || Instant::now() >= from {
                truth
            } else if command.contains(POOL_STATUS) {
                (0, json!({ "summary": {}, "images": [] }).to_string())
            } else {
                (2, "rbd: error opening image: (2) No such file or directory".to_owned())
            }
        }));
    });
    let (waited, took) = wait(&cloud, 20).await;
    waited.unwrap_or_else(|failure| panic!("{failure}"));
    assert!(took <= REPLAY_AFTER.mul_f64(1.06), "{took:?}");
    // Each looks twice: that the image is not there, and when it is listed.
    assert_eq!(commands(&cloud, " info "), 20 * 4);
}

#[tokio::test(start_paused = true)]
async fn a_list_that_says_replaying_ends_no_wait() {
    let cloud = FakeCloud::start();
    cloud.with(|state| state.replay_from = Instant::now() + Duration::from_secs(100_000));
    lie(&cloud, |rows| {
        rows.iter_mut().for_each(|row| row["state"] = json!("up+replaying"))
    });
    let (waited, _) = wait(&cloud, 2).await;
    let failure = waited.expect_err("it never replays").to_string();
    assert!(failure.contains("up+starting_replay"), "{failure}");
}

#[tokio::test(start_paused = true)]
async fn a_list_that_is_stale_or_tells_of_another_image_costs_the_budget_and_no_verdict() {
    let stale: fn(&mut Vec<Value>) = |rows| {
        rows.iter_mut()
            .for_each(|row| row["state"] = json!("up+starting_replay"))
    };
    let swapped: fn(&mut Vec<Value>) = |rows| {
        let name = rows[0]["name"].clone();
        rows[0]["state"] = json!("up+syncing");
        rows[0]["name"] = rows[1]["name"].clone();
        rows[1]["name"] = name;
    };
    for lies in [stale, swapped] {
        let cloud = FakeCloud::start();
        lie(&cloud, lies);
        let (waited, _) = wait(&cloud, 2).await;
        waited.unwrap_or_else(|failure| panic!("{failure}"));
    }
}

#[tokio::test(start_paused = true)]
async fn a_list_that_fails_leaves_each_to_itself() {
    let cloud = later();
    cloud.with(|state| {
        state.rbd_instead = Some(Box::new(|command, truth| match command.contains(POOL_STATUS) {
            true => (1, "rbd: mirroring is not for you".to_owned()),
            false => truth,
        }));
    });
    let (waited, took) = wait(&cloud, 3).await;
    waited.unwrap_or_else(|failure| panic!("{failure}"));
    assert!(took <= REPLAY_AFTER.mul_f64(1.06), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn what_no_waiting_mends_ends_the_wait_of_many_as_soon_as_that_of_one() {
    for volumes in [1, 2] {
        let cloud = FakeCloud::start();
        let mut context = cloud.context_with_sites().await;
        for number in 0..volumes {
            cloud.volume(&mut context, &format!("data-{number}"));
        }
        cloud.with(|state| state.images.values_mut().for_each(|primary| *primary = (true, true)));
        let began = Instant::now();
        let failure = require_replaying(&context, SiteName::Secondary)
            .await
            .expect_err("both are primary");
        assert!(failure.to_string().contains("primary at both sites"), "{failure}");
        assert!(began.elapsed() < Duration::from_secs(6), "{:?}", began.elapsed());
    }
}

/// Lets the site that is left lie about its peers in `rbd mirror image status`.
fn lie_about_peers(cloud: &FakeCloud, mut lie: impl FnMut(&mut Vec<Value>) + 'static) {
    cloud.with(|state| {
        state.rbd_instead = Some(Box::new(move |command, (code, text)| {
            if !command.contains(IMAGE_STATUS) || command.contains("--cluster ceph2") {
                return (code, text);
            }
            let mut answer: Value = serde_json::from_str(&text).expect("JSON");
            lie(answer["peer_sites"].as_array_mut().expect("peers"));
            (code, answer.to_string())
        }));
    });
}

#[tokio::test(start_paused = true)]
async fn a_site_that_hears_nothing_of_the_other_one_is_not_left() {
    let cloud = FakeCloud::start();
    lie_about_peers(&cloud, |peers| {
        peers
            .iter_mut()
            .for_each(|peer| peer["state"] = json!("down+replaying"))
    });
    let (waited, _) = wait(&cloud, 2).await;
    let failure = waited.expect_err("the link is cut");
    assert!(
        failure.summary.contains("does not hear of rbd-mirror at") && failure.to_string().contains("down+replaying"),
        "{failure}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_link_that_is_mended_is_waited_for() {
    let cloud = FakeCloud::start();
    let from = Instant::now() + REPLAY_AFTER;
    lie_about_peers(&cloud, move |peers| {
        if Instant::now() < from {
            peers
                .iter_mut()
                .for_each(|peer| peer["state"] = json!("down+replaying"));
        }
    });
    let (waited, took) = wait(&cloud, 2).await;
    waited.unwrap_or_else(|failure| panic!("{failure}"));
    assert!(took >= REPLAY_AFTER && took <= REPLAY_AFTER.mul_f64(1.06), "{took:?}");
}

/// Where only the copy's side has an rbd-mirror and peers, the primary's side knows of none.
#[tokio::test(start_paused = true)]
async fn a_site_without_peers_says_nothing_against_the_link() {
    let cloud = FakeCloud::start();
    lie_about_peers(&cloud, Vec::clear);
    let (waited, _) = wait(&cloud, 2).await;
    waited.unwrap_or_else(|failure| panic!("{failure}"));
}
