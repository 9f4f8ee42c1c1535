//! Where services are looked for.

use std::sync::Arc;

use serde_json::{Value, json};

use super::fake_cloud::{FakeCloud, PROJECT, Records, service, token_answer};
use crate::cloud::config::Interface;
use crate::cloud::{ApiError, ApiErrorKind, Cloud, CloudConfig, ServiceKind};

async fn endpoint(
    catalog: Value,
    service: ServiceKind,
    change: impl FnOnce(&mut CloudConfig),
) -> Result<String, ApiError> {
    let fake = FakeCloud::start(move |seen| {
        seen.is("POST", "/identity/v3/auth/tokens")
            .then(|| token_answer("token", &catalog))
    })
    .await;
    let mut config = fake.config();
    change(&mut config);
    let cloud = Cloud::connect(config, Arc::new(Records::default())).await.unwrap();
    cloud.endpoint(service).map(String::from)
}

#[tokio::test]
async fn addresses_get_the_version_and_project_that_they_lack() {
    for (service_type, url, kind, expected) in [
        (
            "volumev3",
            "http://box:8776/v3/abc",
            ServiceKind::BlockStorage,
            "http://box:8776/v3/abc/".to_owned(),
        ),
        (
            "block-storage",
            "http://box/volume/v3",
            ServiceKind::BlockStorage,
            "http://box/volume/v3/".to_owned(),
        ),
        (
            "block-storage",
            "http://box/volume",
            ServiceKind::BlockStorage,
            format!("http://box/volume/v3/{PROJECT}/"),
        ),
        (
            "compute",
            "http://box:8774/v2.1",
            ServiceKind::Compute,
            "http://box:8774/v2.1/".to_owned(),
        ),
        (
            "compute",
            "http://box:8774",
            ServiceKind::Compute,
            "http://box:8774/v2.1/".to_owned(),
        ),
        (
            "image",
            "http://box:9292",
            ServiceKind::Image,
            "http://box:9292/v2/".to_owned(),
        ),
        (
            "network",
            "http://box:9696/",
            ServiceKind::Network,
            "http://box:9696/v2.0/".to_owned(),
        ),
    ] {
        let found = endpoint(json!([service(service_type, "R", url)]), kind, |_| {})
            .await
            .unwrap();
        assert_eq!(found, expected);
    }
}

#[tokio::test]
async fn region_and_interface_choose() {
    let catalog = json!([{ "type": "compute", "endpoints": [
        { "interface": "public", "region_id": "A", "url": "http://public-a/v2.1" },
        { "interface": "internal", "region_id": "A", "url": "http://internal-a/v2.1" },
        { "interface": "public", "region": "B", "url": "http://public-b/v2.1" },
    ] }]);
    let found = endpoint(catalog.clone(), ServiceKind::Compute, |config| {
        config.region = Some("B".to_owned())
    })
    .await;
    assert_eq!(found.unwrap(), "http://public-b/v2.1/");
    let found = endpoint(catalog.clone(), ServiceKind::Compute, |config| {
        config.interface = Interface::Internal
    })
    .await;
    assert_eq!(found.unwrap(), "http://internal-a/v2.1/");
    let error = endpoint(catalog, ServiceKind::Compute, |_| {}).await.unwrap_err();
    assert!(
        matches!(error.kind(), ApiErrorKind::RegionNotChosen { .. }),
        "{error:?}"
    );
    assert_eq!(error.details(), [("regions", "A, B".to_owned())]);
}

#[tokio::test]
async fn the_second_version_of_cinder_is_not_the_third() {
    let catalog = json!([
        service("volumev2", "R", "http://box:8776/v2/abc"),
        service("volumev3", "R", "http://box:8776/v3/abc")
    ]);
    let found = endpoint(catalog, ServiceKind::BlockStorage, |_| {}).await.unwrap();
    assert_eq!(found, "http://box:8776/v3/abc/");
}

#[tokio::test]
async fn an_override_replaces_the_catalog() {
    let found = endpoint(json!([]), ServiceKind::BlockStorage, |config| {
        let url = "http://tunnel:1234/v3/%(project_id)s".parse().unwrap();
        config.endpoint_overrides.insert(ServiceKind::BlockStorage, url);
    })
    .await;
    assert_eq!(found.unwrap(), format!("http://tunnel:1234/v3/{PROJECT}/"));
}

/// Case 18 of the public reports: a catalog of 2026.1 behind one address, in which most entries are of no use.
#[tokio::test]
async fn case_18_what_nobody_asks_for_may_be_incomplete() {
    let catalog = json!([
        { "type": "object-store", "name": "swift", "endpoints": [
            { "interface": "public", "region": null, "region_id": null, "url": "http://cloud/api/object" },
        ] },
        { "type": "alarming" },
        { "type": "placement", "name": null, "endpoints": [] },
        { "type": "block-storage", "name": "cinder", "endpoints": [
            { "interface": "public", "region": "R", "region_id": "R", "url": "http://cloud/api/block/v3" },
        ] },
    ]);
    let found = endpoint(catalog.clone(), ServiceKind::BlockStorage, |_| {}).await;
    assert_eq!(found.unwrap(), "http://cloud/api/block/v3/");
    let found = endpoint(catalog, ServiceKind::BlockStorage, |config| {
        config.region = Some("R".to_owned())
    })
    .await;
    assert_eq!(found.unwrap(), "http://cloud/api/block/v3/");
}
