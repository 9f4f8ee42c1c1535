//! What was written to a disk and synced, as steps note it and ask for it.

use crate::counted::counted;
use crate::event::SecondWitness;
use crate::failure::Failure;
use crate::names::{ServerName, VolumeName};
use crate::session::{ChainResources, Context};
use crate::sync_log::of_disk::{SyncLog, SyncedWrite, within};
use crate::sync_log::read_back::ReadBack;
use crate::sync_log::{Held, held};

/// What is known of the writes of a disk, all of which are there.
#[derive(Clone, Debug, Default)]
pub struct Synced {
    /// How many there are.
    pub writes: usize,
    /// Whether each was also read past the guest's caches.
    pub direct: bool,
    /// Who else has seen those from before the last failover or failback; absent if there are none.
    pub second_witness: Option<SecondWitness>,
}

impl Context {
    /// Notes that something was written to a disk and synced.
    pub fn synced(
        &mut self,
        guest: &ServerName,
        disk: &str,
        volume: Option<&VolumeName>,
        what: String,
        path: &str,
        content: Vec<u8>,
    ) {
        let directory = volume.and_then(|volume| self.resources.mounted.get(volume));
        let write = SyncedWrite {
            what,
            path: within(directory.map(String::as_str), path),
            content,
            moves: self.backend_state.moves(),
        };
        self.resources.sync_logs.add(&disk_key(guest, disk, volume), write);
    }

    /// Asks a guest for all that was written to a disk and synced, and compares it with what the storage was seen to hold.
    ///
    /// # Errors
    /// Some of them are not there as they were written (the failure says what that means), the guest cannot be asked, or
    /// what it says cannot be believed.
    pub async fn require_synced(
        &self,
        guest: &ServerName,
        disk: &str,
        volume: Option<&VolumeName>,
    ) -> Result<Synced, Failure> {
        let key = disk_key(guest, disk, volume);
        let Some(sync_log) = self.resources.sync_logs.of(&key) else {
            return Ok(Synced::default());
        };
        let directory = volume.and_then(|volume| self.resources.mounted.get(volume));
        let read_backs = sync_log
            .inspect(self.guest(guest)?, directory.map(String::as_str))
            .await?;
        let name = match volume {
            Some(volume) => format!("volume {volume}"),
            None => format!("{disk} of {guest}"),
        };
        let (site, held) = self.held(sync_log, volume);
        let with_storage = |failure: Failure| told_by_storage(failure, sync_log, &held, &site);
        let others = read_backs.iter().filter_map(|read_back| read_back.seen.as_deref());
        if let Some(other) = others
            .filter_map(|seen| self.resources.sync_logs.written_elsewhere(&key, seen))
            .next()
        {
            let of_its_source = self.resources.sync_logs.source_of(&key) == Some(other);
            return Err(with_storage(match of_its_source {
                true => later_than_made(&name, other),
                false => another_disk(guest, &name, other),
            }));
        }
        let conditions: Vec<_> = read_backs.iter().map(|read_back| read_back.condition.clone()).collect();
        let moves = self.backend_state.moves();
        if let Some(failure) = sync_log.against(&name, &conditions, &held, &site) {
            return Err(failure);
        }
        if let Some(failure) = sync_log.diagnose(&name, &conditions, moves) {
            return Err(with_storage(told_by_memory(failure, &read_backs)));
        }
        Ok(Synced {
            writes: sync_log.len(),
            direct: read_backs.iter().all(|read_back| read_back.direct),
            second_witness: volume.and_then(|volume| self.second_witness(sync_log, volume, &held, site)),
        })
    }

    /// What the storage held of each write when the backend had come to the site where it is, and the site's name.
    fn held(&self, sync_log: &SyncLog, volume: Option<&VolumeName>) -> (String, Vec<Held>) {
        let moves = self.backend_state.moves();
        let arrivals = volume.and_then(|volume| self.resources.witness.arrivals.get(volume.as_str()));
        let Some((arrival, found)) = arrivals
            .filter(|arrival| arrival.moves == moves)
            .and_then(|arrival| Some((arrival, arrival.found.as_ref().ok()?)))
        else {
            return (String::new(), vec![Held::NotAsked; sync_log.len()]);
        };
        let of = |write: &SyncedWrite| {
            // What was written since then is judged when it is written.
            if write.moves < moves {
                held(&write.content, found)
            } else {
                Held::NotAsked
            }
        };
        (arrival.site.clone(), sync_log.writes().iter().map(of).collect())
    }

