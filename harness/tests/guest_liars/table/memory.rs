//! Guests that answer from memory what their disk does not hold. Only the storage can tell.

use super::{DATA, ROOT, ROOT_FAILBACK, Row, must_be, row};
use crate::expectation::{BLAMES, Caught, Must, caught};
use crate::lie::changes::heal;
use crate::lie::{AFTER, ALWAYS, DOES_NOTHING, FAILED_BACK, File, GuestLie, Of, Tell, after, always};

/// What the storage has lost, and the guest still tells: both are named.
const WITNESSED: Caught = caught(
    &[1],
    &[],
    &["storage|image|site-", "memory|cache|not hold|missing|older|torn"],
);

const fn from_memory(of: Of) -> GuestLie {
    after(of, Tell::FromMemory)
}

pub const ROWS: &[Row] = &[
    row(
        "drop-noop-cache",
        DATA,
        "the cache is said to be dropped, and is not; the hypervisor has one, too",
        &[always(Of::DROP, DOES_NOTHING)],
        must_be(WITNESSED),
    )
    .under(&["page-cache-reads"])
    .sampled(),
    row(
        "drop-noop-cache-bfv",
        ROOT,
        "the same, where a reboot drops the cache",
        &[always(Of::DROP, DOES_NOTHING)],
        must_be(caught(&[1], &[], &["record|writes|not hold"])),
    )
    .under(&["page-cache-reads"]),
    row(
        "mem-marker-only",
        ROOT,
        "the marker is told from memory",
        &[from_memory(Of::READS.file(File::Marker))],
        must_be(WITNESSED),
    )
    .under(&["torn-last-write@failover"]),
    row(
        "mem-older",
        ROOT,
        "all files are told from memory",
        &[from_memory(Of::READS)],
        must_be(WITNESSED),
    )
    .under(&["older-content@failover"])
    .sampled(),
    row(
        "mem-older-dv",
        DATA,
        "all files are told from memory",
        &[from_memory(Of::READS)],
        must_be(WITNESSED),
    )
    .under(&["older-content@failover"]),
    row(
        "mem-reordered",
        ROOT,
        "all files are told from memory",
        &[from_memory(Of::READS)],
        must_be(WITNESSED),
    )
    .under(&["reordered-writes@failover"]),
    row(
        "mem-torn",
        ROOT,
        "all files are told from memory",
        &[from_memory(Of::READS)],
        must_be(WITNESSED),
    )
    .under(&["torn-last-write@failover"]),
    row(
        "mem-stale-fb",
        ROOT_FAILBACK,
        "all files are told from memory after the failback",
        &[GuestLie::Tells(Of::READS, FAILED_BACK, Tell::FromMemory)],
        must_be(WITNESSED),
    )
    .under(&["stale-failback"]),
    row(
        "sha-memory",
        ROOT,
        "digests are told from memory, and contents from the disk",
        &[from_memory(Of::DIGEST)],
        must_be(caught(&[1, 3], &[], &["older|missing|not hold|contradicts itself"])),
    )
    .under(&["older-content@failover"])
    .if_asked(),
    row(
        "heal-lost",
        ROOT,
        "what the disk has lost is told from memory, and all else from the disk",
        &[after(Of::READS, Tell::Changed(heal))],
        must_be(WITNESSED),
    )
    .under(&["older-content@failover"]),
    row(
        "recreated",
        ROOT,
        "something in the guest writes the files anew before they are read",
        &[after(
            Of::READS,
            Tell::Runs(|seen| {
                let content = String::from_utf8_lossy(seen.written.unwrap_or_default()).into_owned();
                let quoted = shlex::try_quote(&content)
                    .map(|quoted| quoted.into_owned())
                    .unwrap_or_default();
                let (file, text) = (&seen.command.file, &seen.command.text);
                format!("printf '%s' {quoted} > {file} && sync; {text}")
            }),
        )],
        must_be(WITNESSED),
    )
    .under(&["older-content@failover"]),
    row(
        "never-rebooted",
        ROOT,
        "the old machine goes on answering at the address",
        &[from_memory(Of::READS), from_memory(Of::BOOT)],
        must_be(caught(&[1, 3], &[], &["boot"]).without_blame()),
    )
    .under(&["older-content@failover"]),
    row(
        "never-rebooted-fb",
        ROOT_FAILBACK,
        "the same; what it writes goes nowhere",
        &[
            GuestLie::Tells(Of::READS, AFTER, Tell::FromMemory),
            GuestLie::Tells(Of::WRITES, AFTER, DOES_NOTHING),
            from_memory(Of::BOOT),
        ],
        must_be(caught(&[1, 3], &[], &["boot"]).never(BLAMES)),
    ),
    row(
        "writes-dropped",
        ROOT,
        "no write is done, and all is told from memory",
        &[
            GuestLie::Tells(Of::WRITES, ALWAYS, DOES_NOTHING),
            always(Of::READS, Tell::FromMemory),
        ],
        must_be(
            caught(
                &[1, 3],
                &[],
                &["guest|app", "never|does not hold|not on|own image|primary"],
            )
            .without_blame(),
        ),
    )
    .sampled(),
    row(
        "writes-dropped-nomarker",
        "root-without-marker",
        "the same, and nobody looks for a marker before the failover",
        &[
            GuestLie::Tells(Of::WRITES, ALWAYS, DOES_NOTHING),
            always(Of::READS, Tell::FromMemory),
        ],
        must_be(caught(&[1, 3], &[], &["storage|image|site-"])),
    ),
    row(
        "clock",
        ROOT,
        "the clock is hours off",
        &[after(
            Of::ALL,
            Tell::Changed(|answer, seen| {
                if seen.command.text.starts_with("date") {
                    answer.out = b"0\n".to_vec();
                }
            }),
        )],
        Must::Pass,
    ),
];
