//! What moves a backend.

use serde::Serialize;

use crate::names::SiteName;

/// A failover to a site, or the failback: what moves every volume of the backend. Scenarios that do the same meet at it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Movement {
    /// The site that takes over.
    pub to: SiteName,
    /// Its `backend_id`; none lets the driver choose.
    pub backend_id: Option<String>,
    /// Why, which decides what is looked at before.
    pub because: Because,
}

/// Why a backend is moved.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Because {
    /// As planned: both sites are well, and each volume must replay at the site that takes over.
    #[default]
    Planned,
    /// The site that is left is lost: nothing is asked of it, and what it had not sent is lost with it.
    SiteLost,
    /// Whatever the mirrors are like: to see what becomes of it.
    Unready,
}

impl Because {
    /// Whether both sites are well.
    #[must_use]
    pub fn is_planned(&self) -> bool {
        *self == Because::Planned
    }
}

impl Movement {
    /// Whether it is the failback.
    pub(crate) fn is_failback(&self) -> bool {
        self.to == SiteName::Primary
    }

    /// What the service says of replication once it has settled.
    pub(crate) fn replication_status(&self) -> &'static str {
        if self.is_failback() { "enabled" } else { "failed-over" }
    }

    /// The state that the service must reach, in words; `active` is what its `active_backend_id` must be, if somebody can say.
    pub(crate) fn expected(&self, active: Option<&str>) -> String {
        let status = self.replication_status();
        match (active, self.is_failback()) {
            (_, true) => format!("{status} without active_backend_id"),
            (Some(wanted), _) => format!("{status} with active_backend_id {wanted}"),
            (None, _) => format!("{status} with an active_backend_id"),
        }
    }
}
