//! What was written to a disk and synced, in order, and what became of it.
//!
//! One file that reads as it was written says little about a disk: it may be the only one that survived. So `write` leaves
//! numbered records beside its file, each synced before the next, and `read` asks for all that its disk must hold. From
//! which of them are there it follows what the storage did: lost the end, lost something in the middle, tore a write, or
//! gave an old copy back.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use crate::failure::Failure;
use crate::guest::{Guest, GuestError, Problem};

/// How many records `write` leaves beside its file.
pub const RECORDS: usize = 8;
/// The length of a record: two blocks of most file systems, so that one can be torn between them or within one.
const RECORD_BYTES: usize = 8192;
/// How many broken writes a failure lists.
const LISTED: usize = 4;

/// A write that was synced to a disk.
#[derive(Clone, Debug)]
pub struct SyncedWrite {
    /// What people call it, for example `record 3 of failover-dr`.
    pub what: String,
    /// The path: in the mount's directory if the disk is mounted somewhere, else in the guest.
    pub path: String,
    /// What was written.
    pub content: Vec<u8>,
    /// How many failovers and failbacks there had been.
    pub moves: usize,
}

/// What was written to a disk and synced, in the order of the syncs. A file that is written again counts once.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    writes: Vec<SyncedWrite>,
}

/// What became of a write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// It is there as it was written.
    Whole,
    /// There is no such file.
    Missing,
    /// The file begins as it was written and goes on otherwise.
    Torn {
        /// How many bytes are as they were written.
        whole: usize,
    },
    /// The file holds something else, as an older version does.
    Other,
}

impl Ledger {
    /// Notes that something was synced.
    pub fn add(&mut self, write: SyncedWrite) {
        self.writes.retain(|earlier| earlier.path != write.path);
        self.writes.push(write);
    }

    /// How many writes the disk must hold.
    #[must_use]
    pub fn len(&self) -> usize {
        self.writes.len()
    }

    /// Whether nothing was written.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.writes.is_empty()
    }

    /// Asks a guest for every write. `directory` is where the disk is mounted.
    ///
    /// # Errors
    /// The guest cannot be asked, or cannot read its disk.
    pub async fn inspect(&self, guest: &Guest, directory: Option<&str>) -> Result<Vec<Condition>, GuestError> {
        let mut conditions = Vec::new();
        for write in &self.writes {
            let path = in_directory(directory, &write.path);
            let condition = match guest.sha256(&path).await {
                Ok(seen) if seen == hexadecimal(&Sha256::digest(&write.content)) => Condition::Whole,
                Ok(_) => compare(&write.content, &guest.read_file(&path).await?),
                Err(error) if error.problem() == Some(Problem::NoSuchFile) => Condition::Missing,
                Err(error) => return Err(error),
            };
            conditions.push(condition);
        }
        Ok(conditions)
    }

    /// What the conditions of all writes say of the disk; `None` if it is as it must be. `moves` is how many failovers and
    /// failbacks there have been.
    #[must_use]
    pub fn diagnose(&self, disk: &str, conditions: &[Condition], moves: usize) -> Option<Failure> {
        let judged: Vec<(&SyncedWrite, &Condition)> = self.writes.iter().zip(conditions).collect();
        let broken: Vec<&(&SyncedWrite, &Condition)> = judged
            .iter()
            .filter(|(_, condition)| **condition != Condition::Whole)
            .collect();
        let (first, last) = (broken.first()?, broken.last()?);
        let is_broken = |(_, condition): &&(&SyncedWrite, &Condition)| **condition != Condition::Whole;
        let whole_tail = judged.iter().rev().take_while(|one| !is_broken(one)).count();
        let (all, lost) = (judged.len(), broken.len());
        let is_end = whole_tail == 0 && judged[all - lost..].iter().all(|one| is_broken(&one));
        let failure = if is_stale_home(&judged, moves) {
            Failure::expectation(format!(
                "{disk} came home as it was before the failover: all that was written while it was failed over is missing, \
                 and all from before is there"
            ))
            .help(
                "the primary was promoted and never resynchronized: what was written at the secondary is still there, so \
                 stop, and look at `rbd mirror image status` on both sites before anything writes to either",
            )
        } else if let (1, Condition::Torn { whole }) = (lost, first.1) {
            Failure::expectation(format!(
                "{} on {disk} is torn: it was synced whole, and only its first {whole} of {} bytes are there",
                first.0.what,
                first.0.content.len()
            ))
            .help("the site has part of a write that the guest had synced: this failover loses data")
        } else if is_end {
            Failure::expectation(match lost {
                1 => format!("{disk} holds older data: the last of the {all} writes that were synced is missing"),
                lost if lost == all => {
                    format!("{disk} holds older data: none of the {all} writes that were synced is there")
                }
                lost => {
                    format!("{disk} holds older data: the last {lost} of the {all} writes that were synced are missing")
                }
            })
            .help("the site was promoted with a copy from before these writes: this failover loses data")
        } else {
            let later = judged
                .iter()
                .skip_while(|(write, _)| write.path != first.0.path)
                .find(|one| !is_broken(one));
            let later = later.map_or("a later write", |(write, _)| write.what.as_str());
            Failure::expectation(format!(
                "{disk} was written out of order: {} {}, though {later}, which was synced after it, is there",
                first.0.what,
                first.1.words()
            ))
            .help(
                "no moment of the guest's disk looks like this, so that no file system or database can recover from it: the \
                 replication does not keep the order of writes",
            )
        };
        let failure = broken.iter().take(LISTED).fold(failure, |failure, (write, condition)| {
            failure.detail(&write.what, condition.words())
        });
        let failure = if lost > LISTED {
            failure.detail("and", format!("{} more, the last {}", lost - LISTED, last.0.what))
        } else {
            failure
        };
        let whole = judged.iter().rev().find(|one| !is_broken(one));
        Some(failure.detail(
            "newest write that is there",
            whole.map_or("none", |(write, _)| write.what.as_str()),
        ))
    }
}

