//! The second witness of what a guest writes: the bytes of the volume's image at the site that is active.
//!
//! It is asked twice. After a write: what a guest says that it has synced is in the image, else the guest has not written it
//! to its volume. And when the backend has come to another site, before the guest has its new connection: what is not in
//! the image then is lost, whatever the guest reads later.

use std::collections::BTreeSet;

use super::place_of_file::FilePlace;
use crate::counted::counted;
use crate::failure::{Failure, FailureKind};
use crate::names::{ServerName, VolumeName};
use crate::session::Context;
use crate::site::SiteError;
use crate::sync_log::{Arrival, Held, Wanted, held};
use crate::wait::{Awaited, Poll, until};

/// The file systems that keep a file's bytes as they are, and not compressed.
const VERBATIM: [&str; 4] = ["ext2", "ext3", "ext4", "xfs"];

impl Context {
    /// Looks whether what a guest has just written to a volume is in the volume's image at the active site. Where that
    /// cannot be seen, it is noted why.
    ///
    /// # Errors
    /// It is not there within the command budget: the guest did not write it to its volume.
    pub async fn witness_writes(
        &mut self,
        guest: &ServerName,
        volume: &VolumeName,
        place: &FilePlace,
        contents: &[(String, Vec<u8>)],
    ) -> Result<(), Failure> {
        if self.sites.is_none() {
            return Ok(());
        }
        let blind = match place {
            FilePlace::On { filesystem, .. } if VERBATIM.contains(&filesystem.as_str()) => None,
            FilePlace::On { filesystem, .. } => Some(format!(
                "its file system is {filesystem}, which may store files in another form than they are written"
            )),
            FilePlace::Unknown { because } => Some(because.clone()),
        };
        if let Some(because) = blind {
            self.be_blind(volume, because);
            return Ok(());
        }
        let wanted = Wanted::of(contents.iter().map(|(_, content)| content.as_slice()));
        match self.missing(volume, &wanted, contents).await {
            Ok(missing) if missing.is_empty() => Ok(()),
            Ok(_) => self.wait_for_writes(guest, volume, &wanted, contents).await,
            Err(error) => {
                self.be_blind(volume, format!("the storage could not be asked: {}", error.summary()));
                Ok(())
            }
        }
    }

    /// Waits for writes that were not there at once, though they were synced.
    async fn wait_for_writes(
        &mut self,
        guest: &ServerName,
        volume: &VolumeName,
        wanted: &Wanted,
        contents: &[(String, Vec<u8>)],
    ) -> Result<(), Failure> {
        let site = self.site_name(self.backend_state.active()).to_owned();
        let awaited = Awaited {
            what: &format!("what guest {guest} wrote to volume {volume}"),
            expected: &format!("in the volume's image on {site}"),
            budget: self.target.budgets.command,
            on_timeout: FailureKind::Cloud,
        };
        let arrived = until(&self.recorder, awaited, async || {
            let missing = self.missing(volume, wanted, contents).await?;
            Ok(match missing.len() {
                0 => Poll::Ready(()),
                missing => Poll::NotYet(format!("{missing} of {} not there", counted(contents.len(), "write"))),
            })
        })
        .await;
        match arrived {
            Ok(((), waited)) => {
                self.notice(format!(
                    "{site} held what {guest} had synced to volume {volume} only {:.1} s later: a `sync` of this guest ends \
                     before the data is on its disk",
                    waited.elapsed.as_secs_f64()
                ));
                Ok(())
            }
            Err(_) if self.is_encrypted(volume).await => {
                self.be_blind(volume, "Cinder encrypts it".to_owned());
                Ok(())
            }
            Err(error) => Err(never_written(guest, volume, &site, error.into())),
        }
    }

    /// The names of the writes that are not whole in the image of a volume at the active site.
    async fn missing(
        &self,
        volume: &VolumeName,
        wanted: &Wanted,
        contents: &[(String, Vec<u8>)],
    ) -> Result<Vec<String>, SiteError> {
        let found = self.found(volume, wanted).await?;
        let missing = contents
            .iter()
            .filter(|(_, content)| matches!(held(content, &found), Held::Part | Held::Nothing));
        Ok(missing.map(|(what, _)| what.clone()).collect())
    }

    /// What is found of it in a volume's image at the active site; nothing without sites.
    async fn found(&self, volume: &VolumeName, wanted: &Wanted) -> Result<BTreeSet<String>, SiteError> {
        let (Some(sites), Some(made), Some(pattern)) =
            (&self.sites, self.resources.volumes.get(volume), wanted.pattern())
        else {
            return Ok(BTreeSet::new());
        };
        sites
            .at(self.backend_state.active())
            .find_in_image(&made.image(), &pattern)
            .await
    }

    fn be_blind(&mut self, volume: &VolumeName, because: String) {
        if self.resources.witness.blind.contains_key(volume.as_str()) {
            return;
        }
        self.notice(format!(
            "what a guest writes to volume {volume} has no second witness: {because}"
        ));
        self.resources.witness.blind.insert(volume.to_string(), because);
    }

    async fn is_encrypted(&self, volume: &VolumeName) -> bool {
        let Some(made) = self.resources.volumes.get(volume) else {
            return false;
        };
        match self.cloud.raw_volume(&made.id).await {
            Ok(volume) => volume.get("encrypted").and_then(serde_json::Value::as_bool) == Some(true),
            Err(_) => false,
        }
    }

    /// Looks, once after each failover and failback, what the site that is active now holds of all that was written: before
    /// anything else is done, so no guest has written anew what was lost. Fails nothing: the steps that read judge it.
    pub async fn witness_arrival(&mut self) {
        let moves = self.backend_state.moves();
        if moves == 0 || self.sites.is_none() {
            return;
        }
        let site = self.site_name(self.backend_state.active()).to_owned();
        let due: Vec<(VolumeName, Wanted)> = self
            .resources
            .volumes
            .iter()
            .filter(|(_, made)| made.replicated)
            .filter_map(|(name, _)| {
                let witness = &self.resources.witness;
                let is_new = witness
                    .arrivals
                    .get(name.as_str())
                    .is_none_or(|arrival| arrival.moves != moves);
                let sync_log = self.resources.sync_logs.of(&format!("volume {name}"));
                let writes = sync_log.map_or(&[][..], |sync_log| sync_log.writes());
                let mut wanted = Wanted::of(writes.iter().map(|write| write.content.as_slice()));
                wanted.workloads = self.workload_tokens(name);
                let asked = is_new && !witness.blind.contains_key(name.as_str()) && !wanted.is_empty();
                asked.then(|| (name.clone(), wanted))
            })
            .collect();
        for (volume, wanted) in due {
            let found = self.found(&volume, &wanted).await.map_err(|error| error.summary());
            if let Err(because) = &found {
                self.notice(format!(
                    "the content of volume {volume} on {site} could not be read, so a read has no second witness: \
                     {because}"
                ));
            }
            let site = site.clone();
            let arrival = Arrival { moves, site, found };
            self.resources.witness.arrivals.insert(volume.to_string(), arrival);
        }
    }
}

fn never_written(guest: &ServerName, volume: &VolumeName, site: &str, failure: Failure) -> Failure {
    let cause = format!(
        "guest {guest} says that it has synced what it wrote to volume {volume}, and the volume's image on {site} does not \
         hold it"
    );
    failure.because(cause).help(
        "nothing is wrong with the replication yet: the guest's `sync` does nothing, its writes go to another disk, or the guest \
         itself encrypts or compresses its disk, which no drill can look into. Compare with `rbd export … - | grep -a \
         cinder-drill` at the site",
    )
}
