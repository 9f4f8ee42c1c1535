//! Mounts that are not what was requested. Most of these guests tell the truth in their mount table.

use super::{DATA, Row, must_be, row};
use crate::expectation::{Caught, Must, caught};
use crate::lie::changes::{fails, mount_line, mount_lines_of, only_mkdir};
use crate::lie::{AFTER, DOES_NOTHING, GuestLie, Of, Tell, after, always};

const AT: &str = "/mnt/data";

/// Caught while mounting, by what the table says.
const fn by_the_table(says: &'static [&'static str]) -> Caught {
    caught(&[1, 3], &["mount"], says).without_blame()
}

/// Nothing is mounted, and the directory is there.
const NO_MOUNT: Tell = Tell::Runs(only_mkdir);

/// The disk of the spare volume is taken instead.
const ON_THE_SPARE: Tell = Tell::Runs(|seen| seen.command.text.replace("/dev/vdb", "/dev/vdc"));

/// The table shows something at the directory while something should be mounted there.
macro_rules! table_shows {
    ($device:expr, $kind:expr, $options:expr) => {
        Tell::Changed(|answer, seen| {
            if seen.mounted() {
                mount_line(answer, seen, $device, AT, $kind, $options);
            }
        })
    };
}

/// The lines of the directory are changed.
macro_rules! table_changed {
    ($change:expr) => {
        Tell::Changed(|answer, _| mount_lines_of(answer, AT, $change))
    };
}