    /// Who else than the guest has seen what was written before the last move. Only for writes that all are there.
    fn second_witness(
        &self,
        sync_log: &SyncLog,
        volume: &VolumeName,
        held: &[Held],
        site: String,
    ) -> Option<SecondWitness> {
        let moves = self.backend_state.moves();
        if !sync_log.writes().iter().any(|write| write.moves < moves) {
            return None;
        }
        match held.iter().filter(|held| **held == Held::Whole).count() {
            0 => Some(SecondWitness::Nobody {
                because: self.why_nobody(volume),
            }),
            writes => Some(SecondWitness::Storage { site, writes }),
        }
    }

    fn why_nobody(&self, volume: &VolumeName) -> String {
        let witness = &self.resources.witness;
        if let Some(because) = witness.blind.get(volume.as_str()) {
            return because.clone();
        }
        match witness.arrivals.get(volume.as_str()).map(|arrival| &arrival.found) {
            Some(Err(because)) => because.clone(),
            _ if self.sites.is_none() => "the target does not say how to reach the shells of its sites".to_owned(),
            _ => "the storage was not asked".to_owned(),
        }
    }
}

impl ChainResources {
    /// Forgets what was written to a volume: it was formatted.
    pub fn forget_writes(&mut self, volume: &VolumeName) {
        self.sync_logs.forget(&format!("volume {volume}"));
        self.witness.arrivals.remove(volume.as_str());
        self.witness.blind.remove(volume.as_str());
    }
}

/// What a disk's sync log is found by: a volume may go from one guest to another, an ephemeral disk never does.
pub(crate) fn disk_key(guest: &ServerName, disk: &str, volume: Option<&VolumeName>) -> String {
    match volume {
        Some(volume) => format!("volume {volume}"),
        None => format!("{guest}: {disk}"),
    }
}

fn another_disk(guest: &ServerName, name: &str, other: &str) -> Failure {
    Failure::cloud(format!("{guest} reads as {name} what was written to {other}"))
        .detail("so", "another machine answers at its address, or another disk has its name")
        .help(
            "this says nothing about the data of the volume: find out which server has the address (`openstack port list \
             --fixed-ip ip-address=…`) and whether the two share their host keys",
        )
}

/// A copy is a moment: what came to its source afterwards is not on it.
fn later_than_made(name: &str, source: &str) -> Failure {
    Failure::expectation(format!(
        "{name} holds what was written to {source} after it was made from it, or its snapshot was"
    ))
    .help("the storage did not keep the moment: what is restored from such a snapshot is not what was saved")
}

/// Says of a failure that the guest still has in memory what its disk has lost.
fn told_by_memory(failure: Failure, read_backs: &[ReadBack]) -> Failure {
    match read_backs.iter().filter(|read_back| read_back.from_memory).count() {
        0 => failure,
        count => failure.detail(
            "the guest's memory",
            format!("still has {count} of them: its caches were not dropped, though it says so"),
        ),
    }
}

/// Adds to a failure what the storage was seen to hold.
fn told_by_storage(failure: Failure, sync_log: &SyncLog, held: &[Held], site: &str) -> Failure {
    let asked = held.iter().filter(|held| **held != Held::NotAsked).count();
    if asked == 0 {
        return failure;
    }
    let whole = held.iter().filter(|held| **held == Held::Whole).count();
    let missing = sync_log.writes().iter().zip(held);
    let missing = missing
        .filter(|(_, held)| matches!(held, Held::Part | Held::Nothing))
        .map(|(write, _)| write.what.as_str());
    let lacks = missing
        .clone()
        .next()
        .map(|first| format!(", but not {first}"))
        .unwrap_or_default();
    failure.detail(
        "the storage",
        format!(
            "{site} held the bytes of {whole} of {} when the backend arrived{lacks}",
            counted(asked, "write")
        ),
    )
}
