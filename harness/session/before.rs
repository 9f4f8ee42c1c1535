//! What stood before the backend was moved.

use std::collections::BTreeMap;

use crate::cloud::{AttachmentId, Volume, VolumeId};

/// The volumes of others before the first failover.
pub type Bystanders = BTreeMap<VolumeId, Volume>;

/// The attachments of the run's volumes right before the backend was moved last.
pub type AttachmentsBefore = BTreeMap<VolumeId, Vec<AttachmentId>>;
