//! Whatever a disk did to the records, the judgement counts it as that.

use std::time::Duration;

use jiff::Timestamp;
use proptest::prelude::*;

use super::*;

fn origin(token: &str) -> Origin {
    Origin {
        run: "run-1".to_owned(),
        scenario: "planned".to_owned(),
        token: token.to_owned(),
    }
}

fn record(token: &str, number: usize) -> Vec<u8> {
    format!("{}\n", origin(token).record(number, Timestamp::UNIX_EPOCH)).into_bytes()
}

/// So many records, the last of which were not acknowledged; each took a tenth of a second.
fn acknowledged(sent: usize, unanswered: usize) -> Acknowledgements {
    let answered = sent.saturating_sub(unanswered);
    let time = |number: usize| (number <= answered).then(|| Duration::from_millis(100 * number as u64));
    Acknowledgements {
        sent,
        times: (1..=sent).map(time).collect(),
    }
}

fn disk(records: usize) -> Vec<u8> {
    (1..=records).flat_map(|number| record("ours", number)).collect()
}

fn put(bytes: &mut [u8], number: usize, block: &[u8]) {
    bytes[(number - 1) * RECORD_BYTES..][..block.len()].copy_from_slice(block);
}

fn found(acknowledgements: &Acknowledgements, bytes: &[u8]) -> WorkloadFindings {
    judge(&origin("ours"), acknowledgements, bytes, true)
}

