//! How much the project may still make.

use serde::Deserialize;

use super::versions;
use crate::cloud::call::Call;
use crate::cloud::{ApiError, Cloud, ServiceKind};

/// A limit and what of it is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct QuotaUsage {
    /// The limit; negative for none.
    pub limit: i64,
    /// What is in use.
    #[serde(default)]
    pub in_use: i64,
    /// What is promised to requests under way.
    #[serde(default)]
    pub reserved: i64,
}

impl QuotaUsage {
    /// What is left; nothing where there is no limit.
    pub fn left(&self) -> Option<u64> {
        let left = self.limit.saturating_sub(self.in_use).saturating_sub(self.reserved);
        (self.limit >= 0).then(|| u64::try_from(left).unwrap_or(0))
    }
}

/// The quota of the project in Cinder.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Quota {
    /// How many volumes.
    pub volumes: QuotaUsage,
    /// How many GiB, in all volumes and snapshots together.
    pub gigabytes: QuotaUsage,
    /// How many GiB a single volume may have; not every release reports it.
    #[serde(default)]
    pub per_volume_gigabytes: Option<QuotaUsage>,
}

#[derive(Deserialize)]
struct QuotaEnvelope {
    quota_set: Quota,
}

impl Cloud {
    /// The quota of the project.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn quota(&self) -> Result<Quota, ApiError> {
        let call = Call::get(ServiceKind::BlockStorage, &["os-quota-sets", self.project_id()])
            .version(versions::GENERAL)
            .query("usage", "true");
        Ok(self.fetch::<QuotaEnvelope>(call).await?.quota_set)
    }
}
