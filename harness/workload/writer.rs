//! The harness' side of a writer: which record comes next, and which were acknowledged.

use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::record::Origin;
use crate::shell::{Dialogue, Next};

/// How many records a workload has at most: 32 MiB on its disk.
pub(super) const MOST_RECORDS: usize = 65_536;

/// How many records are on their way to the guest at most: where the rate is given, and where it goes as fast as it can.
const WINDOW: usize = 4;
const WIDE_WINDOW: usize = 32;

/// How long a line of a guest may be of which something is kept, in bytes.
const LINE: usize = 4096;

/// When each record was acknowledged, by this machine's clock: the guest's may jump.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Acknowledgements {
    /// How many records were sent.
    pub sent: usize,
    /// Of each record that was sent, after what time since the writer began it was acknowledged.
    pub times: Vec<Option<Duration>>,
}

impl Acknowledgements {
    /// How many were acknowledged.
    #[must_use]
    pub fn count(&self) -> usize {
        self.times.iter().flatten().count()
    }

    /// The number of the last record that was acknowledged, and when.
    #[must_use]
    pub fn last(&self) -> Option<(usize, Duration)> {
        let last = self.times.iter().rposition(Option::is_some)?;
        Some((last + 1, self.times[last]?))
    }
}

/// Gives records to a guest, and notes which are acknowledged.
#[derive(Debug)]
pub struct Writer {
    origin: Origin,
    /// The time between two records; none for as fast as it goes.
    interval: Option<Duration>,
    began: Instant,
    due: Instant,
    acknowledgements: Acknowledgements,
    answered: usize,
    stopping: bool,
    failed: Option<String>,
    /// Whether the guest has said all of why.
    explained: bool,
    /// The first record, with its line end.
    first: Option<String>,
    line: Vec<u8>,
}

impl Writer {
    /// A writer that has sent nothing.
    #[must_use]
    pub fn new(origin: Origin, interval: Option<Duration>) -> Writer {
        let now = Instant::now();
        Writer {
            origin,
            interval,
            began: now,
            due: now,
            acknowledgements: Acknowledgements::default(),
            answered: 0,
            stopping: false,
            failed: None,
            explained: false,
            first: None,
            line: Vec::new(),
        }
    }

    /// Lets it send no more records.
    pub fn stop(&mut self) {
        self.stopping = true;
    }

    /// Whose records it writes.
    #[must_use]
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// What was acknowledged by now.
    #[must_use]
    pub fn acknowledgements(&self) -> &Acknowledgements {
        &self.acknowledgements
    }

    /// The first record, as it was sent.
    #[must_use]
    pub fn first(&self) -> Option<&str> {
        self.first.as_deref()
    }

    /// What the guest said of a record that it could not write.
    #[must_use]
    pub fn failed(&self) -> Option<&str> {
        self.failed.as_deref()
    }

    /// Whether it has sent as many records as a workload may have.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.acknowledgements.sent >= MOST_RECORDS
    }

    /// How long ago it began.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }

    fn said(&mut self, line: &str) {
        if let Some(failed) = &mut self.failed {
            // The lines of `dd` that only count say nothing; the mark of the command's end stands behind an empty line.
            self.explained |= line.trim().is_empty();
            let counts = ["records in", "records out", "copied"];
            if !self.explained && failed.len() < LINE && !counts.iter().any(|words| line.contains(words)) {
                failed.push('\n');
                failed.push_str(line.trim_end());
            }
            return;
        }
        if let Some(reason) = line.strip_prefix("failed ") {
            let (_, reason) = reason.split_once(' ').unwrap_or((reason, ""));
            self.failed = Some(reason.trim_end().to_owned());
            return;
        }
        // What is no number of a record that waits for its answer is somebody else's word: a login script, the mark of the end.
        let block = line.trim_end().parse::<usize>().ok();
        let time = block.and_then(|block| self.acknowledgements.times.get_mut(block));
        if let Some(time @ None) = time {
            *time = Some(self.began.elapsed());
            self.answered += 1;
        }
    }
}

