use serde_json::json;

use super::{AT_SITE_A, AT_SITE_B, ATTACHMENT_AT_A, ATTACHMENT_AT_B, from_api, info, logged};
use crate::connection::changes;
use crate::drivers::named;

#[test]
fn a_recorded_failover() {
    let before = from_api(
        &logged(AT_SITE_A, ATTACHMENT_AT_A),
        "11111111-aaaa-4aaa-8aaa-00000000000a",
    );
    let after = from_api(
        &logged(AT_SITE_B, ATTACHMENT_AT_B),
        "22222222-bbbb-4bbb-8bbb-00000000000b",
    );
    let found = changes(&before, &after, named("rbd").unwrap());
    let names: Vec<&str> = found.site_changes.iter().map(|change| change.field.as_str()).collect();
    assert_eq!(names, ["hosts", "cluster_name", "auth_username"]);
    assert_eq!(
        (&found.site_changes[0].before, &found.site_changes[0].after),
        (&json!(["10.77.1.2"]), &json!(["10.77.2.2"]))
    );
    assert!(found.broken_promises.is_empty() && found.unchanged.is_empty());
    let others: Vec<&str> = found.other_changes.iter().map(|change| change.field.as_str()).collect();
    assert_eq!(others, ["secret_uuid", "attachment_id"]);
    // Both are fingerprints, and not the same one.
    let change = &found.other_changes[0];
    assert!(change.after.as_str().is_some_and(|text| text.starts_with("[secret ")) && change.before != change.after);
    let still = changes(&before, &before, named("rbd").unwrap());
    assert_eq!(still.unchanged, ["hosts", "cluster_name", "auth_username"]);
    assert!(still.site_changes.is_empty() && still.other_changes.is_empty());
}

#[test]
fn another_volumes_connection_is_found_out() {
    let profile = named("rbd").unwrap();
    let before = info(json!({"name": "volumes/volume-1", "volume_id": "1", "access_mode": "rw"}));
    let found = changes(
        &before,
        &info(json!({"name": "volumes/volume-2", "volume_id": "1"})),
        profile,
    );
    let broken: Vec<(&str, String)> = found
        .broken_promises
        .iter()
        .map(|change| (change.field.as_str(), change.after.to_string()))
        .collect();
    assert_eq!(
        broken,
        [
            ("name", "\"volumes/volume-2\"".to_owned()),
            ("access_mode", "null".to_owned())
        ]
    );
}

#[test]
fn lists_without_an_order_do_not_change_by_it() {
    let profile = named("iscsi").unwrap();
    let before = info(json!({"target_portals": ["a", "b"], "target_luns": [1, 2]}));
    let after = info(json!({"target_portals": ["b", "a"], "target_luns": [2, 1]}));
    assert_eq!(changes(&before, &after, profile).unchanged, ["target_portals"]);
    assert!(changes(&before, &after, profile).other_changes.is_empty());
}
