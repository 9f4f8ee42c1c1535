//! What a run owes: what it made, or may have made, and has not removed.

use jiff::Timestamp;

use super::{Event, EventKind, Resource, ResourceKind, RunId, RunPlace};

/// A change that was sent and whose answer the journal does not have: the cloud may still begin with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnansweredChange {
    /// The HTTP method.
    pub method: String,
    /// The URL.
    pub url: String,
    /// What was asked for, where the URL does not say.
    pub action: Option<String>,
    /// When it was sent.
    pub at: Timestamp,
}

impl UnansweredChange {
    /// Whether it asks for a failover or a failback.
    #[must_use]
    pub fn is_failover(&self) -> bool {
        is_failover(&self.url)
    }
}

/// What a run owes, as its journal tells it. It is a function of the events alone.
#[derive(Clone, Debug, Default)]
pub struct Debts {
    /// The run.
    pub run: Option<RunId>,
    /// Where it happened.
    pub place: Option<RunPlace>,
    /// What it made, or asked for without a known outcome, in that order.
    pub owed: Vec<Resource>,
    /// Whether a failover or failback was sent.
    pub moved: bool,
    /// The changes whose outcome is not known.
    pub unanswered: Vec<UnansweredChange>,
    /// Whether the failover that is owed was refused while the backend moved: whose it is cannot be known.
    pub disputed: bool,
    /// Whether the run came to its end.
    pub finished: bool,
    /// Intended, and not sent yet.
    pending: Vec<Resource>,
}

impl Debts {
    /// Reads what is owed from the events of a journal.
    #[must_use]
    pub fn of<'a>(events: impl IntoIterator<Item = &'a Event>) -> Debts {
        let mut debts = Debts::default();
        for event in events {
            debts.add(event);
        }
        debts
    }

    /// Whether the failover or failback that was sent last has no answer.
    #[must_use]
    pub fn failover_unanswered(&self) -> Option<&UnansweredChange> {
        self.unanswered.iter().rev().find(|change| change.is_failover())
    }

    fn add(&mut self, event: &Event) {
        match &event.kind {
            EventKind::RunStarted { run, .. } => self.run = Some(run.clone()),
            EventKind::Located { place } => self.place = Some(place.clone()),
            EventKind::Intended { resource } => self.pending.push(resource.clone()),
            EventKind::Requesting {
                method, url, action, ..
            } => {
                self.sent(url);
                self.unanswered.push(UnansweredChange {
                    method: method.clone(),
                    url: url.clone(),
                    action: action.clone(),
                    at: event.at,
                });
            }
            EventKind::Requested {
                method, url, status, ..
            } => self.answered(method, url, *status),
            EventKind::Made { resource } => {
                self.drop_resource(resource);
                self.owed.push(resource.clone());
            }
            EventKind::Disputed { resource, .. } => {
                self.drop_resource(resource);
                self.owed.push(resource.clone());
                self.disputed = true;
            }
            EventKind::Removed { resource } | EventKind::Forgotten { resource } => self.drop_resource(resource),
            EventKind::RunFinished { .. } => self.finished = true,
            _ => {}
        }
    }

    /// A change is on its way. What was intended before may be what it asks for; of a failover the URL says so, and a
    /// backend that this run did not fail over is never taken home by it.
    fn sent(&mut self, url: &str) {
        let failover = is_failover(url);
        self.moved |= failover;
        let (sent, waiting) = std::mem::take(&mut self.pending)
            .into_iter()
            .partition(|resource| failover || resource.kind != ResourceKind::Failover);
        self.pending = waiting;
        self.owed.extend::<Vec<Resource>>(sent);
    }

    fn answered(&mut self, method: &str, url: &str, status: Option<u16>) {
        // An answer that was lost, or that a proxy gave, says nothing of the outcome.
        let Some(status) = status.filter(|status| *status < 500) else {
            return;
        };
        // Several chains may have sent the same: then one of them is answered, and the newest stays.
        let of = |change: &UnansweredChange| change.method == method && change.url == url;
        if let Some(position) = self.unanswered.iter().position(of) {
            self.unanswered.remove(position);
        }
        // A failover that was refused is none, whoever failed the backend over instead.
        if is_failover(url) && status >= 400 && status != 401 {
            self.owed
                .retain(|resource| resource.kind != ResourceKind::Failover || resource.id.is_some());
        }
    }

    fn drop_resource(&mut self, gone: &Resource) {
        let stays = |resource: &Resource| resource.kind != gone.kind || resource.name != gone.name;
        self.owed.retain(stays);
        self.pending.retain(stays);
    }
}

