//! Finding by name, and what exists or does not.

use serde_json::json;

use super::fake_cloud::{FakeCloud, answer};
use crate::cloud::{ApiErrorKind, NetworkId};

const UUID: &str = "85fcbdaf-ca45-431d-a2ca-226e97c08fec";

fn image(id: &str, name: &str) -> serde_json::Value {
    json!({ "id": id, "name": name, "status": "active", "disk_format": "raw", "size": 117_440_512, "min_disk": 0, "min_ram": 0 })
}

#[tokio::test]
async fn images_are_found_by_id_by_name_and_over_pages() {
    let fake = FakeCloud::start(|seen| {
        if seen.path == format!("/image/v2/images/{UUID}") {
            return Some(answer(200, &image(UUID, "guest")));
        }
        (seen.path == "/image/v2/images").then(|| {
            answer(
                200,
                &match seen.query.as_str() {
                    "name=guest" => json!({ "images": [image(UUID, "guest")], "first": "/v2/images?name=guest" }),
                    "name=twin" => json!({ "images": [image("1", "twin"), image("2", "twin")] }),
                    "" => json!({ "images": [image("1", "twin")], "next": "/v2/images?marker=1" }),
                    "marker=1" => json!({ "images": [image(UUID, "guest")] }),
                    _ => json!({ "images": [] }),
                },
            )
        })
    })
    .await;
    let cloud = fake.connect().await;
    assert_eq!(cloud.image_by_name_or_id("guest").await.unwrap().id.as_str(), UUID);
    assert_eq!(
        cloud.image_by_name_or_id(UUID).await.unwrap().name.as_deref(),
        Some("guest")
    );
    let error = cloud.image_by_name_or_id("twin").await.unwrap_err();
    assert!(
        matches!(error.kind(), ApiErrorKind::NotUnique { ids, .. } if *ids == ["1", "2"]),
        "{error:?}"
    );
    let error = cloud.image_by_name_or_id("gest").await.unwrap_err();
    assert_eq!(error.details(), [("there are", "guest, twin".to_owned())]);
    assert_eq!(error.help().as_deref(), Some("did you mean 'guest'?"));
}

#[tokio::test]
async fn what_does_not_exist_is_nothing_and_not_an_error() {
    let fake = FakeCloud::start(|_| None).await;
    let cloud = fake.connect().await;
    assert_eq!(cloud.volume_if_exists(&"1".into()).await.unwrap(), None);
    assert_eq!(cloud.server_if_exists(&"1".into()).await.unwrap(), None);
    assert_eq!(cloud.keypair_if_exists("1").await.unwrap(), None);
    assert!(cloud.volume(&"1".into()).await.unwrap_err().is_not_found());
}

#[tokio::test]
async fn names_with_strange_letters_stay_one_segment() {
    let fake = FakeCloud::start(|seen| {
        seen.path.starts_with("/compute/v2.1/os-keypairs/").then(|| {
            answer(
                200,
                &json!({ "keypair": { "name": "a/b c", "public_key": "ssh-ed25519 AAAA", "fingerprint": "aa" } }),
            )
        })
    })
    .await;
    let found = fake.connect().await.keypair_if_exists("a/b c").await.unwrap();
    assert_eq!(found.unwrap().name, "a/b c");
    assert_eq!(fake.seen().pop().unwrap().path, "/compute/v2.1/os-keypairs/a%2Fb%20c");
}

