//! How requests are sent, repeated and reported.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::body::{Body, Bytes};
use futures::stream::{self, StreamExt};
use serde_json::json;

use super::fake_cloud::{
    FakeCloud, PASSWORD, PROJECT, Records, answer, config, deserted_address, silent_server, text_answer, with_header,
};
use crate::cloud::transport::{Request, Transport};
use crate::cloud::{
    ApiError, ApiErrorKind, BackendHost, Cloud, LostAnswer, NewVolume, RetryPolicy, ServiceKind, Unreachable,
};

const VOLUME: &str = "/volume/v3/834920a18dd247a38dc1d9b0eb591ea2/volumes/1";
const FAILOVER: &str = "/volume/v3/834920a18dd247a38dc1d9b0eb591ea2/os-services/failover_host";

fn volume_body() -> serde_json::Value {
    json!({ "volume": { "id": "1", "size": 1, "status": "available", "name": "one" } })
}

fn backend() -> BackendHost {
    "box@ceph".parse().unwrap()
}

/// A body that breaks off. The pause lets the server send the beginning before it learns of the end.
fn broken_off(beginning: &'static str) -> Body {
    let beginning = stream::iter([Ok(Bytes::from_static(beginning.as_bytes()))]);
    let end = stream::once(async {
        tokio::task::yield_now().await;
        Err(std::io::Error::other("the test cuts it here"))
    });
    Body::from_stream(beginning.chain(end))
}

#[tokio::test]
async fn a_read_is_repeated_until_it_passes_and_every_attempt_is_reported() {
    let fake = FakeCloud::start(|seen| {
        seen.is("GET", VOLUME).then(|| match seen.earlier {
            0 => text_answer(503, "text/html", "<html><title>503 Service Unavailable</title></html>"),
            1 => text_answer(200, "application/json", broken_off(r#"{"volume": {"id": "#)),
            2 => answer(500, &json!({ "computeFault": { "code": 500, "message": "oops" } })),
            _ => answer(200, &volume_body()),
        })
    })
    .await;
    let records = Arc::new(Records::default());
    let cloud = Cloud::connect(fake.config(), records.clone()).await.unwrap();
    assert_eq!(cloud.volume(&"1".into()).await.unwrap().status, "available");
    let records = records.0.lock().unwrap().clone();
    let shown = format!("{records:?}");
    let of_volume: Vec<_> = records
        .into_iter()
        .filter(|record| record.url.ends_with("/volumes/1"))
        .collect();
    let attempts: Vec<_> = of_volume
        .iter()
        .map(|record| (record.attempt, record.status, record.error.is_some()))
        .collect();
    assert_eq!(
        attempts,
        [
            (1, Some(503), false),
            (2, Some(200), true),
            (3, Some(500), false),
            (4, Some(200), false)
        ]
    );
    assert!(
        of_volume
            .iter()
            .all(|record| record.service == ServiceKind::BlockStorage && record.request_id.is_some())
    );
    assert!(!shown.contains("token-0") && !shown.contains(PASSWORD), "{shown}");
}

#[tokio::test]
async fn a_read_that_never_passes_ends() {
    let fake = FakeCloud::start(|seen| seen.is("GET", VOLUME).then(|| answer(502, &json!({})))).await;
    let error = fake.connect().await.volume(&"1".into()).await.unwrap_err();
    assert_eq!(fake.count("GET", VOLUME), 4);
    assert_eq!(error.status(), Some(502));
    assert!(error.details().contains(&("attempts", "4".to_owned())), "{error}");
    assert!(!error.outcome_unknown());
}

#[tokio::test]
async fn a_read_that_always_breaks_off_ends() {
    let fake = FakeCloud::start(|seen| {
        seen.is("GET", VOLUME)
            .then(|| text_answer(200, "application/json", broken_off("{")))
    })
    .await;
    let error = fake.connect().await.volume(&"1".into()).await.unwrap_err();
    assert_eq!(fake.count("GET", VOLUME), 4);
    assert!(matches!(error.kind(), ApiErrorKind::Interrupted { .. }), "{error:?}");
}

#[tokio::test]
async fn a_read_waits_as_long_as_it_is_asked_to() {
    let fake = FakeCloud::start(|seen| {
        seen.is("GET", VOLUME).then(|| match seen.earlier {
            0 => with_header(answer(429, &json!({})), "retry-after", "1"),
            _ => answer(200, &volume_body()),
        })
    })
    .await;
    let cloud = fake.connect().await;
    let began = Instant::now();
    cloud.volume(&"1".into()).await.unwrap();
    assert!(began.elapsed() >= Duration::from_secs(1));
    assert_eq!(fake.count("GET", VOLUME), 2);
}

#[tokio::test]
async fn a_read_does_not_wait_longer_than_it_may() {
    let fake = FakeCloud::start(|seen| {
        seen.is("GET", VOLUME)
            .then(|| with_header(answer(429, &json!({})), "retry-after", "3600"))
    })
    .await;
    let error = fake.connect().await.volume(&"1".into()).await.unwrap_err();
    assert_eq!(fake.count("GET", VOLUME), 1);
    assert!(
        error.details().contains(&("asks to wait", "3600 s".to_owned())),
        "{error}"
    );
}

#[tokio::test]
async fn a_read_that_is_not_answered_times_out_and_is_repeated() {
    let requests: Arc<Mutex<usize>> = Arc::default();
    let counter = Arc::clone(&requests);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let mut held = Vec::new();
        while let Ok((stream, _)) = listener.accept().await {
            *counter.lock().unwrap() += 1;
            held.push(stream);
        }
    });
    let mut config = config(&url);
    config.timeouts.read = Duration::from_millis(50);
    config.retry.attempts = 3;
    let transport = Transport::new(&config, Arc::new(Records::default())).unwrap();
    let request = Request {
        service: ServiceKind::Compute,
        method: reqwest::Method::GET,
        url: url.parse().unwrap(),
        headers: Vec::new(),
        body: None,
        changes: false,
    };
    let error = transport.send(&request, None, 0).await.err().unwrap();
    assert!(matches!(error.kind(), ApiErrorKind::TimedOut { .. }), "{error:?}");
    assert!(error.details().contains(&("attempts", "3".to_owned())), "{error}");
    assert!(!error.outcome_unknown());
}

