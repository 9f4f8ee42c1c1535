//! `write`: a file with a known text is written in a guest, and synced to its disk.

use serde::Serialize;

use crate::scenario::{ServerName, VolumeName};

/// Writes a file in a guest and syncs it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Write {
    /// The server whose guest writes.
    pub guest: ServerName,
    /// Absolute, or relative to the home of the guest's user.
    pub path: String,
    /// The whole content of the file.
    pub text: String,
    /// The disk that the path lies on.
    pub disk: Disk,
}

/// The disk that a file of a guest lies on.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Disk {
    /// A volume of the scenario: the server's root, or a mounted data volume.
    Volume(VolumeName),
    /// The disk that Nova made from an image; it goes with the server.
    Ephemeral,
}
