//! What the man in the middle has seen go by.

use std::collections::HashMap;
use std::net::IpAddr;

/// What he remembers of all guests.
#[derive(Default)]
pub struct Memory {
    guests: HashMap<IpAddr, Guest>,
    /// The guests in the order in which they were first met.
    pub met: Vec<IpAddr>,
    /// How often each lie of the row has fitted.
    fits: HashMap<usize, usize>,
    /// How many commands he lied about, or connections.
    pub lied: usize,
}

/// What he remembers of one.
#[derive(Default)]
pub struct Guest {
    /// What was written to each file.
    pub files: HashMap<String, Vec<u8>>,
    /// The true answer to the first question which boot it is.
    pub boot: Option<Vec<u8>>,
    /// How many connections there were.
    pub connections: usize,
    /// How often the machine has gone away: what listened at the address closed its connections.
    pub boots: usize,
    /// How often something was mounted.
    pub mounts: usize,
    /// How often something was unmounted.
    pub unmounts: usize,
}

impl Guest {
    /// How often the volume was taken to the other site under the guest, as far as he can tell.
    pub fn leaps(&self) -> usize {
        self.boots + self.unmounts
    }
}

impl Memory {
    /// What is remembered of a guest.
    pub fn of(&mut self, guest: IpAddr) -> &mut Guest {
        if !self.met.contains(&guest) {
            self.met.push(guest);
        }
        self.guests.entry(guest).or_default()
    }

    /// Counts that a lie fits once more. Answers how often it has.
    pub fn fit(&mut self, lie: usize) -> usize {
        let fits = self.fits.entry(lie).or_default();
        *fits += 1;
        *fits
    }

    /// Another guest than this one; itself if there is none.
    pub fn other_than(&self, guest: IpAddr) -> IpAddr {
        *self.met.iter().find(|met| **met != guest).unwrap_or(&guest)
    }

    /// Whether it was the first to be met.
    pub fn is_first(&self, guest: IpAddr) -> bool {
        self.met.first() == Some(&guest)
    }
}
