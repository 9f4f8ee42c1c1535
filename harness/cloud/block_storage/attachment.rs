//! Attachments: where the connection info is that Nova was given.

use std::fmt;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::fields::{null_as_empty, text_or_none};
use super::versions;
use crate::cloud::call::Call;
use crate::cloud::{ApiError, AttachmentId, Cloud, ServerId, ServiceKind, VolumeId};

/// An attachment of a volume to a server.
#[derive(Clone, PartialEq, Deserialize)]
pub struct Attachment {
    /// Its id.
    pub id: AttachmentId,
    /// `reserved`, `attaching`, `attached`, `detached`, `error_attaching`, …
    pub status: String,
    /// The server.
    #[serde(default)]
    pub instance: Option<ServerId>,
    /// The volume.
    pub volume_id: VolumeId,
    /// `rw`, `ro` or nothing (Cinder writes the text `null`).
    #[serde(default)]
    pub attach_mode: Option<String>,
    /// When it was attached, UTC, without a zone.
    #[serde(default, deserialize_with = "text_or_none")]
    pub attached_at: Option<String>,
    /// The connection info that the driver returned to Nova when the attachment was created: a failover does not change it.
    /// Empty while the attachment is only reserved, and for users who are not administrators. It may hold secrets
    /// (`auth_password`, `keyring`), so `Debug` shows its keys only.
    #[serde(default, deserialize_with = "null_as_empty")]
    pub connection_info: Map<String, Value>,
}

impl fmt::Debug for Attachment {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Attachment")
            .field("id", &self.id)
            .field("status", &self.status)
            .field("instance", &self.instance)
            .field("volume_id", &self.volume_id)
            .field("attach_mode", &self.attach_mode)
            .field("attached_at", &self.attached_at)
            .field("connection_info", &self.connection_info.keys().collect::<Vec<_>>())
            .finish()
    }
}

#[derive(Deserialize)]
struct AttachmentEnvelope {
    attachment: Attachment,
}

impl Cloud {
    /// An attachment.
    ///
    /// # Errors
    /// See [`ApiError`]; 404 if it does not exist, and every shelve, unshelve, detach and attach makes a new one.
    pub async fn attachment(&self, id: &AttachmentId) -> Result<Attachment, ApiError> {
        let call = Call::get(ServiceKind::BlockStorage, &["attachments", id.as_str()]).version(versions::ATTACHMENT);
        Ok(self.fetch::<AttachmentEnvelope>(call).await?.attachment)
    }
}
