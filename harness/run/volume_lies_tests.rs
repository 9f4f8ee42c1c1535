//! What the verbs for volumes make of a Cinder that lies: each accepts a change, and what it shows then is another thing.

use serde_json::{Value, json};

use super::cleanup::{clean_up, clean_up_chain};
use super::fake_cloud::{FakeCloud, refused, service};
use crate::cloud::in_process::Reply;
use crate::event::ResourceKind;
use crate::failover::freezing;
use crate::failure::Failure;
use crate::names::{SnapshotName, VolumeName};
use crate::session::Context;
use crate::state::PlannedVolume;
use crate::targets::{VolumeType, VolumeTypeOrigin};
use crate::volumes::clones::{self, Of};
use crate::volumes::{growth, retyped, snapshots};

const SNAPSHOT: &str = "00000000-0000-4000-8000-0000000000a1";
const CLONE: &str = "00000000-0000-4000-8000-0000000000c1";

fn data() -> VolumeName {
    VolumeName::new("data").expect("a name")
}

fn before() -> SnapshotName {
    SnapshotName::new("before").expect("a name")
}

/// A type of the target as the cloud has it under this name.
fn type_of(context: &Context, name: &str) -> VolumeType {
    VolumeType {
        name: name.to_owned(),
        origin: VolumeTypeOrigin::Existing(name.to_owned()),
        ..context.target.volume_types["replicated"].clone()
    }
}

/// A cloud with two types and a volume of the first of them.
async fn world() -> (FakeCloud, Context, String) {
    let fake = FakeCloud::start();
    let mut context = fake.context().await;
    fake.with(|state| {
        state.types = vec![
            json!({ "id": "t1", "name": "ceph", "extra_specs": { "replication_enabled": "<is> True" } }),
            json!({ "id": "t2", "name": "plain", "extra_specs": {} }),
        ];
    });
    let id = fake.volume(&mut context, "data");
    fake.with(|state| state.volumes[0]["volume_type"] = json!("plain"));
    (fake, context, id)
}

/// The volume of the world with changes.
fn volume(fake: &FakeCloud, changes: &Value) -> Value {
    let mut volume = fake.with(|state| state.volumes[0].clone());
    for (key, value) in changes.as_object().expect("an object") {
        volume[key] = value.clone();
    }
    volume
}

