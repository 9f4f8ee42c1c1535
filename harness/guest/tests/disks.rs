use crate::guest::{Guest, GuestError, Privilege, Problem};
use crate::shell::Shell;
use crate::shell::tests::server::Server;

const VOLUME: &str = "3155206f-1b95-4519-a1d1-8aab15035120";

async fn guest() -> (Server, Guest) {
    let server = Server::start().await;
    let guest = Guest::new(server.shell().await, Privilege::Direct);
    server.command("ls", "echo ls: cannot access: No such file or directory >&2; exit 2");
    (server, guest)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_virtio_disk_is_found_by_its_serial() {
    let (server, guest) = guest().await;
    let script = r#"[ "$1 $2" = "-lx 3155206f-1b95-4519-a" ] || exit 9; echo /sys/block/vdb/serial; echo "grep: /sys/block/sr0/serial" >&2; exit 2"#;
    server.command("grep", script);
    assert_eq!(guest.device_of(VOLUME).await.unwrap().as_deref(), Some("/dev/vdb"));
    server.command("grep", "exit 1");
    assert_eq!(guest.device_of(VOLUME).await.unwrap(), None);
    server.command("grep", "echo /sys/block/vdb/serial; echo /sys/block/vdc/serial");
    let error = guest.device_of(VOLUME).await.unwrap_err();
    assert!(
        matches!(&error, GuestError::SeveralDevices { devices, .. } if devices.len() == 2),
        "{error:?}"
    );
    server.command("grep", "exit 127");
    let error = guest.device_of(VOLUME).await.unwrap_err();
    assert_eq!(error.problem(), Some(Problem::CommandNotFound), "{error:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_of_another_bus_is_found_by_the_name_that_udev_gave_it() {
    let (server, guest) = guest().await;
    server.command("grep", "exit 2");
    let names = "for name in scsi-0QEMU_QEMU_HARDDISK_3155206f-1b95-4519-a1d1-8aab15035120 scsi-SQEMU_3155206f-1b95-4519-a \
                 scsi-SQEMU_3155206f-1b95-4519-a-part1; do echo /dev/disk/by-id/$name; done";
    server.command("ls", names);
    server.command(
        "readlink",
        r#"case "$2" in *-part1) echo /dev/sda1;; *) echo /dev/sda;; esac"#,
    );
    assert_eq!(guest.device_of(VOLUME).await.unwrap().as_deref(), Some("/dev/sda"));
    // Detached in between.
    server.command("readlink", "exit 1");
    assert_eq!(guest.device_of(VOLUME).await.unwrap(), None);
}

#[tokio::test]
async fn what_is_no_volume_id_is_not_put_into_a_command() {
    let guest = Guest::new(Shell::local(), Privilege::Direct);
    for id in ["", "*", "a b", "$(reboot)", "-rf", "\u{e9}"] {
        let error = guest.device_of(id).await.unwrap_err();
        assert!(matches!(error, GuestError::Unsupported { .. }), "{id}: {error:?}");
    }
    // No disk of this machine has the serial, with the real commands.
    assert_eq!(guest.device_of(VOLUME).await.unwrap(), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn file_systems() {
    let (server, guest) = guest().await;
    server.command("cat", UNUSED);
    server.command("ls", "exit 2");
    for (filesystem, options, mark) in [
        (
            "ext4",
            "-q -F /dev/vdb",
            "head -c 1080 /dev/zero; printf '\\123\\357'; head -c 3014 /dev/zero",
        ),
        ("xfs", "-q -f /dev/vdb", "printf XFSB; head -c 4092 /dev/zero"),
    ] {
        server.command(&format!("mkfs.{filesystem}"), &format!(r#"[ "$*" = "{options}" ]"#));
        server.command("dd", mark);
        guest.make_filesystem("/dev/vdb", filesystem).await.unwrap();
    }
    let error = guest.make_filesystem("/dev/vdb", "ext4; reboot").await.unwrap_err();
    assert!(matches!(error, GuestError::Unsupported { .. }), "{error:?}");
    server.command(
        "mkfs.ext4",
        "echo mkfs.ext4: Input/output error while writing out and closing file system >&2; exit 1",
    );
    let error = guest.make_filesystem("/dev/vdb", "ext4").await.unwrap_err();
    assert_eq!(error.problem(), Some(Problem::DiskLost), "{error:?}");
}

/// A guest of which only the root disk is in use.
const UNUSED: &str = "case $1 in /proc/mounts) echo /dev/vda1 / ext4 rw 0 0;; *) echo Filename Type;; esac";

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_is_in_use_is_never_formatted() {
    let (server, guest) = guest().await;
    server.command("mkfs.ext4", "touch $FOLDER/formatted");
    let refused = async |device: &str, because: &str| {
        let error = guest.make_filesystem(device, "ext4").await.unwrap_err();
        assert!(
            matches!(&error, GuestError::NotToFormat { because: seen, .. } if seen.contains(because)),
            "{device}: {error:?}"
        );
    };
    server.command("cat", UNUSED);
    refused("/dev/vda", "mounted at /").await;
    for device in [
        "/dev/../etc/shadow",
        "/dev/v db",
        "/dev/vdb;reboot",
        "/etc/shadow",
        "vdb",
    ] {
        refused(device, "not the name of a disk").await;
    }
    server.command(
        "cat",
        "case $1 in /proc/mounts) echo /dev/vda1 / ext4 rw 0 0;; *) echo /dev/vdb2 partition 1 0 -2;; esac",
    );
    refused("/dev/vdb", "swapped to").await;
    server.command("cat", UNUSED);
    server.command("ls", "echo $1:; echo vdb1; echo; echo $2:");
    refused("/dev/vdb", "its partition /dev/vdb1").await;
    server.command("ls", "echo $1:; echo size; echo; echo $2:; echo dm-0");
    refused("/dev/vdb", "/dev/dm-0").await;
    assert!(!server.folder().join("formatted").exists());
    // It is not in use, and mkfs says that it made one, on another disk.
    server.command("ls", "exit 2");
    server.command("dd", "head -c 4096 /dev/zero");
    let error = guest.make_filesystem("/dev/vdb", "ext4").await.unwrap_err();
    assert!(matches!(error, GuestError::NotFormatted { .. }), "{error:?}");
    assert!(server.folder().join("formatted").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_to_no_disk_is_not_taken_for_one() {
    let (server, guest) = guest().await;
    server.command("grep", "exit 1");
    server.command("ls", "echo /dev/disk/by-id/virtio-3155206f-1b95-4519-a");
    for target in ["/dev/../etc/shadow", "/dev/vd b", "/dev/vdb;reboot"] {
        server.command("readlink", &format!("echo '{target}'"));
        let error = guest.device_of(VOLUME).await.unwrap_err();
        assert!(matches!(error, GuestError::Garbage { .. }), "{target}: {error:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn where_a_file_lies_on_the_disk_is_its_extent_behind_the_beginning_of_the_partition() {
    let (server, guest) = guest().await;
    let place = async |device: &str| guest.place_on_disk("/mnt/m", device, &(8192..8200)).await.unwrap();
    // BusyBox.
    server.command("filefrag", "exit 127");
    assert_eq!(place("/dev/vda1").await, None);
    server.command(
        "filefrag",
        "[ \"$*\" = '-v /mnt/m' ] || exit 9\ncat <<'END'\nFilesystem type is: ef53\nFile size of /mnt/m is 12288 (3 blocks of 4096 bytes)\n ext:     \
         logical_offset:        physical_offset: length:   expected: flags:\n   0:        0..       2:        100..       102:      3:             \
         last,eof\n/mnt/m: 1 extent found\nEND",
    );
    server.command(
        "cat",
        "case \"$1\" in /sys/class/block/vda1/start) echo 2048;; /sys/class/block/odd/start) echo many;; /sys/*) exit 1;; *) exec /bin/cat \"$@\";; esac",
    );
    assert_eq!(place("/dev/vda1").await, Some(2048 * 512 + 102 * 4096));
    // A whole disk has no beginning.
    assert_eq!(place("/dev/vdb").await, Some(102 * 4096));
    assert_eq!(place("/dev/odd").await, None);
    assert_eq!(place("/dev/mapper/vg-data").await, None, "made of disks");
}
