use serde_json::json;

use super::{AT_SITE_A, AT_SITE_B, ATTACHMENT_AT_A, ATTACHMENT_AT_B, logged};
use crate::connection::log::LogErrorCause;
use crate::connection::{Absence, absence, find_by_attachment};

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
    assert_eq!(error.cause, LogErrorCause::Cut);
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

/// A line as cinder-volume writes it for an attachment of a volume.
fn plain(attachment: &str) -> String {
    format!(
        "2026-11-29 01:29:16.111 8132 DEBUG cinder.volume.manager [req-1 req-2 u p - - -] Connection info returned from driver \
         {{'name': 'volumes/volume-v-1', 'volume_id': 'v-1', 'attachment_id': '{attachment}'}} _connection_create"
    )
}

#[test]
fn whatever_carries_the_line_it_is_found() {
    let coloured = format!("\u{1b}[00;32m{}\u{1b}[00m", plain("a-1"));
    let whole = plain("a-1");
    let (first, second) = whole.split_at(150);
    let cri = format!("2026-11-29T01:29:16.1Z stderr P {first}\n2026-11-29T01:29:16.1Z stderr F {second}");
    let docker = |text: &str| json!({ "log": text, "stream": "stderr" }).to_string();
    let pieces = format!("{}\n{}", docker(first), docker(&format!("{second}\n")));
    let oslo = json!({ "message": plain("a-1"), "levelname": "DEBUG" }).to_string();
    let bytes = json!({ "MESSAGE": coloured.as_bytes(), "PRIORITY": "7" }).to_string();
    for log in [
        plain("a-1"),
        coloured,
        cri,
        docker(&format!("{}\n", plain("a-1"))),
        pieces,
        oslo,
        bytes,
    ] {
        let found = find_by_attachment(&format!("before\n{log}\nafter\n"), "a-1");
        let info = found
            .unwrap_or_else(|error| panic!("{log}: {error}"))
            .unwrap_or_else(|| panic!("{log}"));
        assert_eq!(info.connection_info.volume_id(), Some("v-1"), "{log}");
    }
}

#[test]
fn a_log_without_the_line_is_named_for_what_it_has() {
    let cut = |line: &str| format!("{}\n", &line[..line.len() * 2 / 3]);
    let info = "2026-11-29 01:29:16.111 8132 INFO cinder.volume.manager [-] started\n";
    let debug = "2026-11-29 01:29:16.111 8132 DEBUG cinder.volume.manager [-] polling\n";
    for (log, expected) in [
        (String::new(), Absence::Empty),
        ("\n\n".to_owned(), Absence::Empty),
        (info.repeat(3), Absence::NoDebug { lines: 3 }),
        (debug.to_owned() + info, Absence::NoConnections { lines: 2 }),
        ("what is this\n".to_owned(), Absence::NoConnections { lines: 1 }),
        (format!("{}\n", plain("a-9")), Absence::Others { connections: 1 }),
        (
            cut(&plain("a-1")),
            Absence::Cut {
                bytes: cut(&plain("a-1")).len() - 1,
            },
        ),
        // A cut line that names another volume is another's.
        (
            format!(
                "{}\n",
                plain("a-9").replace("v-1", "v-2").replace("'} _connection_create", "")
            ),
            Absence::Others { connections: 1 },
        ),
    ] {
        assert_eq!(absence(&log, "v-1"), expected, "{log}");
    }
    // Who asks why has waited for a last line that has no end.
    assert!(matches!(
        absence(cut(&plain("a-1")).trim_end(), "v-1"),
        Absence::Cut { .. }
    ));
}

#[test]
fn each_absence_says_what_to_do() {
    let texts: Vec<String> = [
        Absence::Empty,
        Absence::NoDebug { lines: 101 },
        Absence::NoConnections { lines: 1 },
        Absence::Others { connections: 4 },
        Absence::Cut { bytes: 1024 },
    ]
    .iter()
    .map(|absence| format!("the cinder-volume log {}\n  help: {}", absence.words(), absence.help()))
    .collect();
    insta::assert_snapshot!("absences", texts.join("\n\n"));
}
