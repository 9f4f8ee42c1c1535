//! Where chains wait for one another: who has come to the next movement of the backend, and who has not.

use std::collections::BTreeSet;

use crate::event::{Event, EventKind};

/// The chains of a failover group, on their way from one movement of the backend to the next.
#[derive(Clone, Debug, Default)]
pub(super) struct Meeting {
    /// Those that are still there, in the order in which they lead.
    chains: Vec<String>,
    /// Those of which something was told.
    begun: BTreeSet<String>,
    /// Those that wait for others.
    arrived: BTreeSet<String>,
    /// Those for which another one moves the backend, and which one.
    moved_for: Option<(String, BTreeSet<String>)>,
}

/// What a chain waits for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum WaitsFor<'a> {
    /// Chains that have not come as far.
    Others(Vec<&'a str>),
    /// The one that moves the backend for all.
    Leader(&'a str),
}

impl Meeting {
    /// Takes in an event.
    pub fn add(&mut self, event: &Event) {
        if let EventKind::GroupStarted { chains } = &event.kind {
            *self = Meeting {
                chains: chains.clone(),
                ..Meeting::default()
            };
            return;
        }
        let Some(chain) = event.chain() else { return };
        if !self.begun.contains(chain) {
            self.begun.insert(chain.to_owned());
        }
        match &event.kind {
            EventKind::WaitsForOthers { .. } => {
                self.arrived.insert(chain.to_owned());
                self.release();
            }
            EventKind::ChainFinished {} => {
                self.chains.retain(|other| other != chain);
                self.goes_on(chain);
                self.release();
            }
            // A workload's records come all the time, whatever their chain waits for.
            EventKind::StepFinished { .. }
            | EventKind::ScenarioFinished { .. }
            | EventKind::Waiting { .. }
            | EventKind::Waited { .. }
            | EventKind::Requesting { .. }
            | EventKind::Requested { .. }
            | EventKind::Proven { .. } => self.goes_on(chain),
            _ => {}
        }
    }

    fn goes_on(&mut self, chain: &str) {
        self.arrived.remove(chain);
        if let Some((_, others)) = &mut self.moved_for {
            others.remove(chain);
        }
    }

    /// All have come: the first of them moves the backend for all.
    fn release(&mut self) {
        if self.arrived.is_empty() || !self.chains.iter().all(|chain| self.arrived.contains(chain)) {
            return;
        }
        let mut arrived = std::mem::take(&mut self.arrived);
        if let Some(leader) = self.chains.first() {
            arrived.remove(leader);
            self.moved_for = Some((leader.clone(), arrived));
        }
    }

    /// Whether a chain has done anything.
    pub fn has_begun(&self, chain: &str) -> bool {
        self.begun.contains(chain)
    }

    /// What a chain waits for.
    pub fn waits_for(&self, chain: &str) -> Option<WaitsFor<'_>> {
        if self.arrived.contains(chain) {
            let missing = self.chains.iter().filter(|other| !self.arrived.contains(*other));
            return Some(WaitsFor::Others(missing.map(String::as_str).collect()));
        }
        let (leader, others) = self.moved_for.as_ref()?;
        others.contains(chain).then_some(WaitsFor::Leader(leader))
    }
}