#[tokio::test]
async fn a_change_is_never_sent_twice_whatever_the_server_says() {
    for status in [429, 500, 502, 503, 504] {
        let fake = FakeCloud::start(move |seen| {
            seen.is("PUT", FAILOVER)
                .then(|| with_header(answer(status, &json!({})), "retry-after", "0"))
        })
        .await;
        let error = fake.connect().await.failover_host(&backend(), None).await.unwrap_err();
        assert_eq!(fake.count("PUT", FAILOVER), 1, "{status}");
        assert_eq!(error.status(), Some(status));
        assert!(error.outcome_unknown() && !error.refused(), "{status}");
    }
}

#[tokio::test]
async fn only_the_services_own_refusal_says_that_nothing_was_done() {
    for (status, body, refused) in [
        (
            400,
            json!({ "badRequest": { "code": 400, "message": "No service could be changed" } }),
            true,
        ),
        (
            409,
            json!({ "conflictingRequest": { "code": 409, "message": "busy" } }),
            true,
        ),
        (400, json!({ "message": "no" }), false),
        (404, json!({}), false),
    ] {
        let fake = FakeCloud::start(move |seen| seen.is("PUT", FAILOVER).then(|| answer(status, &body))).await;
        let error = fake.connect().await.failover_host(&backend(), None).await.unwrap_err();
        assert_eq!(error.refused(), refused, "{error}");
        assert_eq!(error.outcome_unknown(), !refused, "{error}");
    }
    let html = || text_answer(400, "text/html", Body::from("<html>400</html>"));
    let fake = FakeCloud::start(move |seen| seen.is("PUT", FAILOVER).then(html)).await;
    let error = fake.connect().await.failover_host(&backend(), None).await.unwrap_err();
    assert!(error.outcome_unknown(), "{error}");
}

#[tokio::test]
async fn a_change_whose_answer_is_lost_is_told_apart() {
    let requests: Arc<Mutex<usize>> = Arc::default();
    let silent = silent_server(Arc::clone(&requests)).await;
    let fake = FakeCloud::start(|_| None).await;
    let mut config = fake.config();
    config
        .endpoint_overrides
        .insert(ServiceKind::Network, silent.parse().unwrap());
    let cloud = Cloud::connect(config, Arc::new(Records::default())).await.unwrap();
    let error = cloud.delete_floating_ip(&"1".into()).await.unwrap_err();
    assert_eq!(*requests.lock().unwrap(), 1);
    assert!(
        matches!(error.kind(), ApiErrorKind::AnswerLost(LostAnswer::Broken(_))),
        "{error:?}"
    );
    assert!(error.outcome_unknown());
    // The same server is asked again and again when it is only read.
    let error = cloud.ports_of(&"1".into()).await.unwrap_err();
    assert_eq!(*requests.lock().unwrap(), 5);
    assert!(!error.outcome_unknown());
}

