use std::path::PathBuf;
use std::time::{Duration, Instant};

use russh::MethodKind;
use russh::keys::ssh_key::LineEnding;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;

use super::server::{Behaviour, Server, new_key};
use crate::shell::{Command, Keys, Shell, ShellError, SshOptions};

/// Runs a command on a server of this behaviour. The server must have seen it just once.
async fn run(behaviour: Behaviour, command: Command) -> Result<crate::shell::Output, ShellError> {
    let server = Server::start().await;
    let shell = Shell::connect_ssh(server.options()).await.unwrap();
    server.behave(behaviour);
    let result = shell.run(command).await;
    assert_eq!(server.commands(), 1, "{behaviour:?}");
    server.behave(Behaviour::Normal);
    assert!(
        shell.run(Command::new("true")).await.unwrap().success(),
        "{behaviour:?}"
    );
    result
}

#[tokio::test(flavor = "multi_thread")]
async fn an_exit_status_that_never_came_is_not_zero() {
    let error = run(Behaviour::ClosingChannels, Command::new("true")).await.unwrap_err();
    assert!(
        matches!(&error, ShellError::NoExitStatus { signal: None, .. }),
        "{error:?}"
    );
    let error = run(Behaviour::Killing, Command::new("true")).await.unwrap_err();
    let ShellError::NoExitStatus {
        signal: Some(signal), ..
    } = &error
    else {
        panic!("{error:?}")
    };
    assert_eq!(signal, "KILL");
    let error = run(Behaviour::Normal, Command::new("echo before; exit 0"))
        .await
        .unwrap_err();
    let ShellError::NoExitStatus { stdout, .. } = &error else {
        panic!("{error:?}")
    };
    assert_eq!(stdout, "before\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_exit_status_that_only_the_shell_told_counts_if_it_cannot_be_another() {
    assert!(
        run(Behaviour::WithoutExitStatus, Command::new("true"))
            .await
            .unwrap()
            .success()
    );
    let error = run(Behaviour::WithoutExitStatus, Command::new("(exit 4)"))
        .await
        .unwrap_err();
    assert!(
        matches!(
            error,
            ShellError::ExitStatusesDiffer {
                shell: 4,
                channel: 0,
                ..
            }
        ),
        "{error:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn two_exit_statuses_are_none() {
    let error = run(Behaviour::Lying(5), Command::new("true")).await.unwrap_err();
    assert!(
        matches!(
            error,
            ShellError::ExitStatusesDiffer {
                shell: 0,
                channel: 5,
                ..
            }
        ),
        "{error:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_that_hangs_times_out_by_name() {
    let began = Instant::now();
    let command = Command::new("rbd ls volumes").timeout(Duration::from_millis(400));
    let error = run(Behaviour::Hanging, command).await.unwrap_err();
    let ShellError::TimedOut { command, after, .. } = &error else {
        panic!("{error:?}")
    };
    assert_eq!(
        (command.as_str(), *after),
        ("rbd ls volumes", Duration::from_millis(400))
    );
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    let command = Command::new("echo so far; sleep 20").timeout(Duration::from_millis(400));
    let error = run(Behaviour::Normal, command).await.unwrap_err();
    let ShellError::TimedOut { stdout, .. } = &error else {
        panic!("{error:?}")
    };
    assert_eq!(stdout, "so far\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_channel_that_is_never_closed_times_out() {
    let command = Command::new("true").timeout(Duration::from_millis(400));
    let error = run(Behaviour::NeverClosing, command).await.unwrap_err();
    assert!(matches!(error, ShellError::Disconnected { .. }), "{error:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_is_cut_under_a_command_is_told_and_the_command_not_repeated() {
    let error = run(Behaviour::Cutting, Command::new("true")).await.unwrap_err();
    assert!(matches!(error, ShellError::Disconnected { .. }), "{error:?}");
    let error = run(Behaviour::RefusingCommands, Command::new("true"))
        .await
        .unwrap_err();
    assert!(matches!(error, ShellError::Disconnected { .. }), "{error:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_that_cannot_be_used() {
    let server = Server::start().await;
    let public = server.file("public", "ecdsa-sha2-nistp256 AAAA comment\n");
    let broken = "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n";
    for (key, expected) in [
        (PathBuf::from("/nowhere/key"), "No such file"),
        (public, "it is a public key"),
        (server.file("text", "hello"), "contains no private key"),
        (server.file("broken", broken), "Unable to extract public key"),
    ] {
        let error = Shell::connect_ssh(SshOptions {
            keys: Keys::file(key),
            ..server.options()
        })
        .await
        .unwrap_err();
        let ShellError::KeyUnreadable { cause, .. } = &error else {
            panic!("{error:?}")
        };
        assert!(cause.contains(expected), "{cause}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn users_who_are_not_let_in() {
    let server = Server::start().await;
    let other_key = server.file("other", &new_key().to_openssh(LineEnding::LF).unwrap());
    for options in [
        SshOptions {
            keys: Keys::file(other_key),
            ..server.options()
        },
        SshOptions {
            user: "somebody".to_owned(),
            ..server.options()
        },
    ] {
        let error = Shell::connect_ssh(options).await.unwrap_err();
        let ShellError::AuthenticationRefused { offered, .. } = &error else {
            panic!("{error:?}")
        };
        assert_eq!(offered, &["publickey"]);
    }
    server.offer(MethodKind::Password);
    let error = Shell::connect_ssh(server.options()).await.unwrap_err();
    let ShellError::AuthenticationRefused { offered, .. } = &error else {
        panic!("{error:?}")
    };
    assert_eq!(offered, &["password"]);
    assert!(error.help().unwrap().contains("takes no keys at all"));
}

#[tokio::test(flavor = "multi_thread")]
async fn addresses_where_no_ssh_server_is() {
    let server = Server::start().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let options = SshOptions {
        port,
        connect_timeout: Duration::from_millis(500),
        ..server.options()
    };

    // Somebody who takes the connection and says nothing.
    let began = Instant::now();
    let error = Shell::connect_ssh(options.clone()).await.unwrap_err();
    assert!(matches!(error, ShellError::HandshakeFailed { .. }), "{error:?}");
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());

    // Somebody who speaks something else.
    let web = tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.ok();
        }
    });
    let error = Shell::connect_ssh(options.clone()).await.unwrap_err();
    assert!(matches!(error, ShellError::HandshakeFailed { .. }), "{error:?}");
    web.abort();
    assert!(web.await.unwrap_err().is_cancelled());

    // Nobody.
    let error = Shell::connect_ssh(options.clone()).await.unwrap_err();
    assert!(matches!(error, ShellError::ConnectionRefused { .. }), "{error:?}");
    let error = Shell::connect_ssh(SshOptions {
        host: "host.invalid".to_owned(),
        ..options
    })
    .await
    .unwrap_err();
    assert!(matches!(error, ShellError::Unreachable { .. }), "{error:?}");
}
