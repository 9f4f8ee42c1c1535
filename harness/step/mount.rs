//! `mount`: the file system of an attached volume is mounted.

use serde::Serialize;

use super::Filesystem;
use crate::scenario::{ServerName, VolumeName};

/// Mounts a volume's file system.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Mount {
    /// The server whose guest does it.
    pub guest: ServerName,
    /// The volume; it is attached to that server and formatted.
    pub volume: VolumeName,
    /// The kind of file system that was made on it.
    pub filesystem: Filesystem,
    /// The directory, absolute; made if it is not there.
    pub at: String,
}