#[tokio::test]
async fn a_change_that_breaks_off_within_the_answer_is_lost_too() {
    let fake = FakeCloud::start(|seen| {
        (seen.method == "POST" && seen.path.ends_with("/volumes"))
            .then(|| text_answer(202, "application/json", broken_off(r#"{"volume": {"id": "1""#)))
    })
    .await;
    let cloud = fake.connect().await;
    let new = NewVolume {
        name: "one".to_owned(),
        size_gib: 1,
        ..NewVolume::default()
    };
    let error = cloud.create_volume(&new).await.unwrap_err();
    assert!(matches!(error.kind(), ApiErrorKind::AnswerLost(_)), "{error:?}");
    assert_eq!(fake.count("POST", &format!("/volume/v3/{PROJECT}/volumes")), 1);
}

#[tokio::test]
async fn a_change_that_is_not_answered_in_time_is_lost() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mute = format!("http://{}", listener.local_addr().unwrap());
    let fake = FakeCloud::start(|_| None).await;
    let mut config = fake.config();
    config
        .endpoint_overrides
        .insert(ServiceKind::Network, mute.parse().unwrap());
    config.timeouts.change = Duration::from_millis(100);
    let cloud = Cloud::connect(config, Arc::new(Records::default())).await.unwrap();
    let error = cloud.delete_floating_ip(&"1".into()).await.unwrap_err();
    assert!(
        matches!(error.kind(), ApiErrorKind::AnswerLost(LostAnswer::TimedOut { .. })),
        "{error:?}"
    );
    assert!(error.outcome_unknown());
}

#[tokio::test]
async fn a_change_that_was_not_sent_is_not_unknown() {
    let fake = FakeCloud::start(|_| None).await;
    let mut config = fake.config();
    let (address, _socket) = deserted_address();
    config
        .endpoint_overrides
        .insert(ServiceKind::Network, address.parse().unwrap());
    let cloud = Cloud::connect(config, Arc::new(Records::default())).await.unwrap();
    let error = cloud.delete_floating_ip(&"1".into()).await.unwrap_err();
    let refused = matches!(
        error.kind(),
        ApiErrorKind::Unreachable {
            cause: Unreachable::Refused,
            ..
        }
    );
    assert!(refused, "{error:?}");
    assert!(!error.outcome_unknown());
}

#[tokio::test]
async fn a_change_that_succeeded_with_an_unreadable_answer_is_unknown() {
    let fake = FakeCloud::start(|seen| {
        (seen.method == "POST" && seen.path.ends_with("/volumes"))
            .then(|| text_answer(202, "text/html", "<html>ok</html>"))
    })
    .await;
    let new = NewVolume {
        name: "one".to_owned(),
        size_gib: 1,
        ..NewVolume::default()
    };
    let error = fake.connect().await.create_volume(&new).await.unwrap_err();
    assert!(matches!(error.kind(), ApiErrorKind::NotJson { .. }), "{error:?}");
    assert!(error.outcome_unknown());
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let fake = FakeCloud::start(|seen| {
        seen.is("GET", VOLUME)
            .then(|| with_header(text_answer(301, "text/html", ""), "location", "http://elsewhere/"))
    })
    .await;
    let error = fake.connect().await.volume(&"1".into()).await.unwrap_err();
    assert_eq!(error.status(), Some(301));
    assert!(
        error.details().contains(&("points to", "http://elsewhere/".to_owned())),
        "{error}"
    );
}

#[tokio::test]
async fn a_body_without_end_is_not_read_to_its_end() {
    let fake = FakeCloud::start(|seen| {
        seen.is("GET", VOLUME).then(|| {
            let piece = Bytes::from(vec![b' '; 1024 * 1024]);
            let endless = stream::repeat_with(move || Ok::<_, std::io::Error>(piece.clone()));
            text_answer(200, "application/json", Body::from_stream(endless))
        })
    })
    .await;
    let error = fake.connect().await.volume(&"1".into()).await.unwrap_err();
    assert_eq!(fake.count("GET", VOLUME), 1);
    assert_eq!(
        error.summary(),
        "Cinder answered more than 16 MiB, which no call of the harness needs"
    );
}

#[tokio::test]
async fn a_list_is_read_to_its_end() {
    let fake = FakeCloud::start(|seen| {
        (seen.method == "GET" && seen.path.ends_with("/volumes/detail")).then(|| {
            // The link's host is one that cannot be reached, as behind many proxies.
            let next = |marker: &str| json!([{ "rel": "next", "href": format!("http://inside.invalid/v3/x?marker={marker}") }]);
            let volume = |id: &str, host: &str| {
                json!({ "id": id, "size": 1, "status": "available", "os-vol-host-attr:host": host })
            };
            answer(200, &match seen.query.as_str() {
                "all_tenants=1" => json!({ "volumes": [volume("1", "box@ceph#ceph")], "volumes_links": next("1") }),
                "all_tenants=1&marker=1" => json!({ "volumes": [volume("2", "box@other#x")], "volumes_links": next("2") }),
                "all_tenants=1&marker=2" => json!({ "volumes": [volume("3", "box@ceph#ceph")] }),
                other => json!({ "unexpected": other }),
            })
        })
    })
    .await;
    let volumes = fake.connect().await.volumes_on(&backend()).await.unwrap();
    assert_eq!(
        volumes.iter().map(|volume| volume.id.as_str()).collect::<Vec<_>>(),
        ["1", "3"]
    );
}

#[tokio::test]
async fn a_list_whose_pages_repeat_is_an_error() {
    let fake = FakeCloud::start(|seen| {
        (seen.method == "GET" && seen.path.ends_with("/volumes/detail")).then(|| {
            answer(
                200,
                &json!({ "volumes": [], "volumes_links": [{ "rel": "next", "href": "/v3?marker=1" }] }),
            )
        })
    })
    .await;
    let error = fake.connect().await.volumes().await.unwrap_err();
    assert_eq!(
        error.summary(),
        "Cinder does not give the whole list of volumes: it has no end: its pages repeat after 2 of them"
    );
}

#[tokio::test]
async fn who_is_no_administrator_gets_no_empty_list_of_a_backends_volumes() {
    let fake = FakeCloud::start(|seen| {
        (seen.method == "GET" && seen.path.ends_with("/volumes/detail")).then(|| {
            answer(
                200,
                &json!({ "volumes": [{ "id": "1", "size": 1, "status": "available" }] }),
            )
        })
    })
    .await;
    let error: ApiError = fake.connect().await.volumes_on(&backend()).await.unwrap_err();
    assert_eq!(
        error.summary(),
        "Cinder does not show 'os-vol-host-attr:host' of volume 1 to this user"
    );
}

#[tokio::test]
async fn microversions_go_as_high_as_both_sides_know() {
    for (offered, used) in [
        ("3.71", "volume 3.60"),
        ("3.50", "volume 3.50"),
        ("3.27", "volume 3.27"),
    ] {
        let fake = FakeCloud::start(move |seen| {
            if seen.is("GET", "/volume/v3/") {
                return Some(answer(
                    200,
                    &json!({ "versions": [{ "id": "v3.0", "version": offered }] }),
                ));
            }
            seen.is("GET", VOLUME).then(|| answer(200, &volume_body()))
        })
        .await;
        let cloud = fake.connect().await;
        cloud.volume(&"1".into()).await.unwrap();
        cloud.volume(&"1".into()).await.unwrap();
        let seen = fake.seen().pop().unwrap();
        assert_eq!(seen.headers["openstack-api-version"].to_str().unwrap(), used);
        assert_eq!(fake.count("GET", "/volume/v3/"), 1, "it is asked once");
    }
}

#[tokio::test]
async fn a_service_that_hides_its_versions_is_asked_for_the_best() {
    let fake = FakeCloud::start(|seen| match seen.path.as_str() {
        "/volume/v3/" => Some(text_answer(403, "text/html", "no")),
        VOLUME => Some(answer(200, &volume_body())),
        _ => None,
    })
    .await;
    fake.connect().await.volume(&"1".into()).await.unwrap();
    assert_eq!(
        fake.seen().pop().unwrap().headers["openstack-api-version"],
        "volume 3.60"
    );
}

#[tokio::test]
async fn the_console_is_read_by_a_post_that_may_be_repeated() {
    let path = "/compute/v2.1/servers/1/action";
    let fake = FakeCloud::start(move |seen| {
        seen.is("POST", path).then(|| match seen.earlier {
            0 => answer(503, &json!({})),
            _ => answer(200, &json!({ "output": "login:" })),
        })
    })
    .await;
    assert_eq!(
        fake.connect().await.console_output(&"1".into(), 50).await.unwrap(),
        "login:"
    );
    assert_eq!(
        fake.seen().pop().unwrap().json(),
        json!({ "os-getConsoleOutput": { "length": 50 } })
    );
}

#[test]
fn the_default_policy_is_what_the_documentation_says() {
    assert_eq!(RetryPolicy::default().attempts, 4);
    assert_eq!(RetryPolicy::default().total, Duration::from_secs(60));
}

/// A server that writes a head and then what `drip` does with the connection, to everyone.
async fn raw_server(
    head: &'static str,
    drip: fn(tokio::net::TcpStream) -> futures::future::BoxFuture<'static, ()>,
) -> String {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut request = [0; 4096];
                let _ = stream.read(&mut request).await;
                // The client may hang up at any time.
                let _ = stream.write_all(head.as_bytes()).await;
                drip(stream).await;
            });
        }
    });
    url
}

