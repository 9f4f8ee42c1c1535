//! Recorded and documented bodies, read into the client's own types.

use serde::Deserialize;
use serde_json::json;

use super::captures::Capture;
use crate::cloud::compute::ServerVolume;
use crate::cloud::error::answer_message;
use crate::cloud::{AddressKind, Pool, Quota, QuotaUsage, Server, Service, Volume};

#[derive(Deserialize)]
struct VolumeBody {
    volume: Volume,
}

#[derive(Deserialize)]
struct ServicesBody {
    services: Vec<Service>,
}

#[test]
fn a_bootable_volume() {
    let volume = Capture::read("flows/002-volume-bootable.http")
        .json::<VolumeBody>()
        .volume;
    assert!(volume.bootable);
    assert_eq!(volume.host(), Some("lab@ceph#ceph"));
    assert!(volume.is_on(&"lab@ceph".parse().unwrap()));
    assert_eq!(volume.size_gib, 1);
    assert_eq!(volume.volume_type.as_deref(), Some("ceph"));
    assert_eq!(volume.replication_status.as_deref(), Some("enabled"));
    assert_eq!(volume.project_id.as_deref(), Some("834920a18dd247a38dc1d9b0eb591ea2"));
    assert_eq!(volume.attachments, []);
}

#[test]
fn a_failed_over_volume_in_use() {
    let volume = Capture::read("flows/010-volume-failover-bfv.http")
        .json::<VolumeBody>()
        .volume;
    assert_eq!(
        (volume.status.as_str(), volume.replication_status.as_deref()),
        ("in-use", Some("failed-over"))
    );
    let attachment = &volume.attachments[0];
    assert_eq!(
        attachment.attachment_id.as_str(),
        "d7417a37-5946-4eb7-b063-1a2910e9428f"
    );
    assert_eq!(
        attachment.server_id.as_ref().unwrap().as_str(),
        "0b61b980-01f9-41c8-a8a2-d47c03bf7bb9"
    );
    assert_eq!(attachment.device.as_deref(), Some("/dev/vda"));
}

#[test]
fn a_volume_whose_place_is_unknown_is_not_one_whose_place_is_hidden() {
    let volume = |extra: serde_json::Value| -> Volume {
        let mut body = json!({ "id": "1", "size": 1, "status": "creating", "name": null, "metadata": {} });
        body.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        serde_json::from_value(body).unwrap()
    };
    assert_eq!(volume(json!({})).placement, None);
    assert_eq!(volume(json!({ "os-vol-host-attr:host": null })).placement, Some(None));
    assert_eq!(
        volume(json!({ "os-vol-host-attr:host": "a@b#c" })).host(),
        Some("a@b#c")
    );
}

#[test]
fn refusals_are_understood() {
    for (name, message) in [
        (
            "planned/040-failover-unknown-host.http",
            "No service found with host=lab@nonesuch",
        ),
        (
            "planned/041-failover-empty-body.http",
            "Invalid input received: Host field is missing.",
        ),
        (
            "planned/063-attach-plain-failed-over.http",
            "Invalid volume: Volume attachments can not be created if the volume is in an error state. The Volume \
             cd4f6529-da36-4a8e-9bcb-499e4d7ec063 currently has a status of: error",
        ),
    ] {
        assert_eq!(
            answer_message(Capture::read(name).body.as_bytes()).as_deref(),
            Some(message)
        );
    }
}

#[test]
fn a_service_that_fails_over() {
    let services = Capture::read("flows/008-services-failover-failing-over.http")
        .json::<ServicesBody>()
        .services;
    assert_eq!(services[0].replication_status.as_deref(), Some("failing-over"));
    assert_eq!(services[0].status, "enabled");
    assert_eq!(services[0].active_backend_id, None);
    assert_eq!(services[0].frozen, Some(false));
}

#[test]
fn a_server_with_both_kinds_of_address() {
    // After the example of the API reference for GET /servers/{id}, as an administrator sees it.
    let server: Server = serde_json::from_value(json!({
        "id": "0b61b980-01f9-41c8-a8a2-d47c03bf7bb9", "name": "app", "status": "ERROR",
        "OS-EXT-STS:task_state": null, "OS-EXT-STS:vm_state": "error", "OS-EXT-STS:power_state": 0,
        "OS-EXT-SRV-ATTR:host": null, "key_name": null, "metadata": { "run": "1" }, "image": "",
        "fault": { "message": "No valid host was found.", "code": 500, "created": "2026-11-23T12:15:04Z" },
        "addresses": { "lab": [
            { "addr": "fd00::5", "version": 6, "OS-EXT-IPS:type": "fixed", "OS-EXT-IPS-MAC:mac_addr": "fa:16:3e:00:00:01" },
            { "addr": "10.0.0.5", "version": 4, "OS-EXT-IPS:type": "fixed", "OS-EXT-IPS-MAC:mac_addr": "fa:16:3e:00:00:01" },
            { "addr": "192.0.2.5", "version": 4, "OS-EXT-IPS:type": "floating", "OS-EXT-IPS-MAC:mac_addr": "fa:16:3e:00:00:01" },
        ] },
        "os-extended-volumes:volumes_attached": [{ "id": "c68d9b55-5bfd-42b5-a5a7-b395229f2023", "delete_on_termination": false }],
    }))
    .unwrap();
    let texts = |kind| {
        server
            .addresses_of(kind)
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
    };
    assert_eq!(texts(AddressKind::Fixed), ["10.0.0.5", "fd00::5"]);
    assert_eq!(texts(AddressKind::Floating), ["192.0.2.5"]);
    assert_eq!(server.fault.unwrap().message, "No valid host was found.");
    assert_eq!(
        server.volumes_attached[0].id.as_str(),
        "c68d9b55-5bfd-42b5-a5a7-b395229f2023"
    );
}

#[test]
fn a_volume_of_a_server_since_2_89() {
    let volume: ServerVolume = serde_json::from_value(json!({
        "serverId": "s", "volumeId": "v", "device": "/dev/vdb", "tag": null, "delete_on_termination": false,
        "attachment_id": "a", "bdm_uuid": "b",
    }))
    .unwrap();
    assert_eq!(volume.attachment_id.unwrap().as_str(), "a");
}

#[test]
fn a_pool_may_write_its_truths_as_text() {
    let pool = |replication: serde_json::Value| -> Result<Pool, serde_json::Error> {
        serde_json::from_value(json!({ "name": "a@b#c", "capabilities": { "replication_enabled": replication } }))
    };
    assert!(pool(json!("<is> True")).unwrap().capabilities.replication_enabled);
    assert!(pool(json!(true)).unwrap().capabilities.replication_enabled);
    assert!(!pool(json!(null)).unwrap().capabilities.replication_enabled);
    assert!(pool(json!("perhaps")).is_err());
}

#[test]
fn what_is_left_of_a_quota() {
    let quota: Quota = serde_json::from_value(json!({
        "id": "p", "volumes": { "limit": 10, "in_use": 7, "reserved": 1, "allocated": 0 },
        "gigabytes": { "limit": -1, "in_use": 50, "reserved": 0 }, "volumes_ceph": { "limit": -1, "in_use": 0, "reserved": 0 },
    }))
    .unwrap();
    assert_eq!(quota.volumes.left(), Some(2));
    assert_eq!(quota.gigabytes.left(), None);
    assert_eq!(
        QuotaUsage {
            limit: 1,
            in_use: 5,
            reserved: 0
        }
        .left(),
        Some(0),
        "a lowered limit"
    );
}
