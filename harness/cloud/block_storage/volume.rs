//! Volumes, as Cinder shows them.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::fields::{present, text_or_none, truth};
use super::replication::Replication;
use crate::cloud::{AttachmentId, BackendHost, ImageId, ServerId, SnapshotId, VolumeId};

/// A volume to be made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewVolume {
    /// Its name; need not be unique.
    pub name: String,
    /// Its size in GiB.
    pub size_gib: u64,
    /// The name or id of its type; without one it is the cloud's default.
    pub volume_type: Option<String>,
    /// The image that it is filled with, which makes it bootable.
    pub image: Option<ImageId>,
    /// The volume or the snapshot whose data it is to hold.
    pub source: Option<VolumeSource>,
    /// Its metadata.
    pub metadata: BTreeMap<String, String>,
}

/// What a volume is made from, if from another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VolumeSource {
    /// A volume, as it is then.
    Volume(VolumeId),
    /// A snapshot.
    Snapshot(SnapshotId),
}

/// A volume.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Volume {
    /// Its id.
    pub id: VolumeId,
    /// Its name; Cinder gives null for none.
    #[serde(default)]
    pub name: Option<String>,
    /// Its size in GiB.
    #[serde(rename = "size")]
    pub size_gib: u64,
    /// `creating`, `downloading`, `available`, `reserved`, `attaching`, `in-use`, `detaching`, `deleting`, `error`, …
    pub status: String,
    /// `enabled`, `disabled`, `failed-over`, `failover-error`, `not-capable`, `error`; nothing until it is known.
    #[serde(default)]
    pub replication_status: Option<String>,
    /// The volume that it was cloned from.
    #[serde(default, deserialize_with = "text_or_none")]
    pub source_volid: Option<String>,
    /// The snapshot that it was made from.
    #[serde(default, deserialize_with = "text_or_none")]
    pub snapshot_id: Option<String>,
    /// Whether servers can boot from it.
    #[serde(default, deserialize_with = "truth")]
    pub bootable: bool,
    /// Where it is attached; empty while an attachment is only reserved.
    #[serde(default)]
    pub attachments: Vec<VolumeAttachment>,
    /// Its type's name.
    #[serde(default)]
    pub volume_type: Option<String>,
    /// Its metadata.
    #[serde(default)]
    pub metadata: BTreeMap<String, String>,
    /// `os-vol-host-attr:host` as it came: missing (the outer nothing) for users who are not administrators, null (the inner)
    /// before the scheduler has placed it.
    #[serde(rename = "os-vol-host-attr:host", default, deserialize_with = "present")]
    pub placement: Option<Option<String>>,
    /// The project that it belongs to; shown to administrators only.
    #[serde(rename = "os-vol-tenant-attr:tenant_id", default)]
    pub project_id: Option<String>,
    /// Whether it is being migrated, and how that goes.
    #[serde(default, deserialize_with = "text_or_none")]
    pub migration_status: Option<String>,
    /// The id of its data at the storage, where that is not its own: a volume that was migrated keeps the id of the volume it
    /// was moved to. Shown to administrators only.
    #[serde(
        rename = "os-vol-mig-status-attr:name_id",
        default,
        deserialize_with = "text_or_none"
    )]
    pub name_id: Option<String>,
    /// The active-active cluster that it is on, `cluster@backend#pool`; shown to administrators from microversion 3.61 on.
    #[serde(default, deserialize_with = "text_or_none")]
    pub cluster_name: Option<String>,
    /// Whether it may be attached more than once.
    #[serde(default)]
    pub multiattach: bool,
    /// When it was made, UTC, without a zone.
    #[serde(default)]
    pub created_at: Option<String>,
}

/// A server that a volume is attached to, as the volume shows it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct VolumeAttachment {
    /// The attachment.
    pub attachment_id: AttachmentId,
    /// The server; nothing for an attachment to a host.
    #[serde(default)]
    pub server_id: Option<ServerId>,
    /// The device that was requested. What the guest calls it may be another.
    #[serde(default)]
    pub device: Option<String>,
    /// The compute host.
    #[serde(default)]
    pub host_name: Option<String>,
}

impl Volume {
    /// Where it is: `host@backend#pool`. Nothing before it is placed, and for users who are not administrators.
    pub fn host(&self) -> Option<&str> {
        self.placement.as_ref()?.as_deref()
    }

    /// The id in the name of its image.
    pub fn image_id(&self) -> &str {
        self.name_id.as_deref().unwrap_or(self.id.as_str())
    }

    /// Its status, and that of its replication: `available, replication_status enabled`.
    pub fn words(&self) -> String {
        let replication = self.replication_status.as_deref().unwrap_or("none");
        format!("{}, replication_status {replication}", self.status)
    }

    /// Whether it is replicated, as far as Cinder says.
    pub fn replication(&self) -> Replication {
        Replication::of(self.replication_status.as_deref())
    }

    /// The volume that it will replace, if it is the destination of a migration (`migration_status` is `target:ID`).
    pub fn migration_target_of(&self) -> Option<&str> {
        self.migration_status.as_deref()?.strip_prefix("target:")
    }

    /// Whether it is on a backend.
    pub fn is_on(&self, backend: &BackendHost) -> bool {
        self.host().is_some_and(|host| backend.holds(host))
    }
}