#[tokio::test]
async fn a_floating_ip_is_taken_led_and_given_back() {
    let fake = FakeCloud::start(|seen| {
        let address = |port: serde_json::Value| {
            json!({ "floatingip": { "id": "f", "floating_ip_address": "192.0.2.7", "port_id": port, "status": "DOWN", "description": "run 1" } })
        };
        match (seen.method.as_str(), seen.path.as_str()) {
            ("GET", "/network/v2.0/networks") => Some(answer(200, &json!({ "networks": [
                { "id": "n1", "name": "lab", "router:external": false }, { "id": "n2", "name": "public", "router:external": true }] }))),
            ("GET", "/network/v2.0/ports") if seen.query == "device_id=s" => Some(answer(200, &json!({ "ports": [
                { "id": "p", "network_id": "n1", "fixed_ips": [{ "subnet_id": "x", "ip_address": "10.0.0.5" }] }] }))),
            ("POST", "/network/v2.0/floatingips") => Some(answer(201, &address(json!(null)))),
            ("PUT", "/network/v2.0/floatingips/f") => Some(answer(200, &address(seen.json()["floatingip"]["port_id"].clone()))),
            ("DELETE", "/network/v2.0/floatingips/f") => Some(answer(204, &json!(null))),
            _ => None,
        }
    })
    .await;
    let cloud = fake.connect().await;
    let network = cloud.network_by_name_or_id("public").await.unwrap();
    assert!(network.external);
    let taken = cloud.create_floating_ip(&network.id, "run 1").await.unwrap();
    let asked = json!({ "floatingip": { "floating_network_id": NetworkId::new("n2"), "description": "run 1" } });
    assert_eq!(fake.seen().pop().unwrap().json(), asked);
    let ports = cloud.ports_of(&"s".into()).await.unwrap();
    assert_eq!(ports[0].fixed_ips[0].ip_address.to_string(), "10.0.0.5");
    let led = cloud.associate(&taken.id, &ports[0].id).await.unwrap();
    assert_eq!(led.port_id.as_ref(), Some(&ports[0].id));
    cloud.delete_floating_ip(&taken.id).await.unwrap();
    assert_eq!(fake.count("DELETE", "/network/v2.0/floatingips/f"), 1);
}

#[tokio::test]
async fn flavors_are_found_by_name() {
    let fake = FakeCloud::start(|seen| {
        seen.is("GET", "/compute/v2.1/flavors/detail").then(|| {
            answer(
                200,
                &json!({ "flavors": [{ "id": "42", "name": "c1", "ram": 256, "vcpus": 1, "disk": 1, "swap": 0 }] }),
            )
        })
    })
    .await;
    let cloud = fake.connect().await;
    assert_eq!(cloud.flavor_by_name_or_id("c1").await.unwrap().id.as_str(), "42");
    assert_eq!(
        cloud.flavor_by_name_or_id("c2").await.unwrap_err().summary(),
        "the cloud has no flavor 'c2'"
    );
}

#[tokio::test]
async fn quota_types_and_status_are_asked_for() {
    let project = "/volume/v3/834920a18dd247a38dc1d9b0eb591ea2";
    let fake = FakeCloud::start(move |seen| {
        let path = seen.path.strip_prefix(project)?;
        match (seen.method.as_str(), path) {
            ("GET", "/os-quota-sets/834920a18dd247a38dc1d9b0eb591ea2") => Some(answer(200, &json!({ "quota_set": {
                "volumes": { "limit": 10, "in_use": 1, "reserved": 0 }, "gigabytes": { "limit": 100, "in_use": 1, "reserved": 0 } } }))),
            ("POST", "/types") => Some(answer(200, &json!({ "volume_type": {
                "id": "t", "name": "drill", "is_public": true, "extra_specs": { "replication_enabled": "<is> True" } } }))),
            ("DELETE", "/types/t") | ("POST", "/volumes/v/action") => Some(answer(202, &json!(null))),
            _ => None,
        }
    })
    .await;
    let cloud = fake.connect().await;
    assert_eq!(cloud.quota().await.unwrap().volumes.left(), Some(9));
    let specs = [("replication_enabled".to_owned(), "<is> True".to_owned())].into();
    let made = cloud.create_volume_type("drill", &specs).await.unwrap();
    assert!(made.is_replicated());
    let asked = json!({ "volume_type": { "name": "drill", "extra_specs": { "replication_enabled": "<is> True" } } });
    assert_eq!(fake.seen().pop().unwrap().json(), asked);
    cloud.delete_volume_type(&made.id).await.unwrap();
    cloud.reset_status(&"v".into(), "available").await.unwrap();
    assert_eq!(
        fake.seen().pop().unwrap().json(),
        json!({ "os-reset_status": { "status": "available" } })
    );
}
