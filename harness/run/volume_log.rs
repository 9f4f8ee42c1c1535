//! The cinder-volume log.

use std::time::Duration;

use super::context::Context;
use super::wait::{Awaited, Poll, until};
use crate::connection::{ConnectionInfo, find_by_attachment};
use crate::failure::{Failure, FailureKind};
use crate::shell::{Command, quote};

/// The text before the connection info in the log (Cinder's `volume/manager.py`, `_connection_create`, at DEBUG).
const CONNECTION_LINE: &str = "Connection info returned from driver";
/// How long a line may take from the API's answer into the file.
const LINE_DELAY: Duration = Duration::from_secs(10);
/// How many lines a failure shows.
const ERROR_LINES: usize = 5;

/// How many characters of each of them.
const LINE_SHOWN: usize = 1000;

/// A place in the log: its length in bytes when a step began.
#[derive(Clone, Copy, Debug)]
pub struct Mark(u64);

/// The connection info that the driver returned for an attachment, as the log has it; `None` if the target names no
/// log. The line is found by the attachment's id, which every attachment has anew, so that neither an older attach nor
/// a duplicate can be taken for it.
///
/// # Errors
/// The log cannot be read, or never had the line.
pub async fn connection_info_in_log(context: &Context, attachment: &str) -> Result<Option<ConnectionInfo>, Failure> {
    let (Some(shell), Some(log)) = (&context.log_shell, &context.target.volume_log) else {
        return Ok(None);
    };
    // `grep` answers 1 when nothing matches, which is a state to wait through and not an error. The line may be in the
    // file that a rotation has just put aside.
    let path = quote(&log.path);
    let rotated = quote(&format!("{}.1", log.path)).into_owned();
    let command = format!(
        "{{ if [ -f {rotated} ]; then cat {rotated}; fi; cat {path}; }} | grep -aF {} | grep -aF {}",
        quote(CONNECTION_LINE),
        quote(attachment)
    );
    let awaited = Awaited {
        what: &format!("the cinder-volume log {}", log.path),
        expected: "holding the connection info of the attachment",
        budget: LINE_DELAY,
        on_timeout: FailureKind::Expectation,
    };
    let found = until(&context.recorder, awaited, async || {
        let output = shell
            .run(Command::new(&command).timeout(context.target.budgets.command))
            .await
            .map_err(|error| Failure::from(error).during("the cinder-volume log"))?;
        if !output.stderr.is_empty() || output.exit_code > 1 {
            return Err(
                Failure::cloud(format!("cannot read the cinder-volume log {}", log.path))
                    .detail("command", &command)
                    .detail("exit code", output.exit_code)
                    .detail("stderr", String::from_utf8_lossy(&output.stderr).trim_end())
                    .help("check the path and the shell in the target's volume-log"),
            );
        }
        let text = String::from_utf8_lossy(&output.stdout);
        Ok(match find_by_attachment(&text, attachment)? {
            Some(line) => Poll::Ready(line.connection_info),
            None => Poll::NotYet(format!("no line for attachment {attachment}")),
        })
    })
    .await;
    match found {
        Ok((info, _)) => {
            context.recorder.observations().logged(&info);
            Ok(Some(info))
        }
        Err(failure) if failure.kind == FailureKind::Expectation && failure.help.is_some() => Err(failure.help(
            "set `debug = True` in cinder.conf (the line is logged at DEBUG) and check the target's volume-log path; a log that \
             was rotated is read once more under the name `.1`, but not if it was compressed",
        )),
        Err(failure) => Err(failure),
    }
}

/// The place where the log ends now, if there is a log and it can be read.
pub async fn mark(context: &Context) -> Option<Mark> {
    let (shell, log) = (context.log_shell.as_ref()?, context.target.volume_log.as_ref()?);
    let command = Command::new(format!("stat -c %s {}", quote(&log.path))).timeout(context.target.budgets.command);
    let output = shell.run(command).await.ok().filter(|output| output.exit_code == 0)?;
    String::from_utf8_lossy(&output.stdout).trim().parse().ok().map(Mark)
}

/// Adds the errors that the log holds since a mark: a driver's exceptions never reach the caller of an RPC cast.
pub async fn with_errors_since(context: &Context, mark: Option<Mark>, failure: Failure) -> Failure {
    let (Some(Mark(size)), Some(shell), Some(log)) = (mark, &context.log_shell, &context.target.volume_log) else {
        return failure;
    };
    let command = format!("tail -c +{} {} | grep -aF ' ERROR '", size + 1, quote(&log.path));
    let Ok(output) = shell
        .run(Command::new(command).timeout(context.target.budgets.command))
        .await
    else {
        return failure;
    };
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let lines: Vec<&str> = text.lines().collect();
    let shown = &lines[lines.len().saturating_sub(ERROR_LINES)..];
    if shown.is_empty() {
        failure
    } else {
        let shown: Vec<String> = shown
            .iter()
            .map(|line| line.chars().take(LINE_SHOWN).collect())
            .collect();
        failure.detail("cinder-volume log", shown.join("\n"))
    }
}

/// What the log holds since a mark, at most its last `lines` lines; `None` if there is no log.
///
/// # Errors
/// The log cannot be read.
pub async fn window(context: &Context, mark: Option<Mark>, lines: u32) -> Option<Result<String, Failure>> {
    let (shell, log) = (context.log_shell.as_ref()?, context.target.volume_log.as_ref()?);
    let from = mark.map_or(1, |Mark(size)| size + 1);
    let command = format!("tail -c +{from} {} | tail -n {lines}", quote(&log.path));
    let command = Command::new(command).timeout(context.target.budgets.command);
    let output = shell.run(command).await;
    Some(output.map(|output| output.stdout_text()).map_err(Failure::from))
}
