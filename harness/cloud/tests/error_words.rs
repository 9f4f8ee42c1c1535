//! The words of every error, compared with harness/cloud/golden.

use std::fmt::Write;
use std::sync::Arc;

use serde_json::json;

use super::fake_cloud::{
    FakeCloud, PROJECT, Records, answer, config, deserted_address, silent_server, text_answer, with_header,
};
use crate::cloud::{ApiError, Cloud, NewVolume, RetryPolicy, ServiceKind};

/// Compares an error with its golden file; free ports are written as `PORT`, and what differs from one system or OpenSSL
/// to the next is evened out.
pub(super) fn assert_words(name: &str, error: &ApiError) {
    let mut words = format!("error: {}\n", error.summary());
    for (label, text) in error.details() {
        writeln!(words, "  {label}: {text}").unwrap();
    }
    if let Some(help) = error.help() {
        writeln!(words, "  help: {help}").unwrap();
    }
    writeln!(words, "outcome unknown: {}", error.outcome_unknown()).unwrap();
    let ports = regex::Regex::new(r"127\.0\.0\.1:\d+").unwrap();
    let words = ports.replace_all(&words, "127.0.0.1:PORT");
    let system_errors = regex::Regex::new(r" \(os error \d+\)").unwrap();
    let words = system_errors
        .replace_all(&words, "")
        .replace("self signed", "self-signed");
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../golden");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, words));
}

/// The error of reading a volume that is answered so.
async fn read(name: &str, reply: fn() -> axum::http::Response<axum::body::Body>) {
    let fake = FakeCloud::start(move |seen| seen.path.ends_with("/volumes/1").then(reply)).await;
    assert_words(name, &fake.connect().await.volume(&"1".into()).await.unwrap_err());
}

/// The error of a fail-over that is answered so.
async fn failover(name: &str, reply: fn() -> axum::http::Response<axum::body::Body>) {
    let fake = FakeCloud::start(move |seen| seen.path.ends_with("/failover_host").then(reply)).await;
    let error = fake
        .connect()
        .await
        .failover_host(&"box@ceph".parse().unwrap(), None)
        .await
        .unwrap_err();
    assert_words(name, &error);
}

async fn connect_error(auth_url: &str) -> ApiError {
    Cloud::connect(config(auth_url), Arc::new(Records::default()))
        .await
        .unwrap_err()
}

#[tokio::test]
async fn no_cloud_at_the_address() {
    let (address, _socket) = deserted_address();
    assert_words("connection-refused", &connect_error(&format!("{address}/v3/")).await);
}

#[tokio::test]
async fn a_name_without_an_address() {
    let mut config = config("http://keystone.invalid:5000/v3/");
    config.retry = RetryPolicy {
        attempts: 1,
        ..config.retry
    };
    let error = Cloud::connect(config, Arc::new(Records::default())).await.unwrap_err();
    // The cause is the resolver's own words, which differ from machine to machine.
    assert_eq!(
        error.summary(),
        "no Keystone at this address: the host's name has no address"
    );
    assert_eq!(
        error.help().as_deref(),
        Some("the address is `auth_url` in clouds.yaml (or OS_AUTH_URL)")
    );
}

#[tokio::test]
async fn a_wrong_password() {
    let fake = FakeCloud::start(|seen| seen.path.ends_with("/auth/tokens").then(unauthorized)).await;
    assert_words(
        "wrong-password",
        &connect_error(&format!("{}/identity/v3/", fake.url)).await,
    );
}

fn unauthorized() -> axum::http::Response<axum::body::Body> {
    let message = "The request you have made requires authentication.";
    answer(
        401,
        &json!({ "error": { "code": 401, "title": "Unauthorized", "message": message } }),
    )
}

#[tokio::test]
async fn a_project_that_is_not_the_users() {
    let fake = FakeCloud::start(|seen| match seen.path.as_str() {
        "/identity/v3/auth/projects" => Some(answer(200, &json!({ "projects": [{ "id": "1", "name": "service" }] }))),
        "/identity/v3/auth/tokens" if seen.json()["auth"]["scope"] == "unscoped" => Some(with_header(
            answer(201, &json!({ "token": {} })),
            "x-subject-token",
            "t",
        )),
        "/identity/v3/auth/tokens" => Some(unauthorized()),
        _ => None,
    })
    .await;
    assert_words(
        "wrong-project",
        &connect_error(&format!("{}/identity/v3/", fake.url)).await,
    );
}

