//! `attach`: a volume is attached to a server.

use serde::Serialize;

use crate::scenario::{ServerName, VolumeName};

/// Attaches a volume to a server.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Attach {
    /// The volume.
    pub volume: VolumeName,
    /// The server.
    pub server: ServerName,
}
