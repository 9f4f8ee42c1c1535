//! More than anybody wants to read. What is kept of it is bounded, on disk and in memory (see `trial`).

use super::{ROOT, Row, must_be, row};
use crate::expectation::caught;
use crate::lie::{File, Of, Tell, after};
use crate::middle::Answer;

const OWN: Of = Of::BYTES.file(File::Own);
/// What is a flood, in bytes: more than a run may write, and less than what the test has to encrypt for a minute.
const FLOOD: usize = 24 * 1024 * 1024;

pub const ROWS: &[Row] = &[
    row(
        "long-line",
        ROOT,
        "the file is one endless line",
        &[after(OWN, Tell::Says(|_| Answer::new(vec![b'x'; FLOOD], "", 0)))],
        must_be(caught(&[1, 3], &["read"], &["failover-dr"]).without_blame()),
    )
    .sampled(),
    row(
        "long-nul",
        ROOT,
        "the file is endless zeros",
        &[after(OWN, Tell::Says(|_| Answer::new(vec![0; FLOOD], "", 0)))],
        must_be(caught(&[1, 3], &["read"], &["failover-dr"]).never(&["it has the length", "loses data"])),
    ),
    row(
        "long-record",
        ROOT,
        "a record is endless",
        &[after(
            Of::READS.file(File::Record(4)),
            Tell::Says(|_| Answer::new(vec![b'7'; FLOOD], "", 0)),
        )],
        must_be(caught(&[1, 3], &["read"], &["record"]).without_blame()),
    ),
    row(
        "long-stderr",
        ROOT,
        "a failing command says endless things",
        &[after(
            OWN,
            Tell::Says(|_| Answer::new("", b"cat: no\n".repeat(FLOOD / 8), 1)),
        )],
        must_be(caught(&[3], &["read"], &["failover-dr"]).without_blame()),
    ),
    row(
        "long-dmesg",
        ROOT,
        "the kernel's messages are endless, when the evidence of a failure is collected",
        &[
            after(
                OWN,
                Tell::Says(|_| Answer::new("", "cat: failover-dr: Permission denied\n", 1)),
            ),
            after(Of::MESSAGES, Tell::Says(|_| Answer::new(vec![b'm'; FLOOD], "", 0))),
        ],
        must_be(caught(&[3], &["read"], &["failover-dr"]).without_blame()),
    ),
    row(
        "long-boot-id",
        ROOT,
        "the id of the boot is endless",
        &[after(Of::BOOT, Tell::Says(|_| Answer::new(vec![b'b'; FLOOD], "", 0)))],
        must_be(caught(&[1, 3], &[], &["boot"]).without_blame()),
    ),
    row(
        "big-output",
        ROOT,
        "a hundred megabytes come",
        &[after(
            OWN,
            Tell::Says(|_| Answer::new(vec![b'x'; 100 * 1024 * 1024], "", 0)),
        )],
        must_be(caught(&[1, 3], &["read"], &["failover-dr"]).without_blame()),
    ),
];
