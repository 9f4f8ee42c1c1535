//! Disks that are not those of the volume.

use super::{DATA, Row, must_be, row};
use crate::expectation::{Must, caught};
use crate::lie::{Of, Tell, after, always};
use crate::middle::Answer;

/// No disk has the serial, as far as `/sys` tells.
const NO_SERIAL: Tell = Tell::Says(|_| Answer::new("", "", 1));

macro_rules! serial_of {
    ($name:expr) => {
        Tell::Says(|_| Answer::new(concat!("/sys/block/", $name, "/serial\n"), "", 0))
    };
}

pub const ROWS: &[Row] = &[
    row(
        "dev-missing",
        DATA,
        "no disk has the serial",
        &[always(Of::SERIAL, NO_SERIAL), always(Of::BY_ID, NO_SERIAL)],
        must_be(caught(&[1, 3], &[], &["was not seen|no such disk|no disk"])),
    ),
    row(
        "dev-two",
        DATA,
        "two disks have the serial",
        &[always(
            Of::SERIAL,
            Tell::Says(|_| Answer::new("/sys/block/vdb/serial\n/sys/block/vdc/serial\n", "", 0)),
        )],
        must_be(caught(&[3], &[], &["2 disks"]).unsent(&["mkfs"])),
    ),
    row(
        "dev-root",
        DATA,
        "the root's disk has the serial",
        &[always(Of::SERIAL, serial_of!("vda"))],
        must_be(caught(&[1, 3], &["format"], &["vda", "root|mounted|in use"]).unsent(&["mkfs"])),
    )
    .sampled(),
    row(
        "dev-root-after",
        DATA,
        "after the failover the root's disk has the serial",
        &[after(
            Of::SERIAL,
            Tell::Changed(|answer, _| {
                if answer.code == 0 {
                    answer.out = b"/sys/block/vda/serial\n".to_vec();
                }
            }),
        )],
        must_be(caught(&[1, 3], &["mount", "attach"], &["vda"])),
    ),
    row(
        "byid-path",
        DATA,
        "a link of udev leads to a file of the root's disk",
        &[
            always(Of::SERIAL, NO_SERIAL),
            always(
                Of::BY_ID,
                Tell::Says(|seen| {
                    if seen.command.text.contains("readlink") {
                        Answer::new("/dev/../etc/shadow\n", "", 0)
                    } else {
                        Answer::new("/dev/disk/by-id/virtio-0123456789abcdef0123\n", "", 0)
                    }
                }),
            ),
        ],
        must_be(caught(&[1, 3], &[], &["disk"]).unsent(&["mkfs"])),
    ),
    row(
        "serial-inject",
        DATA,
        "the name of the disk holds a command",
        &[always(Of::SERIAL, serial_of!("vdb; touch owned"))],
        must_be(caught(&[1, 3], &[], &["touch owned|disk"]).unsent(&["mkfs"])),
    ),
    row(
        "serial-many",
        DATA,
        "a hundred thousand disks have the serial",
        &[always(
            Of::SERIAL,
            Tell::Says(|_| {
                let lines: String = (0..100_000).map(|n| format!("/sys/block/vd{n}/serial\n")).collect();
                Answer::new(lines, "", 0)
            }),
        )],
        must_be(caught(&[3], &[], &["disks|more than|too long"]).unsent(&["mkfs"])),
    ),
    row(
        "serial-noise",
        DATA,
        "the disk is found among noise, and grep is sorry for others",
        &[always(
            Of::SERIAL,
            Tell::Changed(|answer, _| {
                answer.put_before(b"Welcome!\n");
                answer.err = b"grep: /sys/block/sr0/serial: No such file or directory\n".to_vec();
                answer.code = 2;
            }),
        )],
        Must::Pass,
    ),
    row(
        "mkfs-noop",
        DATA,
        "mkfs says that it is done, and does nothing",
        &[always(Of::FORMAT, crate::lie::DOES_NOTHING)],
        must_be(caught(
            &[1, 3],
            &["format", "mount"],
            &["no file system|holds no|made ext4 on .*there is none"],
        )),
    ),
    row(
        "mkfs-noop-old",
        DATA,
        "the same, on a disk that has a file system with records of another run",
        &[always(
            Of::FORMAT,
            Tell::Runs(|seen| {
                let text = &seen.command.text;
                let device = text
                    .split_whitespace()
                    .find(|word| word.starts_with("/dev/"))
                    .unwrap_or("/dev/vdb");
                format!(
                    "{text} && mkdir -p /mnt/old && mount {device} /mnt/old && echo old > \
                     /mnt/old/.failover-dr.record-3 && umount /mnt/old"
                )
            }),
        )],
        Must::Either(
            "each record has a token of its own",
            caught(&[1, 3], &["format"], &["file system"]),
        ),
    ),
];
