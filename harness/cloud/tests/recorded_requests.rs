//! What the client asks is what was recorded on a real cloud, and it understands what that answered.

use std::collections::BTreeMap;

use super::captures::Capture;
use super::fake_cloud::{FakeCloud, PROJECT, text_answer, with_header};
use crate::cloud::{ApiErrorKind, BackendHost, Cloud, NewVolume};

/// A cloud that answers one recorded request, whatever project it was recorded in, and the recording.
async fn replay(name: &str) -> (FakeCloud, Cloud, Capture) {
    let capture = Capture::read(name);
    let service = if capture.path.starts_with("v3/") {
        "volume"
    } else {
        "compute"
    };
    let path = format!("/{service}/{}", in_this_project(&capture.path));
    let path = path.split_once('?').map_or(path.as_str(), |(path, _)| path).to_owned();
    let (method, status, body, request_id) = (
        capture.method.clone(),
        capture.status,
        capture.body.clone(),
        capture.request_id.clone(),
    );
    let fake = FakeCloud::start(move |seen| {
        seen.is(&method, &path).then(|| {
            with_header(
                text_answer(status, "application/json", body.clone()),
                "x-openstack-request-id",
                &request_id,
            )
        })
    })
    .await;
    let cloud = fake.connect().await;
    (fake, cloud, capture)
}

fn in_this_project(path: &str) -> String {
    let mut segments: Vec<&str> = path.split('/').collect();
    if segments[0] == "v3" {
        segments[1] = PROJECT;
    }
    segments.join("/")
}

/// Compares the last request with the recorded one: method, path, microversion and body.
fn assert_asked_as_recorded(fake: &FakeCloud, capture: &Capture) {
    let seen = fake.seen().pop().unwrap();
    assert_eq!(seen.method.as_str(), capture.method);
    assert!(
        seen.path.ends_with(&in_this_project(&capture.path)),
        "{} against {}",
        seen.path,
        capture.path
    );
    let version = seen
        .headers
        .get("openstack-api-version")
        .map(|version| version.to_str().unwrap().to_owned());
    assert_eq!(version, capture.version);
    let body = (!seen.body.is_empty()).then(|| seen.json());
    assert_eq!(body, capture.request);
    assert!(seen.token().starts_with("token-"));
}

fn backend() -> BackendHost {
    "lab@ceph".parse().unwrap()
}

#[tokio::test]
async fn failover_and_failback() {
    let (fake, cloud, capture) = replay("flows/007-failover-failover.http").await;
    cloud.failover_host(&backend(), None).await.unwrap();
    assert_asked_as_recorded(&fake, &capture);
    let (fake, cloud, capture) = replay("flows/016-failover-failback.http").await;
    cloud.failover_host(&backend(), Some("default")).await.unwrap();
    assert_asked_as_recorded(&fake, &capture);
}

#[tokio::test]
async fn failover_of_an_unknown_host() {
    let (_fake, cloud, capture) = replay("planned/040-failover-unknown-host.http").await;
    let error = cloud
        .failover_host(&"lab@nonesuch".parse().unwrap(), None)
        .await
        .unwrap_err();
    assert_eq!(error.status(), Some(400));
    assert_eq!(error.request_id(), Some(capture.request_id.as_str()));
    assert!(!error.outcome_unknown());
    let message = "No service found with host=lab@nonesuch";
    assert!(
        matches!(error.kind(), ApiErrorKind::Answered { message: Some(text), .. } if text == message),
        "{error}"
    );
}

#[tokio::test]
async fn creating_a_bootable_volume() {
    let (fake, cloud, mut capture) = replay("flows/001-volume-create-bootable.http").await;
    let new = NewVolume {
        name: "test-bootable-replicated".to_owned(),
        size_gib: 1,
        source: None,
        volume_type: Some("ceph".to_owned()),
        image: Some("85fcbdaf-ca45-431d-a2ca-226e97c08fec".into()),
        metadata: BTreeMap::new(),
    };
    let volume = cloud.create_volume(&new).await.unwrap();
    // The recording was made without metadata, which every volume of a run has.
    capture.request.as_mut().unwrap()["volume"]["metadata"] = serde_json::json!({});
    assert_asked_as_recorded(&fake, &capture);
    assert_eq!(volume.id.as_str(), "c68d9b55-5bfd-42b5-a5a7-b395229f2023");
    assert_eq!(volume.status, "creating");
    assert_eq!(volume.replication_status, None);
    assert!(!volume.bootable);
}

#[tokio::test]
async fn deleting_a_volume() {
    let (fake, cloud, capture) = replay("planned/035-delete-create-while-frozen.http").await;
    cloud
        .delete_volume(&"0762a98a-75c5-4c84-bde5-4337d9afc4e3".into())
        .await
        .unwrap();
    assert_asked_as_recorded(&fake, &capture);
}

#[tokio::test]
async fn shelving_and_unshelving() {
    let server = "0b61b980-01f9-41c8-a8a2-d47c03bf7bb9".into();
    let (fake, cloud, capture) = replay("flows/012-server-shelve-failover.http").await;
    cloud.shelve(&server).await.unwrap();
    assert_asked_as_recorded(&fake, &capture);
    let (fake, cloud, capture) = replay("flows/013-server-unshelve-failover.http").await;
    cloud.unshelve(&server).await.unwrap();
    assert_asked_as_recorded(&fake, &capture);
}

