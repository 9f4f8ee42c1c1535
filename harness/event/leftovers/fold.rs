//! What each event makes of the leftovers.

use super::super::{Event, EventKind, Resource, ResourceKind};
use super::{FailoverSent, Leftovers, UnansweredChange, same};

impl Leftovers {
    /// Adds the next event of the same journal.
    pub fn add(&mut self, event: &Event) {
        match &event.kind {
            EventKind::RunStarted { run, .. } => self.run = Some(run.clone()),
            EventKind::Located { place } => self.place = Some(place.clone()),
            // No request makes it: it is owed from the moment in which it may have been made.
            EventKind::Intended { resource } if resource.kind == ResourceKind::Fault => {
                self.gone_from_lists(resource);
                self.resources.push(resource.clone());
                self.faults.push(resource.name.clone());
            }
            EventKind::Intended { resource } => {
                self.snapshots |= resource.kind == ResourceKind::Snapshot;
                self.pending.push((event.chain().map(str::to_owned), resource.clone()));
            }
            EventKind::Requesting {
                method, url, action, ..
            } => self.sent(UnansweredChange {
                method: method.clone(),
                url: url.clone(),
                action: action.clone(),
                at: event.at,
                asked_for: Vec::new(),
                accepted: false,
                chain: event.chain().map(str::to_owned),
            }),
            EventKind::Requested {
                method,
                url,
                status,
                refused,
                ..
            } => self.answered(event.chain(), method, url, *status, *refused),
            EventKind::Made { resource } => self.made(resource),
            EventKind::Disputed { resource, .. } => {
                self.gone_from_lists(resource);
                self.resources.push(resource.clone());
                self.disputed = true;
            }
            // A backend that is found failed over is a leftover, also if it is unknown who moved it. Nothing else is: what is
            // left of others, and reported to be repaired, must never be removed.
            EventKind::Left { resource, .. } if resource.kind == ResourceKind::Failover && !self.contains(resource) => {
                self.resources.push(resource.clone());
                // Not even a second recovery may take it for this run's.
                self.disputed |= self.failover == FailoverSent::Refused;
            }
            EventKind::Removed { resource } | EventKind::Forgotten { resource } => self.gone(resource),
            EventKind::RunFinished { .. } => self.finished = true,
            _ => {}
        }
    }

    /// A change is on its way. What was intended before may be what it asks for; of a failover the URL says so, and a backend
    /// that this run did not fail over is never failed back by it.
    fn sent(&mut self, mut change: UnansweredChange) {
        let failover = change.is_failover();
        if failover {
            self.moved = true;
            if !change.is_failback() {
                self.failover = FailoverSent::Unknown;
            }
        }
        let (sent, waiting): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.pending)
                .into_iter()
                .partition(|(chain, resource)| {
                    *chain == change.chain && (failover || resource.kind != ResourceKind::Failover)
                });
        self.pending = waiting;
        for (_, resource) in sent {
            if change.makes(resource.kind) {
                change.asked_for.push(resource.clone());
            }
            // One whose token had expired is asked for again.
            if !self.resources.contains(&resource) {
                self.resources.push(resource);
            }
        }
        self.unanswered.push(change);
    }

    fn answered(&mut self, chain: Option<&str>, method: &str, url: &str, status: Option<u16>, refused: bool) {
        // Several chains may have sent the same: each is answered for itself. Of two that are alike in one the newest stays.
        let of = |change: &UnansweredChange| {
            change.chain.as_deref() == chain && change.method == method && change.url == url && !change.accepted
        };
        let Some(position) = self.unanswered.iter().position(of) else {
            return;
        };
        let away = self.unanswered[position].is_failover() && !self.unanswered[position].is_failback();
        match status {
            _ if refused => {
                let change = self.unanswered.remove(position);
                let of_it = |resource: &Resource| resource.id.is_none() && change.asked_for.contains(resource);
                self.resources.retain(|resource| !of_it(resource));
                if away {
                    self.failover = FailoverSent::Refused;
                    self.moved = self
                        .resources
                        .iter()
                        .any(|resource| resource.kind == ResourceKind::Failover);
                }
            }
            // keystonemiddleware gives it before the service sees the request, and the same is sent again; so what was asked
            // for is asked for again by the next one, and looked for in case somebody else gave it.
            Some(401) => {
                let change = self.unanswered.remove(position);
                let pending = change.asked_for.into_iter();
                self.pending
                    .extend(pending.map(|resource| (change.chain.clone(), resource)));
            }
            Some(200..=299) => {
                if away {
                    self.failover = FailoverSent::Accepted;
                }
                if self.unanswered[position].asked_for.is_empty() || self.unanswered[position].is_failover() {
                    self.unanswered.remove(position);
                } else {
                    self.unanswered[position].accepted = true;
                }
            }
            // An answer that was lost, or that a proxy gave, says nothing of the outcome.
            _ => {}
        }
    }

    fn made(&mut self, resource: &Resource) {
        self.gone_from_lists(resource);
        self.resources.push(resource.clone());
        self.seen(resource);
        if resource.kind == ResourceKind::Failover {
            self.failover = FailoverSent::Moved;
            // The way there was seen; the failback is a matter of its own.
            self.unanswered
                .retain(|change| !change.is_failover() || change.is_failback());
        }
    }

    fn gone(&mut self, resource: &Resource) {
        self.gone_from_lists(resource);
        self.seen(resource);
        if resource.kind == ResourceKind::Failover {
            // What was refused stays so when it is no leftover any more: the clean-up looks whether the backend has moved all
            // the same.
            if self.disputed || self.failover != FailoverSent::Refused {
                self.failover = FailoverSent::No;
            }
            self.moved = false;
            self.disputed = false;
            self.unanswered.retain(|change| !change.is_failover());
        }
    }

    fn gone_from_lists(&mut self, resource: &Resource) {
        self.resources.retain(|leftover| !same(leftover, resource));
        self.pending.retain(|(_, pending)| !same(pending, resource));
    }

    /// What a change was to make has been seen, or is no longer waited for.
    fn seen(&mut self, resource: &Resource) {
        let asked_for_it = |change: &UnansweredChange| change.asked_for.iter().any(|asked| same(asked, resource));
        self.unanswered.retain(|change| !asked_for_it(change));
    }
}
