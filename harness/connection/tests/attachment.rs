//! Whose attachment and whose connection info it is.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::cloud::{Attachment, AttachmentId, ServerId, VolumeId};
use crate::connection::{
    AttachmentFault, ConnectionInfo, ExpectedAttachment, ExpectedImage, judge_attachments, judge_info,
};
use crate::drivers::named;

const VOLUME: &str = "af56c075-2a33-442a-a95d-55f6f41f739c";
const SERVER: &str = "0eb4aa32-fe48-4d9f-80ba-1b38a0aec8f4";
const ATTACHMENT: &str = "2658ce3c-b939-4c21-a175-dd4e2f862b1d";

/// An attachment as the lab's Cinder showed it, with some members replaced.
fn attachment(changes: Value) -> Attachment {
    let mut shown = json!({
        "id": ATTACHMENT, "status": "attached", "instance": SERVER, "volume_id": VOLUME,
        "attached_at": "2026-11-23T11:24:13.000000", "detached_at": "", "attach_mode": "null",
        "connection_info": {
            "name": format!("volumes/volume-{VOLUME}"), "hosts": ["10.77.1.2"], "ports": ["6789"], "cluster_name": "ceph",
            "auth_enabled": true, "auth_username": "cinder", "secret_type": "ceph", "volume_id": VOLUME, "discard": true,
            "driver_volume_type": "rbd", "attachment_id": ATTACHMENT,
        },
    });
    for (key, value) in changes.as_object().expect("an object") {
        shown[key] = value.clone();
    }
    serde_json::from_value(shown).expect("an attachment")
}

fn judged(shown: &[Attachment], given_up: &[&str]) -> Result<AttachmentId, AttachmentFault> {
    let given_up: BTreeSet<AttachmentId> = given_up.iter().map(|id| AttachmentId::from(*id)).collect();
    let (volume, server) = (VolumeId::from(VOLUME), ServerId::from(SERVER));
    let expected = ExpectedAttachment {
        volume: &volume,
        server: &server,
        given_up: &given_up,
    };
    judge_attachments(shown, &expected).map(|one| one.id.clone())
}

fn judged_info(changes: Value, pool: Option<&str>) -> Result<(), AttachmentFault> {
    let mut info = Value::Object(attachment(json!({})).connection_info);
    for (key, value) in changes.as_object().expect("an object") {
        info[key] = value.clone();
    }
    let Value::Object(info) = info else { panic!("an object") };
    let volume = VolumeId::from(VOLUME);
    let expected = ExpectedImage {
        volume: &volume,
        image: &format!("volume-{VOLUME}"),
        pool,
    };
    let profile = named("rbd").expect("a profile");
    judge_info(
        &ConnectionInfo::from(info),
        &AttachmentId::from(ATTACHMENT),
        &expected,
        profile,
    )
}

#[test]
fn the_attachment_of_the_server_is_the_one() {
    let id = AttachmentId::from(ATTACHMENT);
    assert_eq!(judged(&[attachment(json!({}))], &["older"]), Ok(id));
}

#[test]
fn any_other_attachment_is_named_for_what_it_is() {
    let faults = [
        judged(&[], &[]),
        judged(
            &[
                attachment(json!({})),
                attachment(json!({ "id": "9", "instance": null, "status": "reserved" })),
            ],
            &[],
        ),
        judged(&[attachment(json!({}))], &[ATTACHMENT]),
        judged(&[attachment(json!({ "status": "reserved" }))], &[]),
        judged(&[attachment(json!({ "instance": "s-9" }))], &[]),
        judged(&[attachment(json!({ "instance": null }))], &[]),
        judged(&[attachment(json!({ "volume_id": "v-9" }))], &[]),
    ];
    let mut texts: Vec<String> = faults
        .into_iter()
        .map(|fault| text(&fault.expect_err("a fault")))
        .collect();
    texts.push(text(&AttachmentFault::NoInfo(AttachmentId::from(ATTACHMENT))));
    let image = judged_info(json!({ "name": "volumes/volume-9" }), Some("volumes"));
    texts.push(text(&image.expect_err("a fault")));
    insta::assert_snapshot!("attachment-faults", texts.join("\n\n"));
}

fn text(fault: &AttachmentFault) -> String {
    let mut text = fault.summary("volume root");
    for (name, value) in fault.details() {
        text.push_str(&format!("\n  {name}: {}", value.replace('\n', "\n    ")));
    }
    text + &format!("\n  help: {}", fault.help())
}

#[test]
fn info_of_the_volume_is_right_with_and_without_a_declared_pool() {
    assert_eq!(judged_info(json!({}), Some("volumes")), Ok(()));
    assert_eq!(judged_info(json!({}), None), Ok(()));
    // Null and masked fields say nothing.
    assert_eq!(
        judged_info(json!({ "volume_id": null, "name": "***" }), Some("volumes")),
        Ok(())
    );
}

#[test]
fn info_of_anything_else_is_caught_by_each_field() {
    for (changes, pool) in [
        (json!({ "volume_id": "v-9" }), Some("volumes")),
        (json!({ "volume_id": 7 }), Some("volumes")),
        (json!({ "attachment_id": "a-9" }), Some("volumes")),
        (json!({ "name": "volumes/volume-9" }), Some("volumes")),
        (json!({ "name": "volumes/volume-9" }), None),
        (json!({ "name": format!("vms/volume-{VOLUME}") }), Some("volumes")),
        (json!({ "name": format!("volumes/volume-{VOLUME}.deleted") }), None),
        (json!({ "name": null }), Some("volumes")),
    ] {
        let fault = judged_info(changes.clone(), pool).expect_err(&changes.to_string());
        assert!(matches!(fault, AttachmentFault::OtherThing { .. }), "{changes}");
        assert!(fault.is_about_the_connection());
    }
}

#[test]
fn info_that_is_hidden_says_nothing_of_the_connection() {
    let volume = VolumeId::from(VOLUME);
    let expected = ExpectedImage {
        volume: &volume,
        image: "volume-1",
        pool: None,
    };
    let profile = named("rbd").expect("a profile");
    let judged = judge_info(
        &ConnectionInfo::default(),
        &AttachmentId::from(ATTACHMENT),
        &expected,
        profile,
    );
    let fault = judged.expect_err("a fault");
    assert!(!fault.is_about_the_connection());
}

#[test]
fn a_driver_without_image_names_is_not_asked_for_one() {
    let volume = VolumeId::from(VOLUME);
    let expected = ExpectedImage {
        volume: &volume,
        image: "volume-1",
        pool: Some("volumes"),
    };
    let profile = named("iscsi").expect("a profile");
    let Value::Object(fields) = json!({ "driver_volume_type": "iscsi", "name": "anything", "volume_id": VOLUME })
    else {
        panic!("an object")
    };
    let info = ConnectionInfo::from(fields);
    assert_eq!(
        judge_info(&info, &AttachmentId::from(ATTACHMENT), &expected, profile),
        Ok(())
    );
}
