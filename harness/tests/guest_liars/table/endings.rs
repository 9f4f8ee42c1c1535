//! Exit statuses and marks that contradict each other, or do not come.

use super::{ROOT, Row, must_be, row};
use crate::expectation::{Caught, Must, caught};
use crate::lie::changes::marked;
use crate::lie::{File, Of, Tell, after, always};
use crate::middle::{Mark, Status};

const OWN: Of = Of::BYTES.file(File::Own);

const fn ending(says: &'static [&'static str]) -> Caught {
    caught(&[3], &[], says).without_blame()
}

pub const ROWS: &[Row] = &[
    row(
        "logout-noise",
        ROOT,
        "a .bash_logout speaks after the mark",
        &[always(
            Of::ALL,
            Tell::Changed(|answer, _| answer.ending.behind = b"Goodbye, come back soon\n".to_vec()),
        )],
        must_be(ending(&["Goodbye", "after|behind|logout|last"]).never(&["never came"])),
    )
    .sampled(),
    row(
        "mark-999",
        ROOT,
        "the mark says 999",
        &[after(OWN, Tell::Changed(|answer, _| marked(answer, Mark::Says(999))))],
        must_be(ending(&["999"])),
    ),
    row(
        "mark-on-stderr",
        ROOT,
        "the mark comes on the standard error",
        &[always(
            Of::ALL,
            Tell::Changed(|answer, _| marked(answer, Mark::OnErrors)),
        )],
        must_be(ending(&["standard error|stderr"]).never(&["never came"])),
    ),
    row(
        "mark-crlf",
        ROOT,
        "newlines come as on a terminal",
        &[always(
            Of::ALL,
            Tell::Changed(|answer, _| {
                answer.out = answer.text().replace('\n', "\r\n").into_bytes();
                marked(answer, Mark::OnATerminal);
            }),
        )],
        must_be(ending(&["carriage|CR|terminal"]).never(&["never came"])),
    )
    .sampled(),
    row(
        "status-no-mark",
        ROOT,
        "the exit status comes, and no mark",
        &[after(OWN, Tell::Changed(|answer, _| marked(answer, Mark::Missing)))],
        must_be(ending(&["exit status"])),
    ),
    row(
        "no-status-mark",
        ROOT,
        "the mark comes, and no exit status",
        &[always(
            Of::ALL,
            Tell::Changed(|answer, _| {
                if answer.code == 0 {
                    answer.ending.statuses.clear();
                }
            }),
        )],
        Must::Pass,
    ),
    row(
        "status-first",
        ROOT,
        "the exit status comes before the output",
        &[always(
            Of::ALL,
            Tell::Changed(|answer, _| answer.ending.status_first = true),
        )],
        Must::Pass,
    ),
    row(
        "status-twice",
        ROOT,
        "the exit status comes twice, 0 and then 1",
        &[after(
            OWN,
            Tell::Changed(|answer, _| answer.ending.statuses = vec![Status::OfTheCommand, Status::Number(1)]),
        )],
        must_be(ending(&["two exit statuses"])),
    ),
    row(
        "statuses-differ",
        ROOT,
        "the mark says 0, and the channel 1",
        &[after(
            OWN,
            Tell::Changed(|answer, _| answer.ending.statuses = vec![Status::Number(1)]),
        )],
        must_be(ending(&["two exit statuses"])),
    ),
    row(
        "exit-signal",
        ROOT,
        "a signal ended it, and no mark comes",
        &[after(
            OWN,
            Tell::Changed(|answer, _| {
                answer.ending.statuses = vec![Status::Killed];
                marked(answer, Mark::Missing);
            }),
        )],
        must_be(ending(&["KILL|signal"])),
    ),
    row(
        "exit-signal-mark",
        ROOT,
        "a signal ended it, and the mark says 0",
        &[after(
            OWN,
            Tell::Changed(|answer, _| answer.ending.statuses = vec![Status::Killed]),
        )],
        Must::Either("the mark is the shell's own word", ending(&["KILL|signal"])),
    ),
    row(
        "never-closed",
        ROOT,
        "the output ends, and the channel is never closed",
        &[after(OWN, Tell::Changed(|answer, _| answer.ending.closes = false))],
        must_be(ending(&["channel"])),
    ),
];
