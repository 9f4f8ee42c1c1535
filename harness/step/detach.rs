//! `detach`: a volume is detached from a server.

use serde::Serialize;

use crate::scenario::{ServerName, VolumeName};

/// Detaches a volume from a server.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Detach {
    /// The volume.
    pub volume: VolumeName,
    /// The server.
    pub server: ServerName,
}
