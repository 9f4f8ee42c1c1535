//! `format`: a file system is made on an attached volume.

use serde::Serialize;

use crate::scenario::{ServerName, VolumeName};

/// Makes a file system on a volume.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Format {
    /// The server whose guest does it.
    pub guest: ServerName,
    /// The volume; it is attached to that server.
    pub volume: VolumeName,
    /// The kind of file system.
    pub filesystem: Filesystem,
}

/// Kinds of file systems.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Filesystem {
    /// ext4, with `mkfs.ext4`.
    Ext4,
}
