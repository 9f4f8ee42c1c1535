//! Logging in, and tokens that expire.

use std::sync::Arc;

use serde_json::json;

use super::fake_cloud::{FakeCloud, PASSWORD, Records, answer, text_answer, with_header};
use crate::cloud::config::{Credential, DomainReference, UserReference};
use crate::cloud::{ApiError, ApiErrorKind, Cloud};

const TOKENS: &str = "/identity/v3/auth/tokens";
const FAILOVER: &str = "/volume/v3/834920a18dd247a38dc1d9b0eb591ea2/os-services/failover_host";
const VOLUME: &str = "/volume/v3/834920a18dd247a38dc1d9b0eb591ea2/volumes/1";

fn unauthorized() -> axum::http::Response<axum::body::Body> {
    let message = "The request you have made requires authentication.";
    answer(
        401,
        &json!({ "error": { "code": 401, "title": "Unauthorized", "message": message } }),
    )
}

async fn connect_error(fake: &FakeCloud) -> ApiError {
    Cloud::connect(fake.config(), Arc::new(Records::default()))
        .await
        .unwrap_err()
}

#[tokio::test]
async fn a_password_login_is_scoped_to_the_project() {
    let fake = FakeCloud::start(|_| None).await;
    let cloud = fake.connect().await;
    let domain = json!({ "name": "Default" });
    assert_eq!(
        fake.seen()[0].json(),
        json!({ "auth": {
            "identity": { "methods": ["password"], "password": {
                "user": { "name": "admin", "domain": domain, "password": PASSWORD } } },
            "scope": { "project": { "name": "demo", "domain": domain } },
        } })
    );
    assert_eq!((cloud.user_name(), cloud.project_name()), ("admin", "demo"));
    assert!(!format!("{cloud:?}").contains(PASSWORD));
}

#[tokio::test]
async fn an_application_credential_is_sent_without_scope() {
    let fake = FakeCloud::start(|_| None).await;
    let mut config = fake.config();
    config.credential = Credential::ApplicationCredentialId {
        id: "abc".to_owned(),
        secret: "s3cret-of-credential".into(),
    };
    Cloud::connect(config.clone(), Arc::new(Records::default()))
        .await
        .unwrap();
    let identity = |credential: serde_json::Value| json!({ "auth": { "identity": { "methods": ["application_credential"], "application_credential": credential } } });
    assert_eq!(
        fake.seen()[0].json(),
        identity(json!({ "id": "abc", "secret": "s3cret-of-credential" }))
    );
    config.credential = Credential::ApplicationCredentialName {
        name: "drill".to_owned(),
        user: UserReference::Name {
            name: "admin".to_owned(),
            domain: DomainReference::Id("default".to_owned()),
        },
        secret: "s3cret-of-credential".into(),
    };
    Cloud::connect(config.clone(), Arc::new(Records::default()))
        .await
        .unwrap();
    let user = json!({ "name": "admin", "domain": { "id": "default" } });
    assert_eq!(
        fake.seen()[1].json(),
        identity(json!({ "name": "drill", "user": user, "secret": "s3cret-of-credential" }))
    );
    assert!(!format!("{config:?}").contains("s3cret"));
}

#[tokio::test]
async fn an_application_credential_that_does_not_exist_is_refused() {
    let fake = FakeCloud::start(|seen| {
        let message = "Could not find Application Credential: abc.";
        seen.is("POST", TOKENS)
            .then(|| answer(404, &json!({ "error": { "code": 404, "message": message } })))
    })
    .await;
    let mut config = fake.config();
    config.credential = Credential::ApplicationCredentialId {
        id: "abc".to_owned(),
        secret: "x".into(),
    };
    let error = Cloud::connect(config, Arc::new(Records::default())).await.unwrap_err();
    assert_eq!(
        error.summary(),
        "Keystone refuses the login of application credential id abc"
    );
}

#[tokio::test]
async fn a_login_is_repeated_when_keystone_is_ill() {
    let fake = FakeCloud::start(|seen| {
        (seen.is("POST", TOKENS) && seen.earlier < 2).then(|| text_answer(503, "text/plain", "busy"))
    })
    .await;
    fake.connect().await;
    assert_eq!(fake.count("POST", TOKENS), 3);
}

#[tokio::test]
async fn an_expired_token_is_renewed_even_for_a_change() {
    let fake = FakeCloud::start(|seen| {
        seen.is("DELETE", VOLUME).then(|| match seen.token() {
            "token-0" => unauthorized(),
            _ => text_answer(202, "text/html", ""),
        })
    })
    .await;
    let records = Arc::new(Records::default());
    let cloud = Cloud::connect(fake.config(), records.clone()).await.unwrap();
    cloud.delete_volume(&"1".into()).await.unwrap();
    let deletions: Vec<_> = fake
        .seen()
        .into_iter()
        .filter(|seen| seen.is("DELETE", VOLUME))
        .map(|seen| seen.token().to_owned())
        .collect();
    assert_eq!(deletions, ["token-0", "token-1"]);
    let attempts: Vec<_> = records
        .0
        .lock()
        .unwrap()
        .iter()
        .filter(|record| record.method == "DELETE")
        .map(|record| (record.attempt, record.status))
        .collect();
    assert_eq!(attempts, [(1, Some(401)), (2, Some(202))]);
}

#[tokio::test]
async fn a_fresh_token_may_be_refused_too_and_a_change_is_not_lost_by_it() {
    let fake = FakeCloud::start(|seen| {
        seen.is("DELETE", VOLUME).then(|| match seen.token() {
            "token-0" | "token-1" | "token-2" => unauthorized(),
            _ => text_answer(202, "text/html", ""),
        })
    })
    .await;
    fake.connect().await.delete_volume(&"1".into()).await.unwrap();
    assert_eq!((fake.count("DELETE", VOLUME), fake.count("POST", TOKENS)), (4, 4));
}

