//! What users read when a shell lets them down.

use std::time::Duration;

use crate::shell::{HostKey, ShellError};

fn errors() -> Vec<ShellError> {
    let address = "192.0.2.50:22".to_owned();
    let place = "root@192.0.2.50:22".to_owned();
    let command = "cat failover-dr".to_owned();
    let host_key = |letter: &str| HostKey {
        key_type: "ecdsa-sha2-nistp256".to_owned(),
        fingerprint: format!("SHA256:{}", letter.repeat(43)),
    };
    let refused = |offered: &[&str]| ShellError::AuthenticationRefused {
        address: address.clone(),
        user: "root".to_owned(),
        keys: vec!["/home/me/.ssh/drill".to_owned()],
        offered: offered.iter().map(ToString::to_string).collect(),
        cause: "Username/PublicKey combination invalid".to_owned(),
    };
    let failed = |exit_code, stderr: &str| ShellError::CommandFailed {
        place: place.clone(),
        command: command.clone(),
        exit_code,
        stderr: stderr.to_owned(),
    };
    vec![
        ShellError::ConnectionRefused {
            address: address.clone(),
        },
        ShellError::Unreachable {
            address: address.clone(),
            cause: "connection timed out".to_owned(),
        },
        ShellError::HandshakeFailed {
            address: address.clone(),
            cause: "Failed getting banner".to_owned(),
        },
        ShellError::HostKeyChanged {
            address: address.clone(),
            expected: host_key("a"),
            seen: host_key("b"),
        },
        ShellError::KeyUnreadable {
            path: "/home/me/.ssh/drill".into(),
            cause: "No such file or directory (os error 2)".to_owned(),
        },
        ShellError::KeyUnreadable {
            path: "/home/me/.ssh/drill".into(),
            cause: "it has a passphrase, CINDER_DRILL_PASSPHRASE is not set, and no SSH agent answers".to_owned(),
        },
        ShellError::KeyUnreadable {
            path: "/home/me/.ssh/drill".into(),
            cause: "its passphrase does not open it (Unable to extract public key from private key.)".to_owned(),
        },
        ShellError::NoShell {
            words: "ssh -o BatchMode=yes -o ControlPath=none site-a".to_owned(),
            command: None,
            cause: "no shell within 60s".to_owned(),
        },
        ShellError::NoShell {
            words: "ssh -o BatchMode=yes -o ControlPath=none site-a".to_owned(),
            command: Some(command.clone()),
            cause: "client_loop: send disconnect: Broken pipe".to_owned(),
        },
        ShellError::NoWay {
            address: address.clone(),
            cause: "Host key verification failed.".to_owned(),
        },
        refused(&["publickey", "password"]),
        refused(&["password"]),
        ShellError::AuthenticationRefused {
            address: address.clone(),
            user: "root".to_owned(),
            keys: Vec::new(),
            offered: vec!["publickey".to_owned()],
            cause: "no key was named, and no SSH agent answers at SSH_AUTH_SOCK".to_owned(),
        },
        ShellError::EntryUnusable {
            entry: "site-a".to_owned(),
            cause: "it sets CertificateFile ~/.ssh/id-cert.pub, which libssh2 cannot do".to_owned(),
        },
        ShellError::Disconnected {
            place: place.clone(),
            command: command.clone(),
            cause: "transport read".to_owned(),
        },
        ShellError::TimedOut {
            place: place.clone(),
            command: command.clone(),
            after: Duration::from_secs(60),
            stdout: "half of\nit\n".to_owned(),
            stderr: String::new(),
        },
        ShellError::NoExitStatus {
            place: place.clone(),
            command: command.clone(),
            signal: Some("KILL".to_owned()),
            stdout: String::new(),
            stderr: "Bus error\n".to_owned(),
        },
        ShellError::ExitStatusesDiffer {
            place: place.clone(),
            command: command.clone(),
            shell: 0,
            channel: 255,
        },
        ShellError::TooMuchOutput {
            place: place.clone(),
            command: command.clone(),
            limit: 64 * 1024 * 1024,
        },
        failed(1, "cat: failover-dr: No such file or directory\n"),
        failed(126, "sh: 1: cat: Permission denied\n"),
        failed(127, "sh: 1: cat: not found\n"),
        ShellError::NotStarted {
            place,
            command,
            cause: "it contains a NUL character".to_owned(),
        },
    ]
}

#[test]
fn every_error_says_what_was_tried_what_came_and_what_to_do() {
    let shown: Vec<String> = errors()
        .iter()
        .map(|error| crate::shell::tests::shown(error.summary(), error.details(), error.help()))
        .collect();
    insta::assert_snapshot!(shown.join("\n"));
}

#[test]
fn of_a_long_output_the_end_is_shown() {
    let stderr = format!("{}the cause", "\u{e9}".repeat(10_000));
    let place = "root@192.0.2.50:22".to_owned();
    let error = ShellError::CommandFailed {
        place,
        command: "x".to_owned(),
        exit_code: 1,
        stderr,
    };
    let (_, shown) = &error.details()[1];
    assert!(
        shown.starts_with('\u{2026}') && shown.ends_with("the cause") && shown.len() < 2100,
        "{shown}"
    );
}
