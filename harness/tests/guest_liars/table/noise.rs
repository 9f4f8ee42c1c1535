//! Noise around what a command prints: it is named as noise, and nothing is proven.

use super::{DATA, ROOT, Row, must_be, row};
use crate::expectation::{Caught, caught};
use crate::lie::{Of, Tell, after, always};
use crate::middle::Answer;

/// Called by its name, with what it says.
const fn noise(says: &'static [&'static str]) -> Caught {
    caught(&[3], &[], says).without_blame()
}

pub const ROWS: &[Row] = &[
    row(
        "banner-cat",
        ROOT,
        "a banner comes before files",
        &[after(
            Of::BYTES,
            Tell::Changed(|answer, _| answer.put_before(b"Welcome to Ubuntu 24.04.1 LTS\n\n")),
        )],
        must_be(noise(&["Welcome to Ubuntu", "noise|before|login|around"])),
    )
    .sampled(),
    row(
        "banner-dv",
        DATA,
        "a banner comes before every output",
        &[always(
            Of::ALL,
            Tell::Changed(|answer, _| answer.put_before(b"Welcome to Ubuntu 24.04.1 LTS\n\n")),
        )],
        must_be(noise(&["Welcome to Ubuntu"])),
    ),
    row(
        "stderr-into-stdout",
        ROOT,
        "warnings of sudo come on the standard output",
        &[after(
            Of::ALL,
            Tell::Changed(|answer, _| {
                answer.put_before(b"sudo: unable to resolve host app: Name or service not known\n")
            }),
        )],
        must_be(noise(&["unable to resolve host"])),
    )
    .sampled(),
    row(
        "sudo-lecture",
        ROOT,
        "sudo gives its lecture in place of what was asked, with status 0",
        &[after(
            Of::READS,
            Tell::Says(|_| {
                Answer::new(
                    "\nWe trust you have received the usual lecture from the local System\nAdministrator.\n",
                    "",
                    0,
                )
            }),
        )],
        must_be(noise(&["usual lecture"])),
    ),
    row(
        "hostile-stderr",
        ROOT,
        "a failing command says zero bytes, escape sequences and markup",
        &[after(
            Of::BYTES,
            Tell::Says(|_| {
                Answer::new(
                    "",
                    b"cat: \x00\x1b[2J\x1b]0;owned\x07]]><script>alert(1)</script>\n".to_vec(),
                    1,
                )
            }),
        )],
        must_be(noise(&["script"])),
    ),
    row(
        "two-marks",
        ROOT,
        "the output holds a mark with 0 before the true one with 1",
        &[after(
            Of::BYTES,
            Tell::Changed(|answer, seen| {
                answer.out = format!("\n{} 0\n", seen.command.mark).into_bytes();
                answer.err = b"cat: it failed\n".to_vec();
                answer.code = 1;
            }),
        )],
        must_be(caught(&[3], &["read"], &["it failed"]).without_blame()),
    ),
];
