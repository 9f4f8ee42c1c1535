//! Lists are read to their end, or said not to be.

use axum::body::Body;
use axum::http::Response;
use serde_json::{Value, json};

use super::error_words::assert_words;
use super::fake_cloud::{FakeCloud, PROJECT, answer, text_answer};

fn volume(id: &str) -> Value {
    json!({ "id": id, "size": 1, "status": "available", "os-vol-host-attr:host": "box@ceph#ceph" })
}

/// A cloud whose list of all volumes, and whose count of them, are these for the how-manieth time.
async fn with_volumes(
    list: impl Fn(usize, &str) -> Value + Send + Sync + 'static,
    summary: impl Fn(usize) -> Option<Response<Body>> + Send + Sync + 'static,
) -> FakeCloud {
    FakeCloud::start(move |seen| {
        if seen.path.ends_with("/volumes/detail") {
            return Some(answer(200, &list(seen.earlier, &seen.query)));
        }
        if seen.path.ends_with("/volumes/summary") {
            assert_eq!(seen.query, "all_tenants=1");
            return summary(seen.earlier);
        }
        None
    })
    .await
}

fn counted(count: usize) -> Option<Response<Body>> {
    let body = json!({ "volume-summary": { "total_size": 10, "total_count": count, "metadata": {} } });
    Some(answer(200, &body))
}

#[tokio::test]
async fn types_are_read_over_the_pages_that_cinder_links_by_another_name() {
    let fake = FakeCloud::start(|seen| {
        let of = |id: &str| json!({ "id": id, "name": format!("type-{id}"), "extra_specs": {} });
        let link = |query: &str| json!([{ "rel": "next", "href": format!("http://inside.invalid/v3/types?{query}") }]);
        seen.path.ends_with("/types").then(|| {
            answer(
                200,
                &match seen.query.as_str() {
                    // The link forgets what was requested, as that of a proxy may.
                    "is_public=None" => {
                        json!({ "volume_types": [of("1"), of("2")], "volume_type_links": link("marker=2") })
                    }
                    "is_public=None&marker=2" => {
                        json!({ "volume_types": [of("2"), of("3")], "volume_type_links": link("offset=3") })
                    }
                    "is_public=None&offset=3" => json!({ "volume_types": [of("4")], "volume_type_links": [] }),
                    other => json!({ "unexpected": other }),
                },
            )
        })
    })
    .await;
    let types = fake.connect().await.volume_types().await.unwrap();
    let names: Vec<&str> = types.iter().map(|found| found.name.as_str()).collect();
    assert_eq!(
        names,
        ["type-1", "type-2", "type-3", "type-4"],
        "one on two pages is one"
    );
}

#[tokio::test]
async fn a_link_that_cannot_be_followed_is_an_error() {
    for (name, href) in [
        ("list-behind-a-strange-link", "volumes/detail;marker=x"),
        (
            "list-whose-link-leads-back",
            "http://inside.invalid/v3/x/volumes/detail?all_tenants=1&marker=",
        ),
    ] {
        let page = move |_: usize, _: &str| json!({ "volumes": [volume("1")], "volumes_links": [{ "rel": "next", "href": href }] });
        let fake = with_volumes(page, |_| counted(1)).await;
        assert_words(name, &fake.connect().await.all_volumes(false).await.unwrap_err());
    }
    let offsets = |_: usize, _: &str| json!({ "volumes": [volume("1")], "volumes_links": [{ "rel": "next", "href": "/volumes/detail?offset=1" }] });
    let fake = with_volumes(offsets, |_| counted(1)).await;
    let error = fake.connect().await.all_volumes(false).await.unwrap_err();
    assert!(error.summary().contains("its pages repeat"), "{error}");
}

#[tokio::test]
async fn a_list_that_is_shorter_than_the_count_is_an_error() {
    let fake = with_volumes(|_, _| json!({ "volumes": [volume("1")] }), |_| counted(2)).await;
    let error = fake
        .connect()
        .await
        .volumes_on(&"box@ceph".parse().unwrap())
        .await
        .unwrap_err();
    assert_words("list-shorter-than-the-count", &error);
    assert!(!error.outcome_unknown() && error.request_id().is_none());
}

#[tokio::test]
async fn volumes_that_come_and_go_between_list_and_count_are_no_lie() {
    // Two more are made right after the first list, and one of the three is gone when the list is read again.
    let list = |earlier: usize, _: &str| match earlier {
        0 => json!({ "volumes": [volume("1")] }),
        _ => json!({ "volumes": [volume("1"), volume("3")] }),
    };
    let fake = with_volumes(list, |earlier| counted(if earlier == 0 { 3 } else { 2 })).await;
    let all = fake.connect().await.all_volumes(false).await.unwrap();
    assert_eq!((all.volumes.len(), all.uncounted), (2, None));
    // More are listed than are counted: they were made meanwhile.
    let fake = with_volumes(|_, _| json!({ "volumes": [volume("1"), volume("2")] }), |_| counted(0)).await;
    assert_eq!(fake.connect().await.all_volumes(false).await.unwrap().uncounted, None);
}

#[tokio::test]
async fn a_count_that_is_not_offered_is_told_and_no_error() {
    let list = |_: usize, _: &str| json!({ "volumes": [volume("1")] });
    let forbidden = || {
        let message = "Policy doesn't allow volume:get_all to be performed.";
        Some(answer(
            403,
            &json!({ "forbidden": { "code": 403, "message": message } }),
        ))
    };
    let unrouted = || Some(text_answer(404, "text/html", "<title>404 Not Found</title>"));
    let other = || Some(answer(200, &json!({ "volume-summary": {} })));
    type Reply = fn() -> Option<Response<Body>>;
    let answers: [(&str, Reply); 3] = [
        ("403 Forbidden", forbidden),
        ("404 Not Found", unrouted),
        ("total_count", other),
    ];
    for (words, reply) in answers {
        let fake = with_volumes(list, move |_| reply()).await;
        let all = fake.connect().await.all_volumes(false).await.unwrap();
        assert_eq!(all.volumes.len(), 1);
        assert!(
            all.uncounted.as_ref().is_some_and(|why| why.contains(words)),
            "{:?}",
            all.uncounted
        );
    }
}

#[tokio::test]
async fn a_volume_tells_its_image_its_cluster_and_its_way() {
    let moved = json!({
        "id": "1", "size": 1, "status": "in-use", "os-vol-host-attr:host": "box@ceph#ceph",
        "os-vol-mig-status-attr:name_id": "0a1b2c3d-1111-4111-8111-00000000000f", "cluster_name": "ha@ceph#ceph",
        "migration_status": "target:2",
    });
    let list = move |_: usize, _: &str| json!({ "volumes": [moved, volume("2")] });
    let fake = with_volumes(list, |_| counted(2)).await;
    let volumes = fake.connect().await.all_volumes(true).await.unwrap().volumes;
    assert_eq!(volumes[0].image_id(), "0a1b2c3d-1111-4111-8111-00000000000f");
    assert_eq!(volumes[0].cluster_name.as_deref(), Some("ha@ceph#ceph"));
    assert_eq!(volumes[0].migration_target_of(), Some("2"));
    assert_eq!((volumes[1].image_id(), volumes[1].migration_target_of()), ("2", None));
    // It is asked for by the microversion that has the cluster.
    let path = format!("/volume/v3/{PROJECT}/volumes/detail");
    let asked = fake.seen().into_iter().find(|seen| seen.path == path).unwrap();
    assert_eq!(asked.headers["openstack-api-version"], "volume 3.61");
}
