//! The cinder-volume log: one file, or that of each controller that runs cinder-volume.

use std::time::Duration;

use tokio::time::Instant;

use crate::cloud::{AttachmentId, VolumeId};
use crate::connection::{
    Absence, CONNECTION_LINE, ConnectionInfo, LogLevel, absence, find_by_attachment, log_records, unwrap_log_line,
};
use crate::failure::{Failure, FailureKind};
use crate::session::{Context, LogPlace, Mark, Reading, VolumeLogPlace};
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
        for (position, log) in logs.iter().enumerate() {
            match look(context, (position, log), attachment, volume, is_wide).await {
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
        [log] => format!("the cinder-volume log {}", log.source),
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
    (position, log): (usize, &VolumeLogPlace),
    attachment: &AttachmentId,
    volume: &VolumeId,
    is_wide: bool,
) -> Result<Look, Failure> {
    let patience = context.target.budgets.command;
    let since = since(context, position);
    let words = [CONNECTION_LINE, attachment.as_str()];
    let text = log.read(since, Reading::Lines(&words), patience).await?;
    if let Some(line) = find_by_attachment(&text, attachment.as_str())? {
        return Ok(Look::Found(line.connection_info));
    }
    if !is_wide {
        return Ok(Look::Absent(Absence::Empty));
    }
    let text = log.read(None, Reading::End(WIDE), patience).await?;
    Ok(match find_by_attachment(&text, attachment.as_str())? {
        Some(line) => Look::Found(line.connection_info),
        None => Look::Absent(absence(&text, volume.as_str())),
    })
}

/// Where a log ended before the run made anything: no line that matters stands before that.
fn since(context: &Context, position: usize) -> Option<LogPlace> {
    context.log_mark?.0.get(position).copied().flatten()
}

/// The place where each log ends now, if there are logs.
pub async fn mark(context: &Context) -> Option<Mark> {
    if context.logs.is_empty() {
        return None;
    }
    let mut mark = [None; MOST_VOLUME_LOGS];
    for (log, place) in context.logs.iter().zip(&mut mark) {
        *place = log.here(context.target.budgets.command).await;
    }
    Some(Mark(mark))
}

/// Adds the errors that the logs hold since a mark: a driver's exceptions never reach the caller of an RPC cast.
pub async fn with_errors_since(context: &Context, mark: Option<Mark>, failure: Failure) -> Failure {
    let Some(Mark(mark)) = mark else { return failure };
    let mut failure = failure;
    for (log, place) in context.logs.iter().zip(mark) {
        let Some(place) = place else { continue };
        let patience = context.target.budgets.command;
        let Ok(output) = log.print(Some(place), Reading::End(WIDE), patience).await else {
            continue;
        };
        let shown = errors_in(&output.stdout_text());
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
    let places = mark.map_or([None; MOST_VOLUME_LOGS], |Mark(places)| places);
    let mut text = String::new();
    let mut refused = None;
    for (log, place) in context.logs.iter().zip(places) {
        let reading = Reading::LastLines(lines);
        match log.print(place, reading, context.target.budgets.command).await {
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
}