impl Dialogue for Writer {
    fn next(&mut self) -> Next {
        if self.stopping || self.failed.is_some() || self.is_full() {
            return Next::End;
        }
        let window = if self.interval.is_some() { WINDOW } else { WIDE_WINDOW };
        let sent = self.acknowledgements.sent;
        let now = Instant::now();
        if sent - self.answered >= window || now < self.due {
            return Next::Later;
        }
        // What a guest did not take in time is not made up for: a storage that was slow would be flooded.
        self.due = now + self.interval.unwrap_or_default();
        self.acknowledgements.sent += 1;
        self.acknowledgements.times.push(None);
        let record = self.origin.record(sent + 1, Timestamp::now());
        self.first.get_or_insert_with(|| format!("{record}\n"));
        Next::Bytes(format!("{sent} {record}\n").into_bytes())
    }

    fn heard(&mut self, bytes: &[u8]) {
        for byte in bytes {
            match byte {
                b'\n' => {
                    let line = std::mem::take(&mut self.line);
                    self.said(&String::from_utf8_lossy(&line));
                }
                _ if self.line.len() < LINE => self.line.push(*byte),
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn writer(interval: Option<Duration>) -> Writer {
        let origin = Origin {
            run: "r".to_owned(),
            scenario: "s".to_owned(),
            token: "t".to_owned(),
        };
        Writer::new(origin, interval)
    }

    fn sends(writer: &mut Writer) -> Option<String> {
        match writer.next() {
            Next::Bytes(bytes) => Some(String::from_utf8(bytes).expect("text")),
            Next::Later | Next::End => None,
        }
    }

    #[test]
    fn each_record_has_its_block_and_its_answer() {
        let mut writer = writer(None);
        let lines: Vec<String> = std::iter::from_fn(|| sends(&mut writer)).collect();
        assert_eq!(lines.len(), WIDE_WINDOW, "more only once some are answered");
        assert!(lines[1].starts_with("1 cinder-drill-record 2 of t "), "{}", lines[1]);
        writer.heard(b"0\n1");
        assert_eq!(writer.acknowledgements().last().map(|(number, _)| number), Some(1));
        writer.heard(b"\n");
        assert_eq!(writer.acknowledgements().count(), 2);
        assert!(sends(&mut writer).is_some());
    }

    #[test]
    fn what_was_not_sent_or_said_before_is_no_answer() {
        let mut writer = writer(None);
        sends(&mut writer);
        for lie in [
            "7\n",
            "-1\n",
            "x\n",
            "welcome to this machine\n",
            "0 0\n",
            "00x\n",
            "\n",
        ] {
            writer.heard(lie.as_bytes());
        }
        assert_eq!(writer.acknowledgements().count(), 0);
        writer.heard(b"0\r\n0\n0\n");
        assert_eq!((writer.acknowledgements().count(), writer.answered), (1, 1));
        writer.heard(&vec![b'9'; 10 * LINE]);
        assert!(writer.line.len() <= LINE);
    }

    #[test]
    fn it_ends_with_a_stop_and_with_a_record_that_failed() {
        let mut failing = writer(None);
        sends(&mut failing);
        failing.heard(b"failed 0 dd: fsync failed for 'f': Input/output error\n1+0 records in\n\nafter\n0\n");
        assert_eq!(failing.failed(), Some("dd: fsync failed for 'f': Input/output error"));
        assert_eq!(
            failing.acknowledgements().count(),
            0,
            "what failed was not acknowledged"
        );
        assert_eq!(failing.next(), Next::End);
        let mut stopped = writer(None);
        stopped.stop();
        assert_eq!(stopped.next(), Next::End);
    }

    #[test]
    fn a_rate_is_kept() {
        let mut writer = writer(Some(Duration::from_secs(3600)));
        assert!(sends(&mut writer).is_some());
        assert_eq!(writer.next(), Next::Later);
    }
}
