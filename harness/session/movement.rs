//! What moves a backend.

use crate::names::SiteName;

/// A failover to a site, or the failback: what moves every volume of the backend. Scenarios that do the same meet at it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Movement {
    /// The site that takes over.
    pub to: SiteName,
    /// Its `backend_id`; none lets the driver choose.
    pub backend_id: Option<String>,
}

impl Movement {
    /// Whether it is the failback.
    pub(crate) fn goes_home(&self) -> bool {
        self.to == SiteName::Primary
    }

    /// What the service and its volumes say of replication once it has settled.
    pub(crate) fn replication_status(&self) -> &'static str {
        if self.goes_home() { "enabled" } else { "failed-over" }
    }

    /// The state that the service must reach, in words.
    pub(crate) fn expected(&self) -> String {
        let status = self.replication_status();
        match (&self.backend_id, self.goes_home()) {
            (_, true) => format!("{status} without active_backend_id"),
            (Some(wanted), _) => format!("{status} with active_backend_id {wanted}"),
            (None, _) => format!("{status} with an active_backend_id"),
        }
    }
}
