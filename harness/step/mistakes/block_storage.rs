//! Mistakes with Cinder.

use serde_json::{Value, json};

use super::make::{Mistake, NO_SUCH_ID, Subjects};
use crate::cloud::{ServiceKind, WrongCall};

/// Volumes, types, attachments, services.
pub(super) fn mistakes(subjects: &Subjects) -> Vec<Mistake> {
    let mut mistakes = volumes(subjects);
    mistakes.extend(creations(subjects));
    mistakes.extend(attachments(subjects));
    mistakes.extend(broken(subjects));
    mistakes.extend(services());
    mistakes
}

fn get(path: String) -> WrongCall {
    WrongCall::get(ServiceKind::BlockStorage, path).at(3, 60)
}

fn delete(path: String) -> WrongCall {
    WrongCall::delete(ServiceKind::BlockStorage, path).at(3, 60)
}

fn post(path: impl Into<String>, body: Value) -> WrongCall {
    WrongCall::post(ServiceKind::BlockStorage, path, body).at(3, 60)
}

fn volumes(subjects: &Subjects) -> Vec<Mistake> {
    let (volume, action) = (&subjects.volume, format!("volumes/{}/action", subjects.volume));
    vec![
        Mistake::new("volume-unknown", get(format!("volumes/{NO_SUCH_ID}"))),
        Mistake::new("volume-id-malformed", get("volumes/no-such-volume".to_owned())),
        Mistake::new("volume-delete-unknown", delete(format!("volumes/{NO_SUCH_ID}"))),
        Mistake::new("volume-delete-in-use", delete(format!("volumes/{volume}"))),
        Mistake::new(
            "volume-extend-to-its-size",
            post(action.clone(), json!({"os-extend": {"new_size": 1}})),
        ),
        Mistake::new(
            "volume-extend-text",
            post(action.clone(), json!({"os-extend": {"new_size": "big"}})),
        ),
        Mistake::new(
            "volume-action-unknown",
            post(action.clone(), json!({"os-frobnicate": {}})),
        ),
        Mistake::new(
            "volume-status-unknown",
            post(action, json!({"os-reset_status": {"status": "wonderful"}})),
        ),
        Mistake::new(
            "volume-action-on-unknown",
            post(
                format!("volumes/{NO_SUCH_ID}/action"),
                json!({"os-reset_status": {"status": "available"}}),
            ),
        ),
        Mistake::new("volume-type-unknown", get(format!("types/{NO_SUCH_ID}"))),
        Mistake::new("message-unknown", get(format!("messages/{NO_SUCH_ID}"))),
    ]
}

/// Creations, each with metadata by which the clean-up finds what should not have been made.
fn creations(subjects: &Subjects) -> Vec<Mistake> {
    let named = |fields: Value| {
        let mut volume = json!({"name": subjects.stray, "metadata": subjects.metadata});
        if let (Some(volume), Value::Object(fields)) = (volume.as_object_mut(), fields) {
            volume.extend(fields);
        }
        post("volumes", json!({"volume": volume}))
    };
    vec![
        Mistake::new("volume-create-without-body", post("volumes", json!({}))),
        Mistake::new("volume-create-without-size", named(json!({}))),
        Mistake::new("volume-create-size-text", named(json!({"size": "big"}))),
        Mistake::new("volume-create-size-zero", named(json!({"size": 0}))),
        Mistake::new(
            "volume-create-unknown-type",
            named(json!({"size": 1, "volume_type": "no-such-type"})),
        ),
        Mistake::new(
            "volume-create-unknown-image",
            named(json!({"size": 1, "imageRef": NO_SUCH_ID})),
        ),
        Mistake::new(
            "volume-create-unknown-source",
            named(json!({"size": 1, "source_volid": NO_SUCH_ID})),
        ),
        Mistake::new(
            "volume-create-unknown-field",
            named(json!({"size": 1, "volume_type": "no-such-type", "frobnicate": true})),
        ),
    ]
}

fn attachments(subjects: &Subjects) -> Vec<Mistake> {
    let of = |volume: &str| json!({"attachment": {"volume_uuid": volume, "instance_uuid": NO_SUCH_ID}});
    let complete = || {
        WrongCall::post(
            ServiceKind::BlockStorage,
            format!("attachments/{NO_SUCH_ID}/action"),
            json!({"os-complete": {}}),
        )
    };
    vec![
        Mistake::new("attachment-unknown", get(format!("attachments/{NO_SUCH_ID}"))),
        Mistake::new("attachment-delete-unknown", delete(format!("attachments/{NO_SUCH_ID}"))),
        Mistake::new("attachment-create-without-body", post("attachments", json!({}))),
        Mistake::new("attachment-of-unknown-volume", post("attachments", of(NO_SUCH_ID))),
        Mistake::new("attachment-of-volume-in-use", post("attachments", of(&subjects.volume))),
        Mistake::new(
            "attachment-update-unknown",
            WrongCall::put(
                ServiceKind::BlockStorage,
                format!("attachments/{NO_SUCH_ID}"),
                json!({"attachment": {"connector": {}}}),
            )
            .at(3, 60),
        ),
        Mistake::new("attachment-complete-unknown", complete().at(3, 44)),
        // `os-complete` came with 3.44.
        Mistake::new("attachment-complete-too-old", complete().at(3, 27)),
    ]
}

/// With a volume in status `error`.
fn broken(subjects: &Subjects) -> Vec<Mistake> {
    let spare = &subjects.spare;
    vec![
        Mistake::new(
            "attachment-of-volume-in-error",
            post(
                "attachments",
                json!({"attachment": {"volume_uuid": spare, "instance_uuid": NO_SUCH_ID}}),
            ),
        ),
        Mistake::new(
            "volume-extend-in-error",
            post(format!("volumes/{spare}/action"), json!({"os-extend": {"new_size": 2}})),
        ),
    ]
}

/// Services. None of these names the backend that is drilled: a cloud that did what it is asked would do it to no one.
fn services() -> Vec<Mistake> {
    let put = |action: &str, body: Value, version: (u32, u32)| {
        WrongCall::put(ServiceKind::BlockStorage, format!("os-services/{action}"), body).at(version.0, version.1)
    };
    let nowhere = "nowhere@nothing";
    vec![
        Mistake::new(
            "failover-unknown-host",
            put(
                "failover_host",
                json!({"host": nowhere, "backend_id": "default"}),
                (3, 7),
            ),
        ),
        Mistake::new("failover-without-host", put("failover_host", json!({}), (3, 7))),
        Mistake::new(
            "failover-unknown-field",
            put("failover_host", json!({"host": nowhere, "when": "now"}), (3, 7)),
        ),
        Mistake::new(
            "failover-host-and-cluster",
            put("failover_host", json!({"host": nowhere, "cluster": nowhere}), (3, 26)),
        ),
        Mistake::new(
            "failover-unknown-cluster",
            put("failover", json!({"cluster": nowhere}), (3, 26)),
        ),
        Mistake::new("freeze-unknown-host", put("freeze", json!({"host": nowhere}), (3, 60))),
        Mistake::new("thaw-unknown-host", put("thaw", json!({"host": nowhere}), (3, 60))),
        Mistake::new("freeze-without-host", put("freeze", json!({}), (3, 60))),
        Mistake::new(
            "service-action-unknown",
            put("frobnicate", json!({"host": nowhere}), (3, 60)),
        ),
    ]
}
