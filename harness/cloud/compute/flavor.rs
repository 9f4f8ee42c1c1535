//! Flavors.

use serde::Deserialize;

use super::versions;
use crate::cloud::by_name::{Identified, choose};
use crate::cloud::call::Call;
use crate::cloud::{ApiError, Cloud, FlavorId, ServiceKind};

/// A size of servers.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Flavor {
    /// Its id.
    pub id: FlavorId,
    /// Its name.
    pub name: String,
    /// Its memory in MiB.
    #[serde(rename = "ram")]
    pub memory_mib: u64,
    /// Its processors.
    #[serde(rename = "vcpus")]
    pub processors: u32,
    /// Its root disk in GiB; 0 for as much as the image needs.
    #[serde(rename = "disk")]
    pub root_disk_gib: u64,
}

impl Identified for Flavor {
    fn id(&self) -> &str {
        self.id.as_str()
    }

    fn name(&self) -> &str {
        &self.name
    }
}

impl Cloud {
    /// All flavors that the project may use.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn flavors(&self) -> Result<Vec<Flavor>, ApiError> {
        let call = Call::get(ServiceKind::Compute, &["flavors", "detail"]).version(versions::GENERAL);
        self.list(call, "flavors").await
    }

    /// A flavor by id or name.
    ///
    /// # Errors
    /// See [`ApiError`]; if there is none, the error lists those that there are.
    pub async fn flavor_by_name_or_id(&self, name_or_id: &str) -> Result<Flavor, ApiError> {
        choose("flavor", name_or_id, self.flavors().await?)
    }
}
