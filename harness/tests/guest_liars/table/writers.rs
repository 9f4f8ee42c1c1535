//! Writers that acknowledge what they do not write.

use super::{Row, must_be, row};
use crate::expectation::{Must, caught};
use crate::lie::{GuestLie, WriterLie};

const LOAD: &str = "load";

pub const ROWS: &[Row] = &[
    row("writer-honest", LOAD, "nothing is lied about a writer", &[], Must::Pass),
    row(
        "writer-swallows",
        LOAD,
        "a record is acknowledged and never written, and those after it are",
        &[GuestLie::Writer(WriterLie::Swallows(3))],
        must_be(caught(&[1], &["expect-workload"], &["missing before others"])),
    )
    .sampled(),
    row(
        "writer-swallows-the-end",
        LOAD,
        "from some record on all are acknowledged and none is written",
        &[GuestLie::Writer(WriterLie::SwallowsFrom(3))],
        must_be(caught(&[1], &["expect-workload"], &["acknowledged", "lost on"])),
    ),
    row(
        "writer-never-writes",
        LOAD,
        "all records are acknowledged and none is written",
        &[GuestLie::Writer(WriterLie::SwallowsFrom(0))],
        must_be(caught(&[1, 3], &["workload"], &["does not hold it|could not"])),
    ),
    row(
        "writer-swaps",
        LOAD,
        "two records are written in each other's place",
        &[GuestLie::Writer(WriterLie::Swaps(2))],
        must_be(caught(&[1], &["expect-workload"], &["in the place of others"])),
    ),
    row(
        "writer-overpromises",
        LOAD,
        "records that were never sent are acknowledged, too",
        &[GuestLie::Writer(WriterLie::Overpromises)],
        Must::Pass,
    ),
];
