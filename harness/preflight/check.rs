//! What a check is.

use serde::Serialize;

use super::{Facts, Finding};

/// What a check is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Group {
    /// The two storage clusters.
    Storage,
    /// Cinder.
    Cinder,
    /// What a drill needs besides: Nova, the log, clocks, room.
    Drill,
    /// The volumes that a failover would move.
    Volumes,
}

impl Group {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Group; 4] = [Group::Storage, Group::Cinder, Group::Drill, Group::Volumes];

    /// Its heading.
    #[must_use]
    pub const fn heading(self) -> &'static str {
        match self {
            Group::Storage => "the two storage clusters",
            Group::Cinder => "Cinder",
            Group::Drill => "what servers and drills need",
            Group::Volumes => "the volumes that would move",
        }
    }
}

/// A check: a judgement of facts that were gathered before.
#[derive(Debug)]
pub struct Check {
    /// Its name.
    pub name: &'static str,
    /// What it asks.
    pub question: &'static str,
    /// What it is about.
    pub group: Group,
    /// Whether the verdict is unknown while this was not checked.
    pub essential: bool,
    /// Judges. Asks nothing.
    pub judge: fn(&Facts) -> Finding,
}
