use std::time::{Duration, Instant};

use super::server::{Behaviour, Server};
use crate::shell::{Command, HostKey, Shell, ShellError, SshOptions};

#[tokio::test(flavor = "multi_thread")]
async fn outputs_exit_status_and_input() {
    let server = Server::start().await;
    let shell = Shell::connect_ssh(server.options()).await.unwrap();
    let command = Command::new("cat; echo err >&2; (exit 3)").stdin("in");
    let output = shell.run(command).await.unwrap();
    assert_eq!(
        (output.stdout_text(), output.stderr_text(), output.exit_code),
        ("in".into(), "err\n".into(), 3)
    );
    assert_eq!(output.place, shell.place());
    assert!(output.place.starts_with("root@127.0.0.1:"), "{}", output.place);
    let output = shell.run(Command::new("cat <<END\nhere\nEND")).await.unwrap();
    assert_eq!((output.stdout_text(), output.exit_code), ("here\n".into(), 0));
    assert_eq!((server.connections(), server.commands()), (1, 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_megabytes_each_way_at_once() {
    let server = Server::start().await;
    let shell = Shell::connect_ssh(server.options()).await.unwrap();
    let input: Vec<u8> = (0..2_621_440_u32).flat_map(u32::to_le_bytes).collect();
    assert_eq!(input.len(), 10 * 1024 * 1024);
    let output = shell
        .run(Command::new("tee /dev/stderr").stdin(input.clone()))
        .await
        .unwrap();
    assert!(output.success() && output.stdout == input && output.stderr == input);
    // A command need not read what it is given.
    let output = shell
        .run(Command::new("exec <&-; echo done").stdin(input))
        .await
        .unwrap();
    assert_eq!((output.stdout_text(), output.exit_code), ("done\n".into(), 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn endless_output_is_an_error_and_the_shell_works_on() {
    let server = Server::start().await;
    let shell = Shell::connect_ssh(server.options()).await.unwrap();
    let error = shell
        .run(Command::new("yes aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"))
        .await
        .unwrap_err();
    assert!(matches!(error, ShellError::TooMuchOutput { .. }), "{error:?}");
    assert!(shell.run(Command::new("true")).await.unwrap().success());
    assert_eq!(server.connections(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn output_that_drips_ends_by_the_time_out() {
    let server = Server::start().await;
    let shell = server.shell().await;
    let command = Command::new("while :; do echo x; sleep 0.02; done").timeout(Duration::from_millis(400));
    let error = shell.run(command).await.unwrap_err();
    assert!(matches!(error, ShellError::TimedOut { .. }), "{error:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_from_many_tasks_take_turns() {
    let server = Server::start().await;
    let shell = Shell::connect_ssh(server.options()).await.unwrap();
    let runs = (0..20).map(|number| {
        let shell = shell.clone();
        async move {
            shell
                .run(Command::new(format!("echo {number}")))
                .await
                .unwrap()
                .stdout_text()
        }
    });
    let outputs = futures::future::join_all(runs).await;
    let expected: Vec<String> = (0..20).map(|number| format!("{number}\n")).collect();
    assert_eq!(outputs, expected);
    assert_eq!((server.connections(), server.commands()), (1, 20));
}

/// A shell that may have several sessions.
async fn shell_with(server: &Server, sessions: usize) -> Shell {
    let options = SshOptions {
        sessions,
        ..server.options()
    };
    Shell::connect_ssh(options).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_run_side_by_side_in_as_many_sessions_as_there_may_be() {
    let server = Server::start().await;
    let shell = shell_with(&server, 2).await;
    // Each ends only once another runs beside it.
    let folder = server.folder().display();
    let meets = |number: u32| {
        let line =
            format!("touch {folder}/{number}; until [ -e {folder}/1 ] && [ -e {folder}/2 ]; do sleep 0.01; done");
        shell.run(Command::new(line).timeout(Duration::from_secs(60)))
    };
    let (one, two) = tokio::join!(meets(1), meets(2));
    assert!(one.unwrap().success() && two.unwrap().success());
    let more = (0..20).map(|number| shell.run(Command::new(format!("echo {number}"))));
    let outputs = futures::future::join_all(more).await;
    let outputs: Vec<String> = outputs
        .into_iter()
        .map(|output| output.unwrap().stdout_text())
        .collect();
    assert_eq!(outputs, (0..20).map(|number| format!("{number}\n")).collect::<Vec<_>>());
    assert_eq!((server.connections(), server.commands()), (2, 22));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_lets_no_more_sessions_in_is_asked_over_those_that_are_open() {
    let server = Server::start().await;
    let shell = shell_with(&server, 8).await;
    // No later session is opened, for it would show another host key.
    server.show_host_key(super::server::new_key());
    let five = async || {
        let runs = (0..5).map(|_| shell.run(Command::new("sleep 0.05")));
        let outputs = futures::future::join_all(runs).await;
        assert!(outputs.into_iter().all(|output| output.unwrap().success()));
    };
    five().await;
    // One attempt, which asks for each type of host key in turn.
    while server.connections() < 5 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    tokio::time::sleep(Duration::from_millis(200)).await;
    five().await;
    assert_eq!((server.connections(), server.commands()), (5, 10));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_that_hangs_holds_up_no_other_session() {
    let server = Server::start().await;
    let shell = shell_with(&server, 2).await;
    let hangs = shell.run(Command::new("sleep 30").timeout(Duration::from_secs(60)));
    let others = async {
        for _ in 0..3 {
            assert!(shell.run(Command::new("true")).await.unwrap().success());
        }
    };
    tokio::select! {
        _ = hangs => panic!("it ended before the others"),
        () = others => {}
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shell_that_is_dropped_ends_its_thread_at_once() {
    let server = Server::start().await;
    let shell = Shell::connect_ssh(server.options()).await.unwrap();
    server.behave(Behaviour::Hanging);
    let waiting = tokio::spawn({
        let shell = shell.clone();
        async move { shell.run(Command::new("true").timeout(Duration::from_secs(60))).await }
    });
    while server.commands() == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let began = Instant::now();
    waiting.abort();
    drop(shell);
    assert!(waiting.await.unwrap_err().is_cancelled());
    assert!(began.elapsed() < Duration::from_secs(20));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_idle_session_that_was_cut_is_opened_anew() {
    let server = Server::start().await;
    let shell = Shell::connect_ssh(server.options()).await.unwrap();
    assert!(shell.run(Command::new("true")).await.unwrap().success());
    server.cut();
    assert!(shell.run(Command::new("true")).await.unwrap().success());
    assert_eq!((server.connections(), server.commands()), (2, 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_abandoned_command_does_not_hold_up_the_next() {
    let server = Server::start().await;
    let shell = Shell::connect_ssh(server.options()).await.unwrap();
    server.behave(Behaviour::Hanging);
    let abandoned = tokio::time::timeout(Duration::from_millis(200), shell.run(Command::new("sleep 50"))).await;
    assert!(abandoned.is_err());
    server.behave(Behaviour::Normal);
    let began = Instant::now();
    assert!(shell.run(Command::new("true")).await.unwrap().success());
    assert!(began.elapsed() < Duration::from_secs(20));
    assert_eq!(server.commands(), 2, "each command was sent once");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_host_key_is_the_servers_and_a_changed_one_is_refused() {
    let server = Server::start().await;
    let key = super::server::new_key();
    server.show_host_key(key.clone());
    let shell = Shell::connect_ssh(server.options()).await.unwrap();
    let seen = shell.host_key().unwrap();
    let fingerprint = key.fingerprint(russh::keys::HashAlg::Sha256).to_string();
    assert_eq!(
        seen,
        HostKey {
            key_type: "ecdsa-sha2-nistp256".to_owned(),
            fingerprint
        }
    );
    let expecting = SshOptions {
        expected_host_key: Some(seen.clone()),
        ..server.options()
    };
    assert!(Shell::connect_ssh(expecting.clone()).await.is_ok());

    server.show_host_key(super::server::new_key());
    let error = Shell::connect_ssh(expecting).await.unwrap_err();
    let ShellError::HostKeyChanged {
        expected,
        seen: changed,
        ..
    } = &error
    else {
        panic!("{error:?}")
    };
    assert!(*expected == seen && *changed != seen);
    // The same for a session that is opened anew.
    server.cut();
    let error = shell.run(Command::new("true")).await.unwrap_err();
    assert!(matches!(error, ShellError::HostKeyChanged { .. }), "{error:?}");
    assert_eq!(
        server.commands(),
        0,
        "nothing may be sent to a machine that is another one"
    );
    assert!(Shell::local().host_key().is_none());
}
