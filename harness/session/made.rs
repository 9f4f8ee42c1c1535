//! What a run made.

use crate::cloud::{ServerId, SnapshotId, VolumeId};
use crate::guest::{Guest, Identity};
use crate::names::VolumeName;
use crate::shell::HostKey;
use crate::sync_log::of_disk::SyncLog;

/// A volume that the run made.
#[derive(Clone, Debug)]
pub struct MadeVolume {
    /// Its id.
    pub id: VolumeId,
    /// Whether its type selects replication, so it must survive a failover.
    pub replicated: bool,
    /// The name of its image at the storage sites.
    pub image_name: String,
}

impl MadeVolume {
    /// The name of its image at the storage sites.
    #[must_use]
    pub fn image(&self) -> String {
        self.image_name.clone()
    }
}

/// A snapshot that the run made.
#[derive(Clone, Debug)]
pub struct MadeSnapshot {
    /// Its id.
    pub id: SnapshotId,
    /// The volume that it is of.
    pub volume: VolumeName,
    /// What had been written to its volume and synced: what is made from it must hold all of that.
    pub sync_log: Option<SyncLog>,
}

/// A server that the run made.
pub struct MadeServer {
    /// Its id.
    pub id: ServerId,
    /// Where its guest is reached.
    pub address: String,
    /// The session with the guest; absent while it is shelved.
    pub guest: Option<Guest>,
    /// The key that its SSH server showed first. Another one later is a failure.
    pub host_key: Option<HostKey>,
    /// Which machine and which of its boots answered when it was reached last; `None` before that, and if it could not be
    /// asked.
    pub identity: Option<Identity>,
}

/// A file that the run wrote in a guest.
#[derive(Clone, Debug)]
pub struct WrittenFile {
    /// Its SHA-256 as the guest computed it.
    pub sha256: String,
}
