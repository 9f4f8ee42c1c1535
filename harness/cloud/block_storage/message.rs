//! Messages to the user: why something that was accepted failed afterwards.

use serde::Deserialize;

use super::versions;
use crate::cloud::call::Call;
use crate::cloud::{ApiError, Cloud, ServiceKind, VolumeId};

/// A message of Cinder about a resource.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Message {
    /// Its id.
    pub id: String,
    /// Which message it is, such as `VOLUME_VOLUME_001_003`.
    #[serde(default)]
    pub event_id: Option<String>,
    /// The text.
    pub user_message: String,
    /// `ERROR`.
    #[serde(default)]
    pub message_level: Option<String>,
    /// When it was written, UTC, without a zone.
    #[serde(default)]
    pub created_at: Option<String>,
    /// The request that it is about.
    #[serde(default)]
    pub request_id: Option<String>,
    /// The resource that it is about.
    #[serde(default)]
    pub resource_uuid: Option<String>,
}

impl Cloud {
    /// What Cinder has to say about a volume, the newest first: why it is in `error`.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn messages_of(&self, volume: &VolumeId) -> Result<Vec<Message>, ApiError> {
        let call = Call::get(ServiceKind::BlockStorage, &["messages"])
            .version(versions::GENERAL)
            .query("resource_uuid", volume.as_str());
        let mut messages: Vec<Message> = self.list(call, "messages").await?;
        // A cloud's resource_filters.json may not know the filter, and then everything comes.
        messages.retain(|message| message.resource_uuid.as_deref() == Some(volume.as_str()));
        messages.sort_by(|left, right| right.created_at.cmp(&left.created_at));
        Ok(messages)
    }
}
