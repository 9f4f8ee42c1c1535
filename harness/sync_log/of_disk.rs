//! What was written to a disk and synced, in order, and its state.
//!
//! One file that reads as it was written says little about a disk: it may be the only one that survived. So `write` leaves
//! numbered records beside its file, each synced before the next, and `read` asks for all that its disk must hold. From
//! which of them are there it follows what the storage did: lost the end, lost something in the middle, tore a write, or
//! gave an old copy back.

use std::collections::BTreeMap;

use super::Held;
use super::condition::Condition;
use super::read_back::{ReadBack, read_back};
use crate::counted::counted;
use crate::failure::{Cause, Failure};
use crate::guest::{Guest, GuestError};

/// How many records `write` leaves beside its file.
pub const RECORDS: usize = 8;
/// The length of a record: two blocks of most file systems, so one can be torn between them or within one.
const RECORD_BYTES: usize = 8192;
/// What every record and marker begins with.
const RECORD_HEAD: &[u8] = b"cinder-drill";
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
pub struct SyncLog {
    writes: Vec<SyncedWrite>,
}

impl SyncLog {
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

    /// The writes, in order.
    #[must_use]
    pub fn writes(&self) -> &[SyncedWrite] {
        &self.writes
    }

    /// Asks a guest for every write. `directory` is where the disk is mounted.
    ///
    /// # Errors
    /// The guest cannot be asked, cannot read its disk, or its answers cannot be believed.
    pub async fn inspect(&self, guest: &Guest, directory: Option<&str>) -> Result<Vec<ReadBack>, GuestError> {
        let mut read_backs = Vec::new();
        for write in &self.writes {
            read_backs.push(read_back(guest, &in_directory(directory, &write.path), &write.content).await?);
        }
        Ok(read_backs)
    }

