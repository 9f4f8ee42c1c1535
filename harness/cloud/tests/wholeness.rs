//! Answers that are not whole, or not the service's own.

use axum::body::Body;
use axum::http::{Response, StatusCode};
use serde_json::json;

use super::error_words::assert_words;
use super::fake_cloud::{FakeCloud, answer, text_answer, with_header};
use crate::cloud::{Cloud, NewVolume};

const VOLUMES: &str = "/volume/v3/834920a18dd247a38dc1d9b0eb591ea2/volumes";

fn whole() -> String {
    json!({ "volume": { "id": "1", "size": 1, "status": "available", "name": "one" } }).to_string()
}

/// An answer of a proxy: no request id, its own body.
fn proxys(status: u16, content_type: &str, body: impl Into<Body>) -> Response<Body> {
    Response::builder()
        .status(StatusCode::from_u16(status).unwrap())
        .header("content-type", content_type)
        .body(body.into())
        .unwrap()
}

/// What comes of it when some bodies of a read, with these statuses, come before the whole one.
async fn read(bad: Vec<(u16, String)>) -> (Result<Option<String>, String>, usize) {
    let fake = FakeCloud::start(move |seen| {
        (seen.method == "GET" && seen.path.ends_with("/volumes/1")).then(|| match bad.get(seen.earlier) {
            Some((status, body)) => proxys(*status, "application/json", body.clone()),
            None => text_answer(200, "application/json", whole()),
        })
    })
    .await;
    let found = fake.connect().await.volume_if_exists(&"1".into()).await;
    let found = found
        .map(|found| found.and_then(|volume| volume.name))
        .map_err(|error| error.to_string());
    (found, fake.count("GET", &format!("{VOLUMES}/1")))
}

#[tokio::test]
async fn a_read_that_is_not_whole_is_repeated() {
    let good = Ok(Some("one".to_owned()));
    let half = || whole()[..20].to_owned();
    for bad in [
        half(),
        String::new(),
        whole() + &whole(),
        "null".to_owned(),
        "[]".to_owned(),
        "<html>".to_owned(),
    ] {
        assert_eq!(read(vec![(200, bad.clone())]).await, (good.clone(), 2), "{bad}");
    }
    assert_eq!(
        read(vec![(204, String::new()), (206, half()), (408, String::new())]).await,
        (good, 4)
    );
    let (error, attempts) = read(vec![(200, half()); 9]).await;
    assert_eq!(attempts, 4);
    let error = error.unwrap_err();
    assert!(
        error.contains("so far: 1 of 5 answers of this service were complete"),
        "{error}"
    );
}

#[tokio::test]
async fn a_404_counts_only_if_it_is_the_services_own() {
    let page = || (404, "<html><h1>404 Not Found</h1></html>".to_owned());
    let forged = || {
        (
            404,
            json!({ "itemNotFound": { "code": 404, "message": "no" } }).to_string(),
        )
    };
    // One that passes, as while a proxy reloads.
    assert_eq!(read(vec![page(), forged()]).await, (Ok(Some("one".to_owned())), 3));
    // One that stays is no proof of absence.
    let (found, attempts) = read(vec![page(); 9]).await;
    assert!(found.is_err_and(|error| error.contains("404")) && attempts == 4);
    let fake = FakeCloud::start(|_| None).await;
    let cloud = fake.connect().await;
    assert_eq!(cloud.volume_if_exists(&"1".into()).await, Ok(None));
    assert_eq!(fake.count("GET", &format!("{VOLUMES}/1")), 1);
}

#[tokio::test]
async fn a_change_is_sent_again_only_after_a_401_of_keystones() {
    let page = || {
        proxys(
            401,
            "text/html",
            "<html><title>401 Authorization Required</title></html>",
        )
    };
    let basic = move || with_header(page(), "www-authenticate", "Basic realm=\"proxy\"");
    let keystones = move || with_header(page(), "www-authenticate", "Keystone uri=\"http://box/identity\"");
    let message = "The request you have made requires authentication.";
    let body = move || {
        answer(
            401,
            &json!({ "error": { "code": 401, "title": "Unauthorized", "message": message } }),
        )
    };
    for (reply, sent) in [
        (Box::new(page) as Box<dyn Fn() -> Response<Body> + Send + Sync>, 1),
        (Box::new(basic), 1),
        (Box::new(keystones), 2),
        (Box::new(body), 2),
    ] {
        let fake = FakeCloud::start(move |seen| {
            seen.is("POST", VOLUMES).then(|| match seen.earlier {
                0 => reply(),
                _ => text_answer(202, "application/json", whole()),
            })
        })
        .await;
        let made = create(&fake.connect().await).await;
        assert_eq!(fake.count("POST", VOLUMES), sent);
        match made {
            Ok(()) => assert_eq!(sent, 2),
            Err(error) => {
                assert_eq!(sent, 1);
                assert!(error.outcome_unknown() && !error.refused(), "{error}");
                assert_words("change-that-a-proxy-did-not-let-in", &error);
            }
        }
    }
}

async fn create(cloud: &Cloud) -> Result<(), crate::cloud::ApiError> {
    let new = NewVolume {
        name: "one".to_owned(),
        size_gib: 1,
        ..NewVolume::default()
    };
    cloud.create_volume(&new).await.map(|_| ())
}

#[tokio::test]
async fn a_change_that_is_answered_in_half_is_sent_once() {
    let fake = FakeCloud::start(|seen| {
        let half = whole()[..20].to_owned();
        seen.is("POST", VOLUMES)
            .then(|| text_answer(202, "application/json", half))
    })
    .await;
    assert!(create(&fake.connect().await).await.unwrap_err().outcome_unknown());
    assert_eq!(fake.count("POST", VOLUMES), 1);
}
