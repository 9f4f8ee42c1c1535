//! Calls about volumes.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::versions;
use super::volume::{NewVolume, Volume, VolumeSource};
use crate::cloud::call::Call;
use crate::cloud::{ApiError, Cloud, ServiceKind, VolumeId};

#[derive(Deserialize)]
struct VolumeEnvelope {
    volume: Volume,
}

fn volume_call(id: &VolumeId) -> Call {
    Call::get(ServiceKind::BlockStorage, &["volumes", id.as_str()]).version(versions::GENERAL)
}

fn action(id: &VolumeId, body: Value) -> Call {
    Call::post(ServiceKind::BlockStorage, &["volumes", id.as_str(), "action"], body).version(versions::GENERAL)
}

impl Cloud {
    /// Asks for a volume. It is `creating` then; wait until it is `available`.
    ///
    /// # Errors
    /// See [`ApiError`]; 413 if the quota is used up.
    pub async fn create_volume(&self, new: &NewVolume) -> Result<Volume, ApiError> {
        let mut volume = Map::new();
        volume.insert("name".to_owned(), json!(new.name));
        volume.insert("size".to_owned(), json!(new.size_gib));
        volume.insert("metadata".to_owned(), json!(new.metadata));
        if let Some(volume_type) = &new.volume_type {
            volume.insert("volume_type".to_owned(), json!(volume_type));
        }
        if let Some(image) = &new.image {
            volume.insert("imageRef".to_owned(), json!(image));
        }
        match &new.source {
            Some(VolumeSource::Volume(id)) => _ = volume.insert("source_volid".to_owned(), json!(id)),
            Some(VolumeSource::Snapshot(id)) => _ = volume.insert("snapshot_id".to_owned(), json!(id)),
            None => {}
        }
        let body = json!({ "volume": Value::Object(volume) });
        let call = Call::post(ServiceKind::BlockStorage, &["volumes"], body).version(versions::GENERAL);
        Ok(self.fetch::<VolumeEnvelope>(call).await?.volume)
    }

    /// A volume.
    ///
    /// # Errors
    /// See [`ApiError`]; 404 if it does not exist.
    pub async fn volume(&self, id: &VolumeId) -> Result<Volume, ApiError> {
        Ok(self.fetch::<VolumeEnvelope>(volume_call(id)).await?.volume)
    }

    /// A volume, if it exists.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn volume_if_exists(&self, id: &VolumeId) -> Result<Option<Volume>, ApiError> {
        Ok(self
            .fetch_if_exists::<VolumeEnvelope>(volume_call(id))
            .await?
            .map(|found| found.volume))
    }

    /// The volumes of this project, to find one whose answer to creation got lost by its metadata.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn volumes(&self) -> Result<Vec<Volume>, ApiError> {
        let call = Call::get(ServiceKind::BlockStorage, &["volumes", "detail"]).version(versions::GENERAL);
        self.list(call, "volumes").await
    }

    /// The volumes of this project with an entry in their metadata.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn volumes_with(&self, key: &str, value: &str) -> Result<Vec<Volume>, ApiError> {
        // Cinder reads it as a literal of Python (`api/v3/volumes.py`), which JSON of texts is, too.
        let call = Call::get(ServiceKind::BlockStorage, &["volumes", "detail"])
            .version(versions::GENERAL)
            .query("metadata", json!({ key: value }).to_string());
        self.list(call, "volumes").await
    }

    /// Asks for the deletion of a volume. It is `deleting` then; wait until it is gone, or `error_deleting`.
    ///
    /// # Errors
    /// See [`ApiError`]; 404 if it does not exist, 400 while it is in use.
    pub async fn delete_volume(&self, id: &VolumeId) -> Result<(), ApiError> {
        let call = Call::delete(ServiceKind::BlockStorage, &["volumes", id.as_str()]).version(versions::GENERAL);
        self.perform(call).await?;
        Ok(())
    }

    /// Asks for a volume to grow. It is `extending` then, and has its status again when that has ended, whether it grew or not: a
    /// scheduler that finds no backend gives the status back and leaves a message (scheduler/manager.py, `extend_volume`).
    ///
    /// # Errors
    /// See [`ApiError`]; 400 in a status that forbids it, and for a size that is not larger.
    pub async fn extend_volume(&self, id: &VolumeId, size_gib: u64) -> Result<(), ApiError> {
        self.perform(action(id, json!({ "os-extend": { "new_size": size_gib } })))
            .await?;
        Ok(())
    }

    /// Asks for another type of a volume, on its backend. It is `retyping` then, and has its status again when that has ended,
    /// whether it has the type or not.
    ///
    /// # Errors
    /// See [`ApiError`]; 400 in a status that forbids it, and for the type that it has.
    pub async fn retype_volume(&self, id: &VolumeId, volume_type: &str) -> Result<(), ApiError> {
        let body = json!({ "os-retype": { "new_type": volume_type, "migration_policy": "never" } });
        self.perform(action(id, body)).await?;
        Ok(())
    }

    /// Sets the status that Cinder has of a volume, such as `available`; on the storage nothing changes, and
    /// `replication_status` cannot be set. Needs an administrator.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn reset_status(&self, id: &VolumeId, status: &str) -> Result<(), ApiError> {
        let body = json!({ "os-reset_status": { "status": status } });
        let call =
            Call::post(ServiceKind::BlockStorage, &["volumes", id.as_str(), "action"], body).version(versions::GENERAL);
        self.perform(call).await?;
        Ok(())
    }
}
