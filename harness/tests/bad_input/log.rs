//! Lines of the cinder-volume log.

use std::collections::BTreeMap;
use std::hint::black_box;

use cinder_drill::connection::{
    ConnectionInfo, DriverProfile, ExpectedSites, LogError, changes, compare, find_by_attachment, judge,
};
use cinder_drill::failure::Failure;
use serde_json::json;

use crate::corpus;
use crate::guard::try_all;

const ATTACHMENT: &str = "a0000000-0000-4000-8000-000000000001";

const TOKENS: &[&str] = &[
    "'",
    "\"",
    "\\",
    "\\x",
    "\\u",
    "\\U0010ffff",
    "\\N{",
    "{",
    "}",
    "[",
    "]",
    "(",
    ")",
    ",",
    ":",
    "None",
    "True",
    "b'",
    "u'",
    "r'",
    "-",
    "1j",
    "0x",
    "***",
    "\n",
    "Connection info returned from driver {",
    "'attachment_id': ",
    ATTACHMENT,
    "set()",
    "<object at 0x7f>",
    "...",
];

#[test]
fn a_line_of_the_log_may_hold_anything() {
    let corpus = [
        corpus::files("fixtures/captures/cinder-volume-log", ".log"),
        corpus::files("fixtures/captures/openstack", ".log"),
        corpus::of_python(),
        corpus::of_any_language(),
    ]
    .concat();
    try_all(&corpus, TOKENS, read_log);
}

fn read_log(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    for id in attachments(&text).into_iter().chain([ATTACHMENT.to_owned()]).take(4) {
        match find_by_attachment(&text, &id) {
            Ok(Some(line)) => judge_it(&line.connection_info),
            Ok(None) => {}
            Err(error) => tell(error),
        }
    }
}

/// The attachments that a text names.
fn attachments(text: &str) -> Vec<String> {
    let after = text.split("'attachment_id': '").skip(1);
    after
        .filter_map(|rest| rest.split('\'').next().map(str::to_owned))
        .collect()
}

fn judge_it(info: &ConnectionInfo) {
    let profile = DriverProfile::named("rbd").expect("a profile of the harness");
    let fields = |cluster: &str, host: &str| {
        BTreeMap::from([
            ("cluster_name".to_owned(), json!(cluster)),
            ("hosts".to_owned(), json!([host])),
        ])
    };
    let (expected, other) = (fields("ceph", "192.0.2.11"), fields("ceph2", "198.51.100.11"));
    let sites = ExpectedSites {
        expected_name: "site-a",
        expected: &expected,
        other_name: "site-b",
        other: &other,
    };
    if let Err(error) = judge(info, &profile, &sites) {
        black_box(Failure::from(error).to_string());
    }
    black_box((compare(info, info), changes(info, info, &profile)));
}

fn tell(error: LogError) {
    black_box(Failure::from(error).to_string());
}
