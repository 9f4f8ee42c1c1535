//! Other machines, and other users, than those that were meant.

use super::{DATA, ROOT, Row, must_be, row};
use crate::expectation::{Must, caught};
use crate::lie::{AFTER, ALWAYS, BEFORE, File, GuestLie, HostKey, Of, Tell, Wire, after, always};

const TWINS: &str = "twins";
/// Another machine is named as such.
const OTHER_MACHINE: crate::expectation::Caught = caught(
    &[1, 3],
    &[],
    &["another (machine|server|guest)|other (machine|server)|twin|boot"],
)
.without_blame();

pub const ROWS: &[Row] = &[
    row(
        "other-home",
        ROOT,
        "after the reconnect commands run as another user, whose home lacks the files",
        &[after(
            Of::ALL,
            Tell::Runs(|seen| {
                format!(
                    "mkdir -p /home/other; export HOME=/home/other; cd /home/other; {}",
                    seen.command.text
                )
            }),
        )],
        must_be(caught(&[1, 3], &[], &["home|directory|user|storage holds|is at the storage"]).without_blame()),
    )
    .sampled(),
    row(
        "other-guest-same-key",
        TWINS,
        "after the reconnect another machine with the same host key answers",
        &[GuestLie::LeadsToTwin(AFTER.of_first())],
        must_be(OTHER_MACHINE),
    ),
    row(
        "other-guest-one",
        TWINS,
        "from the second connection on another machine with the same host key answers",
        &[GuestLie::LeadsToTwin(ALWAYS.since_connection(2).of_first())],
        must_be(OTHER_MACHINE),
    ),
    row(
        "moved-before-marker",
        TWINS,
        "after the markers the session ends, and the next leads to another machine",
        &[
            GuestLie::Tells(
                Of::WRITES.file(File::Marker),
                ALWAYS.of_first().only(1),
                Tell::AnswersAndCuts,
            ),
            GuestLie::LeadsToTwin(ALWAYS.since_connection(2).of_first()),
        ],
        must_be(OTHER_MACHINE),
    ),
    row(
        "marker-on-twin",
        TWINS,
        "before the failover every write goes to another machine",
        &[GuestLie::Tells(Of::WRITES, BEFORE.of_first(), Tell::OfTwin)],
        must_be(caught(&[1, 3], &["write", "expect-replicated"], &["guest|app"]).without_blame()),
    ),
    row(
        "hostkey-after",
        ROOT,
        "after the reconnect another host key is shown",
        &[GuestLie::Wire(AFTER, Wire::Key(HostKey::Other))],
        must_be(caught(&[1, 3], &["reconnect"], &["host key", "another machine"]).never(&["security group"])),
    )
    .sampled(),
    row(
        "keytype-after",
        ROOT,
        "after the reconnect a host key of another type is shown",
        &[GuestLie::Wire(AFTER, Wire::Key(HostKey::OtherType))],
        must_be(caught(&[1, 3], &["reconnect"], &["host key", "another machine"]).never(&["security group"])),
    ),
    row(
        "hostkey-session",
        DATA,
        "the session ends between two steps, and the next shows another host key",
        &[
            always(Of::WRITES.file(File::Marker), Tell::AnswersAndCuts),
            GuestLie::Wire(ALWAYS.since_connection(2), Wire::Key(HostKey::Other)),
        ],
        must_be(caught(&[1, 3], &[], &["host key"])),
    ),
    row(
        "session-cut-idle",
        DATA,
        "the session ends between two steps",
        &[always(Of::WRITES.file(File::Marker), Tell::AnswersAndCuts)],
        Must::Pass,
    ),
];
