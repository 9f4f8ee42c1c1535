//! Lies that nobody listed.

use std::time::Duration;

use super::{DATA, ROOT, ROOT_FAILBACK, Row, must_be, row};
use crate::expectation::{Caught, Must, caught};
use crate::lie::changes::{fails, mount_line, mount_lines_of, only_mkdir};
use crate::lie::{AFTER, ALWAYS, File, GuestLie, Of, Tell, after, always};
use crate::middle::Answer;

const AT: &str = "/mnt/data";
const OWN: Of = Of::BYTES.file(File::Own);
const MISREAD: Caught = caught(&[1, 3], &["read"], &["failover-dr"]).without_blame();

const fn unread(says: &'static [&'static str]) -> Caught {
    caught(&[3], &["read"], says).without_blame()
}

pub const ROWS: &[Row] = &[
    row(
        "own-mem-all-but-marker",
        ROOT,
        "all but the marker is told from memory",
        &[
            after(Of::READS.file(File::Own), Tell::FromMemory),
            after(Of::READS.file(File::Records), Tell::FromMemory),
        ],
        must_be(caught(&[1], &[], &["storage|image|site-"])),
    )
    .under(&["older-content@failover"]),
    row(
        "own-torn-last-from-memory",
        ROOT,
        "only what was written last is told from memory",
        &[
            after(Of::READS.file(File::RecordsFrom(8)), Tell::FromMemory),
            after(Of::READS.file(File::Marker), Tell::FromMemory),
        ],
        must_be(caught(&[1], &[], &["storage|image|site-|torn|not hold"])),
    )
    .under(&["torn-last-write@failover"]),
    row(
        "own-old-boot-honest-reads",
        ROOT,
        "the boot is the old one, and all files are right",
        &[after(Of::BOOT, Tell::FromMemory)],
        must_be(caught(&[1, 3], &["reconnect"], &["boot"]).without_blame()),
    )
    .sampled(),
    row(
        "own-no-boot-id",
        ROOT,
        "the guest does not tell which boot it is",
        &[always(
            Of::BOOT,
            Tell::Changed(|answer, _| {
                fails(
                    answer,
                    1,
                    "cat: /proc/sys/kernel/random/boot_id: No such file or directory",
                )
            }),
        )],
        Must::Either(
            "not every system has it",
            caught(&[3], &["reconnect"], &["boot"]).without_blame(),
        ),
    )
    .if_asked(),
    row(
        "own-boot-id-goes",
        ROOT,
        "the guest does not tell any more which boot it is",
        &[after(
            Of::BOOT,
            Tell::Changed(|answer, _| fails(answer, 1, "cat: /proc/sys/kernel/random/boot_id: Permission denied")),
        )],
        Must::Either(
            "a witness that is missing is not contrary evidence",
            caught(&[1, 3], &["reconnect"], &["boot"]).without_blame(),
        ),
    ),
    row(
        "own-empty-boot-id",
        ROOT,
        "the id of the boot is empty after the reconnect",
        &[after(Of::BOOT, Tell::Changed(|answer, _| answer.out = b"\n".to_vec()))],
        Must::Either(
            "a witness that is missing is not contrary evidence",
            caught(&[1, 3], &["reconnect"], &["boot"]).without_blame(),
        ),
    ),
    row(
        "own-overlay-root",
        ROOT,
        "the root is an overlay in memory, and the table says so",
        &[always(
            Of::TABLE,
            Tell::Changed(|answer, seen| {
                mount_lines_of(answer, "/", |_| None);
                mount_line(
                    answer,
                    seen,
                    "overlay",
                    "/",
                    "overlay",
                    "rw,relatime,upperdir=/run/upper",
                );
            }),
        )],
        must_be(caught(&[1, 3], &["write"], &["overlay"]).without_blame()),
    )
    .sampled(),
    row(
        "own-tmpfs-home",
        ROOT,
        "the user's home is a tmpfs, and the table says so",
        &[always(
            Of::TABLE,
            Tell::Changed(|answer, seen| mount_line(answer, seen, "tmpfs", "/root", "tmpfs", "rw,relatime")),
        )],
        must_be(caught(&[1, 3], &["write"], &["tmpfs"]).without_blame()),
    ),
    row(
        "own-bind-home-after",
        ROOT,
        "after the reconnect another directory is mounted over the user's home, and the table says so",
        &[
            after(
                Of::TABLE,
                Tell::Changed(|answer, seen| mount_line(answer, seen, "/dev/vdz", "/root", "ext4", "rw,relatime")),
            ),
            after(
                Of::READS,
                Tell::Changed(|answer, seen| {
                    fails(
                        answer,
                        1,
                        &format!("cat: {}: No such file or directory", seen.command.file),
                    )
                }),
            ),
        ],
        must_be(caught(&[1, 3], &[], &["vdz|home|storage holds|directory"]).without_blame()),
    ),
    row(
        "own-other-partition",
        DATA,
        "a partition of the disk is mounted, and the table says so",
        &[always(
            Of::TABLE,
            Tell::Changed(|answer, _| mount_lines_of(answer, AT, |line| Some(line.replace("/dev/vdb ", "/dev/vdb1 ")))),
        )],
        must_be(caught(&[1, 3], &["mount"], &["vdb1"]).without_blame()),
    ),
    row(
        "own-remounted-ro",
        DATA,
        "after the failover the volume is mounted, and then remounted read-only and noexec",
        &[after(
            Of::TABLE,
            Tell::Changed(|answer, seen| {
                if seen.mounted() {
                    mount_line(answer, seen, "/dev/vdb", AT, "ext4", "ro,noexec,relatime")
                }
            }),
        )],
        must_be(caught(&[1, 3], &["mount", "read"], &["read-only|\\bro\\b"]).without_blame()),
    ),
    row(
        "own-other-disk-above",
        DATA,
        "after the failover another disk is mounted above the volume's",
        &[after(
            Of::TABLE,
            Tell::Changed(|answer, seen| {
                if seen.mounted() {
                    mount_line(answer, seen, "/dev/vdc", AT, "ext4", "rw,relatime")
                }
            }),
        )],
        must_be(caught(&[1, 3], &["mount"], &["vdc"]).without_blame()),
    ),
    row(
        "own-fuse",
        DATA,
        "a remote directory is mounted by FUSE, and the table says so",
        &[always(
            Of::TABLE,
            Tell::Changed(|answer, _| {
                mount_lines_of(answer, AT, |line| {
                    Some(
                        line.replace("/dev/vdb", "ops@backup:/data")
                            .replace("ext4", "fuse.sshfs"),
                    )
                })
            }),
        )],
        must_be(caught(&[1, 3], &["mount"], &["sshfs|ops@backup"]).without_blame()),
    ),
    row(
        "own-disks-swapped",
        "both",
        "after the failover two disks have each other's serials",
        &[after(
            Of::kinds(&[crate::middle::Kind::Mount]),
            Tell::Runs(|seen| {
                let text = &seen.command.text;
                text.replace("/dev/vdb", "/dev/vd?")
                    .replace("/dev/vdc", "/dev/vdb")
                    .replace("/dev/vd?", "/dev/vdc")
            }),
        )],
        must_be(caught(&[1, 3], &["mount", "read"], &["vd[bc]"]).without_blame()),
    ),
    row(
        "own-table-refused",
        DATA,
        "the mount table may not be read",
        &[always(
            Of::TABLE,
            Tell::Changed(|answer, _| fails(answer, 1, "cat: /proc/mounts: Permission denied")),
        )],
        must_be(caught(&[3], &["mount", "format"], &["permission|may not"]).without_blame()),
    ),
    row(
        "own-table-empty",
        DATA,
        "the mount table is empty",
        &[always(Of::TABLE, Tell::Changed(|answer, _| answer.out.clear()))],
        must_be(caught(&[3, 1], &["mount", "format", "write"], &["/proc/|mount"]).without_blame()),
    ),
    row(
        "own-mounted-nothing",
        DATA,
        "after the failover mount does nothing, and the table is honest",
        &[after(Of::MOUNT, Tell::Runs(only_mkdir))],
        must_be(caught(&[1, 3], &["mount"], &["nothing is mounted"]).without_blame()),
    ),
    row(
        "own-no-final-newline",
        ROOT,
        "the last newline is taken off",
        &[after(
            OWN,
            Tell::Changed(|answer, _| {
                answer.out.pop();
            }),
        )],
        must_be(MISREAD),
    ),
    row(
        "own-bom",
        ROOT,
        "a byte order mark comes before files",
        &[after(
            Of::BYTES,
            Tell::Changed(|answer, _| answer.put_before(b"\xef\xbb\xbf")),
        )],
        must_be(caught(&[1, 3], &["read"], &[]).without_blame()),
    )
    .sampled(),
    row(
        "own-crlf-content",
        ROOT,
        "newlines in files come as on DOS",
        &[after(
            Of::BYTES,
            Tell::Changed(|answer, _| answer.out = answer.text().replace('\n', "\r\n").into_bytes()),
        )],
        must_be(caught(&[1, 3], &["read"], &[]).without_blame()),
    ),
    row(
        "own-prompt",
        ROOT,
        "a prompt comes before files",
        &[after(
            Of::BYTES,
            Tell::Changed(|answer, _| answer.put_before(b"\x1b[?2004hroot@app:~# ")),
        )],
        must_be(caught(&[3], &["read"], &["root@app"]).without_blame()),
    ),
    row(
        "own-trailing-noise",
        ROOT,
        "a background job speaks after files",
        &[after(
            Of::BYTES,
            Tell::Changed(|answer, _| answer.put_behind(b"[1]+  Done   sleep 10\n")),
        )],
        must_be(caught(&[3], &["read"], &["Done"]).without_blame()),
    ),
    row(
        "own-eio-in-french",
        ROOT,
        "an I/O error is told in French",
        &[after(
            OWN,
            Tell::Changed(|answer, seen| {
                fails(
                    answer,
                    1,
                    &format!("cat: {}: Erreur d'entrée/sortie", seen.command.file),
                )
            }),
        )],
        must_be(unread(&["Erreur"])),
    ),
    row(
        "own-no-sha256sum",
        ROOT,
        "there is no sha256sum, as in a small busybox",
        &[always(
            Of::DIGEST,
            Tell::Changed(|answer, _| fails(answer, 127, "sh: sha256sum: not found")),
        )],
        Must::Either(
            "the bytes are right",
            caught(&[3], &["write"], &["sha256sum"]).without_blame(),
        ),
    )
    .if_asked(),
    row(
        "own-no-direct",
        ROOT,
        "dd knows no direct flag, as in a small busybox",
        &[always(
            Of::DIRECT,
            Tell::Changed(|answer, _| fails(answer, 1, "dd: invalid argument 'direct' to 'iflag'")),
        )],
        Must::Pass,
    )
    .if_asked(),
    row(
        "own-direct-einval",
        ROOT,
        "the file system takes no direct reads",
        &[always(
            Of::DIRECT,
            Tell::Changed(|answer, seen| {
                fails(
                    answer,
                    1,
                    &format!("dd: failed to open '{}': Invalid argument", seen.command.file),
                )
            }),
        )],
        Must::Pass,
    )
    .if_asked(),
    row(
        "own-direct-differs",
        DATA,
        "what is read past the cache is another thing than what is read through it",
        &[after(
            Of::DIRECT.file(File::Own),
            Tell::Changed(|answer, _| answer.out = answer.text().to_uppercase().into_bytes()),
        )],
        must_be(caught(&[1, 3], &["read"], &["direct|cache|disk"]).never(&["keep the order", "out of order"])),
    )
    .if_asked(),
    row(
        "own-sudo-tty",
        ROOT,
        "sudo wants a terminal",
        &[after(
            Of::ALL,
            Tell::Says(|_| Answer::new("", "sudo: sorry, you must have a tty to run sudo\n", 1)),
        )],
        must_be(caught(&[3], &[], &["tty"]).without_blame()),
    ),
    row(
        "own-password-expired",
        ROOT,
        "the password has expired, and every command says so and fails",
        &[after(
            Of::ALL,
            Tell::Says(|_| {
                Answer::new(
                    "",
                    "WARNING: Your password has expired.\nPassword change required but no TTY available.\n",
                    1,
                )
            }),
        )],
        must_be(caught(&[3], &[], &["password has expired"]).without_blame()),
    ),
    row(
        "own-status-255",
        ROOT,
        "the command ends with 255",
        &[after(
            OWN,
            Tell::Says(|_| Answer::new("", "Connection reset by peer\n", 255)),
        )],
        must_be(unread(&["Connection reset"])),
    ),
    row(
        "own-oom-killed",
        ROOT,
        "the command is killed for want of memory",
        &[after(OWN, Tell::Says(|_| Answer::new("", "Killed\n", 137)))],
        must_be(unread(&["Killed|137"])),
    ),
    row(
        "own-estale",
        ROOT,
        "the file has a stale handle",
        &[after(
            OWN,
            Tell::Changed(|answer, seen| fails(answer, 1, &format!("cat: {}: Stale file handle", seen.command.file))),
        )],
        must_be(unread(&["Stale"])),
    ),
    row(
        "own-structure",
        ROOT,
        "the file system is damaged: Structure needs cleaning",
        &[after(
            OWN,
            Tell::Changed(|answer, seen| {
                fails(
                    answer,
                    1,
                    &format!("cat: {}: Structure needs cleaning", seen.command.file),
                )
            }),
        )],
        must_be(caught(&[1, 3], &["read"], &["Structure"]).never(&["keep the order", "out of order"])),
    ),
    row(
        "own-eio-marker",
        ROOT,
        "the marker cannot be read: I/O error",
        &[after(
            Of::READS.file(File::Marker),
            Tell::Changed(|answer, _| fails(answer, 1, "cat: read error: Input/output error")),
        )],
        must_be(unread(&["I/O error"])),
    ),
    row(
        "own-first-read-wrong",
        ROOT,
        "a record is another when it is first read, and right afterwards",
        &[GuestLie::Tells(
            Of::READS.file(File::Record(2)),
            AFTER.only(1),
            Tell::Changed(|answer, _| answer.out.reverse()),
        )],
        must_be(caught(&[1, 3], &["read"], &["record.2"]).without_blame()),
    ),
    row(
        "own-reboot-while-writing",
        ROOT,
        "the connection ends in the middle of a write, and the next one shows a machine that booted meanwhile",
        &[
            GuestLie::Tells(Of::WRITES.file(File::Record(5)), ALWAYS.only(1), Tell::RunsAndCuts),
            GuestLie::Tells(
                Of::BOOT,
                ALWAYS.since_connection(2),
                Tell::Changed(|answer, _| answer.out = b"00000000-1111-4222-8333-444444444444\n".to_vec()),
            ),
        ],
        must_be(caught(&[3], &["write"], &["record-5", "ended"]).without_blame()),
    ),
    row(
        "own-slow-writes",
        ROOT,
        "each write takes a second",
        &[always(Of::WRITES, Tell::Late(Duration::from_secs(1)))],
        Must::Pass,
    ),
    row(
        "own-key-at-primary",
        ROOT_FAILBACK,
        "after the failback another host key is shown",
        &[GuestLie::Wire(
            crate::lie::FAILED_BACK,
            crate::lie::Wire::Key(crate::lie::HostKey::Other),
        )],
        must_be(caught(&[1, 3], &["reconnect"], &["host key", "another machine"]).never(&["security group"])),
    ),
    row(
        "own-twins-swapped",
        "twins",
        "after the reconnect each of two machines answers for the other",
        &[GuestLie::LeadsToTwin(AFTER)],
        must_be(
            caught(
                &[1, 3],
                &[],
                &["another (machine|server|guest)|other (machine|server)|twin|boot"],
            )
            .without_blame(),
        ),
    ),
];
