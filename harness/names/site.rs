//! The names of the two storage sites.

use std::fmt;

use serde::Serialize;

/// One of the two sites. They keep their names whoever is promoted.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum SiteName {
    /// The site where the backend is without a failover.
    Primary,
    /// The site that takes over.
    Secondary,
}

impl SiteName {
    /// Both of them.
    pub const ALL: [SiteName; 2] = [SiteName::Primary, SiteName::Secondary];

    /// The site's word in scenarios and targets.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            SiteName::Primary => "primary",
            SiteName::Secondary => "secondary",
        }
    }

    /// The other site.
    #[must_use]
    pub const fn other(self) -> SiteName {
        match self {
            SiteName::Primary => SiteName::Secondary,
            SiteName::Secondary => SiteName::Primary,
        }
    }
}

impl fmt::Display for SiteName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}
