//! What a liar must remember to lie consistently.

use std::collections::{BTreeMap, HashMap};
use std::time::Instant;

use crate::proxy::{Reply, Request};

/// A failover or a failback that was requested.
pub struct Asked {
    pub to: String,
    pub at: Instant,
    pub answered: Option<Instant>,
}

/// What was seen so far.
#[derive(Default)]
pub struct Memory {
    pub last: Option<Asked>,
    counts: HashMap<usize, u32>,
    /// The replies of each path, with their times, for those that lag.
    pub replies: BTreeMap<String, Vec<(Instant, Reply)>>,
    /// The first attachment of each volume.
    pub first_attachments: BTreeMap<String, String>,
    /// What was answered for each attachment before the failback.
    pub attachments: BTreeMap<String, Vec<u8>>,
    /// What each server is said to be.
    pub statuses: BTreeMap<String, &'static str>,
}

/// What an edit may need to know.
pub struct Moment {
    /// How many reads were edited before this one.
    pub count: u32,
    /// Where the backend was last asked to go; empty before.
    pub to: String,
}

impl Memory {
    /// How often this was called with this before, by the address of a lie.
    pub fn count<T>(&mut self, of: &T) -> u32 {
        let count = self.counts.entry(std::ptr::from_ref(of).addr()).or_default();
        *count += 1;
        *count - 1
    }

    /// Whether it was ever called with this.
    pub fn has_counted<T>(&self, of: &T) -> bool {
        self.counts.contains_key(&std::ptr::from_ref(of).addr())
    }

    pub fn moment<T>(&mut self, of: &T) -> Moment {
        Moment {
            count: self.count(of),
            to: self.last.as_ref().map(|asked| asked.to.clone()).unwrap_or_default(),
        }
    }

    /// Remembers what a request asks of the backend.
    pub fn asked(&mut self, request: &Request) {
        if let Some(to) = request.failover_to() {
            self.last = Some(Asked {
                to,
                at: Instant::now(),
                answered: None,
            });
        }
    }

    /// Remembers that it was answered.
    pub fn answered(&mut self, request: &Request) {
        if request.failover_to().is_some()
            && let Some(asked) = &mut self.last
        {
            asked.answered = Some(Instant::now());
        }
    }
}
