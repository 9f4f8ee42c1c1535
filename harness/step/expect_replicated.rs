//! `expect-replicated`: what a guest writes now becomes readable at the other site.

use serde::Serialize;

use crate::scenario::{ServerName, VolumeName};
use crate::target::SiteName;

/// Writes a fresh marker in a guest on a volume's file system and waits until the other site's copy holds it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct ExpectReplicated {
    /// The volume.
    pub volume: VolumeName,
    /// The server that has the volume's file system.
    pub guest: ServerName,
    /// The site that must receive the marker; it is not the one that is written to.
    pub to: SiteName,
    /// Where the marker is written: the mount directory of a data volume, or empty for the home of the guest's user
    /// when the volume is the server's root.
    pub directory: String,
}
