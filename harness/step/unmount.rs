//! `unmount`: the file system of a volume is unmounted.

use serde::Serialize;

use crate::scenario::{ServerName, VolumeName};

/// Unmounts a volume's file system.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Unmount {
    /// The server whose guest does it.
    pub guest: ServerName,
    /// The volume; it is mounted there.
    pub volume: VolumeName,
    /// The directory that it is mounted at.
    pub at: String,
}