    /// What the storage says against the guest, if it does; `held` is what it held of each write when the backend had come
    /// to `site`. What the guest has and the storage had not is lost, whatever the guest says; what the storage had and the
    /// guest has nothing of is no fault of the storage.
    #[must_use]
    pub fn against(&self, disk: &str, conditions: &[Condition], held: &[Held], site: &str) -> Option<Failure> {
        let judged = || self.writes.iter().zip(conditions).zip(held);
        let healed: Vec<&SyncedWrite> = judged()
            .filter(|((_, condition), held)| {
                **condition == Condition::Whole && matches!(held, Held::Part | Held::Nothing)
            })
            .map(|((write, _), _)| write)
            .collect();
        if let (Some(first), Some(last)) = (healed.first(), healed.last()) {
            let which = if healed.len() == 1 {
                first.what.clone()
            } else {
                format!("{} of {}", healed.len(), counted(self.writes.len(), "write"))
            };
            let failure = Failure::expectation(format!(
                "{site} did not hold {which} of {disk} when the backend arrived, though the guest reads all of it: \
                 this failover loses data"
            ))
            .detail("first of them", &first.what)
            .detail("last of them", &last.what);
            return Some(
                failure
                    .help(
                        "the guest answers from memory, or something in it wrote the lost data again; what it reads proves \
                         nothing. Compare with `rbd export … - | grep -a cinder-drill` at the site",
                    )
                    .elsewhere(
                        "the guest answers from memory, or something in it wrote the lost data again; what it reads proves \
                         nothing",
                    ),
            );
        }
        let nothing_read =
            !conditions.is_empty() && conditions.iter().all(|condition| *condition == Condition::Missing);
        let asked = || held.iter().filter(|held| **held != Held::NotAsked);
        if nothing_read && asked().next().is_some() && asked().all(|held| *held == Held::Whole) {
            return Some(
                Failure::cloud(format!(
                    "the guest finds none of the {} of {disk}, and {site} holds the bytes of all of them",
                    counted(self.writes.len(), "write")
                ))
                .help(
                    "no data was lost by the failover: the guest reads another place (another user's home, another \
                     machine at this address, another mount), or its file system is damaged. Check `id`, `pwd` and \
                     `mount` in it",
                ),
            );
        }
        let unread: Vec<(&SyncedWrite, &Condition)> = judged()
            .filter(|((_, condition), _)| **condition != Condition::Whole)
            .map(|(judged, _)| judged)
            .collect();
        let all_held = judged().all(|((_, condition), held)| *condition == Condition::Whole || *held == Held::Whole);
        if let (Some(_), true) = (unread.first(), all_held) {
            let failure = Failure::cloud(format!(
                "the guest does not read {} of {} of {disk} as written, and {site} held the bytes of each",
                unread.len(),
                counted(self.writes.len(), "write")
            ));
            let failure = unread.iter().take(LISTED).fold(failure, |failure, (write, condition)| {
                failure.detail(&write.what, condition.words())
            });
            return Some(failure.help(
                "what the guest reads does not come from where these bytes are: another file, mount or machine, a read \
                 that does not reach the disk, or a damaged file system. The storage lost none of them; check `mount` \
                 and `dmesg` in the guest",
            ));
        }
        None
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
        let failure = if is_stale_failback(&judged, moves) {
            Failure::expectation(format!(
                "{disk} is as it was before the failover: all writes made while it was failed over are missing, and \
                 all earlier ones are there"
            ))
            .caused_by(Cause::OldPrimary)
            .help(
                "the primary was promoted and never resynchronized: what was written at the secondary is still there, \
                 so stop, and check `rbd mirror image status` on both sites before anything writes to either",
            )
            .elsewhere(
                "the primary took over as it was left: what was written at the secondary may still be there, so stop, and look at \
                 both arrays before anything writes to either",
            )
        } else if let (1, Condition::Torn { whole }) = (lost, first.1) {
            Failure::expectation(format!(
                "{} on {disk} is torn: it was synced as a whole, and only its first {whole} of {} bytes are there",
                first.0.what,
                first.0.content.len()
            ))
            .caused_by(Cause::Torn)
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
            .caused_by(Cause::DataLost)
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
            .caused_by(Cause::OutOfOrder)
            .help(
                "the guest's disk was never in this state, so no file system or database can recover from it: the \
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

/// Whether the disk failed back, has all from before it left, and nothing from while it was away.
fn is_stale_failback(judged: &[(&SyncedWrite, &Condition)], moves: usize) -> bool {
    let has_failed_back = moves >= 2 && moves.is_multiple_of(2);
    let away = || {
        judged
            .iter()
            .filter(|(write, _)| write.moves == moves.saturating_sub(1))
    };
    let before = || judged.iter().filter(|(write, _)| write.moves + 1 < moves);
    has_failed_back
        && away().next().is_some()
        && before().next().is_some()
        && away().all(|(_, condition)| **condition != Condition::Whole)
        && before().all(|(_, condition)| **condition == Condition::Whole)
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

/// The sync logs of a run, by disk.
#[derive(Clone, Debug, Default)]
pub struct SyncLogs {
    by_disk: BTreeMap<String, SyncLog>,
    /// The disks that others were made from, by those.
    made_from: BTreeMap<String, String>,
}

impl SyncLogs {
    /// Notes a write to a disk.
    pub fn add(&mut self, disk: &str, write: SyncedWrite) {
        self.by_disk.entry(disk.to_owned()).or_default().add(write);
    }

    /// What was written to a disk.
    #[must_use]
    pub fn of(&self, disk: &str) -> Option<&SyncLog> {
        self.by_disk.get(disk)
    }

    /// The disk that another machine wrote exactly this to, of all but one: who reads it there reads that machine's disk.
    #[must_use]
    pub fn written_elsewhere(&self, disk: &str, content: &[u8]) -> Option<&str> {
        // A text may be the same on two disks, a record never is.
        if !content.starts_with(RECORD_HEAD) {
            return None;
        }
        let holds = |sync_log: &SyncLog| sync_log.writes.iter().any(|write| write.content == content);
        // A clone holds what its source held.
        if self.by_disk.get(disk).is_some_and(holds) {
            return None;
        }
        let others = self.by_disk.iter().filter(|(other, _)| *other != disk);
        let mut found = others.filter(|(_, sync_log)| holds(sync_log));
        found.next().map(|(other, _)| other.as_str())
    }

    /// Notes that a disk was made from another one with all that this one held then, after so many failovers and failbacks.
    pub fn begin_with(&mut self, disk: &str, source: &str, held: &SyncLog, moves: usize) {
        let mut sync_log = held.clone();
        for write in &mut sync_log.writes {
            write.moves = moves;
        }
        self.by_disk.insert(disk.to_owned(), sync_log);
        self.made_from.insert(disk.to_owned(), source.to_owned());
    }

    /// The disk that a disk was made from.
    #[must_use]
    pub fn source_of(&self, disk: &str) -> Option<&str> {
        self.made_from.get(disk).map(String::as_str)
    }

    /// Forgets what was written to a disk: it was formatted.
    pub fn forget(&mut self, disk: &str) {
        self.by_disk.remove(disk);
        self.made_from.remove(disk);
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

    fn sync_log(writes: &[(&str, usize)]) -> SyncLog {
        let mut sync_log = SyncLog::default();
        for (what, moves) in writes {
            sync_log.add(write(what, *moves));
        }
        sync_log
    }

    fn said(sync_log: &SyncLog, conditions: &[Condition], moves: usize) -> String {
        sync_log
            .diagnose("volume root", conditions, moves)
            .map_or_else(|| "as it must be".to_owned(), |failure| failure.to_string())
    }

    use Condition::{Missing, Other, Torn, Whole};

    #[test]
    fn what_a_disk_holds_says_what_became_of_it() {
        let out = sync_log(&[("file", 0), ("record 1", 0), ("record 2", 0), ("marker", 0)]);
        let back = sync_log(&[("file", 0), ("record 1", 0), ("late", 1), ("marker", 1)]);
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
            ("stale failback", said(&back, &[Whole, Whole, Missing, Other], 2)),
            (
                "older on its primary site",
                said(&back, &[Whole, Whole, Whole, Other], 2),
            ),
        ];
        let text: String = cases
            .iter()
            .map(|(case, said)| format!("== {case}\n{said}\n"))
            .collect();
        insta::with_settings!({ snapshot_path => "golden", prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_snapshot!("of_disk", text);
        });
    }

    #[test]
    fn a_copy_holds_what_its_source_held_then_and_nothing_later() {
        let mut logs = SyncLogs::default();
        let early = write("cinder-drill early", 0);
        logs.add("volume data", early.clone());
        let held = logs.of("volume data").cloned().expect("written");
        let late = write("cinder-drill late", 0);
        logs.add("volume data", late.clone());
        logs.begin_with("volume copy", "volume data", &held, 3);
        let copy = logs.of("volume copy").expect("made");
        assert_eq!((copy.len(), copy.writes()[0].moves), (1, 3));
        // What both hold says nothing; what came later is the source's alone.
        assert_eq!(logs.written_elsewhere("volume copy", &early.content), None);
        assert_eq!(logs.written_elsewhere("volume data", &early.content), None);
        assert_eq!(
            logs.written_elsewhere("volume copy", &late.content),
            Some("volume data")
        );
        assert_eq!(logs.source_of("volume copy"), Some("volume data"));
        logs.forget("volume copy");
        assert!(logs.of("volume copy").is_none() && logs.source_of("volume copy").is_none());
    }

    #[test]
    fn a_file_that_is_written_again_counts_once_and_last() {
        let sync_log = sync_log(&[("marker", 0), ("file", 0), ("marker", 1)]);
        assert_eq!(sync_log.len(), 2);
        assert!(said(&sync_log, &[Whole, Missing], 1).contains("the last of the 2 writes"));
    }

    #[test]
    fn the_storage_has_a_word_beside_the_guest() {
        let writes = sync_log(&[("file", 0), ("record 1", 0), ("record 2", 0)]);
        let said = |conditions: &[Condition], held: &[Held]| {
            writes.against("volume root", conditions, held, "site-b").map_or_else(
                || "nothing".to_owned(),
                |failure| format!("{:?}: {failure}", failure.kind),
            )
        };
        let whole = [Whole, Whole, Whole];
        let missing = [Missing, Missing, Missing];
        let held = [Held::Whole, Held::Whole, Held::Whole];
        let cases = [
            ("both have all", said(&whole, &held)),
            ("nobody looked", said(&whole, &[Held::NotAsked; 3])),
            ("healed", said(&whole, &[Held::NotAsked, Held::Part, Held::Nothing])),
            ("one healed", said(&whole, &[Held::Whole, Held::Whole, Held::Nothing])),
            (
                "both lack the end",
                said(&[Whole, Whole, Missing], &[Held::Whole, Held::Whole, Held::Nothing]),
            ),
            (
                "another home",
                said(&missing, &[Held::NotAsked, Held::Whole, Held::Whole]),
            ),
            ("all lost", said(&missing, &[Held::Nothing; 3])),
            ("all lost, nobody looked", said(&missing, &[Held::NotAsked; 3])),
            ("one is not read, and was there", said(&[Whole, Other, Whole], &held)),
            (
                "one is not read, and nobody knows",
                said(&[Whole, Other, Whole], &[Held::Whole, Held::NotAsked, Held::Whole]),
            ),
        ];
        let text: String = cases
            .iter()
            .map(|(case, said)| format!("== {case}\n{said}\n"))
            .collect();
        insta::with_settings!({ snapshot_path => "golden", prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_snapshot!("against", text);
        });
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

    #[test]
    fn only_a_backend_that_failed_back_can_have_failed_back_stale() {
        // A second failover: what was written on its primary site between the two is missing.
        let thrice = sync_log(&[("file", 0), ("away", 1), ("back", 2)]);
        assert!(said(&thrice, &[Whole, Whole, Missing], 3).contains("holds older data"));
        // Nothing was written while it was away, or nothing before.
        let before = sync_log(&[("file", 0), ("record", 0)]);
        assert!(said(&before, &[Whole, Missing], 2).contains("holds older data"));
        let only_away = sync_log(&[("file", 1)]);
        assert!(said(&only_away, &[Missing], 2).contains("holds older data"));
    }

    #[test]
    fn older_data_lacks_the_end_and_nothing_else() {
        let five = sync_log(&[("a", 0), ("b", 0), ("c", 0), ("d", 0), ("e", 0)]);
        assert!(said(&five, &[Whole, Whole, Whole, Missing, Missing], 1).contains("the last 2 of the 5 writes"));
        let gap = said(&five, &[Whole, Missing, Whole, Whole, Missing], 1);
        assert!(gap.contains("out of order: b"), "{gap}");
        assert_eq!((five.is_empty(), five.writes().len()), (false, 5));
        assert!(SyncLog::default().is_empty() && SyncLog::default().writes().is_empty());
    }

    #[test]
    fn each_disk_has_its_own_and_a_record_tells_whose_it_is() {
        let mut sync_logs = SyncLogs::default();
        let (path, content) = record("/root/f", 1, "cinder-drill x");
        let of_app = SyncedWrite {
            path,
            content: content.clone(),
            ..write("record 1", 0)
        };
        sync_logs.add("disk of app", of_app);
        sync_logs.add("disk of db", write("file", 0));
        assert_eq!(sync_logs.of("disk of app").map(SyncLog::len), Some(1));
        assert!(sync_logs.of("disk of nobody").is_none());
        assert_eq!(sync_logs.written_elsewhere("disk of db", &content), Some("disk of app"));
        assert_eq!(sync_logs.written_elsewhere("disk of app", &content), None);
        let other = record("/root/f", 2, "cinder-drill x").1;
        assert_eq!(sync_logs.written_elsewhere("disk of db", &other), None);
        // A text may be the same on two disks.
        assert_eq!(
            sync_logs.written_elsewhere("disk of app", &lines("file", RECORD_BYTES)),
            None
        );
        sync_logs.forget("disk of app");
        assert!(sync_logs.of("disk of app").is_none() && sync_logs.of("disk of db").is_some());
    }

    #[test]
    fn each_line_of_a_text_says_which_it_is_and_the_text_ends_where_it_must() {
        assert_eq!(lines("a", 17), b"a line 1\na line 2".to_vec());
        assert_eq!(lines("a", 18), b"a line 1\na line 2\n".to_vec());
        assert!(lines("a", 0).is_empty());
    }
}
