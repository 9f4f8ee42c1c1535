//! `expect-connection`: the connection info of a volume names a site.

use serde::Serialize;

use crate::scenario::VolumeName;
use crate::target::SiteName;

/// Compares a volume's connection info with what the target says of a site.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct ExpectConnection {
    /// The volume; it is attached.
    pub volume: VolumeName,
    /// The site that its connection must name.
    pub site: SiteName,
    /// The checkpoint under which the connection info is compared with a snapshot.
    pub snapshot: Option<String>,
}
