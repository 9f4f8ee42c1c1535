//! The forms in which one line of the cinder-volume log comes.

use serde_json::json;

use crate::connection::{LogLevel, unwrap_log_line};

const MESSAGE: &str =
    "Connection info returned from driver {'name': 'volumes/volume-1', 'attachment_id': 'a-1', 'q': None}";
const PLAIN: &str = "2026-11-29 01:29:16.111 8132 DEBUG cinder.volume.manager [req-1 req-2 u p - - -] ";

/// The line in every form that a deployment was seen to write.
fn forms() -> Vec<(&'static str, String)> {
    let plain = format!("{PLAIN}{MESSAGE}");
    let coloured = |escape: &str| {
        format!(
            "Nov 29 01:29:16.111000 devstack cinder-volume[8132]: {escape}[00;32mDEBUG cinder.volume.manager \
             [{escape}[01;36mreq-1 req-2 u p - - -{escape}[00;32m] {escape}[01;35m{escape}[00;32m{MESSAGE}{escape}[00m"
        )
    };
    let oslo = json!({
        "message": MESSAGE, "asctime": "2026-11-29 01:29:16", "name": "cinder.volume.manager", "msg": MESSAGE,
        "levelname": "DEBUG", "levelno": 10, "context": { "global_request_id": "req-1", "request_id": "req-2" },
    })
    .to_string();
    let docker = |line: &str| json!({ "log": format!("{line}\n"), "stream": "stderr", "time": "2026-11-29T01:29:16Z" });
    let bytes: Vec<u8> = coloured("\u{1b}").into_bytes();
    vec![
        ("a file", plain.clone()),
        ("a file with CRLF", format!("{plain}\r\n")),
        ("colours", coloured("\u{1b}")),
        ("colours through rsyslog", coloured("#033")),
        ("colours through cat -v", coloured("^[")),
        ("journald, short", format!("Nov 29 01:29:16 ctl1 cinder-volume[8132]: {plain}")),
        ("oslo.log's JSON", oslo.clone()),
        ("oslo.log's JSON in journald, short", format!("Nov 29 01:29:16 ctl1 cinder-volume[8132]: {oslo}")),
        ("docker", docker(&plain).to_string()),
        ("docker around oslo.log's JSON", docker(&oslo).to_string()),
        ("docker around colours", docker(&coloured("\u{1b}")).to_string()),
        ("CRI", format!("2026-11-29T01:29:16.111000000Z stderr F {plain}")),
        ("CRI around oslo.log's JSON", format!("2026-11-29T01:29:16.111+02:00 stdout F {oslo}")),
        ("syslog, RFC 3164", format!("<135>Nov 29 01:29:16 ctl1 cinder-volume: {plain}")),
        (
            "syslog, RFC 5424, its level in the priority only",
            format!("<135>1 2026-11-29T01:29:16.111Z ctl1 cinder-volume 8132 - - [req-1 req-2] {MESSAGE}"),
        ),
        ("journald's JSON", json!({ "MESSAGE": plain, "PRIORITY": "7" }).to_string()),
        (
            "journald's JSON, its level in the priority only",
            json!({ "MESSAGE": format!("[req-1 req-2] {MESSAGE}"), "PRIORITY": "7" }).to_string(),
        ),
        ("journald's JSON with colours", json!({ "MESSAGE": bytes, "PRIORITY": "6" }).to_string()),
        (
            "fluentd, as kolla sets it up",
            json!({ "Payload": format!("[req-1 req-2] {MESSAGE}"), "log_level": "DEBUG", "Logger": "openstack.cinder" })
                .to_string(),
        ),
        ("logfmt", format!("ts=2026-11-29 level=debug logger=cinder [req-1 req-2] {MESSAGE}")),
        ("Python's own", format!("DEBUG:cinder.volume.manager:[req-1 req-2] {MESSAGE}")),
    ]
}

#[test]
fn one_line_is_read_in_every_form() {
    for (form, line) in forms() {
        let read = unwrap_log_line(&line);
        assert_eq!(read.level, Some(LogLevel::Debug), "{form}: {line}");
        assert!(read.message.contains(MESSAGE), "{form}: {}", read.message);
        for id in ["req-1", "req-2"] {
            assert!(read.message.contains(id), "{form}: {}", read.message);
        }
        assert!(
            !read.message.contains('\u{1b}') && !read.message.ends_with('\n'),
            "{form}"
        );
    }
}

#[test]
fn a_level_is_that_of_the_line_and_not_of_what_it_speaks_of() {
    for (line, level) in [
        (
            "2026-11-29 1 INFO cinder.x [-] the level DEBUG is off",
            Some(LogLevel::Info),
        ),
        (
            "2026-11-29 1 ERROR cinder.x [-] {'level': 'DEBUG'}",
            Some(LogLevel::Error),
        ),
        ("  File \"x.py\", line 1, in DEBUG_call", None),
        (
            "{\"level\": \"error\", \"msg\": \"INFO is what it said\"}",
            Some(LogLevel::Error),
        ),
        ("{\"level\": 50, \"msg\": \"down\"}", Some(LogLevel::Critical)),
        ("{\"PRIORITY\": \"3\", \"MESSAGE\": \"down\"}", Some(LogLevel::Error)),
        ("{\"a\": 1}", None),
        ("", None),
    ] {
        assert_eq!(unwrap_log_line(line).level, level, "{line}");
    }
}

#[test]
fn what_is_half_there_or_of_no_known_form_stays_as_it_is() {
    for line in [
        "{\"log\":\"2026-11-29 1 X cinder",
        "plain words",
        "{\"a\": {\"log\": 1}}",
        "<999>x",
    ] {
        assert_eq!(unwrap_log_line(line).message, line);
    }
}

#[test]
fn wrappers_in_wrappers_end() {
    let mut line = "x".to_owned();
    for _ in 0..12 {
        line = json!({ "log": line }).to_string();
    }
    assert!(unwrap_log_line(&line).message.contains("log"));
}
