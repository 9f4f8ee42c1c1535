//! A record: numbered, checksummed, and with its origin, in the block of a disk that its number names.

use jiff::Timestamp;
use sha2::{Digest, Sha256};

use crate::guest::RECORD_BYTES;
use crate::names::RunId;
use crate::sync_log::numbered;

/// How many characters of the scenario's name a record has.
const NAME: usize = 63;

/// Where the checksum begins: before the line end.
const CHECKSUM: usize = RECORD_BYTES - 1 - 64;

/// Who writes records. Those of other origins on the same disk are stale.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The run.
    pub run: String,
    /// The scenario.
    pub scenario: String,
    /// The workload: no two have the same.
    pub token: String,
}

impl Origin {
    /// The origin of a new workload.
    #[must_use]
    pub fn new(run: &RunId, scenario: &str) -> Origin {
        Origin {
            run: run.to_string(),
            scenario: scenario.chars().take(NAME).collect(),
            token: uuid::Uuid::new_v4().simple().to_string(),
        }
    }

    /// The record of a number, as text without its line end.
    #[must_use]
    pub fn record(&self, number: usize, sent: Timestamp) -> String {
        let Origin { run, scenario, token } = self;
        let head = format!("{}run {run} scenario {scenario} sent {sent} ", numbered(number, token));
        let mut text: String = head.chars().take(CHECKSUM - 1).collect();
        while text.len() < CHECKSUM - 1 {
            text.push('.');
        }
        text.push(' ');
        let checksum = checksum(text.as_bytes());
        text.push_str(&checksum);
        text
    }
}

/// What is in a block of a disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Slot {
    /// Nothing: zeros, or less than a block.
    Empty,
    /// A whole record, and whose.
    Record {
        /// Its number.
        number: usize,
        /// Who wrote it.
        origin: Origin,
    },
    /// Something else: a record of which a part is missing or changed.
    Torn,
}

impl Slot {
    /// Reads a block. Behind the end of a file there is nothing.
    #[must_use]
    pub fn of(block: &[u8]) -> Slot {
        if block.iter().all(|byte| *byte == 0) {
            return Slot::Empty;
        }
        match parse(block) {
            Some((number, origin)) => Slot::Record { number, origin },
            None => Slot::Torn,
        }
    }
}

fn parse(block: &[u8]) -> Option<(usize, Origin)> {
    let text = str::from_utf8(block).ok()?;
    if text.len() != RECORD_BYTES || !text.ends_with('\n') {
        return None;
    }
    let (said, sum) = text[..RECORD_BYTES - 1].split_at_checked(CHECKSUM)?;
    if checksum(said.as_bytes()) != sum {
        return None;
    }
    let mut words = said.split(' ');
    let mut next = |key: &str| (words.next()? == key).then(|| words.next())?;
    let number = next("cinder-drill-record")?.parse().ok()?;
    let token = next("of")?.to_owned();
    let run = next("run")?.to_owned();
    let scenario = next("scenario")?.to_owned();
    // As it is written, so that a number has one form.
    said.starts_with(&numbered(number, &token))
        .then_some((number, Origin { run, scenario, token }))
}

fn checksum(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin() -> Origin {
        Origin {
            run: "20261129-abcd".to_owned(),
            scenario: "site-loss-bfv".to_owned(),
            token: "0123456789abcdef".to_owned(),
        }
    }

    #[test]
    fn a_record_is_read_as_it_was_made() {
        let text = origin().record(42, Timestamp::UNIX_EPOCH);
        assert_eq!(text.len(), RECORD_BYTES - 1);
        assert!(text.starts_with(
            "cinder-drill-record 42 of 0123456789abcdef run 20261129-abcd scenario site-loss-bfv sent 1970-01-01T00:00:00Z ..."
        ));
        let block = format!("{text}\n").into_bytes();
        assert_eq!(
            Slot::of(&block),
            Slot::Record {
                number: 42,
                origin: origin()
            }
        );
        assert_eq!(Slot::of(&[]), Slot::Empty);
        assert_eq!(Slot::of(&[0; RECORD_BYTES]), Slot::Empty);
        assert_eq!(Slot::of(&block[..100]), Slot::Torn);
    }

    #[test]
    fn a_record_of_any_origin_has_its_length_and_is_read() {
        let long = Origin {
            run: "r".repeat(64),
            scenario: "s".repeat(NAME),
            token: "t".repeat(32),
        };
        let block = format!("{}\n", long.record(usize::MAX, Timestamp::MAX)).into_bytes();
        assert_eq!(
            Slot::of(&block),
            Slot::Record {
                number: usize::MAX,
                origin: long
            }
        );
    }

    #[test]
    fn any_changed_byte_makes_it_torn() {
        let block = format!("{}\n", origin().record(7, Timestamp::UNIX_EPOCH)).into_bytes();
        for place in 0..RECORD_BYTES {
            for change in [1, 0x80, block[place]] {
                let mut other = block.clone();
                other[place] ^= change;
                assert_eq!(Slot::of(&other), Slot::Torn, "byte {place} with {change}");
            }
        }
    }
}