#[tokio::test]
async fn something_that_is_no_keystone() {
    let fake = FakeCloud::start(|_| Some(text_answer(200, "text/html", "<html>It works!</html>"))).await;
    assert_words("no-keystone", &connect_error(&format!("{}/v3/", fake.url)).await);
    let fake = FakeCloud::start(|_| Some(text_answer(404, "text/html", "<title>404 Not Found</title>"))).await;
    assert_words(
        "no-keystone-at-the-path",
        &connect_error(&format!("{}/v3/", fake.url)).await,
    );
}

#[tokio::test]
async fn a_token_that_no_service_takes() {
    let fake = FakeCloud::start(|seen| {
        seen.path
            .ends_with("/volumes/1")
            .then(|| text_answer(401, "text/html", "Authentication required"))
    })
    .await;
    assert_words(
        "token-refused",
        &fake.connect().await.volume(&"1".into()).await.unwrap_err(),
    );
}

#[tokio::test]
async fn a_renewal_that_is_refused() {
    let fake = FakeCloud::start(|seen| {
        (seen.path.ends_with("/volumes/1") || seen.path.ends_with("/auth/tokens") && seen.earlier > 0)
            .then(unauthorized)
    })
    .await;
    assert_words(
        "renewal-refused",
        &fake.connect().await.volume(&"1".into()).await.unwrap_err(),
    );
}

#[tokio::test]
async fn a_service_that_the_catalog_does_not_have() {
    let fake = FakeCloud::start(|_| None).await;
    let mut config = fake.config();
    config.region = Some("RegionTwo".to_owned());
    let cloud = Cloud::connect(config, Arc::new(Records::default())).await.unwrap();
    assert_words(
        "service-missing",
        &cloud.endpoint(ServiceKind::BlockStorage).unwrap_err(),
    );
}

#[tokio::test]
async fn a_cinder_that_is_too_old() {
    let fake = FakeCloud::start(|seen| {
        let old = json!({ "versions": [{ "id": "v3.0", "version": "3.15" }] });
        seen.is("GET", "/volume/v3/").then(|| answer(200, &old))
    })
    .await;
    assert_words(
        "version-not-offered",
        &fake.connect().await.volume(&"1".into()).await.unwrap_err(),
    );
}

#[tokio::test]
async fn refusals_of_every_kind() {
    read("not-found", || {
        answer(
            404,
            &json!({ "itemNotFound": { "code": 404, "message": "Volume 1 could not be found." } }),
        )
    })
    .await;
    failover("forbidden", || {
        let message = "Policy doesn't allow volume:failover_host to be performed.";
        answer(403, &json!({ "forbidden": { "code": 403, "message": message } }))
    })
    .await;
    failover("bad-request", || {
        answer(
            400,
            &json!({ "badRequest": { "code": 400, "message": "No service found with host=box@ceph" } }),
        )
    })
    .await;
    read("version-not-acceptable", || {
        let message = "Version 3.60 is not supported by the API. Minimum is 3.0 and maximum is 3.50.";
        answer(406, &json!({ "computeFault": { "code": 406, "message": message } }))
    })
    .await;
    read("redirect", || {
        with_header(
            text_answer(301, "text/html", ""),
            "location",
            "https://cloud.example/v3/",
        )
    })
    .await;
    read("rate-limited", || {
        let body = json!({ "overLimit": { "code": 429, "message": "This request was rate-limited." } });
        with_header(answer(429, &body), "retry-after", "3600")
    })
    .await;
}

#[tokio::test]
async fn a_server_in_the_wrong_state() {
    let fake = FakeCloud::start(|seen| {
        let message = "Cannot 'shelve' instance 1 while it is in vm_state error";
        seen.path.ends_with("/action").then(|| {
            answer(
                409,
                &json!({ "conflictingRequest": { "code": 409, "message": message } }),
            )
        })
    })
    .await;
    assert_words("conflict", &fake.connect().await.shelve(&"1".into()).await.unwrap_err());
}

