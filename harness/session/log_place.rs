//! Where the cinder-volume logs are, and how long they were.

use crate::shell::Shell;
use crate::targets::MOST_VOLUME_LOGS;

/// A cinder-volume log that can be read.
#[derive(Clone)]
pub struct VolumeLogPlace {
    /// Its path there.
    pub path: String,
    /// A shell on the machine that has it.
    pub shell: Shell,
}

impl VolumeLogPlace {
    /// For people.
    pub(crate) fn words(&self) -> String {
        format!("{} on {}", self.path, self.shell.place())
    }
}

/// A place in each log: its length in bytes when a step began. Nothing for one that could not be read.
#[derive(Clone, Copy, Debug)]
pub struct Mark(pub(crate) [Option<u64>; MOST_VOLUME_LOGS]);