/// Writes a piece again and again, with a pause after each, until nobody wants it any more.
async fn drip(mut stream: tokio::net::TcpStream, piece: &[u8], pause: Duration) {
    use tokio::io::AsyncWriteExt;
    while stream.write_all(piece).await.is_ok() {
        if !pause.is_zero() {
            tokio::time::sleep(pause).await;
        }
    }
}

async fn send_to(url: &str, changes: bool) -> ApiError {
    let mut config = config(url);
    config.timeouts.read = Duration::from_millis(300);
    config.timeouts.change = Duration::from_millis(300);
    config.retry.attempts = 2;
    let transport = Transport::new(&config, Arc::new(Records::default())).unwrap();
    let request = Request {
        service: ServiceKind::Compute,
        method: if changes {
            reqwest::Method::POST
        } else {
            reqwest::Method::GET
        },
        url: url.parse().unwrap(),
        headers: Vec::new(),
        body: None,
        changes,
    };
    transport.send(&request, None, 0).await.err().expect("no answer")
}

#[tokio::test]
async fn a_body_that_drips_ends_by_the_time_out() {
    let head = "HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n";
    let url = raw_server(head, |stream| Box::pin(drip(stream, b" ", Duration::from_millis(10)))).await;
    let began = Instant::now();
    let read = send_to(&url, false).await;
    assert!(matches!(read.kind(), ApiErrorKind::TimedOut { .. }), "{read:?}");
    let change = send_to(&url, true).await;
    assert!(
        matches!(change.kind(), ApiErrorKind::AnswerLost(LostAnswer::TimedOut { .. })),
        "{change:?}"
    );
    assert!(change.outcome_unknown());
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
}