#[tokio::test]
async fn a_quota_that_is_used_up() {
    let fake = FakeCloud::start(|seen| {
        let message = "VolumeLimitExceeded: Maximum number of volumes allowed (10) exceeded for quota 'volumes'.";
        let body = json!({ "overLimit": { "code": 413, "message": message, "retryAfter": "0" } });
        seen.path
            .ends_with("/volumes")
            .then(|| with_header(answer(413, &body), "retry-after", "0"))
    })
    .await;
    let new = NewVolume {
        name: "one".to_owned(),
        size_gib: 1,
        ..NewVolume::default()
    };
    assert_words("quota", &fake.connect().await.create_volume(&new).await.unwrap_err());
}

#[tokio::test]
async fn faults_of_the_cloud() {
    let fault = || {
        let message = "The server has either erred or is incapable of performing the requested operation.";
        answer(500, &json!({ "computeFault": { "code": 500, "message": message } }))
    };
    read("fault-of-a-read", fault).await;
    failover("fault-of-a-change", fault).await;
    failover("fault-of-a-proxy", || {
        text_answer(
            504,
            "text/html",
            "<html><head><title>504 Gateway Time-out</title></head></html>",
        )
    })
    .await;
}

#[tokio::test]
async fn answers_that_cannot_be_read() {
    read("not-json", || {
        text_answer(
            200,
            "text/html",
            "<html><body>Please log in to the portal.</body></html>",
        )
    })
    .await;
    read("wrong-shape", || {
        let volume = json!({ "id": "1", "size": "large", "status": "available", "adminPass": "hunter2" });
        answer(200, &json!({ "volume": volume }))
    })
    .await;
    let fake = FakeCloud::start(|seen| {
        let listed = json!({ "volumes": [{ "id": "1", "size": 1, "status": "available" }, { "id": "2", "status": "available" }] });
        seen.path.ends_with("/volumes/detail").then(|| answer(200, &listed))
    })
    .await;
    assert_words(
        "wrong-shape-in-a-list",
        &fake.connect().await.volumes().await.unwrap_err(),
    );
}

#[tokio::test]
async fn answers_that_get_lost() {
    let fake = FakeCloud::start(|_| None).await;
    let mut config = fake.config();
    config.endpoint_overrides.insert(
        ServiceKind::Network,
        silent_server(Arc::default()).await.parse().unwrap(),
    );
    let cloud = Cloud::connect(config, Arc::new(Records::default())).await.unwrap();
    assert_words(
        "answer-of-a-change-lost",
        &cloud.delete_floating_ip(&"1".into()).await.unwrap_err(),
    );
    assert_words("answer-of-a-read-lost", &cloud.ports_of(&"1".into()).await.unwrap_err());
}

#[tokio::test]
async fn answers_that_take_too_long() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let fake = FakeCloud::start(|_| None).await;
    let mut config = fake.config();
    config.endpoint_overrides.insert(
        ServiceKind::Network,
        format!("http://{}", listener.local_addr().unwrap()).parse().unwrap(),
    );
    config.timeouts.change = std::time::Duration::from_millis(50);
    let cloud = Cloud::connect(config, Arc::new(Records::default())).await.unwrap();
    assert_words(
        "change-timed-out",
        &cloud.delete_floating_ip(&"1".into()).await.unwrap_err(),
    );
}

#[tokio::test]
async fn one_line_has_everything_but_the_help() {
    let fake = FakeCloud::start(|_| None).await;
    let error = fake.connect().await.volume(&"1".into()).await.unwrap_err();
    let url = format!("{}/volume/v3/{PROJECT}/volumes/1", fake.url);
    assert_eq!(
        error.to_string(),
        format!(
            "Cinder answered 404 Not Found: The resource could not be found. (asked: GET {url} (block-storage); request id: \
             req-00000000-0000-4000-8000-000000000001)"
        )
    );
}
