//! Lies of the connection that nobody listed.

use std::time::Duration;

use super::{ROOT, Row, must_be, row};
use crate::expectation::{Caught, Must, caught};
use crate::lie::changes::marked;
use crate::lie::{AFTER, File, GuestLie, Of, Tell, Wire, after};
use crate::middle::Mark;

const OWN: Of = Of::BYTES.file(File::Own);

const fn ending(says: &'static [&'static str]) -> Caught {
    caught(&[3], &["read"], says).without_blame()
}

pub const ROWS: &[Row] = &[
    row(
        "own-cut-before-read",
        ROOT,
        "the connection ends when the file is to be read, each time",
        &[after(OWN, Tell::Cuts)],
        must_be(caught(&[3], &["read"], &["ended"]).without_blame()),
    ),
    row(
        "own-max-sessions",
        ROOT,
        "after the reconnect no channel is opened",
        &[GuestLie::Wire(AFTER, Wire::RefusesChannels)],
        must_be(caught(&[1, 3], &[], &["channel|session|not reachable"]).without_blame()),
    )
    .sampled(),
    row(
        "own-no-exec",
        ROOT,
        "after the reconnect no command is started",
        &[GuestLie::Wire(AFTER, Wire::RefusesCommands)],
        must_be(caught(&[1, 3], &[], &["request|command|refused|started|not reachable"]).without_blame()),
    ),
    row(
        "own-closes",
        ROOT,
        "after the reconnect each connection is closed at once",
        &[GuestLie::Wire(AFTER, Wire::Closes)],
        must_be(caught(&[1, 3], &["reconnect"], &["not reachable"]).without_blame()),
    ),
    row(
        "own-closes-twice",
        ROOT,
        "after the reconnect the first connections are closed at once, and the machine then boots",
        &[GuestLie::Wire(AFTER.first(2), Wire::Closes)],
        Must::Pass,
    ),
    row(
        "own-early-end",
        ROOT,
        "the output ends early, with status 0 and without a mark",
        &[after(
            OWN,
            Tell::Changed(|answer, _| {
                answer.out.truncate(3);
                marked(answer, Mark::Missing);
            }),
        )],
        must_be(ending(&["exit status"])),
    ),
    row(
        "own-mark-cut-off",
        ROOT,
        "the newline after the mark is missing",
        &[after(OWN, Tell::Changed(|answer, _| marked(answer, Mark::CutOff)))],
        must_be(ending(&["exit status|mark"])),
    ),
    row(
        "own-negative-mark",
        ROOT,
        "the mark says -1",
        &[after(OWN, Tell::Changed(|answer, _| marked(answer, Mark::Says(-1))))],
        must_be(ending(&["-1"])),
    ),
    row(
        "own-mark-says-1",
        ROOT,
        "the mark says 1, and the channel 0",
        &[after(OWN, Tell::Changed(|answer, _| marked(answer, Mark::Says(1))))],
        must_be(ending(&["two exit statuses"])),
    ),
    row(
        "own-cut-after-answer",
        ROOT,
        "the connection ends when the file was read and nothing else is asked",
        &[after(OWN, Tell::AnswersAndCuts)],
        Must::Pass,
    ),
    row(
        "own-no-eof",
        ROOT,
        "the channel is closed without the output's end being told",
        &[after(OWN, Tell::Changed(|answer, _| answer.ending.ends = false))],
        Must::Pass,
    ),
    row(
        "own-slow-drip",
        ROOT,
        "a file comes byte by byte, and in time",
        &[after(
            OWN,
            Tell::Changed(|answer, _| answer.ending.drip = Some(Duration::from_millis(5))),
        )],
        Must::Pass,
    ),
    row(
        "own-late-mark",
        ROOT,
        "the answer to a read comes late, and in time",
        &[after(OWN, Tell::Late(Duration::from_secs(2)))],
        Must::Pass,
    ),
];
