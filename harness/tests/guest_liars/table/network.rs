//! Connections that stall, break, or are strange and good.

use super::{ROOT, Row, must_be, row};
use crate::expectation::{Must, caught};
use crate::lie::{AFTER, ALWAYS, File, GuestLie, Of, Tell, Wire, after, always};
use std::time::Duration;

const OWN: Of = Of::BYTES.file(File::Own);

const fn from_start(wire: Wire) -> GuestLie {
    GuestLie::Wire(ALWAYS, wire)
}

const fn afterwards(wire: Wire) -> GuestLie {
    GuestLie::Wire(AFTER, wire)
}

pub const ROWS: &[Row] = &[
    row(
        "silent-after",
        ROOT,
        "the connection is accepted, and nothing comes",
        &[afterwards(Wire::Silent)],
        must_be(caught(&[1, 3], &["reconnect"], &["not reachable"]).without_blame()),
    ),
    row(
        "tarpit-flood",
        ROOT,
        "lines that are no SSH come, for ever",
        &[afterwards(Wire::Tarpit)],
        must_be(caught(&[1, 3], &["reconnect"], &["not reachable"]).without_blame()),
    ),
    row(
        "all-hang",
        ROOT,
        "no command ends",
        &[after(Of::ALL, Tell::Hangs)],
        must_be(caught(&[3], &[], &["did not end"]).without_blame()),
    ),
    row(
        "auth-banner",
        ROOT,
        "a banner of 2 KiB comes before the authentication",
        &[from_start(Wire::Banner(2048))],
        Must::Pass,
    ),
    row(
        "auth-banner-big",
        ROOT,
        "a banner of 200 KB comes before the authentication",
        &[afterwards(Wire::Banner(200_000))],
        Must::Either(
            "it is longer than libssh2 takes",
            caught(&[1, 3], &["reconnect"], &["not reachable"]),
        ),
    ),
    row(
        "auth-refused-after",
        ROOT,
        "no key is let in after the reconnect",
        &[afterwards(Wire::RefusesKeys)],
        must_be(caught(&[1, 3], &["reconnect"], &["not reachable|refused|lets .* in", "key"]).without_blame()),
    ),
    row(
        "cut-idle-every",
        ROOT,
        "each connection is cut when it is used",
        &[afterwards(Wire::CutsWhenUsed)],
        must_be(caught(&[1, 3], &[], &["ended|not reachable|broke|closed"]).without_blame()),
    ),
    row(
        "drip",
        ROOT,
        "a file comes byte by byte, too slowly",
        &[after(
            OWN,
            Tell::Changed(|answer, _| answer.ending.drip = Some(Duration::from_millis(300))),
        )],
        must_be(caught(&[3], &["read"], &["did not end"]).without_blame()),
    )
    .sampled(),
    row(
        "slow-each",
        ROOT,
        "each command takes some time",
        &[always(Of::ALL, Tell::Late(Duration::from_millis(300)))],
        Must::Pass,
    ),
    row(
        "rekey",
        ROOT,
        "the keys are changed after every 2 KiB",
        &[from_start(Wire::Rekeys(2048))],
        Must::Pass,
    ),
    row(
        "narrow",
        ROOT,
        "windows and packets are small",
        &[from_start(Wire::Narrow(512))],
        Must::Pass,
    ),
    row(
        "debug-flood",
        ROOT,
        "debug messages come with each command",
        &[from_start(Wire::DebugFlood)],
        Must::Pass,
    ),
    row(
        "long-version",
        ROOT,
        "the server's version is long",
        &[from_start(Wire::Version(
            "SSH-2.0-a_very_long_name_of_a_server_that_nobody_has_ever_heard_of_and_that_goes_on_for_quite_a_while_since_its_makers_were_proud_of_it comment with words in it, and more of them, up to two hundred and fifty characters of it",
        ))],
        Must::Pass,
    ),
];
