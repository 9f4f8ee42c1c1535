//! The lock: at most one run has it, and what becomes of it when requests are lost, doubled or hidden.

use serde_json::{Value, json};

use super::fake_cloud::{FakeCloud, refused};
use super::lock::{Claim, claim, release, take};
use super::recover::RecoverOptions;
use crate::cloud::in_process::Reply;
use crate::event::ResourceKind;

fn rival(id: &str) -> Value {
    json!({
        "id": id, "name": "cinder-drill-lock:box@ceph:another", "is_public": false,
        "extra_specs": { "cinder-drill-run": "another", "cinder-drill-host": "there" },
    })
}

fn types(cloud: &FakeCloud) -> Vec<String> {
    cloud.with(|state| state.types.iter().map(|found| found["id"].to_string()).collect())
}

#[tokio::test(start_paused = true)]
async fn it_is_a_private_type_that_is_made_and_removed() {
    let cloud = FakeCloud::start();
    let mut context = cloud.context().await;
    assert!(matches!(claim(&context).await, Ok(Claim::Nobody)));
    take(&mut context).await.expect("taken");
    assert!(matches!(claim(&context).await, Ok(Claim::Own)));
    assert_eq!(cloud.recorder.leftovers().resources[0].kind, ResourceKind::Lock);
    assert!(release(&mut context).await && types(&cloud).is_empty());
    assert!(cloud.recorder.leftovers().resources.is_empty());
    assert!(release(&mut context).await, "what nobody holds is released");
}

#[tokio::test(start_paused = true)]
async fn it_is_not_taken_while_another_run_has_it_and_another_backends_is_no_obstacle() {
    let cloud = FakeCloud::start();
    let mut context = cloud.context().await;
    cloud.with(|state| state.types.push(rival("theirs")));
    let why = take(&mut context).await.expect_err("held");
    assert!(
        why.to_string().contains("cinder-drill recover another` on there"),
        "{why}"
    );
    assert!(cloud.changes().is_empty() && cloud.recorder.leftovers().resources.is_empty());
    assert!(matches!(claim(&context).await, Ok(Claim::Other(held)) if held.id.as_str() == "theirs"));
    cloud.with(|state| state.types[0]["name"] = json!("cinder-drill-lock:box@ceph2:another"));
    take(&mut context).await.expect("taken");
}

#[tokio::test(start_paused = true)]
async fn of_two_at_the_same_moment_who_sees_the_other_gives_way() {
    let cloud = FakeCloud::start();
    let mut context = cloud.context().await;
    cloud.instead(|state, asked| {
        let list = asked.ends_with("/types") && asked.starts_with("GET") && !state.changes.is_empty();
        let both: Vec<Value> = state.types.iter().cloned().chain([rival("theirs")]).collect();
        list.then(|| Reply::Service(200, json!({ "volume_types": both })))
    });
    let why = take(&mut context).await.expect_err("both are there");
    assert!(why.to_string().contains("is being drilled by another run"), "{why}");
    assert_eq!(
        cloud.changes(),
        ["POST 834920a18dd247a38dc1d9b0eb591ea2 types", "DELETE types type-1"]
    );
    assert!(cloud.recorder.leftovers().resources.is_empty());
}

#[tokio::test(start_paused = true)]
async fn one_that_was_refused_is_no_leftover_and_one_that_is_there_already_was_sent_twice() {
    for (status, words) in [(403, "take the lock"), (409, "sends requests twice")] {
        let cloud = FakeCloud::start();
        let mut context = cloud.context().await;
        cloud.instead(move |_, asked| {
            (asked.starts_with("POST") && asked.ends_with("/types")).then(|| refused(status, "no"))
        });
        let why = take(&mut context).await.expect_err("refused");
        assert!(why.to_string().contains(words), "{why}");
        assert!(cloud.recorder.leftovers().resources.is_empty() && cloud.left().is_empty());
        assert!(context.backend_state.with(|state| state.lock.is_none()));
    }
}

