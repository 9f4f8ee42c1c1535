//! The cinder-volume log: one file, or that of each controller that runs cinder-volume.

use std::time::Duration;

use tokio::time::Instant;

use crate::cloud::{AttachmentId, VolumeId};
use crate::connection::{
    Absence, CONNECTION_LINE, ConnectionInfo, LogLevel, absence, find_by_attachment, log_records, unwrap_log_line,
};
use crate::failure::{Failure, FailureKind};
use crate::session::{Context, Mark, VolumeLogPlace};
use crate::shell::{Command, quote};
use crate::targets::MOST_VOLUME_LOGS;
use crate::wait::{Awaited, Poll, until};

/// How long a line may take from the API's answer into the file.
const LINE_DELAY: Duration = Duration::from_secs(10);
/// How much of a log's end is read whole where a search for the attachment's id finds nothing, in bytes: a container's runtime
/// may have cut the line in two.
const WIDE: usize = 4 << 20;
/// At which poll the log's end is read whole for the first time; after that, it is as the wait ends.
const WIDE_POLL: u32 = 3;
/// How long before its end a wait reads the log's end whole.
const LAST_LOOKS: Duration = Duration::from_millis(600);
/// How many lines a failure shows.
const ERROR_LINES: usize = 5;
/// How many characters of each of them.
const LINE_SHOWN: usize = 1000;

/// The connection info that the driver returned for an attachment, as one of the logs has it; `None` if the target names no
/// log. The line is found by the attachment's id, which every attachment has anew, so neither an older attach nor a duplicate
/// can be taken for it.
///
/// # Errors
/// No log has the line, or none that has it could be read. That says nothing against the connection.
pub async fn connection_info_in_log(
    context: &Context,
    attachment: &AttachmentId,
    volume: &VolumeId,
) -> Result<Option<ConnectionInfo>, Failure> {
    let logs = &context.logs;
    if logs.is_empty() {
        return Ok(None);
    }
    let named = named(logs);
    let awaited = Awaited {
        what: &named,
        expected: "holding the connection info of the attachment",
        budget: LINE_DELAY,
        on_timeout: FailureKind::Cloud,
    };
    let began = Instant::now();
    let mut polls = 0;
    // Where the wait was still going on at the last look: what each log has instead of the line, or why it is not known.
    let mut last: Option<Vec<Result<Absence, Failure>>> = None;
    let found = until(&context.recorder, awaited, async || {
        polls += 1;
        let before = last.take();
        let is_wide = polls == WIDE_POLL || began.elapsed() + LAST_LOOKS >= LINE_DELAY;
        let mut instead = Vec::new();
        for log in logs {
            match look(context, log, attachment, volume, is_wide).await {
                Ok(Look::Found(info)) => return Ok(Poll::Ready(info)),
                Ok(Look::Absent(absence)) => instead.push(Ok(absence)),
                // Another controller's log may have it.
                Err(failure) if logs.len() > 1 => instead.push(Err(failure)),
                Err(failure) => return Err(failure),
            }
        }
        last = if is_wide { Some(instead) } else { before };
        Ok(Poll::NotYet(format!("no line for attachment {attachment}")))
    })
    .await;
    match (found, last) {
        (Ok((info, _)), _) => {
            if let Some(observer) = &context.options.observer {
                observer.logged(&info);
            }
            Ok(Some(info))
        }
        (Err(error), Some(instead)) => {
            let places: Vec<String> = logs.iter().map(VolumeLogPlace::words).collect();
            Err(not_there(&named, &places, attachment, &instead, error.into()))
        }
        (Err(error), None) => Err(error.into()),
    }
}

/// What the logs are called together.
fn named(logs: &[VolumeLogPlace]) -> String {
    match logs {
        [log] => format!("the cinder-volume log {}", log.path),
        logs => format!("one of the {} cinder-volume logs", logs.len()),
    }
}

/// The failure of a line that no log has: what the nearest of them has instead. It says nothing against the connection.
fn not_there(
    named: &str,
    places: &[String],
    attachment: &AttachmentId,
    instead: &[Result<Absence, Failure>],
    failure: Failure,
) -> Failure {
    let absences = instead.iter().filter_map(|one| one.as_ref().ok());
    let Some(nearest) = absences.max_by_key(|absence| absence.nearness()) else {
        // None of them could be read.
        return instead
            .iter()
            .find_map(|one| one.as_ref().err())
            .cloned()
            .unwrap_or(failure);
    };
    let seconds = LINE_DELAY.as_secs();
    let summary = match places {
        [_] => format!("{named} {}", nearest.words()),
        _ => format!("{named} had to hold the connection info of attachment {attachment}, and none does"),
    };
    let found = Failure::cloud(summary).detail(
        "expected",
        format!("the connection info of attachment {attachment} within {seconds} s"),
    );
    let found = places.iter().zip(instead).fold(found, |found, (place, one)| {
        let seen = match one {
            Ok(absence) => absence.words(),
            Err(failure) => failure.summary.clone(),
        };
        found.detail(place.as_str(), seen)
    });
    let help = nearest.help();
    found.help(format!(
        "{help}. Without `volume-log` in the target, the API is the only witness, and reports say so"
    ))
}