fn is_failover(url: &str) -> bool {
    url.ends_with("/os-services/failover_host")
}

#[cfg(test)]
mod tests {
    use super::*;

    const VOLUMES: &str = "http://cloud/v3/volumes";
    const FAILOVER: &str = "http://cloud/v3/os-services/failover_host";

    fn resource(kind: ResourceKind, id: Option<&str>) -> Resource {
        Resource {
            kind,
            name: "thing".to_owned(),
            id: id.map(str::to_owned),
        }
    }

    fn intended(kind: ResourceKind) -> EventKind {
        EventKind::Intended {
            resource: resource(kind, None),
        }
    }

    fn requesting(url: &str) -> EventKind {
        EventKind::Requesting {
            service: "block-storage".to_owned(),
            method: "POST".to_owned(),
            url: url.to_owned(),
            action: None,
        }
    }

    fn requested(url: &str, status: Option<u16>) -> EventKind {
        EventKind::Requested {
            service: "block-storage".to_owned(),
            method: "POST".to_owned(),
            url: url.to_owned(),
            status,
            request_id: None,
            milliseconds: 1,
            attempt: 1,
            error: None,
        }
    }

    fn debts(kinds: Vec<EventKind>) -> Debts {
        let events: Vec<Event> = kinds
            .into_iter()
            .map(|kind| Event {
                sequence: 1,
                at: Timestamp::UNIX_EPOCH,
                kind,
            })
            .collect();
        Debts::of(&events)
    }

    #[test]
    fn what_was_never_sent_is_not_owed() {
        assert!(debts(vec![intended(ResourceKind::Volume)]).owed.is_empty());
        let another = debts(vec![intended(ResourceKind::Failover), requesting(VOLUMES)]);
        assert!(another.owed.is_empty() && !another.moved, "{another:?}");
    }

    #[test]
    fn what_was_sent_is_owed_until_it_is_removed() {
        let made = EventKind::Made {
            resource: resource(ResourceKind::Volume, Some("v")),
        };
        let start = vec![intended(ResourceKind::Volume), requesting(VOLUMES)];
        let sent = debts(start.clone());
        assert_eq!(sent.owed, [resource(ResourceKind::Volume, None)]);
        assert_eq!(sent.unanswered.len(), 1);
        let start = [start, vec![requested(VOLUMES, Some(202)), made]].concat();
        let there = debts(start.clone());
        assert_eq!(there.owed, [resource(ResourceKind::Volume, Some("v"))]);
        assert!(there.unanswered.is_empty());
        let removed = EventKind::Removed {
            resource: resource(ResourceKind::Volume, Some("v")),
        };
        assert!(debts([start, vec![removed]].concat()).owed.is_empty());
    }

    #[test]
    fn of_two_that_are_alike_one_answer_answers_one() {
        let sent = debts(vec![
            intended(ResourceKind::Volume),
            requesting(VOLUMES),
            requesting(VOLUMES),
            requested(VOLUMES, Some(202)),
        ]);
        assert_eq!(sent.unanswered.len(), 1);
    }

    #[test]
    fn an_answer_that_was_lost_answers_nothing() {
        for status in [None, Some(502)] {
            let lost = debts(vec![
                intended(ResourceKind::Failover),
                requesting(FAILOVER),
                requested(FAILOVER, status),
            ]);
            assert!(lost.failover_unanswered().is_some() && lost.owed.len() == 1, "{lost:?}");
        }
    }

    #[test]
    fn a_failover_that_was_refused_is_not_owed() {
        let start = vec![intended(ResourceKind::Failover), requesting(FAILOVER)];
        let refused = debts([start.clone(), vec![requested(FAILOVER, Some(400))]].concat());
        assert!(refused.owed.is_empty(), "{refused:?}");
        // The token had expired; it is sent again.
        let renewed = debts(
            [
                start,
                vec![
                    requested(FAILOVER, Some(401)),
                    requesting(FAILOVER),
                    requested(FAILOVER, Some(202)),
                ],
            ]
            .concat(),
        );
        assert_eq!(renewed.owed.len(), 1);
        assert!(renewed.unanswered.is_empty());
    }
}