#[tokio::test(start_paused = true)]
async fn one_whose_answer_was_lost_is_looked_for() {
    // It was made.
    let cloud = FakeCloud::start();
    let mut context = cloud.context().await;
    let name = format!("cinder-drill-lock:box@ceph:{}", cloud.run);
    let run = cloud.run.to_string();
    let made = json!({ "id": "late", "name": name, "is_public": false, "extra_specs": { "cinder-drill-run": run } });
    cloud.instead(|_, asked| (asked.starts_with("POST") && asked.ends_with("/types")).then_some(Reply::Nothing));
    let late = made.clone();
    cloud.with(|state| state.after(125.0, move |state| state.types.push(late)));
    take(&mut context).await.expect("seen");
    assert!(release(&mut context).await && types(&cloud).is_empty());
    // It was not, as far as anybody sees: it stays a leftover, and a recovery removes it when it appears.
    let cloud = FakeCloud::start();
    let mut context = cloud.context().await;
    cloud.instead(|_, asked| (asked.starts_with("POST") && asked.ends_with("/types")).then_some(Reply::Nothing));
    take(&mut context).await.expect_err("not seen");
    assert_eq!(cloud.left().len(), 1);
    assert_eq!(cloud.recorder.leftovers().resources.len(), 1);
    let run = cloud.run.to_string();
    let made = json!({
        "id": "late", "name": format!("cinder-drill-lock:box@ceph:{run}"), "extra_specs": { "cinder-drill-run": run },
    });
    cloud.with(|state| state.types.push(made));
    assert_eq!(cloud.recover(RecoverOptions::default()).await, 0);
    assert!(types(&cloud).is_empty() && cloud.recorder.leftovers().resources.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_double_goes_with_it_and_one_that_is_hidden_goes_by_its_id() {
    let cloud = FakeCloud::start();
    let mut context = cloud.context().await;
    take(&mut context).await.expect("taken");
    cloud.with(|state| {
        let mut double = state.types[0].clone();
        double["id"] = json!("double");
        state.types.push(double);
    });
    assert!(release(&mut context).await && types(&cloud).is_empty());
    // Cinder's list of types is keyed by name, so one may hide another.
    let cloud = FakeCloud::start();
    let mut context = cloud.context().await;
    take(&mut context).await.expect("taken");
    cloud.instead(|_, asked| {
        let list = asked.starts_with("GET") && asked.ends_with("/types");
        list.then(|| Reply::Service(200, json!({ "volume_types": [] })))
    });
    assert!(release(&mut context).await && types(&cloud).is_empty());
}

#[tokio::test(start_paused = true)]
async fn one_that_cannot_be_removed_is_left_and_kept() {
    let cloud = FakeCloud::start();
    let mut context = cloud.context().await;
    take(&mut context).await.expect("taken");
    cloud.instead(|_, asked| asked.starts_with("DELETE").then(|| refused(403, "policy")));
    assert!(!release(&mut context).await);
    assert_eq!((cloud.left().len(), types(&cloud).len()), (1, 1));
    assert_eq!(cloud.recorder.leftovers().resources.len(), 1);
    // Nor is one released of which no list can be had.
    let cloud = FakeCloud::start();
    let mut context = cloud.context().await;
    take(&mut context).await.expect("taken");
    cloud.instead(|_, asked| (asked.starts_with("GET") && asked.ends_with("/types")).then(|| refused(403, "policy")));
    assert!(!release(&mut context).await);
    assert_eq!((cloud.left().len(), types(&cloud).len()), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn a_run_that_is_forgotten_gives_back_its_lock_and_nothing_else() {
    let cloud = FakeCloud::start();
    let mut context = cloud.context().await;
    take(&mut context).await.expect("taken");
    cloud.volume(&mut context, "data");
    drop(context);
    assert!(cloud.forget_lock().await && types(&cloud).is_empty());
    assert_eq!(cloud.with(|state| state.volumes.len()), 1);
    // Where it is gone, and where it cannot be removed.
    assert!(cloud.forget_lock().await);
    let mut context = cloud.context().await;
    take(&mut context).await.expect("taken");
    cloud.instead(|_, asked| asked.starts_with("DELETE").then(|| refused(403, "policy")));
    assert!(!cloud.forget_lock().await);
    assert_eq!(types(&cloud).len(), 1);
}
