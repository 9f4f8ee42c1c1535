//! Files that are told otherwise than they are, while the disk is well: nobody may be blamed for lost data.

use super::{ROOT, Row, must_be, row};
use crate::expectation::{BLAMES, Caught, Must, caught};
use crate::lie::changes::fails;
use crate::lie::{AFTER, File, GuestLie, Of, Tell, after, always};
use crate::middle::Answer;

/// The bytes of the scenario's own file, after the failover.
const OWN: Of = Of::BYTES.file(File::Own);
/// Caught, and the storage is not blamed for what the guest says.
const MISREAD: Caught = caught(&[1, 3], &["read"], &["failover-dr"]).without_blame();
/// The disk did not answer, or not to this user: nothing is proven.
const fn unread(says: &'static [&'static str]) -> Caught {
    caught(&[3], &["read"], says).without_blame()
}
/// A digest is not needed where there are the bytes.
const BY_BYTES: &str = "the bytes are right";

pub const ROWS: &[Row] = &[
    row(
        "cat-cut",
        ROOT,
        "half of the file comes",
        &[after(
            OWN,
            Tell::Changed(|answer, _| answer.out.truncate(answer.out.len() / 2)),
        )],
        must_be(MISREAD),
    )
    .sampled(),
    row(
        "cat-double",
        ROOT,
        "the file comes twice",
        &[after(OWN, Tell::Changed(|answer, _| answer.out = answer.out.repeat(2)))],
        must_be(MISREAD),
    ),
    row(
        "cat-empty",
        ROOT,
        "nothing comes",
        &[after(OWN, Tell::Changed(|answer, _| answer.out.clear()))],
        must_be(MISREAD),
    ),
    row(
        "cat-newline",
        ROOT,
        "a newline comes after the file",
        &[after(OWN, Tell::Changed(|answer, _| answer.put_behind(b"\n")))],
        must_be(MISREAD),
    ),
    row(
        "cat-eio",
        ROOT,
        "the file cannot be read: I/O error",
        &[after(
            OWN,
            Tell::Changed(|answer, seen| fails(answer, 1, &format!("cat: {}: Input/output error", seen.command.file))),
        )],
        must_be(unread(&["I/O error"])),
    )
    .sampled(),
    row(
        "cat-eacces",
        ROOT,
        "the file cannot be read: permission denied",
        &[after(
            OWN,
            Tell::Changed(|answer, seen| fails(answer, 1, &format!("cat: {}: Permission denied", seen.command.file))),
        )],
        must_be(unread(&["may not|permission"])),
    ),
    row(
        "sha-eio",
        ROOT,
        "a digest cannot be computed: I/O error",
        &[after(
            Of::DIGEST.file(File::Record(2)),
            Tell::Changed(|answer, _| fails(answer, 1, "sha256sum: read error: Input/output error")),
        )],
        Must::Either(BY_BYTES, unread(&["I/O error"])),
    )
    .if_asked(),
    row(
        "sha-flaps",
        ROOT,
        "a digest is wrong once",
        &[GuestLie::Tells(
            Of::DIGEST.file(File::Record(2)),
            AFTER.only(1),
            Tell::Changed(|answer, _| answer.out = format!("{}  -\n", "0".repeat(64)).into_bytes()),
        )],
        Must::Either(BY_BYTES, MISREAD),
    )
    .if_asked(),
    row(
        "sha-other-file",
        ROOT,
        "digests are those of another file after the reconnect",
        &[after(
            Of::DIGEST,
            Tell::Changed(|answer, _| answer.out = format!("{}  -\n", "0".repeat(64)).into_bytes()),
        )],
        Must::Either(BY_BYTES, MISREAD),
    )
    .if_asked(),
    row(
        "sha-other-first",
        ROOT,
        "digests are those of another file from the start",
        &[always(
            Of::DIGEST,
            Tell::Changed(|answer, _| answer.out = format!("{}  -\n", "0".repeat(64)).into_bytes()),
        )],
        Must::Either(
            BY_BYTES,
            caught(&[1, 3], &["write"], &["something else|digest"]).without_blame(),
        ),
    )
    .if_asked(),
    row(
        "sha-bsd",
        ROOT,
        "digests come in the form of BSD",
        &[always(
            Of::DIGEST,
            Tell::Changed(|answer, seen| {
                let digest = answer.text().chars().take(64).collect::<String>();
                answer.out = format!("SHA256 ({}) = {digest}\n", seen.command.file).into_bytes();
            }),
        )],
        Must::Either(BY_BYTES, caught(&[3], &["write"], &["makes no sense"])),
    )
    .if_asked(),
    row(
        "nul-sha",
        ROOT,
        "zero bytes come before digests",
        &[after(
            Of::DIGEST,
            Tell::Changed(|answer, _| answer.put_before(&[0; 16])),
        )],
        Must::Either(BY_BYTES, caught(&[3], &["read"], &["makes no sense"]).without_blame()),
    )
    .if_asked(),
    row(
        "sha-hangs",
        ROOT,
        "digests are never computed",
        &[after(Of::DIGEST, Tell::Hangs)],
        Must::Either(BY_BYTES, caught(&[3], &["read"], &["did not end"])),
    )
    .if_asked(),
    row(
        "bad-utf8",
        ROOT,
        "files and digests are no UTF-8",
        &[after(
            Of::READS,
            Tell::Changed(|answer, _| answer.out = b"\xff\xfe\xc3\x28".to_vec()),
        )],
        must_be(caught(&[1, 3], &["read"], &[]).without_blame()),
    ),
    row(
        "record-one-byte",
        ROOT,
        "one byte of a record is another, each time",
        &[after(
            Of::BYTES.file(File::Record(4)),
            Tell::Changed(|answer, _| {
                if let Some(byte) = answer.out.get_mut(100) {
                    *byte ^= 1;
                }
            }),
        )],
        must_be(caught(&[1, 3], &["read"], &["record.4"]).without_blame()),
    ),
    row(
        "nosuch-noise",
        ROOT,
        "a login script misses a file, and the read fails for another reason",
        &[after(
            Of::READS.file(File::Record(8)),
            Tell::Changed(|answer, seen| {
                let program = seen.command.text.split_whitespace().next().unwrap_or("cat").to_owned();
                fails(
                    answer,
                    1,
                    &format!("bash: /etc/profile.d/x.sh: No such file or directory\n{program}: memory exhausted"),
                );
            }),
        )],
        must_be(caught(&[3], &["read"], &["memory exhausted"]).never(&["missing", "out of order", "loses data"])),
    ),
    row(
        "locale-de",
        ROOT,
        "what is not there is said not to be in German",
        &[after(
            Of::READS,
            Tell::Changed(|answer, seen| {
                if answer.code != 0 {
                    fails(
                        answer,
                        1,
                        &format!("cat: {}: Datei oder Verzeichnis nicht gefunden", seen.command.file),
                    );
                }
            }),
        )],
        must_be(caught(&[1, 3], &[], &["nicht gefunden|older|not hold|missing"])),
    )
    .under(&["older-content@failover"]),
    row(
        "exit0-all",
        ROOT,
        "what fails says nothing, with status 0",
        &[after(
            Of::ALL,
            Tell::Changed(|answer, _| {
                if answer.code != 0 {
                    *answer = Answer::new("", "", 0);
                }
            }),
        )],
        must_be(caught(&[1, 3], &[], &["record|older|not hold|digest"])),
    )
    .under(&["older-content@failover"]),
    row(
        "drop-erofs",
        ROOT,
        "the caches cannot be dropped: /proc/sys is read-only, as in a container",
        &[after(
            Of::DROP,
            Tell::Changed(|answer, _| {
                fails(
                    answer,
                    1,
                    "sh: can't create /proc/sys/vm/drop_caches: Read-only file system",
                )
            }),
        )],
        Must::Either(
            "what is read past the cache needs no drop",
            caught(&[3], &["read"], &["/proc/sys"]).never(&["disk was lost", "ext4 has gone", "loses data"]),
        ),
    )
    .sampled(),
    row(
        "drop-eperm",
        ROOT,
        "the caches cannot be dropped: the user may not",
        &[after(
            Of::DROP,
            Tell::Changed(|answer, _| {
                fails(
                    answer,
                    1,
                    "sh: can't create /proc/sys/vm/drop_caches: Permission denied",
                )
            }),
        )],
        Must::Either(
            "what is read past the cache needs no drop",
            unread(&["may not|permission"]),
        ),
    ),
    row(
        "drop-eio",
        ROOT,
        "the caches cannot be dropped: I/O error of sync",
        &[after(
            Of::DROP,
            Tell::Changed(|answer, _| fails(answer, 1, "sync: error syncing '/': Input/output error")),
        )],
        must_be(caught(&[1, 3], &["read"], &["I/O error"]).never(BLAMES)),
    ),
];