#[tokio::test]
async fn attaching_and_detaching_a_volume() {
    let server = "43cf54e8-3bd1-4072-8285-4ee37ac39634".into();
    let volume = "3155206f-1b95-4519-a1d1-8aab15035120".into();
    let (fake, cloud, capture) = replay("flows/006-server-add-volume-first.http").await;
    let attached = cloud.attach_volume(&server, &volume).await.unwrap();
    assert_asked_as_recorded(&fake, &capture);
    assert_eq!(attached.device.as_deref(), Some("/dev/vdb"));
    assert_eq!(attached.volume_id, volume);
    let (fake, cloud, capture) = replay("flows/014-server-remove-volume-failover.http").await;
    cloud.detach_volume(&server, &volume).await.unwrap();
    assert_asked_as_recorded(&fake, &capture);
}

#[tokio::test]
async fn reading_an_attachment() {
    let (fake, cloud, capture) = replay("planned/017-attachment-show-a-mv344.http").await;
    let attachment = cloud
        .attachment(&"eebc21ae-6605-415d-b3e4-d4e405db7aa3".into())
        .await
        .unwrap();
    assert_asked_as_recorded(&fake, &capture);
    assert_eq!(attachment.status, "attached");
    assert_eq!(attachment.volume_id.as_str(), "b6a1a178-f60e-46ac-a358-4b90abe9b061");
    assert_eq!(attachment.connection_info["cluster_name"], "ceph");
    assert_eq!(attachment.connection_info["hosts"], serde_json::json!(["10.77.1.2"]));
    assert_eq!(attachment.connection_info.len(), 16);
    let debug = format!("{attachment:?}");
    assert!(
        debug.contains("secret_uuid") && !debug.contains("11111111-aaaa"),
        "{debug}"
    );
}

#[tokio::test]
async fn reading_types_pools_and_messages() {
    let (fake, cloud, capture) = replay("planned/002-types.http").await;
    let types = cloud.volume_types().await.unwrap();
    assert_eq!(fake.seen().pop().unwrap().query, "is_public=None");
    assert!(capture.path.ends_with("types?is_public=None"));
    let replicated: Vec<_> = types
        .iter()
        .map(|kind| (kind.name.as_str(), kind.is_replicated()))
        .collect();
    assert_eq!(replicated, [("ceph", true), ("plain", false), ("__DEFAULT__", false)]);

    let (_fake, cloud, _) = replay("planned/004-scheduler-stats.http").await;
    let pools = cloud.pools().await.unwrap();
    assert_eq!(pools.len(), 1);
    assert_eq!(pools[0].name, "lab@ceph#ceph");
    assert!(pools[0].capabilities.replication_enabled);
    assert_eq!(pools[0].capabilities.replication_targets, ["ceph2", "default"]);

    let (_fake, cloud, _) = replay("planned/034-messages-create-while-frozen.http").await;
    let messages = cloud
        .messages_of(&"0762a98a-75c5-4c84-bde5-4337d9afc4e3".into())
        .await
        .unwrap();
    assert_eq!(
        messages.len(),
        1,
        "the recording has six, of which one is about this volume"
    );
    assert_eq!(
        messages[0].user_message,
        "schedule allocate volume:Could not find any available weighted backend."
    );
}

#[tokio::test]
async fn reading_services() {
    let (_fake, cloud, _) = replay("planned/007-services-all.http").await;
    let services = cloud.services(Some(&backend())).await.unwrap();
    assert_eq!(services.len(), 1, "the scheduler is not a backend");
    assert_eq!(services[0].active_backend_id, None);
    assert_eq!(services[0].disabled_reason, None);
    let (fake, cloud, _) = replay("flows/009-services-failover-failed-over.http").await;
    let services = cloud.services(Some(&backend())).await.unwrap();
    assert_eq!(fake.seen().pop().unwrap().query, "binary=cinder-volume&host=lab%40ceph");
    assert_eq!(services[0].replication_status.as_deref(), Some("failed-over"));
    assert_eq!(services[0].active_backend_id.as_deref(), Some("ceph2"));
    assert_eq!(services[0].status, "disabled");
    assert_eq!(services[0].disabled_reason.as_deref(), Some("failed-over"));
    let (_fake, cloud, _) = replay("planned/079-services-failback-enabled.http").await;
    let services = cloud.services(None).await.unwrap();
    assert_eq!(services[0].active_backend_id, None, "an empty text is no backend");
}

#[tokio::test]
async fn the_volumes_of_a_backend() {
    let (fake, cloud, _) = replay("planned/050-volumes-detail-failed-over.http").await;
    let on_it = cloud.volumes_on(&backend()).await.unwrap();
    assert_eq!(fake.seen().pop().unwrap().query, "all_tenants=1");
    let names: Vec<_> = on_it.iter().map(|volume| volume.name.as_deref().unwrap()).collect();
    assert_eq!(names, ["plain", "idle", "repl"]);
    assert_eq!(cloud.volumes_on(&"lab@other".parse().unwrap()).await.unwrap(), []);
}
