use std::time::Duration;

use crate::guest::{Guest, GuestError, Privilege, Problem};
use crate::shell::Shell;
use crate::shell::tests::server::Server;

fn local() -> Guest {
    Guest::new(Shell::local(), Privilege::Direct).with_timeout(Duration::from_secs(20))
}

#[tokio::test]
async fn a_file_is_read_as_it_was_written() {
    let folder = tempfile::tempdir().unwrap();
    let guest = local();
    for (name, content) in [
        (
            "failover-dr",
            b"# Before failover\nthis should be consistent before/after failover\n".to_vec(),
        ),
        ("with 'quotes\" and $signs", b"no newline".to_vec()),
        ("empty", Vec::new()),
        ("binary", (0..=255).cycle().take(300_000).collect()),
    ] {
        let path = folder.path().join(name).display().to_string();
        guest.write_file(&path, &content).await.unwrap();
        assert_eq!(guest.read_file(&path, content.len()).await.unwrap(), content, "{name}");
        assert_eq!(std::fs::read(&path).unwrap(), content, "{name}");
    }
    let digest = guest
        .sha256(&folder.path().join("empty").display().to_string())
        .await
        .unwrap();
    assert_eq!(
        digest,
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    );
    guest.sync().await.unwrap();
}

#[tokio::test]
async fn a_file_that_is_not_there_is_lost_data_and_a_full_disk_is_not() {
    let guest = local();
    let error = guest.read_file("/nowhere/failover-dr", 1).await.unwrap_err();
    assert_eq!(
        (error.problem(), error.is_about_the_file()),
        (Some(Problem::NoSuchFile), true),
        "{error:?}"
    );
    let error = guest.sha256("/nowhere/failover-dr").await.unwrap_err();
    assert_eq!(error.problem(), Some(Problem::NoSuchFile), "{error:?}");
    let error = guest.write_file("/nowhere/failover-dr", b"x").await.unwrap_err();
    assert_eq!(error.problem(), Some(Problem::NoSuchFile), "{error:?}");
    let error = guest.write_file("/dev/full", b"x").await.unwrap_err();
    assert_eq!(
        (error.problem(), error.is_about_the_file()),
        (Some(Problem::DiskFull), false),
        "{error:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_that_holds_something_else_is_found_out() {
    let server = Server::start().await;
    let guest = Guest::new(server.shell().await, Privilege::Direct);
    server.command("cat", r#"[ $# = 0 ] && exec head -c 3; exec /bin/cat "$@""#);
    let path = server.folder().join("f").display().to_string();
    let error = guest.write_file(&path, b"four").await.unwrap_err();
    let GuestError::WrittenOtherwise { seen, .. } = &error else {
        panic!("{error:?}")
    };
    assert_eq!(seen, "only the first 3 bytes");
    assert!(!error.is_about_the_file(), "no replication is to blame: {error:?}");
    server.command("sha256sum", "echo all is well");
    let error = guest.write_file(&path, b"abc").await.unwrap_err();
    assert!(matches!(error, GuestError::Garbage { .. }), "{error:?}");
    // It wrote all, and its digest is that of something else.
    let other = "b".repeat(64);
    server.command("sha256sum", &format!("echo {other}  f"));
    let error = guest.write_file(&path, b"abc").await.unwrap_err();
    assert!(
        matches!(&error, GuestError::Contradiction { digest, .. } if *digest == other),
        "{error:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_writes_along_is_noise_and_no_lost_write() {
    let server = Server::start().await;
    let guest = Guest::new(server.shell().await, Privilege::Direct);
    let path = server.folder().join("f").display().to_string();
    server.command("cat", r#"[ $# = 0 ] || echo welcome; exec /bin/cat "$@""#);
    let error = guest.write_file(&path, b"four\n").await.unwrap_err();
    assert!(
        matches!(&error, GuestError::Noise { how, .. } if how == "8 bytes precede its content"),
        "{error:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_that_writes_without_end_is_stopped_early() {
    let server = Server::start().await;
    let guest = Guest::new(server.shell().await, Privilege::Direct);
    server.command("cat", "exec head -c 60000000 /dev/zero");
    let error = guest.read_file("f", 66).await.unwrap_err();
    assert!(error.summary().contains("wrote more than is kept"), "{error:?}");
    // An error keeps little of what it says.
    server.command("cat", "head -c 3000000 /dev/zero >&2; exit 1");
    let error = guest.read_file("f", 66).await.unwrap_err();
    assert!(
        matches!(&error, GuestError::Failed { stderr, .. } if stderr.len() < 4000),
        "too much is kept"
    );
    server.command("dmesg", "head -c 3000000 /dev/zero | tr '\\0' x");
    let kept = guest.kernel_messages(1000).await.unwrap().len();
    assert!((60 * 1024..=64 * 1024).contains(&kept), "{kept}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_read_past_the_caches_where_that_can_be_done() {
    let server = Server::start().await;
    let guest = Guest::new(server.shell().await, Privilege::Direct);
    server.command(
        "dd",
        r#"[ "$1 $2 $3" = "if=f iflag=direct bs=65536" ] || exit 9; printf four"#,
    );
    assert_eq!(
        guest.read_directly("f", 4).await.unwrap().as_deref(),
        Some(&b"four"[..])
    );
    // A busybox that does not know it, and a file system that cannot.
    for message in [
        "dd: invalid argument 'direct' to 'iflag'",
        "dd: failed to open 'f': Invalid argument",
    ] {
        server.command("dd", &format!("echo \"{message}\" >&2; exit 1"));
        assert_eq!(guest.read_directly("f", 4).await.unwrap(), None, "{message}");
    }
    for (message, problem) in [
        ("dd: failed to open 'f': No such file or directory", Problem::NoSuchFile),
        ("dd: error reading 'f': Input/output error", Problem::DiskLost),
    ] {
        server.command("dd", &format!("echo \"{message}\" >&2; exit 1"));
        let error = guest.read_directly("f", 4).await.unwrap_err();
        assert_eq!(error.problem(), Some(problem), "{error:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_who_is_not_root_becomes_it_with_sudo() {
    let server = Server::start().await;
    let guest = Guest::new(server.shell().await, Privilege::Sudo);
    server.command(
        "sudo",
        r#"[ "$1" = -n ] || exit 9; shift; echo "$@" >> $FOLDER/sudo; exec "$@""#,
    );
    let path = server.folder().join("it's root's").display().to_string();
    guest.write_file(&path, b"x\n").await.unwrap();
    assert_eq!(guest.read_file(&path, 2).await.unwrap(), b"x\n");
    let calls = std::fs::read_to_string(server.folder().join("sudo")).unwrap();
    assert_eq!(calls.lines().count(), 4, "{calls}");
    server.command("sudo", "echo sudo: a password is required >&2; exit 1");
    let error = guest.read_file(&path, 2).await.unwrap_err();
    assert_eq!(
        (error.problem(), error.is_about_the_file()),
        (Some(Problem::PermissionDenied), false),
        "{error:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn kernel_messages_are_the_last_ones() {
    let server = Server::start().await;
    let guest = Guest::new(server.shell().await, Privilege::Direct);
    server.command("dmesg", "echo one; echo two; echo three");
    assert_eq!(guest.kernel_messages(2).await.unwrap(), "two\nthree\n");
    server.command(
        "dmesg",
        "echo dmesg: read kernel buffer failed: Operation not permitted >&2; exit 1",
    );
    let error = guest.kernel_messages(2).await.unwrap_err();
    assert_eq!(error.problem(), Some(Problem::PermissionDenied), "{error:?}");
}
