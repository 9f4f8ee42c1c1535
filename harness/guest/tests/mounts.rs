use crate::guest::{Guest, GuestError, Privilege, Problem};
use crate::shell::tests::server::Server;

/// A guest whose `/proc/mounts` is a file, which `mount` and `umount` change.
async fn guest() -> (Server, Guest) {
    let server = Server::start().await;
    server.file("mounts", "/dev/vda1 / ext4 rw,relatime 0 0\n");
    server.command("cat", "exec /bin/cat $FOLDER/mounts");
    server.command("mkdir", r#"[ "$1" = -p ]"#);
    server.command("mount", r#"echo "$1 $2 ext4 rw 0 0" >> $FOLDER/mounts"#);
    server.command("umount", REMOVE);
    let guest = Guest::new(server.shell().await, Privilege::Direct);
    (server, guest)
}

const REMOVE: &str =
    r#"[ "$1" = -l ] && shift; grep -v " $1 " $FOLDER/mounts > $FOLDER/new; mv $FOLDER/new $FOLDER/mounts"#;

fn failing(message: &str) -> String {
    format!("[ \"$1\" = -l ] || {{ echo 'umount: {message}' >&2; exit 32; }}\n{REMOVE}")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_is_mounted_and_unmounted() {
    let (_server, guest) = guest().await;
    guest.mount("/dev/vdb", "/mnt/data/", "ext4").await.unwrap();
    let mounts = guest.mounts().await.unwrap();
    assert_eq!(
        (mounts[1].device.as_str(), mounts[1].directory.as_str()),
        ("/dev/vdb", "/mnt/data")
    );
    let unmounted = guest.unmount("/mnt/data", false).await.unwrap();
    assert!(!unmounted.lazily && unmounted.because.is_none());
    assert_eq!(guest.mounts().await.unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_disk_is_unmounted_lazily() {
    let (server, guest) = guest().await;
    for message in [
        "/mnt: I/O error",
        "/mnt: Bus error",
        "/mnt: something that nobody foresaw",
    ] {
        guest.mount("/dev/vdb", "/mnt", "ext4").await.unwrap();
        server.command("umount", &failing(message));
        let unmounted = guest.unmount("/mnt", false).await.unwrap();
        assert_eq!(
            (unmounted.lazily, unmounted.because),
            (true, Some(format!("umount: {message}")))
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_in_use_or_not_mounted_is_not_unmounted_lazily() {
    let (server, guest) = guest().await;
    guest.mount("/dev/vdb", "/mnt", "ext4").await.unwrap();
    for (message, problem) in [
        ("/mnt: target is busy.", Problem::Busy),
        ("/mnt: not mounted.", Problem::NotMounted),
        (
            "/mnt: must be superuser to unmount. Operation not permitted",
            Problem::PermissionDenied,
        ),
    ] {
        server.command("umount", &failing(message));
        let error = guest.unmount("/mnt", false).await.unwrap_err();
        assert_eq!(error.problem(), Some(problem), "{error:?}");
    }
    assert_eq!(guest.mounts().await.unwrap().len(), 2);
}

/// A write that a dead disk never answers cannot be killed, and keeps its file open. Nothing else excuses a file system in use.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_hanging_writer_holds_is_unmounted_lazily() {
    let (server, guest) = guest().await;
    guest.mount("/dev/vdb", "/mnt", "ext4").await.unwrap();
    server.command("umount", &failing("/mnt: not mounted."));
    let error = guest.unmount("/mnt", true).await.unwrap_err();
    assert_eq!(error.problem(), Some(Problem::NotMounted), "{error:?}");
    server.command("umount", &failing("/mnt: target is busy."));
    let unmounted = guest.unmount("/mnt", true).await.unwrap();
    assert!(unmounted.lazily);
    assert_eq!(guest.mounts().await.unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_mount_table_has_the_last_word() {
    let (server, guest) = guest().await;
    server.command("mount", "true");
    let error = guest.mount("/dev/vdb", "/mnt", "ext4").await.unwrap_err();
    assert!(
        matches!(
            error,
            GuestError::MountTable {
                expected_mounted: true,
                ..
            }
        ),
        "{error:?}"
    );
    for (line, fault) in [
        ("/dev/vdc /mnt ext4 rw 0 0", "/dev/vdc (ext4) is what is seen there"),
        ("tmpfs /mnt tmpfs rw 0 0", "tmpfs (tmpfs) is what is seen there"),
        ("/dev/vdb /mnt xfs rw 0 0", "as xfs, though ext4 was created on it"),
        ("/dev/vdb /mnt ext4 ro 0 0", "only for reading"),
        // Something is mounted over it.
        (
            "/dev/vdb /mnt ext4 rw 0 0\ntmpfs /mnt tmpfs rw 0 0",
            "tmpfs (tmpfs) is what is seen there",
        ),
    ] {
        server.file("mounts", &format!("/dev/vda1 / ext4 rw 0 0\n{line}\n"));
        let error = guest.mount("/dev/vdb", "/mnt", "ext4").await.unwrap_err();
        assert!(error.summary().contains(fault), "{line}: {error:?}");
    }
    server.file("mounts", "/dev/vdb /mnt ext4 rw 0 0\n");
    server.command("umount", "true");
    let error = guest.unmount("/mnt", false).await.unwrap_err();
    assert!(
        matches!(
            error,
            GuestError::MountTable {
                expected_mounted: false,
                ..
            }
        ),
        "{error:?}"
    );
    server.file("mounts", "what\n");
    let error = guest.mounts().await.unwrap_err();
    assert!(matches!(error, GuestError::Garbage { .. }), "{error:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_without_a_file_system_is_lost_data() {
    let (server, guest) = guest().await;
    server.command(
        "mount",
        "echo 'mount: /mnt: wrong fs type, bad option, bad superblock on /dev/vdb' >&2; exit 32",
    );
    let error = guest.mount("/dev/vdb", "/mnt", "ext4").await.unwrap_err();
    assert_eq!(
        (error.problem(), error.is_about_the_file()),
        (Some(Problem::NoFilesystem), true),
        "{error:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mount_point_is_absolute() {
    let (_server, guest) = guest().await;
    for directory in ["mnt", "", "/mnt/../etc", "/mnt/./x"] {
        let error = guest.mount("/dev/vdb", directory, "ext4").await.unwrap_err();
        assert!(
            matches!(error, GuestError::Unsupported { .. }),
            "{directory}: {error:?}"
        );
    }
}
