//! `expect-mirrored`: both sites hold a volume, and agree on who is primary.

use serde::Serialize;

use crate::scenario::VolumeName;
use crate::target::SiteName;

/// Asks both sites for a volume's image and its mirroring.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct ExpectMirrored {
    /// The volume.
    pub volume: VolumeName,
    /// The site whose copy must be the primary one; the other's must not.
    pub primary: SiteName,
}