#[tokio::test]
async fn a_head_without_end_is_an_error() {
    let many = raw_server("HTTP/1.1 200 OK\r\n", |stream| {
        Box::pin(drip(stream, b"x-more: 1\r\n", Duration::ZERO))
    });
    let slow = raw_server("HTTP/1.1 200 OK\r\nx: ", |stream| {
        Box::pin(drip(stream, b"x", Duration::from_millis(10)))
    });
    for url in [many.await, slow.await] {
        let error = send_to(&url, false).await;
        let ends = matches!(
            error.kind(),
            ApiErrorKind::Interrupted { .. } | ApiErrorKind::TimedOut { .. }
        );
        assert!(ends, "{error:?}");
    }
}

#[tokio::test]
async fn two_gigabytes_are_not_read() {
    let head = "HTTP/1.1 200 OK\r\ncontent-length: 2147483648\r\n\r\n";
    let url = raw_server(head, |stream| {
        Box::pin(async { drip(stream, &[b' '; 65536], Duration::ZERO).await })
    })
    .await;
    let mut config = config(&url);
    config.timeouts.read = Duration::from_secs(60);
    let transport = Transport::new(&config, Arc::new(Records::default())).unwrap();
    let request = Request {
        service: ServiceKind::BlockStorage,
        method: reqwest::Method::GET,
        url: url.parse().unwrap(),
        headers: Vec::new(),
        body: None,
        changes: false,
    };
    let error = transport.send(&request, None, 0).await.err().unwrap();
    assert!(matches!(error.kind(), ApiErrorKind::TooLarge { .. }), "{error:?}");
    insta::assert_snapshot!(
        error.summary(),
        @"Cinder answered more than 16 MiB, which no call of the harness needs"
    );
}