pub const ROWS: &[Row] = &[
    row(
        "mount-noop",
        DATA,
        "nothing is mounted, the table says so, and files land on the root's disk",
        &[
            always(Of::MOUNT, NO_MOUNT),
            always(Of::UNMOUNT, DOES_NOTHING),
            always(Of::TABLE, table_shows!("/dev/vdb", "ext4", "rw,relatime")),
        ],
        must_be(caught(&[1, 3], &[], &["never|does not hold|not on|own image|primary|not the"]).without_blame()),
    ),
    row(
        "mount-noop-nomarker",
        "data-without-marker",
        "the same, and nobody looks for a marker before the failover",
        &[
            always(Of::MOUNT, NO_MOUNT),
            always(Of::UNMOUNT, DOES_NOTHING),
            always(Of::TABLE, table_shows!("/dev/vdb", "ext4", "rw,relatime")),
        ],
        must_be(caught(&[1, 3], &[], &["storage|image|site-|not on"])),
    ),
    row(
        "mount-tmpfs",
        DATA,
        "a tmpfs is at the directory, and the table says so",
        &[
            always(Of::MOUNT, NO_MOUNT),
            always(Of::UNMOUNT, DOES_NOTHING),
            always(Of::TABLE, table_shows!("tmpfs", "tmpfs", "rw,relatime")),
        ],
        must_be(by_the_table(&["tmpfs"])),
    )
    .sampled(),
    row(
        "mount-tmpfs-after",
        DATA,
        "after the failover a tmpfs is at the directory, in which a job has restored the files",
        &[
            after(Of::MOUNT, NO_MOUNT),
            after(Of::READS, Tell::FromMemory),
            after(Of::TABLE, table_shows!("tmpfs", "tmpfs", "rw,relatime")),
        ],
        must_be(by_the_table(&["tmpfs"])),
    )
    .under(&["older-content@failover"]),
    row(
        "empty-stale-mount",
        DATA,
        "after the failover a former disk is still mounted below, and the new mount fails silently",
        &[
            after(Of::MOUNT, NO_MOUNT),
            after(Of::READS, Tell::FromMemory),
            after(Of::TABLE, table_shows!("/dev/vdq", "ext4", "rw,errors=remount-ro")),
        ],
        must_be(by_the_table(&["vdq"])),
    )
    .under(&["empty-volume@failover"])
    .sampled(),
    row(
        "mount-ro-after",
        DATA,
        "after the failover the volume is mounted read-only",
        &[after(
            Of::TABLE,
            table_changed!(|line| Some(line.replace(" rw,", " ro,"))),
        )],
        must_be(by_the_table(&["read-only|\\bro\\b"])),
    ),
    row(
        "mount-xfs",
        DATA,
        "another type of file system is mounted than was made",
        &[always(
            Of::TABLE,
            table_changed!(|line| Some(line.replace(" ext4 ", " xfs "))),
        )],
        must_be(by_the_table(&["xfs"])),
    ),
    row(
        "mount-vanishes",
        DATA,
        "what was mounted is unmounted at once",
        &[always(Of::TABLE, table_changed!(|_| None))],
        must_be(by_the_table(&["nothing is mounted"])),
    ),
    row(
        "mount-hangs",
        DATA,
        "mount never ends",
        &[always(Of::MOUNT, Tell::Hangs)],
        must_be(caught(&[3], &["mount"], &["did not end"])),
    ),
    row(
        "mount-spare",
        "spare",
        "the spare volume's disk is formatted and mounted; no answer is false",
        &[always(Of::FORMAT, ON_THE_SPARE), always(Of::MOUNT, ON_THE_SPARE)],
        must_be(
            caught(
                &[1, 3],
                &["format", "mount"],
                &["vdc|no file system|made ext4 on /dev/vdb, and there is none"],
            )
            .without_blame(),
        ),
    )
    .sampled(),
    row(
        "mount-spare-empty",
        "spare",
        "the same, and the volume comes up empty",
        &[always(Of::FORMAT, ON_THE_SPARE), always(Of::MOUNT, ON_THE_SPARE)],
        must_be(
            caught(
                &[1, 3],
                &["format", "mount"],
                &["vdc|no file system|made ext4 on /dev/vdb, and there is none"],
            )
            .without_blame(),
        ),
    )
    .under(&["empty-volume@failover"]),
    row(
        "umount-hangs",
        DATA,
        "umount never ends",
        &[always(Of::UNMOUNT, Tell::Hangs)],
        must_be(caught(&[3], &["unmount"], &["did not end"])),
    ),
    row(
        "umount-lazy-busy",
        DATA,
        "the file system is in use and stays",
        &[always(
            Of::UNMOUNT,
            Tell::Changed(|answer, _| fails(answer, 32, "umount: /mnt/data: target is busy.")),
        )],
        must_be(caught(&[3], &["unmount"], &["in use|busy"])),
    ),
    row(
        "umount-lazy-fails",
        DATA,
        "the disk is gone, and the lazy umount fails, too",
        &[always(
            Of::UNMOUNT,
            Tell::Says(|_| crate::middle::Answer::new("", "umount: /mnt/data: Input/output error\n", 32)),
        )],
        must_be(caught(&[3], &["unmount"], &["I/O error"])),
    ),
    row(
        "umount-silent",
        DATA,
        "umount says that it is done, and does nothing",
        &[always(Of::UNMOUNT, DOES_NOTHING)],
        must_be(caught(&[3], &["unmount"], &["still mounted"])),
    ),
    row(
        "umount-silent-lie",
        DATA,
        "the same, and the table lies along",
        &[
            GuestLie::Tells(Of::UNMOUNT, AFTER.until_leap(1), DOES_NOTHING),
            always(Of::UNMOUNT, DOES_NOTHING),
            GuestLie::Tells(
                Of::TABLE,
                AFTER,
                Tell::Changed(|answer, seen| {
                    if !seen.mounted() {
                        mount_lines_of(answer, AT, |_| None);
                    }
                }),
            ),
        ],
        Must::Either(
            "the flow goes on; whether the second mount is above the first can be seen or not",
            caught(&[1, 3], &[], &[]).without_blame(),
        ),
    ),
    row(
        "umount-foreign",
        DATA,
        "umount fails in another language, and works lazily",
        &[always(
            Of::UNMOUNT,
            Tell::Runs(|seen| {
                if seen.command.text.contains(" -l") {
                    seen.command.text.clone()
                } else {
                    "echo 'umount: /mnt/data: Eingabe-/Ausgabefehler' >&2; false".to_owned()
                }
            }),
        )],
        Must::Pass,
    ),
    row(
        "long-table",
        DATA,
        "the mount table has twenty thousand lines, and the mount is among them",
        &[always(
            Of::TABLE,
            Tell::Changed(|answer, seen| {
                let mut long = crate::middle::Answer::new("", "", 0);
                let line = if seen.command.text.contains("mountinfo") {
                    "31 24 0:27 / /run/user/1000/a/long/name rw shared:5 - tmpfs tmpfs rw\n"
                } else {
                    "tmpfs /run/user/1000/a/long/name/of/a/directory tmpfs rw,nosuid 0 0\n"
                };
                long.out = line.repeat(20_000).into_bytes();
                answer.put_before(&long.out);
            }),
        )],
        Must::Either(
            "what is too long to be read may be said to be",
            caught(&[3], &["mount", "format", "write"], &["more than|too long|long"]),
        ),
    ),
];