/// What one look into one log found.
enum Look {
    Found(ConnectionInfo),
    Absent(Absence),
}

/// Looks for an attachment's line in one log: by its id, and if `is_wide`, also in all of the log's end.
async fn look(
    context: &Context,
    log: &VolumeLogPlace,
    attachment: &AttachmentId,
    volume: &VolumeId,
    is_wide: bool,
) -> Result<Look, Failure> {
    let text = read(context, log, &search(&log.path, attachment.as_str())).await?;
    if let Some(line) = find_by_attachment(&text, attachment.as_str())? {
        return Ok(Look::Found(line.connection_info));
    }
    if !is_wide {
        return Ok(Look::Absent(Absence::Empty));
    }
    let text = read(context, log, &format!("tail -c {WIDE} {}", quote(&log.path))).await?;
    Ok(match find_by_attachment(&text, attachment.as_str())? {
        Some(line) => Look::Found(line.connection_info),
        None => Look::Absent(absence(&text, volume.as_str())),
    })
}

/// The command that searches a log for an attachment's line. The line may be in the file that a rotation has just put aside:
/// logrotate calls it `.1`, or by the date (`dateext`), of which the last one counts.
fn search(path: &str, attachment: &str) -> String {
    let quoted = quote(path);
    let rotated = quote(&format!("{path}.1")).into_owned();
    format!(
        "{{ if [ -f {rotated} ]; then cat {rotated}; fi; dated=$(ls {quoted}-[0-9]*[0-9] 2>/dev/null | tail -n 1); \
         if [ -f \"$dated\" ]; then cat \"$dated\"; fi; cat {quoted}; }} | grep -aF {} | grep -aF {}",
        quote(CONNECTION_LINE),
        quote(attachment)
    )
}