/// Whether the disk came home, has all from before it left, and nothing from while it was away.
fn is_stale_home(judged: &[(&SyncedWrite, &Condition)], moves: usize) -> bool {
    let is_home_again = moves >= 2 && moves.is_multiple_of(2);
    let away = || {
        judged
            .iter()
            .filter(|(write, _)| write.moves == moves.saturating_sub(1))
    };
    let before = || judged.iter().filter(|(write, _)| write.moves + 1 < moves);
    is_home_again
        && away().next().is_some()
        && before().next().is_some()
        && away().all(|(_, condition)| **condition != Condition::Whole)
        && before().all(|(_, condition)| **condition == Condition::Whole)
}

impl Condition {
    fn words(&self) -> String {
        match self {
            Condition::Whole => "is there".to_owned(),
            Condition::Missing => "is missing".to_owned(),
            Condition::Torn { whole } => format!("is torn after {whole} bytes"),
            Condition::Other => "holds something else".to_owned(),
        }
    }
}

fn compare(written: &[u8], seen: &[u8]) -> Condition {
    let whole = written.iter().zip(seen).take_while(|(one, other)| one == other).count();
    // Versions of one record differ early: in the token of their first line.
    if whole > written.len() / 8 || (whole == seen.len() && whole > 0) {
        Condition::Torn { whole }
    } else {
        Condition::Other
    }
}

/// The path of a write in a guest.
fn in_directory(directory: Option<&str>, path: &str) -> String {
    match directory {
        Some(directory) => format!("{}/{path}", directory.trim_end_matches('/')),
        None => path.to_owned(),
    }
}

/// The path of a file within the directory where its disk is mounted; the path itself for a disk that is not.
#[must_use]
pub fn within(directory: Option<&str>, path: &str) -> String {
    let inside = directory.and_then(|directory| path.strip_prefix(directory.trim_end_matches('/'))?.strip_prefix('/'));
    inside.unwrap_or(path).to_owned()
}

/// The path of a record beside a file, and the text of it.
#[must_use]
pub fn record(path: &str, number: usize, token: &str) -> (String, Vec<u8>) {
    let (directory, name) = path
        .rsplit_once('/')
        .map_or((None, path), |(before, name)| (Some(before), name));
    let record = format!(".{name}.record-{number}");
    let path = directory.map_or_else(|| record.clone(), |directory| format!("{directory}/{record}"));
    (
        path,
        lines(&format!("{token} record {number} of {RECORDS}"), RECORD_BYTES),
    )
}