#[test]
fn each_fault_is_counted_as_what_it_is() {
    let all = acknowledged(10, 0);
    let mut reordered = disk(10);
    put(&mut reordered, 3, &record("ours", 4));
    put(&mut reordered, 4, &record("ours", 3));
    let mut stale = disk(10);
    put(&mut stale, 9, &record("theirs", 9));
    put(&mut stale, 10, &record("theirs", 10));
    let mut torn = disk(10);
    torn[5 * RECORD_BYTES + 100] ^= 1;
    let mut torn_end = disk(10);
    torn_end.truncate(10 * RECORD_BYTES - 7);
    let mut hole = disk(10);
    put(&mut hole, 5, &[0; RECORD_BYTES]);
    let mut beyond = disk(10);
    beyond.push(b'x');
    let shown: Vec<String> = [
        ("whole", disk(10)),
        ("the end is lost", disk(7)),
        ("nothing", Vec::new()),
        ("reordered", reordered),
        ("stale", stale),
        ("torn", torn),
        ("torn end", torn_end),
        ("hole", hole),
        ("beyond", beyond),
    ]
    .into_iter()
    .map(|(name, bytes)| {
        let found = found(&all, &bytes);
        format!(
            "{name}: {} present, last {:?}; {} lost from {:?}, {} ms; {}{}",
            found.present,
            found.last_present,
            found.lost,
            found.first_lost,
            found.lost_milliseconds,
            found.faults().as_deref().unwrap_or("a prefix"),
            if found.torn_end { ", torn end" } else { "" },
        )
    })
    .collect();
    insta::assert_snapshot!(shown.join("\n"), @"
    whole: 10 present, last Some(10); 0 lost from None, 0 ms; a prefix
    the end is lost: 7 present, last Some(7); 3 lost from Some(8), 300 ms; a prefix
    nothing: 0 present, last None; 10 lost from Some(1), 1000 ms; a prefix
    reordered: 8 present, last Some(10); 2 lost from Some(3), 1 ms; 2 in the place of others
    stale: 8 present, last Some(8); 2 lost from Some(9), 200 ms; 2 stale
    torn: 9 present, last Some(10); 1 lost from Some(6), 1 ms; 1 torn
    torn end: 9 present, last Some(9); 1 lost from Some(10), 100 ms; a prefix, torn end
    hole: 9 present, last Some(10); 1 lost from Some(5), 1 ms; 1 missing before others that are there
    beyond: 10 present, last Some(10); 0 lost from None, 0 ms; more behind them than was ever written
    ");
}

#[test]
fn what_nobody_acknowledged_may_be_there_or_not() {
    let acknowledgements = acknowledged(10, 3);
    for there in 7..=10 {
        let found = found(&acknowledgements, &disk(there));
        assert_eq!((found.lost, found.lost_milliseconds), (0, 0), "{there}");
        assert!(found.is_prefix(), "{there}");
    }
    assert_eq!(found(&acknowledgements, &disk(6)).lost, 1);
}

#[test]
fn behind_the_records_of_a_device_is_what_it_held_before() {
    let mut bytes = disk(3);
    bytes.extend(record("theirs", 4));
    bytes.extend([7; 9000]);
    let found = judge(&origin("ours"), &acknowledged(3, 0), &bytes, false);
    assert!(found.is_prefix() && found.present == 3, "{found:?}");
}

proptest! {
    /// A cut anywhere loses exactly the records behind it, and is a prefix.
    #[test]
    fn any_cut_is_a_prefix(sent in 1usize..24, unanswered in 0usize..4, cut in 0usize..24 * RECORD_BYTES) {
        let acknowledgements = acknowledged(sent, unanswered);
        let mut bytes = disk(sent);
        bytes.truncate(cut);
        let whole = bytes.len() / RECORD_BYTES;
        let answered = sent.saturating_sub(unanswered);
        let found = found(&acknowledgements, &bytes);
        prop_assert!(found.is_prefix());
        prop_assert_eq!(found.present, whole);
        prop_assert_eq!(found.torn_end, !bytes.len().is_multiple_of(RECORD_BYTES));
        prop_assert_eq!(found.lost, answered.saturating_sub(whole));
        prop_assert_eq!(found.lost_milliseconds, 100 * answered.saturating_sub(whole) as u64);
    }

    /// Every block is one of: whole, a hole, in another's place, torn, stale; and none is counted twice.
    #[test]
    fn every_block_is_counted_once(damage in proptest::collection::vec(0u8..6, 1..24), seed in 0usize..RECORD_BYTES) {
        let sent = damage.len();
        let mut bytes = disk(sent);
        let mut expected = [0usize; 6];
        let end = damage.iter().rposition(|kind| *kind == 0).map_or(0, |index| index + 1);
        for (index, kind) in damage.iter().enumerate() {
            let number = index + 1;
            match kind {
                1 => put(&mut bytes, number, &[0; RECORD_BYTES]),
                2 => put(&mut bytes, number, &record("ours", number + 1)),
                3 => bytes[index * RECORD_BYTES + seed] ^= 0x20,
                4 => put(&mut bytes, number, &record("theirs", number)),
                // A record twice: that of the block before it.
                5 => put(&mut bytes, number, &record("ours", index)),
                _ => {}
            }
            expected[usize::from(*kind)] += 1;
        }
        let torn_end = damage.get(end) == Some(&3);
        let holes = damage[..end].iter().filter(|kind| **kind == 1).count();
        let found = found(&acknowledged(sent, 0), &bytes);
        prop_assert_eq!(found.present, expected[0]);
        prop_assert_eq!(found.holes, holes);
        prop_assert_eq!(found.reordered, expected[2] + expected[5]);
        prop_assert_eq!(found.torn, expected[3] - usize::from(torn_end));
        prop_assert_eq!(found.torn_end, torn_end);
        prop_assert_eq!(found.stale, expected[4]);
        prop_assert_eq!(found.lost, sent - expected[0]);
        prop_assert_eq!(found.lost_milliseconds == 0, found.lost == 0);
    }

    /// Whatever a disk holds, it is judged, and nothing that is not ours is taken for ours.
    #[test]
    fn any_bytes_are_judged(bytes in proptest::collection::vec(any::<u8>(), 0..4096)) {
        let found = found(&acknowledged(8, 2), &bytes);
        prop_assert_eq!(found.present, 0);
        prop_assert_eq!(found.lost, 6);
    }
}