/// What a command prints that reads a log. `grep` answers 1 when nothing matches, which is a state to wait through and not an
/// error.
async fn read(context: &Context, log: &VolumeLogPlace, command: &str) -> Result<String, Failure> {
    let output = log
        .shell
        .run(Command::new(command).timeout(context.target.budgets.command))
        .await
        .map_err(|error| Failure::from(error).during("the cinder-volume log"))?;
    if !output.stderr.is_empty() || output.exit_code > 1 {
        return Err(
            Failure::cloud(format!("cannot read the cinder-volume log {}", log.path))
                .detail("command", command)
                .detail("exit code", output.exit_code)
                .detail("stderr", String::from_utf8_lossy(&output.stderr).trim_end())
                .help("check the path and the shell in the target's volume-log"),
        );
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The place where each log ends now, if there are logs.
pub async fn mark(context: &Context) -> Option<Mark> {
    if context.logs.is_empty() {
        return None;
    }
    let mut mark = [None; MOST_VOLUME_LOGS];
    for (log, place) in context.logs.iter().zip(&mut mark) {
        let command = Command::new(format!("stat -c %s {}", quote(&log.path))).timeout(context.target.budgets.command);
        let output = log.shell.run(command).await.ok().filter(|output| output.exit_code == 0);
        *place = output.and_then(|output| String::from_utf8_lossy(&output.stdout).trim().parse().ok());
    }
    Some(Mark(mark))
}

/// Adds the errors that the logs hold since a mark: a driver's exceptions never reach the caller of an RPC cast.
pub async fn with_errors_since(context: &Context, mark: Option<Mark>, failure: Failure) -> Failure {
    let Some(Mark(mark)) = mark else { return failure };
    let mut failure = failure;
    for (log, size) in context.logs.iter().zip(mark) {
        let Some(size) = size else { continue };
        let command = format!("tail -c +{} {} | tail -c {WIDE}", size + 1, quote(&log.path));
        let command = Command::new(command).timeout(context.target.budgets.command);
        let Ok(output) = log.shell.run(command).await else {
            continue;
        };
        let shown = errors_in(&String::from_utf8_lossy(&output.stdout));
        if !shown.is_empty() {
            let name = match context.logs.len() {
                1 => "cinder-volume log".to_owned(),
                _ => format!("cinder-volume log {}", log.words()),
            };
            failure = failure.detail(name, shown.join("\n"));
        }
    }
    failure
}

/// The last lines of a log that show an error, each not too long.
fn errors_in(text: &str) -> Vec<String> {
    let is_error = |level: Option<LogLevel>| level.is_some_and(|level| level >= LogLevel::Error);
    let mut lines: Vec<String> = log_records(text)
        .map(|record| unwrap_log_line(&record.text))
        .filter(|line| is_error(line.level))
        .map(|line| line.message.chars().take(LINE_SHOWN).collect())
        .collect();
    lines.split_off(lines.len().saturating_sub(ERROR_LINES))
}

/// What the logs hold since a mark, of each at most its last `lines` lines; `None` if there is no log.
///
/// # Errors
/// None of them can be read.
pub async fn window(context: &Context, mark: Option<Mark>, lines: u32) -> Option<Result<String, Failure>> {
    let sizes = mark.map_or([None; MOST_VOLUME_LOGS], |Mark(sizes)| sizes);
    let mut text = String::new();
    let mut refused = None;
    for (log, size) in context.logs.iter().zip(sizes) {
        let from = size.map_or(1, |size| size + 1);
        let command = format!("tail -c +{from} {} | tail -n {lines}", quote(&log.path));
        let command = Command::new(command).timeout(context.target.budgets.command);
        match log.shell.run(command).await {
            Ok(output) if context.logs.len() == 1 => text = output.stdout_text(),
            Ok(output) => text.push_str(&format!("==> {} <==\n{}\n", log.words(), output.stdout_text())),
            Err(error) => refused = Some(Failure::from(error)),
        }
    }
    match (context.logs.is_empty(), refused) {
        (true, _) => None,
        (false, Some(failure)) if text.is_empty() => Some(Err(failure)),
        (false, _) => Some(Ok(text)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn missing(places: &[&str], instead: &[Result<Absence, Failure>]) -> Failure {
        let places: Vec<String> = places.iter().map(|place| (*place).to_owned()).collect();
        let named = match places.len() {
            1 => "the cinder-volume log /var/log/cinder/cinder-volume.log".to_owned(),
            count => format!("one of the {count} cinder-volume logs"),
        };
        let timed_out = Failure::cloud("the log was not holding the line within 10 s");
        not_there(&named, &places, &AttachmentId::from("a-1"), instead, timed_out)
    }

    #[test]
    fn a_missing_line_is_no_expectation_and_names_what_is_there() {
        let one = missing(&["/l on ctl1"], &[Ok(Absence::Cut { bytes: 1024 })]);
        assert_eq!(one.kind, FailureKind::Cloud);
        let refused = Failure::cloud("cannot read the cinder-volume log /l");
        let several = missing(
            &["/l on ctl1", "/l on ctl2", "/l on ctl3"],
            &[
                Ok(Absence::NoDebug { lines: 7 }),
                Ok(Absence::Others { connections: 2 }),
                Err(refused.clone()),
            ],
        );
        assert_eq!(several.kind, FailureKind::Cloud);
        insta::assert_snapshot!("missing-line", format!("{one}\n\n{several}"));
        // Where none could be read, that is what is said.
        assert_eq!(missing(&["/l on ctl1"], &[Err(refused.clone())]), refused);
    }

    #[test]
    fn errors_are_known_by_the_level_of_the_line_whatever_carries_it() {
        let text = "2026-11-29 01:00:00.000 1 DEBUG cinder.x [-] an ERROR in words\n\
                    2026-11-29 01:00:00.000 1 ERROR cinder.x [-] plain\n\
                    Nov 29 01:00:00 ctl1 cinder-volume[1]: \u{1b}[01;31mERROR cinder.x [-] coloured\u{1b}[00m\n\
                    {\"message\": \"json\", \"levelname\": \"CRITICAL\"}\n";
        let found = errors_in(text);
        assert_eq!(found.len(), 3, "{found:?}");
        assert!(found[0].ends_with("plain") && found[1].ends_with("coloured") && found[2].ends_with("json"));
        assert_eq!(errors_in(&"1 ERROR x\n".repeat(9)).len(), ERROR_LINES);
    }

    #[test]
    fn a_search_reads_what_a_rotation_put_aside_and_quotes_what_it_is_given() {
        let command = search("/var/log/it's/c.log", "a-1");
        for words in ["c.log.1", "-[0-9]*[0-9]", "| tail -n 1"] {
            assert!(command.contains(words), "{command}");
        }
        assert!(shlex::split(&command).is_some(), "{command}");
    }
}
