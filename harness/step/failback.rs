//! `failback`: Cinder takes the backend home (`failover-host --backend_id default`).

use serde::Serialize;

use crate::target::SiteName;

/// Takes the backend home.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Failback {
    /// The site that gets the backend back.
    pub to: SiteName,
    /// The `backend_id` that means home; Cinder calls it `default`.
    pub backend_id: String,
}