#[tokio::test]
async fn a_change_that_a_proxy_answers_with_401_is_not_sent_again() {
    let page = || text_answer(401, "text/html", "<html>log in first</html>");
    let fake = FakeCloud::start(move |seen| seen.is("DELETE", VOLUME).then(page)).await;
    let error = fake.connect().await.delete_volume(&"1".into()).await.unwrap_err();
    assert_eq!((fake.count("DELETE", VOLUME), fake.count("POST", TOKENS)), (1, 1));
    assert!(error.outcome_unknown() && !error.refused_token(), "{error:?}");
}

#[tokio::test]
async fn a_failover_goes_once_with_a_new_token_whatever_the_answer_is() {
    for refuses in [false, true] {
        let fake = FakeCloud::start(move |seen| {
            seen.is("PUT", FAILOVER).then(|| match refuses {
                true => unauthorized(),
                false => text_answer(202, "text/html", ""),
            })
        })
        .await;
        let sent = fake
            .connect()
            .await
            .failover_host(&"box@ceph".parse().unwrap(), None)
            .await;
        assert_eq!((fake.count("POST", TOKENS), fake.count("PUT", FAILOVER)), (2, 1));
        assert_eq!(sent.is_err(), refuses);
        // Who refused it is not known to be Cinder, and what Cinder did neither.
        assert!(
            sent.err()
                .is_none_or(|error| error.outcome_unknown() && !error.refused() && error.refused_token())
        );
    }
}

#[tokio::test]
async fn many_callers_renew_an_expired_token_once() {
    let fake = FakeCloud::start(|seen| {
        seen.is("GET", VOLUME).then(|| match seen.token() {
            "token-0" => unauthorized(),
            _ => answer(
                200,
                &json!({ "volume": { "id": "1", "size": 1, "status": "available" } }),
            ),
        })
    })
    .await;
    let cloud = fake.connect().await;
    let id = "1".into();
    let calls = futures::future::join_all((0..20).map(|_| cloud.volume(&id))).await;
    assert!(calls.iter().all(Result::is_ok));
    assert_eq!(fake.count("POST", TOKENS), 2);
}

#[tokio::test]
async fn a_service_that_refuses_every_token_is_told_so() {
    let fake = FakeCloud::start(|seen| seen.is("GET", VOLUME).then(unauthorized)).await;
    let error = fake.connect().await.volume(&"1".into()).await.unwrap_err();
    assert_eq!(fake.count("GET", VOLUME), 8);
    assert_eq!(fake.count("POST", TOKENS), 8);
    assert!(matches!(error.kind(), ApiErrorKind::TokenRefused { .. }), "{error:?}");
    assert_eq!(error.status(), Some(401));
}

#[tokio::test]
async fn a_renewal_that_is_refused_is_told_so() {
    let fake = FakeCloud::start(|seen| {
        (seen.is("DELETE", VOLUME) || seen.is("POST", TOKENS) && seen.earlier > 0).then(unauthorized)
    })
    .await;
    let error = fake.connect().await.delete_volume(&"1".into()).await.unwrap_err();
    assert_eq!(fake.count("DELETE", VOLUME), 1);
    assert!(
        matches!(error.kind(), ApiErrorKind::LoginRefused { renewal: true, .. }),
        "{error:?}"
    );
    assert!(!error.outcome_unknown(), "the change was refused with 401");
}

#[tokio::test]
async fn a_wrong_password_is_told_from_a_wrong_project() {
    let fake = FakeCloud::start(|seen| seen.is("POST", TOKENS).then(unauthorized)).await;
    let error = connect_error(&fake).await;
    assert!(
        matches!(error.kind(), ApiErrorKind::LoginRefused { renewal: false, .. }),
        "{error:?}"
    );
    assert!(!format!("{error} {error:?}").contains(PASSWORD));

    let fake = FakeCloud::start(|seen| {
        if seen.is("GET", "/identity/v3/auth/projects") {
            assert_eq!(seen.token(), "unscoped");
            return Some(answer(
                200,
                &json!({ "projects": [{ "id": "1", "name": "demos" }, { "id": "2", "name": "service" }] }),
            ));
        }
        seen.is("POST", TOKENS)
            .then(|| match seen.json()["auth"]["scope"].as_str() {
                Some("unscoped") => with_header(answer(201, &json!({ "token": {} })), "x-subject-token", "unscoped"),
                _ => unauthorized(),
            })
    })
    .await;
    let error = connect_error(&fake).await;
    let ApiErrorKind::ProjectRefused { project, projects, .. } = error.kind() else {
        panic!("{error:?}")
    };
    assert_eq!(
        (project.as_str(), projects.as_slice()),
        ("demo", ["demos".to_owned(), "service".to_owned()].as_slice())
    );
    assert_eq!(
        error.help().as_deref(),
        Some("did you mean 'demos'? Otherwise check project name and project domain")
    );
}

#[tokio::test]
async fn an_answer_without_a_token_is_no_login() {
    let fake = FakeCloud::start(|seen| {
        let body = json!({ "token": { "project": { "id": "1", "name": "a" }, "user": { "id": "1", "name": "a" } } });
        seen.is("POST", TOKENS).then(|| answer(201, &body))
    })
    .await;
    let error = connect_error(&fake).await;
    assert!(error.summary().contains("X-Subject-Token"), "{error}");
}
