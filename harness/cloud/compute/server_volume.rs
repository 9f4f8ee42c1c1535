//! Volumes of servers, as Nova has them.

use serde::Deserialize;
use serde_json::json;

use super::versions;
use crate::cloud::call::Call;
use crate::cloud::{ApiError, AttachmentId, Cloud, ServerId, ServiceKind, VolumeId};

/// A volume that is attached to a server.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct ServerVolume {
    /// The volume.
    #[serde(rename = "volumeId")]
    pub volume_id: VolumeId,
    /// The server.
    #[serde(rename = "serverId")]
    pub server_id: ServerId,
    /// The device that Nova chose. What the guest calls it may be another: find it by its serial.
    #[serde(default)]
    pub device: Option<String>,
    /// Cinder's attachment; lists have it from 2.89 on.
    #[serde(default)]
    pub attachment_id: Option<AttachmentId>,
}

#[derive(Deserialize)]
struct ServerVolumeEnvelope {
    #[serde(rename = "volumeAttachment")]
    volume_attachment: ServerVolume,
}

const PATH: &str = "os-volume_attachments";

impl Cloud {
    /// Attaches a volume to a server. Nova answers when the device is chosen; wait until the volume is `in-use`.
    ///
    /// # Errors
    /// See [`ApiError`]; 400 if the volume is in no state to be attached.
    pub async fn attach_volume(&self, server: &ServerId, volume: &VolumeId) -> Result<ServerVolume, ApiError> {
        let body = json!({ "volumeAttachment": { "volumeId": volume } });
        let call =
            Call::post(ServiceKind::Compute, &["servers", server.as_str(), PATH], body).version(versions::GENERAL);
        Ok(self.fetch::<ServerVolumeEnvelope>(call).await?.volume_attachment)
    }

    /// Asks for a volume to be detached. The guest has to give it up; wait until the volume is `available`.
    ///
    /// # Errors
    /// See [`ApiError`]; 404 if it is not attached.
    pub async fn detach_volume(&self, server: &ServerId, volume: &VolumeId) -> Result<(), ApiError> {
        let path = ["servers", server.as_str(), PATH, volume.as_str()];
        self.perform(Call::delete(ServiceKind::Compute, &path).version(versions::GENERAL))
            .await?;
        Ok(())
    }

    /// The volumes of a server.
    ///
    /// # Errors
    /// See [`ApiError`]; 404 if there is no such server.
    pub async fn volume_attachments(&self, server: &ServerId) -> Result<Vec<ServerVolume>, ApiError> {
        let call = Call::get(ServiceKind::Compute, &["servers", server.as_str(), PATH]).version(versions::GENERAL);
        self.list(call, "volumeAttachments").await
    }
}
