//! Snapshots of volumes.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::json;

use super::versions;
use crate::cloud::call::Call;
use crate::cloud::{ApiError, Cloud, ServiceKind, SnapshotId, VolumeId};

/// A snapshot.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Snapshot {
    /// Its id.
    pub id: SnapshotId,
    /// Its name; Cinder gives null for none.
    #[serde(default)]
    pub name: Option<String>,
    /// The volume that it is of.
    pub volume_id: VolumeId,
    /// `creating`, `available`, `deleting`, `error`, `error_deleting`, …
    pub status: String,
    /// The size that the volume had, in GiB.
    #[serde(rename = "size", default)]
    pub size_gib: u64,
    /// Its metadata.
    #[serde(default)]
    pub metadata: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct SnapshotEnvelope {
    snapshot: Snapshot,
}

fn snapshot_call(id: &SnapshotId) -> Call {
    Call::get(ServiceKind::BlockStorage, &["snapshots", id.as_str()]).version(versions::GENERAL)
}

impl Cloud {
    /// Asks for a snapshot of a volume, which may be in use. It is `creating` then; wait until it is `available`.
    ///
    /// # Errors
    /// See [`ApiError`]; 400 in a status that forbids it, or on a frozen backend.
    pub async fn create_snapshot(
        &self,
        volume: &VolumeId,
        name: &str,
        metadata: &BTreeMap<String, String>,
    ) -> Result<Snapshot, ApiError> {
        // `force` takes a volume that is in use. From 3.66 on that needs no word, and a true one is ignored.
        let body = json!({ "snapshot": { "volume_id": volume, "name": name, "metadata": metadata, "force": true } });
        let call = Call::post(ServiceKind::BlockStorage, &["snapshots"], body).version(versions::GENERAL);
        Ok(self.fetch::<SnapshotEnvelope>(call).await?.snapshot)
    }

    /// A snapshot, if it exists.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn snapshot_if_exists(&self, id: &SnapshotId) -> Result<Option<Snapshot>, ApiError> {
        let found = self.fetch_if_exists::<SnapshotEnvelope>(snapshot_call(id)).await?;
        Ok(found.map(|found| found.snapshot))
    }

    /// The snapshots of this project.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn snapshots(&self) -> Result<Vec<Snapshot>, ApiError> {
        let call = Call::get(ServiceKind::BlockStorage, &["snapshots", "detail"]).version(versions::GENERAL);
        self.list(call, "snapshots").await
    }

    /// Asks for the deletion of a snapshot. It is `deleting` then; wait until it is gone, or `error_deleting`, or `available` again.
    ///
    /// # Errors
    /// See [`ApiError`]; 404 if it does not exist, 400 on a frozen backend.
    pub async fn delete_snapshot(&self, id: &SnapshotId) -> Result<(), ApiError> {
        let call = Call::delete(ServiceKind::BlockStorage, &["snapshots", id.as_str()]).version(versions::GENERAL);
        self.perform(call).await?;
        Ok(())
    }
}
