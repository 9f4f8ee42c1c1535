//! Calls about volumes.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::versions;
use super::volume::{NewVolume, Volume};
use crate::cloud::call::Call;
use crate::cloud::{ApiError, ApiErrorKind, BackendHost, Cloud, ServiceKind, VolumeId};

#[derive(Deserialize)]
struct VolumeEnvelope {
    volume: Volume,
}

fn volume_call(id: &VolumeId) -> Call {
    Call::get(ServiceKind::BlockStorage, &["volumes", id.as_str()]).version(versions::GENERAL)
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

    /// The volumes of all projects that are on a backend: those that a fail-over moves. Needs an administrator.
    ///
    /// # Errors
    /// See [`ApiError`]. If Cinder hides where a volume is, that is an error and not an empty list: to who is no
    /// administrator it shows neither other projects' volumes nor any volume's place, without a word.
    pub async fn volumes_on(&self, backend: &BackendHost) -> Result<Vec<Volume>, ApiError> {
        let call = Call::get(ServiceKind::BlockStorage, &["volumes", "detail"])
            .version(versions::GENERAL)
            .query("all_tenants", "1");
        let mut volumes: Vec<Volume> = self.list(call, "volumes").await?;
        if let Some(hidden) = volumes.iter().find(|volume| volume.placement.is_none()) {
            let attribute = "os-vol-host-attr:host";
            let of = format!("volume {}", hidden.id);
            return Err(ApiError::new(ApiErrorKind::AttributeHidden { attribute, of }));
        }
        volumes.retain(|volume| volume.is_on(backend));
        Ok(volumes)
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
