//! Journals.

use std::path::Path;

use crate::event::Event;
use crate::report::document::RunReport;
use crate::report::verdicts;

/// A journal, line by line, and the report that is made of what could be read.
pub(super) fn journal(bytes: &[u8]) {
    let events: Vec<Event> = bytes
        .split(|byte| *byte == b'\n')
        .filter_map(|line| serde_json::from_slice(line).ok())
        .collect();
    for event in &events {
        let line = serde_json::to_vec(event).expect("an event that was read can be written");
        let again: Event = serde_json::from_slice(&line).expect("an event that was written can be read");
        assert_eq!(serde_json::to_vec(&again).expect("the same event"), line);
    }
    let text = verdicts(&RunReport::of(&events.into()), Path::new("journal.jsonl"), false);
    assert!(text.ends_with("journal.jsonl\n"));
}
