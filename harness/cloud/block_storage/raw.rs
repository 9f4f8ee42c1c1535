//! What Cinder says of a thing, whole, for people who look for the cause of a failure.

use serde_json::Value;

use super::versions;
use crate::cloud::call::Call;
use crate::cloud::{ApiError, Cloud, ServiceKind, VolumeId};

impl Cloud {
    /// All that Cinder says of a volume. It may hold secrets.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn raw_volume(&self, id: &VolumeId) -> Result<Value, ApiError> {
        let call = Call::get(ServiceKind::BlockStorage, &["volumes", id.as_str()]).version(versions::GENERAL);
        self.fetch(call).await
    }

    /// All that Cinder says of its services. Needs an administrator.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn raw_services(&self) -> Result<Value, ApiError> {
        self.fetch(Call::get(ServiceKind::BlockStorage, &["os-services"]).version(versions::GENERAL))
            .await
    }

    /// All that Cinder says of each attachment of a volume, with the driver's connection info. It holds secrets.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn raw_attachments(&self, volume: &VolumeId) -> Result<Vec<Value>, ApiError> {
        let call = Call::get(ServiceKind::BlockStorage, &["attachments"])
            .version(versions::ATTACHMENT)
            .query("volume_id", volume.as_str())
            .query("all_tenants", "1");
        let listed: Vec<Value> = self.list(call, "attachments").await?;
        let mut attachments = Vec::new();
        for id in listed.iter().filter_map(|attachment| attachment["id"].as_str()) {
            let call = Call::get(ServiceKind::BlockStorage, &["attachments", id]).version(versions::ATTACHMENT);
            attachments.push(self.fetch(call).await?);
        }
        Ok(attachments)
    }
}
