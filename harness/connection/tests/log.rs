use serde_json::json;

use super::{AT_SITE_A, AT_SITE_B, ATTACHMENT_AT_A, ATTACHMENT_AT_B, logged};
use crate::connection::{LogErrorCause, find_by_attachment};

fn line(attachment: &str, dict_end: &str) -> String {
    format!(
        "Connection info returned from driver {{'driver_volume_type': 'rbd', 'attachment_id': '{attachment}'{dict_end}"
    )
}

#[test]
fn a_recorded_line() {
    let found = find_by_attachment(AT_SITE_A, ATTACHMENT_AT_A).unwrap().unwrap();
    assert_eq!(found.timestamp.as_deref(), Some("2026-11-23 12:15:28.002"));
    let ids = [
        "req-5373034c-c7a3-428c-911b-540a9b187a5e",
        "req-3cbe6ef1-175c-4f7f-889a-01906f42a503",
    ];
    assert_eq!(found.request_ids, ids);
    let info = found.connection_info;
    assert_eq!(
        (info.cluster_name(), info.hosts(), info.auth_username()),
        (Some("ceph"), vec!["10.77.1.2"], Some("cinder"))
    );
    assert_eq!(info.name(), Some("volumes/volume-3155206f-1b95-4519-a1d1-8aab15035120"));
    assert_eq!(info.volume_id(), Some("3155206f-1b95-4519-a1d1-8aab15035120"));
    assert_eq!(
        (info.get("secret_uuid"), info.get("qos_specs")),
        (Some(&json!("***")), Some(&json!(null)))
    );
    assert_eq!(
        (info.get("discard"), info.get("encrypted")),
        (Some(&json!(true)), Some(&json!(false)))
    );
    assert_eq!(info.fields().count(), 16);
    assert_eq!(info.fields().next(), Some("name"));
}

#[test]
fn the_line_is_found_among_others_of_the_same_request() {
    assert_eq!(logged(AT_SITE_B, ATTACHMENT_AT_B).cluster_name(), Some("ceph2"));
    let log = format!("{AT_SITE_A}{AT_SITE_B}");
    assert_eq!(logged(&log, ATTACHMENT_AT_A).cluster_name(), Some("ceph"));
    assert_eq!(logged(&log, ATTACHMENT_AT_B).cluster_name(), Some("ceph2"));
    assert_eq!(
        find_by_attachment(&log, "00000000-0000-4000-8000-000000000000"),
        Ok(None)
    );
    assert_eq!(find_by_attachment("", "x"), Ok(None));
}

#[test]
fn of_several_lines_the_last_one_counts() {
    let log = format!(
        "{}\n{}\n",
        line("x", ", 'n': 1}"),
        line("x", ", 'n': 2} _connection_create")
    );
    assert_eq!(logged(&log, "x").get("n"), Some(&json!(2)));
}

#[test]
fn another_attachments_line_that_mentions_this_one_is_not_its() {
    let log = format!("{}\n", line("other", ", 'path': 'x'}"));
    assert_eq!(find_by_attachment(&log, "x"), Ok(None));
}

#[test]
fn a_line_that_is_still_being_written_is_not_there_yet() {
    assert_eq!(find_by_attachment(&line("x", ", 'hosts': ['192."), "x"), Ok(None));
    // But one that is whole is, and one that will never be whole is an error.
    assert!(find_by_attachment(&line("x", "}"), "x").unwrap().is_some());
    let error = find_by_attachment(&format!("one\n{}\n", line("x", ", 'hosts': ['192.")), "x").unwrap_err();
    assert_eq!((error.line, error.attachment_id.as_str()), (2, "x"));
    assert!(matches!(error.cause, LogErrorCause::Literal(_)));
}

#[test]
fn unreadable_lines_of_others_are_passed_over() {
    let log = format!(
        "Connection info returned from driver {{<object>}}\n{}\n",
        line("x", "}")
    );
    assert!(find_by_attachment(&log, "x").unwrap().is_some());
}

#[test]
fn what_cannot_be_read_is_not_shown() {
    let log = format!("{}\n", line("x", ", 'keyring': 'AQBsecret"));
    let error = find_by_attachment(&log, "x").unwrap_err();
    assert!(!format!("{error:?} {error} {:?}", error.details()).contains("AQBsecret"));
}
