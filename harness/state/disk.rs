//! Disks and what is on them.

use std::fmt;

use serde::Serialize;

use crate::names::VolumeName;

/// The disk that a file of a guest lies on.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Disk {
    /// A volume of the scenario: the server's root, or a mounted data volume.
    Volume(VolumeName),
    /// The disk that Nova made from an image; it goes with the server.
    Ephemeral,
}

impl Disk {
    /// The volume that it is; `None` for one that goes with its server.
    #[must_use]
    pub fn volume(&self) -> Option<&VolumeName> {
        match self {
            Disk::Volume(volume) => Some(volume),
            Disk::Ephemeral => None,
        }
    }
}

impl fmt::Display for Disk {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Disk::Volume(volume) => write!(formatter, "volume {volume}"),
            Disk::Ephemeral => formatter.write_str("its ephemeral disk"),
        }
    }
}

/// Kinds of file systems.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Filesystem {
    /// ext4, with `mkfs.ext4`.
    Ext4,
}

impl fmt::Display for Filesystem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Filesystem::Ext4 => formatter.write_str("ext4"),
        }
    }
}
