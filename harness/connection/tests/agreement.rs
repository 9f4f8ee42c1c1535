use crate::redaction::fingerprint;
use serde_json::json;

use super::{AT_SITE_A, ATTACHMENT_AT_A, from_api, info, logged};
use crate::connection::compare;

#[test]
fn api_and_log_of_a_recorded_attachment_agree() {
    let log = logged(AT_SITE_A, ATTACHMENT_AT_A);
    let agreement = compare(&from_api(&log, "11111111-aaaa-4aaa-8aaa-00000000000a"), &log);
    assert_eq!(agreement.disagreements, []);
    assert_eq!(agreement.masked, ["secret_type", "secret_uuid"]);
    assert_eq!(agreement.agreed.len(), 14);
    assert!(!agreement.agreed.contains(&"secret_uuid".to_owned()));
}

#[test]
fn every_difference_is_named() {
    let api = info(json!({"a": 1, "hosts": ["x", "y"], "only_api": null, "auth_password": "P1", "masked": "m"}));
    let log = info(json!({"a": 1, "hosts": ["y", "x"], "auth_password": "P2", "only_log": true, "masked": "***"}));
    let agreement = compare(&api, &log);
    assert_eq!(
        (agreement.agreed, agreement.masked),
        (vec!["a".to_owned()], vec!["masked".to_owned()])
    );
    let words: Vec<String> = agreement
        .disagreements
        .iter()
        .map(|field| format!("{}: {} | {}", field.field, field.api_words(), field.log_words()))
        .collect();
    assert_eq!(
        words,
        [
            r#"hosts: ["x","y"] | ["y","x"]"#,
            "only_api: null | nothing",
            &format!(r#"auth_password: "{}" | "{}""#, fingerprint("P1"), fingerprint("P2")),
            "only_log: nothing | true",
        ]
    );
}

#[test]
fn a_mask_in_the_api_hides_no_difference() {
    let agreement = compare(&info(json!({"a": "***"})), &info(json!({"a": "x"})));
    assert_eq!((agreement.disagreements.len(), agreement.masked.len()), (1, 0));
}
