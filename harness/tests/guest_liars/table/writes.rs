//! Writes that the guest did not take.

use super::{ROOT, ROOT_FAILBACK, Row, must_be, row};
use crate::expectation::{Caught, Must, caught};
use crate::lie::changes::fails;
use crate::lie::{AFTER, ALWAYS, DOES_NOTHING, File, GuestLie, Of, Tell, always};

/// Caught while writing, and nobody else is blamed.
const fn not_taken(says: &'static [&'static str]) -> Caught {
    caught(&[1, 3], &["write"], says).without_blame()
}

const fn writes(file: File, tell: Tell) -> GuestLie {
    always(Of::WRITES.file(file), tell)
}

/// Nothing is synced.
const WITHOUT_SYNC: Tell = Tell::Runs(|seen| {
    let written = seen.command.text.split(" && sync").next();
    written.unwrap_or_default().to_owned()
});

pub const ROWS: &[Row] = &[
    row(
        "exit0-failed-write",
        ROOT,
        "a record that was not written is said to be",
        &[writes(File::Record(3), DOES_NOTHING)],
        must_be(not_taken(&["record.3"])),
    )
    .sampled(),
    row(
        "half-write",
        ROOT,
        "half of a record is written",
        &[writes(
            File::Record(8),
            Tell::Gets(|stdin| stdin[..stdin.len() / 2].to_vec()),
        )],
        must_be(not_taken(&["record.8"])),
    ),
    row(
        "records-dropped",
        ROOT,
        "no record is written",
        &[writes(File::Records, DOES_NOTHING)],
        must_be(not_taken(&["record"])),
    ),
    row(
        "fb-file-dropped",
        ROOT_FAILBACK,
        "what is written while the backend is failed over goes to memory, and the marker to the disk",
        &[
            GuestLie::Tells(Of::WRITES.file(File::Own), AFTER.until_leap(1), DOES_NOTHING),
            GuestLie::Tells(Of::READS.file(File::Own), AFTER.until_leap(1), Tell::FromMemory),
        ],
        must_be(caught(&[1, 3], &[], &["failback-dr|does not hold"]).never(&["keep the order", "out of order"])),
    ),
    row(
        "sync-noop",
        ROOT,
        "nothing is synced",
        &[always(Of::WRITES, WITHOUT_SYNC)],
        Must::Either(
            "the marker proves that it arrived, later",
            caught(&[1, 3], &[], &[]).without_blame(),
        ),
    ),
    row(
        "sync-noop-nomarker",
        "root-without-marker",
        "the same, and nobody looks for a marker before the failover",
        &[always(Of::WRITES, WITHOUT_SYNC)],
        Must::Either(
            "a direct read before the failover writes it",
            caught(&[1, 3], &[], &["record|writes|failover-dr"]).never(&["keep the order", "out of order"]),
        ),
    ),
    row(
        "enospc-record",
        ROOT,
        "a record finds the disk full, and says so",
        &[writes(
            File::Record(5),
            Tell::Changed(|answer, _| fails(answer, 1, "cat: write error: No space left on device")),
        )],
        must_be(caught(&[3], &["write"], &["full"])),
    ),
    row(
        "drop-write-sync",
        ROOT,
        "the session ends between a write and its sync",
        &[writes(File::Record(4), Tell::RunsAndCuts)],
        must_be(caught(&[3], &["write"], &["record-4", "ended"])),
    ),
    row(
        "former-records",
        ROOT,
        "after the failover records of another run are there",
        &[crate::lie::after(
            Of::READS.file(File::Records),
            Tell::Changed(|answer, seen| {
                let rotate = |byte: &u8| {
                    if byte.is_ascii_digit() {
                        (byte - b'0' + 1) % 10 + b'0'
                    } else {
                        *byte
                    }
                };
                let other: Vec<u8> = seen.written.unwrap_or_default().iter().map(rotate).collect();
                answer.out = if seen.command.is(crate::middle::Kind::Digest) {
                    format!("{}  {}\n", crate::digest(&other), seen.command.file).into_bytes()
                } else {
                    other
                };
            }),
        )],
        must_be(caught(&[1, 3], &["read"], &["another run|something else|other"]).without_blame()),
    ),
    row(
        "root-ro-after",
        ROOT,
        "after the reconnect the root is read-only, and only read from",
        &[GuestLie::Tells(
            Of::WRITES,
            AFTER,
            Tell::Changed(|answer, seen| {
                let file = &seen.command.file;
                fails(answer, 1, &format!("sh: can't create {file}: Read-only file system"));
            }),
        )],
        Must::Either("the data is there", caught(&[1, 3], &[], &["read-only"])),
    )
    .if_asked(),
    row(
        "root-ro-after-fb",
        ROOT_FAILBACK,
        "after the reconnect the root is read-only, and written to",
        &[GuestLie::Tells(
            Of::WRITES,
            AFTER,
            Tell::Changed(|answer, seen| {
                let file = &seen.command.file;
                fails(answer, 1, &format!("sh: can't create {file}: Read-only file system"));
            }),
        )],
        must_be(caught(&[1, 3], &["write"], &["read-only"])),
    ),
    row(
        "marker-dropped",
        ROOT,
        "the marker is said to be written, and is not; nothing is told from memory",
        &[GuestLie::Tells(Of::WRITES.file(File::Marker), ALWAYS, DOES_NOTHING)],
        must_be(caught(&[1, 3], &["expect-replicated"], &["marker|guest"]).without_blame()),
    ),
];
