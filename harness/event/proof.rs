//! What a step proved.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::WorkloadFindings;
use crate::connection::FieldChange;

/// What the cinder-volume log said of a connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum LogEvidence {
    /// The log has the attachment's line and it says the same as the attachments API.
    Agrees {
        /// How many fields both hold and agree on.
        fields: usize,
        /// The fields that the log masks with `***`.
        masked: Vec<String>,
    },
    /// The target names no log, so only the API was asked.
    NotConfigured,
}

/// Whether a snapshot was compared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SnapshotEvidence {
    /// The snapshot of this name matched.
    Matched {
        /// The file's stem.
        checkpoint: String,
    },
    /// There is no snapshot of this name yet: nothing was compared.
    New {
        /// The file's stem.
        checkpoint: String,
        /// The file in the run's folder that holds what was seen.
        seen: Option<String>,
    },
    /// The step names no snapshot.
    NotAsked,
    /// The target names no folder of snapshots.
    NotConfigured,
}

/// How a server's connections were renewed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ReconnectedBy {
    /// It was shelved and unshelved.
    #[default]
    Shelve,
    /// It was stopped, its data volumes were detached and attached, and it was started.
    ColdDetachAttach,
}

impl ReconnectedBy {
    /// What was done to the server first, in words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            ReconnectedBy::Shelve => "shelved",
            ReconnectedBy::ColdDetachAttach => "stopped and its volumes detached",
        }
    }
}

/// Whether a guest was seen to be booted anew.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum BootEvidence {
    /// Its boot id is another one than before.
    Restarted,
    /// It has no boot id: only Nova says that it was restarted.
    Untold,
    /// The journal is of a version that did not ask.
    #[default]
    NotAsked,
}

/// Who beside the API says that the volumes moved with a failover or failback.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum MoveWitness {
    /// The storage: each image was primary at the site that took over, and at no other.
    Storage {
        /// The site's name in the target.
        site: String,
        /// How many images were looked at.
        images: usize,
        /// The sites that are lost and were not asked: whether an image is primary there, too, is not known.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        unasked: Vec<String>,
    },
    /// None: only the API says it.
    Nobody {
        /// Why no other witness was asked.
        because: String,
    },
    /// The journal is of a version that did not say.
    #[default]
    NotAsked,
}

/// Who else than the guest has seen what was written before a failover or failback.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SecondWitness {
    /// The storage held it when the backend had come to the site, before the guest had its new connection.
    Storage {
        /// The site's name in the target.
        site: String,
        /// How many writes were found in the image.
        writes: usize,
    },
    /// None: only the guest says it.
    Nobody {
        /// Why no other witness was asked.
        because: String,
    },
}

/// What a step proved.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "proof")]
pub enum Proof {
    /// A guest reads a file with the content that was written before.
    FileRead {
        /// The server.
        guest: String,
        /// The path in the guest.
        path: String,
        /// The content's length.
        bytes: usize,
        /// The content's SHA-256, as the guest computed it when it wrote the file, if this run wrote it.
        sha256_before: Option<String>,
        /// The content's SHA-256 now, of the bytes that were read.
        sha256_after: String,
        /// The device that the file lies on, as the guest names it, for example `/dev/vdb`; absent if it does not say.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        device: Option<String>,
        /// Whether it was also read past the guest's caches; absent if unknown.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        direct: Option<bool>,
        /// Who else than the guest has seen what was written; absent if the backend was not moved since.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        second_witness: Option<SecondWitness>,
    },
    /// A disk holds the beginning of what a workload wrote, and as much of it as was asked for.
    Workload {
        /// The server.
        guest: String,
        /// Where it was written.
        place: String,
        /// How much may be lost: `0`, a duration, or `report` for any.
        rpo: String,
        /// What the disk holds.
        findings: WorkloadFindings,
        /// Whether it was read past the guest's caches.
        direct: bool,
        /// Who else than the guest has seen the records; absent if the backend was not moved since they were written.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        second_witness: Option<SecondWitness>,
    },
    /// The connection info names a site.
    Connection {
        /// The volume.
        volume: String,
        /// The site's name in the target.
        site: String,
        /// The fields that name the site.
        fields: BTreeMap<String, Value>,
        /// What changed since the checkpoint before.
        changes: Vec<FieldChange>,
        /// What the log said.
        log: LogEvidence,
        /// Whether a snapshot was compared.
        snapshot: SnapshotEvidence,
    },
    /// A volume's image is primary at the only site that could be asked: the other one is lost.
    PrimaryAlone {
        /// The volume.
        volume: String,
        /// The site's name.
        primary: String,
        /// The mirroring mode.
        mode: String,
        /// What nobody knows, in words.
        unknown: String,
    },
    /// Both sites hold the image, one of them as primary, under one mirroring global id.
    Mirrored {
        /// The volume.
        volume: String,
        /// The primary site's name.
        primary: String,
        /// The mirroring global id.
        global_id: String,
        /// The mirroring mode.
        mode: String,
        /// The state of the side that replays, for example `up+replaying`.
        replaying: String,
        /// How long it took until this was so.
        milliseconds: u64,
    },
    /// Both sites mirror the pool with each other.
    PoolMirrored {
        /// The pool.
        pool: String,
        /// The sites' names.
        sites: Vec<String>,
        /// Whether a snapshot was compared.
        snapshot: SnapshotEvidence,
    },
    /// Cinder and its driver replicate the backend to the secondary site.
    Replicates {
        /// `host@backend`.
        backend: String,
        /// The driver's targets.
        targets: Vec<String>,
    },
    /// A marker that was written in a guest is readable in the image of the other site.
    Replicated {
        /// The volume.
        volume: String,
        /// The site on which the marker was read.
        to: String,
        /// From the end of the guest's sync until the marker was read.
        milliseconds: u64,
    },
    /// A disk of a guest has the size that its volume must have.
    Size {
        /// The server.
        guest: String,
        /// The volume.
        volume: String,
        /// The disk in the guest.
        device: String,
        /// Its size, as the guest has it.
        bytes: u64,
    },
    /// The backend runs on another site.
    FailedOver {
        /// `host@backend`.
        backend: String,
        /// `active_backend_id` after it; empty for the primary.
        active_backend_id: String,
        /// How many replicated volumes of the scenario moved.
        volumes: usize,
        /// The other scenarios that met at this failover. It was sent once for all of them.
        #[serde(default)]
        together_with: Vec<String>,
        /// Who beside the API says so.
        #[serde(default)]
        witness: MoveWitness,
        /// How long the API call took.
        api_milliseconds: u64,
        /// How long from there until the service had settled; absent in journals that do not say.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        service_milliseconds: Option<u64>,
        /// How long until the service and all volumes had settled.
        settled_milliseconds: u64,
    },
    /// A server has a new connection to its volume and answers.
    Reconnected {
        /// The server.
        server: String,
        /// How its connections were renewed.
        #[serde(default)]
        by: ReconnectedBy,
        /// How long until it had given up its connections: off the host, or stopped and its volumes detached.
        shelve_milliseconds: u64,
        /// How long until it had new ones and was ACTIVE again.
        unshelve_milliseconds: u64,
        /// How long from ACTIVE until SSH answered.
        boot_milliseconds: u64,
        /// Whether the guest's boot id shows that it was restarted.
        #[serde(default)]
        boot: BootEvidence,
    },
}

/// A JSON value without the quotes and brackets that carry no meaning in a sentence.
#[must_use]
pub fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(plain).collect::<Vec<_>>().join("+"),
        other => other.to_string(),
    }
}
