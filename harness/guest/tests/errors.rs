//! What users read when something cannot be done in a guest.

use crate::guest::mount_fault::MountFault;
use crate::guest::{GuestError, Problem};
use crate::shell::ShellError;
use crate::shell::tests::shown;

fn errors() -> Vec<GuestError> {
    let place = || "root@192.0.2.50:22".to_owned();
    let failed = |doing: &str, problem, command: &str, exit_code, stderr: &str| GuestError::Failed {
        place: place(),
        doing: doing.to_owned(),
        problem,
        command: command.to_owned(),
        exit_code,
        stderr: stderr.to_owned(),
    };
    let write = "export LC_ALL=C; cat > failover-dr && sync failover-dr && sync";
    let read = "export LC_ALL=C; cat failover-dr";
    let mount = "export LC_ALL=C; mkdir -p /mnt && mount /dev/vdb /mnt";
    let table = |expected_mounted, seen: &str| GuestError::MountTable {
        place: place(),
        directory: "/mnt".to_owned(),
        expected_mounted,
        seen: seen.to_owned(),
    };
    let wrong_mount = |fault, seen: &str| GuestError::WrongMount {
        place: place(),
        directory: "/mnt".to_owned(),
        device: "/dev/vdb".to_owned(),
        fault: Box::new(fault),
        seen: seen.to_owned(),
    };
    let refused = ShellError::ConnectionRefused {
        address: "192.0.2.50:22".to_owned(),
    };
    vec![
        GuestError::Unanswered {
            doing: "read failover-dr".to_owned(),
            source: Box::new(refused),
        },
        failed(
            "write failover-dr",
            Problem::DiskFull,
            write,
            1,
            "cat: write error: No space left on device\n",
        ),
        failed(
            "write failover-dr",
            Problem::ReadOnly,
            write,
            2,
            "sh: 1: cannot create failover-dr: Read-only file system\n",
        ),
        failed(
            "read failover-dr",
            Problem::DiskLost,
            read,
            1,
            "cat: failover-dr: Input/output error\n",
        ),
        failed(
            "read failover-dr",
            Problem::NoSuchFile,
            read,
            1,
            "cat: failover-dr: No such file or directory\n",
        ),
        failed(
            "mount /dev/vdb at /mnt",
            Problem::NoFilesystem,
            mount,
            32,
            "mount: /mnt: bad superblock on /dev/vdb.\n",
        ),
        failed(
            "unmount /mnt",
            Problem::NotMounted,
            "export LC_ALL=C; umount /mnt",
            32,
            "umount: /mnt: not mounted.\n",
        ),
        failed(
            "unmount /mnt",
            Problem::Busy,
            "export LC_ALL=C; umount /mnt",
            32,
            "umount: /mnt: target is busy.\n",
        ),
        failed(
            "sync",
            Problem::PermissionDenied,
            "sudo -n sh -c sync",
            1,
            "sudo: a password is required\n",
        ),
        failed(
            "sync",
            Problem::CommandNotFound,
            "export LC_ALL=C; sync",
            127,
            "sh: 1: sync: not found\n",
        ),
        failed("sync", Problem::Other, "export LC_ALL=C; sync", 3, ""),
        GuestError::WrittenOtherwise {
            place: place(),
            path: "failover-dr".to_owned(),
            bytes: 8192,
            seen: "only the first 4096 bytes".to_owned(),
        },
        GuestError::Contradiction {
            place: place(),
            path: "failover-dr".to_owned(),
            read: "66 bytes, as they were written".to_owned(),
            digest: "b".repeat(64),
        },
        GuestError::Noise {
            place: place(),
            path: "failover-dr".to_owned(),
            how: "8 bytes stand before its content".to_owned(),
            seen: "welcome\n# Before failover\n".to_owned(),
        },
        wrong_mount(
            MountFault::OtherDevice {
                device: "tmpfs".to_owned(),
                filesystem: "tmpfs".to_owned(),
            },
            "tmpfs on /mnt type tmpfs (rw)",
        ),
        wrong_mount(
            MountFault::OtherFilesystem {
                expected: "ext4".to_owned(),
                seen: "xfs".to_owned(),
            },
            "/dev/vdb on /mnt type xfs (rw)",
        ),
        wrong_mount(MountFault::ReadOnly, "/dev/vdb on /mnt type ext4 (ro,relatime)"),
        GuestError::NotToFormat {
            place: place(),
            device: "/dev/vda".to_owned(),
            because: "mounted at /".to_owned(),
        },
        GuestError::NotFormatted {
            place: place(),
            device: "/dev/vdb".to_owned(),
            filesystem: "ext4".to_owned(),
        },
        failed(
            "drop its caches",
            Problem::ReadOnlyProc,
            "export LC_ALL=C; sync && echo 3 > /proc/sys/vm/drop_caches",
            1,
            "sh: can't create /proc/sys/vm/drop_caches: Read-only file system\n",
        ),
        GuestError::SeveralDevices {
            place: place(),
            serial: "3155206f-1b95-4519-a".to_owned(),
            devices: vec!["/dev/vdb".to_owned(), "/dev/vdc".to_owned()],
        },
        table(true, ""),
        table(false, "/dev/vdb on /mnt type ext4"),
        GuestError::Unsupported {
            doing: "mount /dev/vdb at mnt".to_owned(),
            cause: "it is relative".to_owned(),
        },
        GuestError::Garbage {
            place: place(),
            doing: "compute the digest of failover-dr".to_owned(),
            command: "export LC_ALL=C; sha256sum failover-dr".to_owned(),
            output: String::new(),
        },
    ]
}

#[test]
fn every_error_says_what_was_tried_what_came_and_what_to_do() {
    let texts: Vec<String> = errors()
        .iter()
        .map(|error| shown(error.summary(), error.details(), error.help()))
        .collect();
    insta::assert_snapshot!(texts.join("\n"));
}
