//! What a disk holds of what a workload wrote.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a disk holds of a workload. Numbers of records begin at 1.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WorkloadFindings {
    /// How many records were sent to the guest.
    pub sent: usize,
    /// How many of them it acknowledged.
    pub acknowledged: usize,
    /// The last one that was acknowledged.
    pub last_acknowledged: Option<usize>,
    /// How many are on the disk, whole and in their place.
    pub present: usize,
    /// The last one that is.
    pub last_present: Option<usize>,
    /// How many were acknowledged and are not on the disk: the RPO in records.
    pub lost: usize,
    /// The first of them.
    pub first_lost: Option<usize>,
    /// The time from the acknowledgement of the newest record that was kept to the last acknowledgement of all, by the clock of the
    /// machine that drills, in milliseconds: the RPO in seconds. With nothing lost it is 0.
    pub lost_milliseconds: u64,
    /// Records that are missing before one that is there.
    pub holes: usize,
    /// Records of this workload that are in the place of another one.
    pub reordered: usize,
    /// Records of which a part is missing or changed, without one behind the last whole record.
    pub torn: usize,
    /// Whether what stands right behind the last whole record is torn: the write that was under way.
    pub torn_end: bool,
    /// Records of an earlier run, scenario or workload.
    pub stale: usize,
    /// Whose the first of them is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stale_from: Option<String>,
    /// Whether more is on the disk than was sent.
    pub beyond: bool,
}

impl WorkloadFindings {
    /// Whether what is there is the beginning of what was written: a disk that lost the end of it, and nothing else.
    #[must_use]
    pub fn is_prefix(&self) -> bool {
        self.holes == 0 && self.reordered == 0 && self.torn == 0 && self.stale == 0 && !self.beyond
    }

    /// What is wrong with it besides a lost end, in words; none if it is a prefix.
    #[must_use]
    pub fn faults(&self) -> Option<String> {
        let count = |number: usize, words: &str| (number > 0).then(|| format!("{number} {words}"));
        let mut faults: Vec<String> = [
            count(self.holes, "missing before others that are there"),
            count(self.reordered, "in the place of others"),
            count(self.torn, "torn"),
            count(self.stale, "stale"),
        ]
        .into_iter()
        .flatten()
        .collect();
        if self.beyond {
            faults.push("more behind them than was ever written".to_owned());
        }
        (!faults.is_empty()).then(|| faults.join(", "))
    }
}
