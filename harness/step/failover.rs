//! `failover`: Cinder fails the backend over (`failover-host`).

use serde::Serialize;

use crate::target::SiteName;

/// Fails the backend over.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Failover {
    /// The site that takes over.
    pub to: SiteName,
    /// The `backend_id` of that site's replication device; none lets the driver choose.
    pub backend_id: Option<String>,
}
