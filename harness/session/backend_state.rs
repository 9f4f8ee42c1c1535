//! What chains of scenarios share, since they share the backend: it is owned here, and changed in order.
//!
//! Chains run side by side. What concerns all of them is done by one at a time: what they stand on is looked up and made
//! once, where the backend is is asked by one, and what disturbs the backend or its sites waits until nobody else is at work.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use tokio::sync::RwLock;
use tokio::time::Instant;

use super::listing::Listings;
use super::made::MadeVolume;
use super::shared_look::SharedLook;
use super::{AttachmentsBefore, ForeignVolumes, Prerequisites, Sent, Unclear, Whereabouts};
use crate::cloud::VolumeId;
use crate::event::{Resource, ResourceKind};
use crate::guest::Identity;
use crate::names::{ServerName, SiteName};

/// What is known of the backend, and what the run made on it.
#[derive(Default)]
pub struct BackendState {
    /// What was made and has not been removed, in the order in which it was requested.
    pub leftovers: Vec<Leftover>,
    /// Every volume that the run made, also of chains that are over.
    pub own_volumes: BTreeSet<VolumeId>,
    /// The volumes that chains which are not over have made.
    pub volumes: Vec<OwnVolume>,
    /// Who the guests were when they were last reached, by chain and server.
    pub identities: BTreeMap<(String, ServerName), Identity>,
    /// Whether a failover or failback was sent.
    pub moved: bool,
    /// The failover or failback that was sent last.
    pub sent: Option<Sent>,
    /// The volumes that others were cloned from, and those: a driver may keep an image of the first for the second.
    pub cloned: BTreeMap<String, BTreeSet<String>>,
    /// The attachments of the run's volumes right before the last movement.
    pub attachments_before: AttachmentsBefore,
    /// Why it is unknown where the backend is, once that was so: it is not moved any more.
    pub location_unknown: Option<Unclear>,
    /// Since when the service is known to be dead in the middle of a failover.
    pub dead_since: Option<Instant>,
    /// How many failovers and failbacks have settled.
    pub moves: usize,
    /// The foreign volumes and their statuses before the first failover.
    pub foreign_volumes: ForeignVolumes,
    /// Those of them for whose state a scenario has failed.
    pub broken_foreign_volumes: BTreeSet<VolumeId>,
    /// The sites that are lost, as the run has seen: because it made that happen, or waited until somebody did.
    pub lost: BTreeSet<SiteName>,
    /// The site that a failover left while it was lost. Until it is resynced it may say that it is primary, too: that is its past, and
    /// speaks against nobody.
    pub left_behind: Option<SiteName>,
    /// The lock on the backend, while the run holds it.
    pub lock: Option<Resource>,
}

/// A thing that is to be removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leftover {
    /// The chain that made it for itself; none where all chains share it.
    pub chain: Option<String>,
    /// The thing.
    pub resource: Resource,
}

/// A volume that a chain has made.
#[derive(Clone, Debug)]
pub struct OwnVolume {
    /// The chain.
    pub chain: String,
    /// The volume.
    pub made: MadeVolume,
}

impl BackendState {
    /// The site that the backend is on.
    #[must_use]
    pub fn active(&self) -> SiteName {
        if self.moves.is_multiple_of(2) {
            SiteName::Primary
        } else {
            SiteName::Secondary
        }
    }

    /// The leftover of a failover that was requested.
    #[must_use]
    pub fn failover_to_undo(&self) -> Option<&Resource> {
        let mut leftovers = self.leftovers.iter().map(|leftover| &leftover.resource);
        leftovers.find(|resource| resource.kind == ResourceKind::Failover)
    }

    /// The ids of the leftovers, as far as they are known.
    #[must_use]
    pub fn leftover_ids(&self) -> BTreeSet<String> {
        self.leftovers
            .iter()
            .filter_map(|leftover| leftover.resource.id.clone())
            .collect()
    }

    /// Takes the leftovers of a chain, or all.
    pub fn take_leftovers(&mut self, chain: Option<&str>) -> Vec<Resource> {
        let leftovers = std::mem::take(&mut self.leftovers);
        let is_taken = |leftover: &Leftover| chain.is_none() || leftover.chain.as_deref() == chain;
        let (taken, kept) = leftovers.into_iter().partition(is_taken);
        self.leftovers = kept;
        let taken: Vec<Leftover> = taken;
        taken.into_iter().map(|leftover| leftover.resource).collect()
    }

    /// Forgets the last equal leftover: it is not requested.
    pub(super) fn forget_leftover(&mut self, not_asked_for: &Leftover) {
        if let Some(position) = self.leftovers.iter().rposition(|leftover| leftover == not_asked_for) {
            self.leftovers.remove(position);
        }
    }

    /// Forgets the volumes and guests of a chain that is over.
    pub fn forget_chain(&mut self, chain: &str) {
        self.volumes.retain(|own| own.chain != chain);
        self.identities.retain(|(of, _), _| of != chain);
    }
}

/// The backend as the chains of a run share it.
#[derive(Default)]
pub struct SharedBackend {
    state: Mutex<BackendState>,
    /// What all who wait for volumes and servers look at.
    pub(super) listings: Listings,
    /// What was looked up once for all servers and volumes. Who has it looks up more, and the others wait.
    pub(crate) prerequisites: tokio::sync::Mutex<Option<Prerequisites>>,
    /// Where the backend is, for all who ask at the same time.
    pub(crate) whereabouts: SharedLook<Whereabouts>,
    /// Held by all who work, and alone by who disturbs all others: by a movement of the backend, and by verbs that change
    /// the sites or freeze the backend. So nobody deletes a volume in the middle of a failover.
    pub(crate) quiet: RwLock<()>,
}

impl SharedBackend {
    /// Reads or changes what is known. Nothing is waited for meanwhile.
    pub fn with<T>(&self, look: impl FnOnce(&mut BackendState) -> T) -> T {
        // Whoever panicked with it had nothing half done.
        look(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// How many failovers and failbacks have settled.
    #[must_use]
    pub fn moves(&self) -> usize {
        self.with(|state| state.moves)
    }

    /// Whether a failover or failback was sent.
    #[must_use]
    pub fn moved(&self) -> bool {
        self.with(|state| state.moved)
    }

    /// The site that the backend is on.
    #[must_use]
    pub fn active(&self) -> SiteName {
        self.with(|state| state.active())
    }

    /// Forgets all but the lock, so the next failover group looks at the backend anew.
    pub(crate) async fn forget(&self) {
        *self.prerequisites.lock().await = None;
        self.with(|state| {
            let lock = state.lock.take();
            *state = BackendState {
                lock,
                ..BackendState::default()
            };
        });
    }
}