/// From the change on each look at a path gets the next of these answers, and the last one for ever.
fn lies(fake: &FakeCloud, change: (&'static str, Reply), path: String, looks: Vec<Reply>) {
    let (asks, reply) = change;
    let mut reply = Some(reply);
    let mut looks: std::collections::VecDeque<Reply> = looks.into();
    fake.instead(move |_, asked| {
        if asked.starts_with(asks.split(' ').next()?) && asked.ends_with(asks.split(' ').nth(1)?) && reply.is_some() {
            return reply.take();
        }
        if reply.is_none() && asked == format!("GET {path}") {
            let next = match looks.len() {
                0 => return None,
                1 => match looks.front()? {
                    Reply::Service(status, body) => Reply::Service(*status, body.clone()),
                    Reply::Proxy(status) => Reply::Proxy(*status),
                    Reply::Nothing => Reply::Nothing,
                },
                _ => looks.pop_front()?,
            };
            return Some(next);
        }
        None
    });
}

fn path(rest: &str) -> String {
    format!("/volume/v3/834920a18dd247a38dc1d9b0eb591ea2/{rest}")
}

fn shown(noun: &str, body: Value) -> Reply {
    let mut envelope = json!({});
    envelope[noun] = body;
    Reply::Service(200, envelope)
}

fn accepted() -> Reply {
    Reply::Service(202, Value::Null)
}

fn words<T: std::fmt::Debug>(result: Result<T, Failure>) -> String {
    let failure = result.expect_err("a lie was believed");
    let facts: Vec<String> = failure
        .facts()
        .map(|(name, value)| format!("{name}: {value}"))
        .collect();
    format!("{}; {}", failure.summary, facts.join("; "))
}

#[tokio::test(start_paused = true)]
async fn an_extension_is_believed_when_the_volume_has_its_status_and_its_size_again() {
    let cases = [
        (
            json!({ "status": "available", "size": 1 }),
            "was not extended, though Cinder accepted it",
        ),
        (json!({ "status": "available", "size": 3 }), "available with 3 GiB"),
        (
            json!({ "status": "extending", "size": 2 }),
            "was not available with 2 GiB within",
        ),
        (
            json!({ "status": "error_extending", "size": 1 }),
            "went to status error_extending",
        ),
        (
            json!({ "status": "in-use", "size": 2 }),
            "was not available with 2 GiB within",
        ),
    ];
    for (lie, expected) in cases {
        let (fake, context, id) = world().await;
        let seen = volume(&fake, &lie);
        lies(
            &fake,
            ("POST /action", accepted()),
            path(&format!("volumes/{id}")),
            vec![shown("volume", seen)],
        );
        let said = words(growth::extend(&context, &data(), 2).await);
        assert!(said.contains(expected), "{lie}: {said}");
    }
    // The truth, and the same when the answer is lost.
    for answer in [accepted(), Reply::Proxy(504)] {
        let (fake, context, id) = world().await;
        let looks = [("extending", 1), ("available", 2)];
        let looks =
            looks.map(|(status, size)| shown("volume", volume(&fake, &json!({ "status": status, "size": size }))));
        lies(
            &fake,
            ("POST /action", answer),
            path(&format!("volumes/{id}")),
            looks.into(),
        );
        growth::extend(&context, &data(), 2).await.expect("it grew");
    }
    // What Cinder itself refuses is not waited for.
    let (fake, context, id) = world().await;
    lies(
        &fake,
        ("POST /action", refused(400, "no")),
        path(&format!("volumes/{id}")),
        Vec::new(),
    );
    assert!(growth::extend(&context, &data(), 2).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn a_retype_is_believed_when_type_and_replication_are_those_of_the_type() {
    let cases = [
        (
            json!({ "volume_type": "plain" }),
            "has its old type, though Cinder accepted the new one",
        ),
        (
            json!({ "volume_type": "ceph", "replication_status": "disabled" }),
            "replication_status disabled",
        ),
        (json!({ "volume_type": "ceph", "status": "retyping" }), "within"),
        (
            json!({ "volume_type": "ceph", "migration_status": "starting" }),
            "is being migrated, though its retype forbids that",
        ),
        (
            json!({ "volume_type": "ceph", "status": "error" }),
            "went to status error",
        ),
        (
            json!({ "volume_type": "ceph", "os-vol-host-attr:host": "other@ceph#ceph" }),
            "is not on the backend that is drilled",
        ),
    ];
    for (lie, expected) in cases {
        let (fake, mut context, id) = world().await;
        let seen = volume(&fake, &lie);
        lies(
            &fake,
            ("POST /action", accepted()),
            path(&format!("volumes/{id}")),
            vec![shown("volume", seen)],
        );
        let wanted = type_of(&context, "ceph");
        let said = words(retyped::retype(&mut context, &data(), &wanted).await);
        assert!(said.contains(expected), "{lie}: {said}");
    }
    let (fake, mut context, id) = world().await;
    context.is_replicated(&data(), false);
    let seen = volume(&fake, &json!({ "volume_type": "ceph" }));
    lies(
        &fake,
        ("POST /action", accepted()),
        path(&format!("volumes/{id}")),
        vec![shown("volume", seen)],
    );
    let wanted = type_of(&context, "ceph");
    let (replicated, _) = retyped::retype(&mut context, &data(), &wanted).await.expect("retyped");
    assert!(replicated && context.volume(&data()).expect("made").replicated);
    assert!(context.backend_state.with(|state| state.volumes[0].made.replicated));
}

fn snapshot(of: &str, status: &str, run: &str) -> Value {
    json!({
        "id": SNAPSHOT, "name": "a-snapshot", "volume_id": of, "status": status, "size": 1,
        "metadata": { "cinder-drill-run": run },
    })
}

#[tokio::test(start_paused = true)]
async fn a_snapshot_is_believed_when_it_is_of_its_volume_and_available() {
    let other = "00000000-0000-4000-8000-00000000ffff";
    let cases = [
        (other, Some("available"), "is of another volume"),
        ("", Some("error"), "went to status error"),
        ("", Some("creating"), "was not available within"),
        ("", None, "is not there, though Cinder made it"),
    ];
    for (of, status, expected) in cases {
        let (fake, mut context, id) = world().await;
        let of = if of.is_empty() { id } else { of.to_owned() };
        let made = Reply::Service(202, json!({ "snapshot": snapshot(&of, "creating", fake.run.as_str()) }));
        let look = match status {
            Some(status) => shown("snapshot", snapshot(&of, status, fake.run.as_str())),
            None => Reply::Service(404, json!({ "itemNotFound": { "code": 404, "message": "no" } })),
        };
        lies(
            &fake,
            ("POST /snapshots", made),
            path(&format!("snapshots/{SNAPSHOT}")),
            vec![look],
        );
        let said = words(snapshots::make(&mut context, &before(), &data()).await);
        assert!(said.contains(expected), "{status:?}: {said}");
        // Whatever it is, it is owed.
        let owed = context.recorder.leftovers().resources;
        assert!(
            owed.iter().any(|resource| resource.kind == ResourceKind::Snapshot),
            "{owed:?}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_deletion_of_a_snapshot_is_believed_when_no_place_has_it() {
    let gone = || Reply::Service(404, json!({ "itemNotFound": { "code": 404, "message": "no" } }));
    for (status, listed, expected) in [
        (
            Some("available"),
            true,
            "is available again, though Cinder accepted its deletion",
        ),
        (Some("error_deleting"), true, "went to status error_deleting"),
        (Some("deleting"), true, "was not deleted within"),
        // A single 404 proves nothing.
        (None, true, "was not deleted within"),
    ] {
        let (fake, context, id) = world().await;
        let run = fake.run.to_string();
        let mut deleted = false;
        fake.instead(move |_, asked| {
            let now = status.filter(|_| deleted).unwrap_or("available");
            if asked.starts_with("DELETE") {
                deleted = true;
                return Some(accepted());
            }
            if asked.ends_with("/snapshots/detail") {
                let all = if listed {
                    vec![snapshot(&id, "deleting", &run)]
                } else {
                    Vec::new()
                };
                return Some(Reply::Service(200, json!({ "snapshots": all })));
            }
            let is_it = asked.ends_with(&format!("/snapshots/{SNAPSHOT}"));
            is_it.then(|| match deleted && status.is_none() {
                true => gone(),
                false => shown("snapshot", snapshot(&id, now, &run)),
            })
        });
        let id = crate::cloud::SnapshotId::new(SNAPSHOT);
        let said = words(snapshots::remove(&context, &id, "snapshot before").await);
        assert!(said.contains(expected), "{status:?}: {said}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_clone_is_believed_when_it_is_of_its_source_and_as_its_type_says() {
    let honest = |of: &str| {
        json!({
            "id": CLONE, "name": "copy", "size": 1, "status": "available", "bootable": "false", "attachments": [],
            "replication_status": "enabled", "source_volid": of, "volume_type": "ceph",
            "os-vol-host-attr:host": "box@ceph#ceph",
        })
    };
    let cases = [
        (json!({}), None),
        (json!({ "source_volid": null }), Some("is not what was asked for")),
        (
            json!({ "source_volid": "00000000-0000-4000-8000-00000000ffff" }),
            Some("is not what was asked for"),
        ),
        (json!({ "size": 2 }), Some("is not what was asked for")),
        (json!({ "status": "error" }), Some("went to status error")),
        (
            json!({ "replication_status": "disabled" }),
            Some("replication_status disabled"),
        ),
        (
            json!({ "os-vol-host-attr:host": "other@ceph#ceph" }),
            Some("is not on the backend that is drilled"),
        ),
    ];
    for (lie, expected) in cases {
        let (fake, mut context, id) = world().await;
        let mut seen = honest(&id);
        for (key, value) in lie.as_object().expect("an object") {
            seen[key] = value.clone();
        }
        let made = Reply::Service(202, json!({ "volume": seen.clone() }));
        lies(
            &fake,
            ("POST /volumes", made),
            path(&format!("volumes/{CLONE}")),
            vec![shown("volume", seen)],
        );
        let wanted = type_of(&context, "ceph");
        let planned = PlannedVolume {
            name: VolumeName::new("copy").expect("a name"),
            size_gib: 1,
            at: wanted.at.clone(),
            volume_type: wanted,
            image: None,
        };
        let result = clones::clone(&mut context, &planned, Of::Volume(&data()), true).await;
        match expected {
            None => result.expect("it is what was asked for"),
            Some(expected) => {
                let said = words(result);
                assert!(said.contains(expected), "{lie}: {said}");
            }
        }
        let owed = context.recorder.leftovers().resources;
        assert!(
            owed.iter().any(|resource| resource.id.as_deref() == Some(CLONE)),
            "{owed:?}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_freeze_is_believed_when_the_service_says_so_and_is_owed_before() {
    let frozen = || service(json!({ "frozen": true, "status": "disabled", "disabled_reason": "frozen" }));
    // Frozen by somebody else: nothing is sent.
    let (fake, context, _) = world().await;
    fake.with(|state| state.set([frozen()]));
    let said = words(freezing::freeze(&context).await);
    assert!(said.contains("is frozen already, and not by this step"), "{said}");
    assert!(fake.changes().iter().all(|change| !change.contains("freeze")));
    // Somebody else's volumes: nothing is sent.
    let (fake, context, _) = world().await;
    fake.with(|state| {
        let mut foreign = state.volumes[0].clone();
        foreign["id"] = json!("00000000-0000-4000-8000-00000000ffff");
        foreign["metadata"] = json!({});
        state.volumes.push(foreign);
    });
    let said = words(freezing::freeze(&context).await);
    assert!(said.contains("holds 1 foreign volume"), "{said}");
    assert!(fake.changes().iter().all(|change| !change.contains("freeze")));
    // Accepted, and nothing happens; or the answer is lost, and it is frozen all the same.
    for (answer, freezes) in [
        (Reply::Service(200, Value::Null), false),
        (Reply::Proxy(504), false),
        (Reply::Service(200, Value::Null), true),
        (Reply::Proxy(504), true),
    ] {
        let (fake, mut context, _) = world().await;
        let mut answer = Some(answer);
        let (mut sent, mut thawed) = (false, false);
        fake.instead(move |_, asked| {
            if asked.ends_with("/os-services/freeze") {
                sent = true;
                return answer.take();
            }
            if asked.ends_with("/os-services/thaw") {
                thawed = true;
                return Some(Reply::Service(200, Value::Null));
            }
            let is_frozen = sent && freezes && !thawed;
            let row = if is_frozen { frozen() } else { service(json!({})) };
            asked
                .ends_with("/os-services")
                .then(|| Reply::Service(200, json!({ "services": [row] })))
        });
        let result = freezing::freeze(&context).await;
        assert_eq!(result.is_ok(), freezes, "{result:?}");
        let owed = context.recorder.leftovers().resources;
        assert!(
            owed.iter().any(|resource| resource.kind == ResourceKind::Freeze),
            "{owed:?}"
        );
        // The chain that froze it thaws it before it deletes what it made: nothing is deleted on a frozen backend.
        let left = clean_up_chain(&mut context).await + clean_up(&mut context).await;
        let changes = fake.changes();
        let at = |what: &str| changes.iter().position(|change| change.contains(what));
        if freezes {
            assert_eq!(left, 0, "{:?}", fake.left());
            assert!(at("thaw") < at("DELETE"), "{changes:?}");
        } else {
            assert_eq!(at("thaw"), None, "{changes:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_thaw_is_believed_when_every_row_is_thawed_and_enabled() {
    for (row, expected) in [
        (
            json!({ "frozen": true, "status": "disabled" }),
            "was not thawed and enabled",
        ),
        // A driver that could not thaw is answered with 200, too.
        (
            json!({ "frozen": false, "status": "disabled" }),
            "was not thawed and enabled",
        ),
        (json!({ "frozen": null }), "was not thawed and enabled"),
    ] {
        let (fake, context, _) = world().await;
        fake.with(|state| state.set([service(row.clone())]));
        fake.instead(|_, asked| asked.ends_with("/thaw").then(|| Reply::Service(200, Value::Null)));
        let said = words(freezing::thaw(&context).await);
        assert!(said.contains(expected), "{row}: {said}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_made_from_something_goes_before_it() {
    let (fake, mut context, id) = world().await;
    let run = fake.run.to_string();
    // The answer to the snapshot is lost, and it is there all the same; a clone was made of it.
    let copy = fake.volume(&mut context, "copy");
    fake.with(|state| state.volumes[1]["snapshot_id"] = json!(SNAPSHOT));
    let mut there = false;
    let of = id.clone();
    fake.instead(move |_, asked| {
        if asked.starts_with("POST") && asked.ends_with("/snapshots") {
            there = true;
            return Some(Reply::Proxy(504));
        }
        if asked.starts_with("DELETE") && asked.contains("/snapshots/") {
            there = false;
            return Some(accepted());
        }
        let mut found = snapshot(&of, "available", &run);
        found["name"] = json!(format!("cinder-drill-{run}--before"));
        if asked.ends_with("/snapshots/detail") {
            let all = if there { vec![found] } else { Vec::new() };
            return Some(Reply::Service(200, json!({ "snapshots": all })));
        }
        (asked.starts_with("GET") && asked.contains("/snapshots/")).then(|| match there {
            true => shown("snapshot", found),
            false => Reply::Service(404, json!({ "itemNotFound": { "code": 404, "message": "no" } })),
        })
    });
    assert!(snapshots::make(&mut context, &before(), &data()).await.is_err());
    let left = clean_up(&mut context).await;
    assert_eq!(left, 0, "{:?}", fake.left());
    let deleted: Vec<String> = fake
        .changes()
        .into_iter()
        .filter(|change| change.starts_with("DELETE"))
        .collect();
    assert_eq!(
        deleted,
        [
            format!("DELETE volumes {copy}"),
            format!("DELETE snapshots {SNAPSHOT}"),
            format!("DELETE volumes {id}")
        ]
    );
}