/// A text of exactly so many bytes, each line of which says what it is of and which it is.
#[must_use]
pub fn lines(head: &str, bytes: usize) -> Vec<u8> {
    let mut text = Vec::with_capacity(bytes + head.len() + 16);
    let mut number = 0;
    while text.len() < bytes {
        number += 1;
        text.extend_from_slice(format!("{head} line {number}\n").as_bytes());
    }
    text.truncate(bytes);
    text
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The ledgers of a run, by disk.
#[derive(Clone, Debug, Default)]
pub struct Ledgers {
    by_disk: BTreeMap<String, Ledger>,
}

impl Ledgers {
    /// Notes a write to a disk.
    pub fn add(&mut self, disk: &str, write: SyncedWrite) {
        self.by_disk.entry(disk.to_owned()).or_default().add(write);
    }

    /// What was written to a disk.
    #[must_use]
    pub fn of(&self, disk: &str) -> Option<&Ledger> {
        self.by_disk.get(disk)
    }

    /// Forgets what was written to a disk: it was formatted.
    pub fn forget(&mut self, disk: &str) {
        self.by_disk.remove(disk);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(what: &str, moves: usize) -> SyncedWrite {
        SyncedWrite {
            what: what.to_owned(),
            path: format!("/{what}"),
            content: lines(what, RECORD_BYTES),
            moves,
        }
    }

    fn ledger(writes: &[(&str, usize)]) -> Ledger {
        let mut ledger = Ledger::default();
        for (what, moves) in writes {
            ledger.add(write(what, *moves));
        }
        ledger
    }

    fn said(ledger: &Ledger, conditions: &[Condition], moves: usize) -> String {
        ledger
            .diagnose("volume root", conditions, moves)
            .map_or_else(|| "as it must be".to_owned(), |failure| failure.to_string())
    }

    use Condition::{Missing, Other, Torn, Whole};

    #[test]
    fn what_a_disk_holds_says_what_became_of_it() {
        let out = ledger(&[("file", 0), ("record 1", 0), ("record 2", 0), ("marker", 0)]);
        let back = ledger(&[("file", 0), ("record 1", 0), ("late", 1), ("marker", 1)]);
        let cases = [
            ("all there", said(&out, &[Whole, Whole, Whole, Whole], 1)),
            ("older", said(&out, &[Whole, Whole, Missing, Missing], 1)),
            ("all lost", said(&out, &[Missing, Missing, Missing, Missing], 1)),
            ("torn", said(&out, &[Whole, Whole, Whole, Torn { whole: 6144 }], 1)),
            ("reordered", said(&out, &[Whole, Missing, Whole, Whole], 1)),
            (
                "torn in the middle",
                said(&out, &[Whole, Torn { whole: 4096 }, Missing, Whole], 1),
            ),
            ("stale home", said(&back, &[Whole, Whole, Missing, Other], 2)),
            ("older at home", said(&back, &[Whole, Whole, Whole, Other], 2)),
        ];
        let text: String = cases
            .iter()
            .map(|(case, said)| format!("== {case}\n{said}\n"))
            .collect();
        insta::with_settings!({ snapshot_path => "golden", prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_snapshot!("ledger", text);
        });
    }

    #[test]
    fn a_file_that_is_written_again_counts_once_and_last() {
        let ledger = ledger(&[("marker", 0), ("file", 0), ("marker", 1)]);
        assert_eq!(ledger.len(), 2);
        assert!(said(&ledger, &[Whole, Missing], 1).contains("the last of the 2 writes"));
    }

    #[test]
    fn a_torn_file_is_told_from_an_older_one() {
        let written = lines("token-2", RECORD_BYTES);
        let mut torn = written.clone();
        torn[6144..].fill(0);
        assert_eq!(compare(&written, &torn), Torn { whole: 6144 });
        assert_eq!(compare(&written, &written[..100]), Torn { whole: 100 });
        assert_eq!(compare(&written, &lines("token-1", RECORD_BYTES)), Other);
        assert_eq!(compare(&written, b""), Other);
    }

    #[test]
    fn records_lie_beside_their_file() {
        assert_eq!(record("failover-dr", 3, "t").0, ".failover-dr.record-3");
        let (path, text) = record("/mnt/data/f", 1, "t");
        assert_eq!((path.as_str(), text.len()), ("/mnt/data/.f.record-1", RECORD_BYTES));
        assert_eq!(within(Some("/mnt/data"), &path), ".f.record-1");
        assert_eq!(
            in_directory(Some("/mnt/other/"), ".f.record-1"),
            "/mnt/other/.f.record-1"
        );
        assert_eq!(within(None, "/root/f"), "/root/f");
    }
}
