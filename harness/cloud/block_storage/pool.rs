//! What the scheduler knows of the backends.

use serde::Deserialize;

use super::fields::{target_ids, truth};
use super::versions;
use crate::cloud::call::Call;
use crate::cloud::{ApiError, Cloud, ServiceKind};

/// A pool of a backend. Pools of backends that are failed over, frozen or disabled are not listed.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Pool {
    /// `host@backend#pool`.
    pub name: String,
    /// What its driver reports.
    pub capabilities: PoolCapabilities,
}

/// What a driver reports of a pool.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct PoolCapabilities {
    /// The name that volume types choose it by.
    #[serde(default)]
    pub volume_backend_name: Option<String>,
    /// Whether it replicates.
    #[serde(default, deserialize_with = "truth")]
    pub replication_enabled: bool,
    /// Where it can fail over to, `default` (the primary site) among them; not every driver reports it.
    #[serde(default, deserialize_with = "target_ids")]
    pub replication_targets: Vec<String>,
    /// The driver's version.
    #[serde(default)]
    pub driver_version: Option<String>,
    /// The vendor.
    #[serde(default)]
    pub vendor_name: Option<String>,
    /// `ceph`, `iSCSI`, `FC`, …
    #[serde(default)]
    pub storage_protocol: Option<String>,
    /// Where the storage is, in the driver's own form; RBD's is `ceph:CONF:FSID:USER:POOL`.
    #[serde(default)]
    pub location_info: Option<String>,
}

impl Cloud {
    /// The pools that volumes can be made on. Needs an administrator.
    ///
    /// # Errors
    /// See [`ApiError`]; 403 for users who are not administrators.
    pub async fn pools(&self) -> Result<Vec<Pool>, ApiError> {
        let call = Call::get(ServiceKind::BlockStorage, &["scheduler-stats", "get_pools"])
            .version(versions::GENERAL)
            .query("detail", "true");
        self.list(call, "pools").await
    }
}
