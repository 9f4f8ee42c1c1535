//! Answers of `rbd`.

use std::hint::black_box;

use cinder_drill::site::{MirrorStatus, PoolInfo, RbdInfo};

use crate::corpus;
use crate::guard::try_all;

const TOKENS: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    "\"",
    ":",
    ",",
    "null",
    "true",
    "-1",
    "\"mirroring\":",
    "\"description\":\"replaying, {",
    "\"global_id\":",
    "up+replaying",
    "split-brain",
    "\\u0000",
    "\\ud800",
    "entries_behind_primary",
];

#[test]
fn an_answer_of_rbd_may_hold_anything() {
    let corpus = [
        corpus::files("fixtures/captures/ceph", ".json"),
        corpus::files("fixtures/captures/ceph", ".txt"),
        corpus::files("fixtures/captures/rbd", ""),
        corpus::of_json(),
        corpus::of_any_language(),
    ]
    .concat();
    try_all(&corpus, TOKENS, read_answer);
}

fn read_answer(input: &[u8]) {
    // What cannot be read is an error with words.
    if let Err(error) = serde_json::from_slice::<RbdInfo>(input) {
        black_box(error.to_string());
    }
    if let Ok(status) = serde_json::from_slice::<MirrorStatus>(input) {
        black_box((status.is_split_brain(), status.is_replaying()));
    }
    if let Ok(info) = serde_json::from_slice::<PoolInfo>(input) {
        black_box(format!("{info:?}"));
    }
    black_box(serde_json::from_slice::<Vec<String>>(input).is_ok());
}
