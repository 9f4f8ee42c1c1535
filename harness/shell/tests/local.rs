use std::time::{Duration, Instant};

use crate::shell::{Command, Output, Shell, ShellError};

async fn run(text: &str) -> Result<Output, ShellError> {
    Shell::local()
        .run(Command::new(text).timeout(Duration::from_secs(20)))
        .await
}

#[tokio::test]
async fn outputs_and_exit_status_are_told_apart() {
    let output = run("echo out; echo err >&2; (exit 3)").await.unwrap();
    assert_eq!(
        (output.stdout_text(), output.stderr_text(), output.exit_code),
        ("out\n".into(), "err\n".into(), 3)
    );
    assert!(!output.success());
    assert_eq!(output.place, "this machine");
}

#[tokio::test]
async fn a_failed_command_is_an_error_when_it_is_checked() {
    let command = Command::new("echo because >&2; false");
    let error = Shell::local()
        .run(command.clone())
        .await
        .unwrap()
        .check(&command)
        .unwrap_err();
    let ShellError::CommandFailed {
        exit_code: 1, stderr, ..
    } = &error
    else {
        panic!("{error:?}")
    };
    assert_eq!(stderr, "because\n");
    let command = Command::new("true");
    assert!(
        Shell::local()
            .run(command.clone())
            .await
            .unwrap()
            .check(&command)
            .is_ok()
    );
}

#[tokio::test]
async fn the_forms_that_a_command_may_have() {
    for (text, stdout, exit_code) in [
        ("true # a comment", "", 0),
        ("cat <<END\nhere\nEND", "here\n", 0),
        ("printf 'no newline'", "no newline", 0),
        ("printf '\\000\\377'", "\0\u{fffd}", 0),
        ("false | true", "", 0),
        ("true && false", "", 1),
        ("not-a-command-of-this-machine", "", 127),
        ("sh -c 'kill -TERM $$'", "", 143),
    ] {
        let output = run(text).await.unwrap();
        assert_eq!(
            (output.stdout_text().as_str(), output.exit_code),
            (stdout, exit_code),
            "{text}"
        );
    }
}

#[tokio::test]
async fn an_exit_status_that_never_came_is_not_zero() {
    for text in ["echo before; exit 0", "kill -KILL $$", "exec true"] {
        let error = run(text).await.unwrap_err();
        assert!(matches!(error, ShellError::NoExitStatus { .. }), "{text}: {error:?}");
    }
    let ShellError::NoExitStatus { signal, .. } = run("kill -KILL $$").await.unwrap_err() else {
        panic!("no signal")
    };
    assert_eq!(signal.as_deref(), Some("9"));
}

#[tokio::test]
async fn large_outputs_and_inputs_do_not_block_each_other() {
    let input: Vec<u8> = (0..5_000_000_u32).flat_map(u32::to_le_bytes).collect();
    let command = Command::new("tee /dev/stderr")
        .stdin(input.clone())
        .timeout(Duration::from_secs(60));
    let output = Shell::local().run(command).await.unwrap();
    assert!(output.success() && output.stdout == input && output.stderr == input);
    // A command need not read what it is given.
    let output = Shell::local().run(Command::new("true").stdin(input)).await.unwrap();
    assert!(output.success());
}

#[tokio::test]
async fn endless_output_is_an_error() {
    let error = run("yes").await.unwrap_err();
    assert!(matches!(error, ShellError::TooMuchOutput { .. }), "{error:?}");
}

#[tokio::test]
async fn output_that_drips_ends_by_the_time_out() {
    let command = Command::new("while :; do echo x; sleep 0.02; done").timeout(Duration::from_millis(400));
    let error = Shell::local().run(command).await.unwrap_err();
    assert!(matches!(error, ShellError::TimedOut { .. }), "{error:?}");
}

#[tokio::test]
async fn a_command_that_hangs_is_ended_with_what_it_started() {
    let folder = tempfile::tempdir().unwrap();
    let late = folder.path().join("late");
    let text = format!("echo so far; (sleep 1; touch {}) & sleep 30", late.display());
    let began = Instant::now();
    let error = Shell::local()
        .run(Command::new(text).timeout(Duration::from_millis(300)))
        .await
        .unwrap_err();
    let ShellError::TimedOut { stdout, .. } = error else {
        panic!("{error:?}")
    };
    assert_eq!(stdout, "so far\n");
    assert!(began.elapsed() < Duration::from_secs(20));
    tokio::time::sleep(Duration::from_millis(1200)).await;
    assert!(!late.exists(), "the command went on in the background");
}

#[tokio::test]
async fn an_abandoned_command_is_ended() {
    let folder = tempfile::tempdir().unwrap();
    let late = folder.path().join("late");
    let text = format!("sleep 1; touch {}", late.display());
    let abandoned = tokio::time::timeout(Duration::from_millis(200), run(&text)).await;
    assert!(abandoned.is_err());
    tokio::time::sleep(Duration::from_millis(1200)).await;
    assert!(!late.exists(), "the command went on after it was abandoned");
}

#[tokio::test]
async fn a_prefix_stands_before_the_command() {
    let command = Command::new("echo x").prefix(" env A=1 ");
    assert_eq!(command.text(), "env A=1 echo x");
    assert_eq!(Command::new("echo x").prefix("").text(), "echo x");
}
