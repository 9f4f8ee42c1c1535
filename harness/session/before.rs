//! What stood before the backend was moved.

use std::collections::BTreeMap;

use crate::cloud::{AttachmentId, Volume, VolumeId};

/// The foreign volumes before the first failover.
pub type ForeignVolumes = BTreeMap<VolumeId, Volume>;

/// The attachments of the run's volumes right before the backend was moved last.
pub type AttachmentsBefore = BTreeMap<VolumeId, Vec<AttachmentId>>;
