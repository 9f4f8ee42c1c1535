//! The leftovers of a run: what it created, or may have created, and has not removed.
//!
//! A change has three outcomes. Done: the resource is a leftover until it is removed. Refused by the service itself, or never
//! sent: there is no leftover. Unknown, since the answer was lost or came from a proxy: it is a leftover until it is seen and
//! removed, or a person says `recover --forget`. Time proves nothing.

use jiff::Timestamp;

use super::{Event, EventKind, Resource, ResourceKind, RunPlace};
use crate::cloud::{FAILBACK_ID, is_failover};
use crate::names::RunId;

/// A change that was sent and of which it is not known whether it was done: the cloud may still begin with it.
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
    /// What it was to make; empty for a change that makes nothing, or nothing that was intended.
    asked_for: Vec<Resource>,
    /// Whether a success was answered, and what was made has no id yet.
    accepted: bool,
    /// The chain that sent it. Another one that sends the same meanwhile sends its own.
    chain: Option<String>,
}

impl UnansweredChange {
    /// Whether it asks for a failover or a failback.
    #[must_use]
    pub fn is_failover(&self) -> bool {
        is_failover(&self.url)
    }

    /// Whether it asks for the failback.
    #[must_use]
    pub fn is_failback(&self) -> bool {
        self.is_failover() && self.action.as_deref() == Some(FAILBACK_ID)
    }

    /// Whether it asks a server or a volume to do something: an action, an attachment, or its end.
    #[must_use]
    pub fn is_action(&self) -> bool {
        self.action.is_some() && !self.is_failover() || self.url.contains("/os-volume_attachments")
    }

    /// Whether it may have made this: it was to create it, or its resource is not recorded.
    fn concerns(&self, resource: &Resource) -> bool {
        self.asked_for.is_empty() || self.asked_for.contains(resource)
    }

    /// Whether it makes things of a kind, by its method and the end of its path (the API references of Cinder, Nova and
    /// Neutron).
    fn makes(&self, kind: ResourceKind) -> bool {
        let path = self.url.split('?').next().unwrap_or_default();
        let last = path.rsplit('/').next().unwrap_or_default();
        match kind {
            ResourceKind::Volume => self.method == "POST" && last == "volumes",
            ResourceKind::Snapshot => self.method == "POST" && last == "snapshots",
            ResourceKind::Server => self.method == "POST" && last == "servers",
            ResourceKind::KeyPair => self.method == "POST" && last == "os-keypairs",
            // A lock is a volume type.
            ResourceKind::VolumeType | ResourceKind::Lock => self.method == "POST" && last == "types",
            ResourceKind::FloatingIp => self.method == "POST" && last == "floatingips",
            ResourceKind::Freeze => self.method == "PUT" && last == "freeze",
            ResourceKind::Failover => self.is_failover() && !self.is_failback(),
            ResourceKind::Fault => false,
        }
    }
}

/// The outcome of the failover that a run sent last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FailoverSent {
    /// None was sent, or it has been failed back since.
    #[default]
    No,
    /// It was sent, and whether Cinder accepted it is not known.
    Unknown,
    /// Cinder itself refused it: whoever moved the backend, this run did not.
    Refused,
    /// Cinder accepted it, and the service was not seen to move: the message to cinder-volume may still be in its queue.
    Accepted,
    /// The service was seen moving, or away.
    Moved,
}

/// The leftovers of a run by its journal: a function of the events alone.
#[derive(Clone, Debug, Default)]
pub struct Leftovers {
    /// The run.
    pub run: Option<RunId>,
    /// Where it happened.
    pub place: Option<RunPlace>,
    /// What it made, or asked for without a known outcome, in that order.
    pub resources: Vec<Resource>,
    /// Whether a failover or failback was sent, and not refused.
    pub moved: bool,
    /// The outcome of the failover that was sent last.
    pub failover: FailoverSent,
    /// The changes whose outcome is not known.
    pub unanswered: Vec<UnansweredChange>,
    /// Whether the failover among the leftovers was refused while the backend moved: whose it is cannot be known.
    pub disputed: bool,
    /// Every fault that it made on purpose, or may have made, by its key in the target; also those that are undone.
    pub faults: Vec<String>,
    /// Whether it asked for a snapshot, or may have: who asked for none need not look for any.
    pub snapshots: bool,
    /// Whether the run came to its end.
    pub finished: bool,
    /// Intended, and not sent yet, by the chain that intends it: its next request may be for it, and no other chain's is.
    pending: Vec<(Option<String>, Resource)>,
}

impl Leftovers {
    /// Reads the leftovers from the events of a journal.
    #[must_use]
    pub fn of<'a>(events: impl IntoIterator<Item = &'a Event>) -> Leftovers {
        let mut leftovers = Leftovers::default();
        for event in events {
            leftovers.add(event);
        }
        leftovers
    }

    /// Whether the failover or failback that was sent last has no answer.
    #[must_use]
    pub fn failover_unanswered(&self) -> Option<&UnansweredChange> {
        self.unanswered.iter().rev().find(|change| change.is_failover())
    }

    /// Whether a resource is a leftover, under whatever id.
    #[must_use]
    pub fn contains(&self, resource: &Resource) -> bool {
        self.resources.iter().any(|leftover| same(leftover, resource))
    }

    /// Whether a resource that was not seen may still appear: it was requested, and the answer was lost.
    #[must_use]
    pub fn may_come(&self, resource: &Resource) -> bool {
        resource.id.is_none()
            && self
                .unanswered
                .iter()
                .any(|change| change.makes(resource.kind) && change.concerns(resource))
    }

    /// Whether anything may still come to be.
    #[must_use]
    pub fn awaits(&self) -> bool {
        self.resources.iter().any(|resource| self.may_come(resource))
    }

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

/// Whether two are the same thing. One whose id is not known yet may be any of its name; of two that have ids, the ids decide,
/// since a proxy that repeats a request makes two of one name.
fn same(one: &Resource, other: &Resource) -> bool {
    let ids_agree = one.id.is_none() || other.id.is_none() || one.id == other.id;
    one.kind == other.kind && one.name == other.name && ids_agree
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Position;

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

    fn requesting_as(method: &str, url: &str, action: Option<&str>) -> EventKind {
        EventKind::Requesting {
            service: "block-storage".to_owned(),
            method: method.to_owned(),
            url: url.to_owned(),
            action: action.map(str::to_owned),
        }
    }

    fn requesting(url: &str) -> EventKind {
        match url {
            FAILOVER => requesting_as("PUT", url, Some("ceph2")),
            _ => requesting_as("POST", url, None),
        }
    }

    fn failback() -> EventKind {
        requesting_as("PUT", FAILOVER, Some(FAILBACK_ID))
    }

    fn answered(url: &str, status: Option<u16>, refused: bool) -> EventKind {
        EventKind::Requested {
            service: "block-storage".to_owned(),
            method: if url == FAILOVER { "PUT" } else { "POST" }.to_owned(),
            url: url.to_owned(),
            status,
            request_id: None,
            milliseconds: 1,
            attempt: 1,
            error: None,
            refused,
        }
    }

    /// An answer that is no refusal by the service itself.
    fn requested(url: &str, status: Option<u16>) -> EventKind {
        answered(url, status, false)
    }

    fn made(kind: ResourceKind, id: &str) -> EventKind {
        EventKind::Made {
            resource: resource(kind, Some(id)),
        }
    }

    fn removed(kind: ResourceKind, id: Option<&str>) -> EventKind {
        EventKind::Removed {
            resource: resource(kind, id),
        }
    }

    fn leftovers(kinds: Vec<EventKind>) -> Leftovers {
        let events: Vec<Event> = kinds
            .into_iter()
            .map(|kind| Event {
                sequence: 1,
                at: Timestamp::UNIX_EPOCH,
                position: None,
                kind,
            })
            .collect();
        Leftovers::of(&events)
    }

    /// The same of chains that run side by side.
    fn leftovers_of_chains(kinds: Vec<(&str, EventKind)>) -> Leftovers {
        let event = |(chain, kind): (&str, EventKind)| Event {
            sequence: 1,
            at: Timestamp::UNIX_EPOCH,
            position: Some(Position {
                chain: chain.to_owned(),
                ..Position::default()
            }),
            kind,
        };
        let events: Vec<Event> = kinds.into_iter().map(event).collect();
        Leftovers::of(&events)
    }

    #[test]
    fn a_refusal_of_one_chain_forgives_nothing_of_another() {
        let named = |name: &str| EventKind::Intended {
            resource: Resource {
                name: name.to_owned(),
                ..resource(ResourceKind::Volume, None)
            },
        };
        // Both have intended before either asks, and the first that asks is refused.
        let leftovers = leftovers_of_chains(vec![
            ("a", named("of a")),
            ("b", named("of b")),
            ("a", requesting(VOLUMES)),
            ("b", requesting(VOLUMES)),
            ("a", answered(VOLUMES, Some(400), true)),
        ]);
        let names: Vec<&str> = leftovers
            .resources
            .iter()
            .map(|leftover| leftover.name.as_str())
            .collect();
        assert_eq!(names, ["of b"]);
        assert!(leftovers.may_come(&leftovers.resources[0]), "{leftovers:?}");
        // What one intends is not sent by what another asks for.
        let unsent = leftovers_of_chains(vec![("a", named("of a")), ("b", requesting(VOLUMES))]);
        assert!(unsent.resources.is_empty(), "{unsent:?}");
    }

    #[test]
    fn a_fault_is_owed_before_anything_is_done_until_it_is_undone() {
        let start = vec![intended(ResourceKind::Fault)];
        let intended = leftovers(start.clone());
        assert_eq!(intended.resources, [resource(ResourceKind::Fault, None)]);
        assert!(!intended.may_come(&intended.resources[0]), "nothing is waited for");
        let made = leftovers([start.clone(), vec![made(ResourceKind::Fault, "thing")]].concat());
        assert_eq!(made.resources.len(), 1);
        let undone = leftovers([start, vec![removed(ResourceKind::Fault, None)]].concat());
        assert!(undone.resources.is_empty());
        // What was dead once explains later what it left behind.
        assert_eq!(undone.faults, ["thing"]);
    }

    #[test]
    fn what_was_never_sent_is_no_leftover() {
        assert!(leftovers(vec![intended(ResourceKind::Volume)]).resources.is_empty());
        let another = leftovers(vec![intended(ResourceKind::Failover), requesting(VOLUMES)]);
        assert!(another.resources.is_empty() && !another.moved, "{another:?}");
    }

    #[test]
    fn what_was_sent_is_a_leftover_until_it_is_removed() {
        let start = vec![intended(ResourceKind::Volume), requesting(VOLUMES)];
        let sent = leftovers(start.clone());
        assert_eq!(sent.resources, [resource(ResourceKind::Volume, None)]);
        assert!(sent.may_come(&sent.resources[0]));
        let start = [
            start,
            vec![requested(VOLUMES, Some(202)), made(ResourceKind::Volume, "v")],
        ]
        .concat();
        let there = leftovers(start.clone());
        assert_eq!(there.resources, [resource(ResourceKind::Volume, Some("v"))]);
        assert!(there.unanswered.is_empty() && !there.awaits(), "{there:?}");
        assert!(
            leftovers([start, vec![removed(ResourceKind::Volume, Some("v"))]].concat())
                .resources
                .is_empty()
        );
    }

    #[test]
    fn what_the_service_refused_is_no_leftover_and_what_a_proxy_refused_is() {
        for kind in [ResourceKind::Volume, ResourceKind::Failover] {
            let url = if kind == ResourceKind::Volume {
                VOLUMES
            } else {
                FAILOVER
            };
            let start = vec![intended(kind), requesting(url)];
            let refused = leftovers([start.clone(), vec![answered(url, Some(400), true)]].concat());
            assert!(
                refused.resources.is_empty() && refused.unanswered.is_empty(),
                "{refused:?}"
            );
            assert!(!refused.moved, "{refused:?}");
            // A proxy's answers, and none.
            for status in [Some(400), Some(403), Some(404), Some(413), Some(307), Some(504), None] {
                let lost = leftovers([start.clone(), vec![requested(url, status)]].concat());
                assert!(lost.may_come(&lost.resources[0]), "{status:?} {lost:?}");
            }
        }
    }

    #[test]
    fn a_success_without_an_id_is_waited_for_until_it_is_seen() {
        let start = vec![
            intended(ResourceKind::Volume),
            requesting(VOLUMES),
            requested(VOLUMES, Some(202)),
        ];
        let unread = leftovers(start.clone());
        assert!(unread.may_come(&unread.resources[0]));
        let seen = leftovers([start, vec![made(ResourceKind::Volume, "v")]].concat());
        assert!(!seen.awaits() && seen.resources.len() == 1, "{seen:?}");
    }

    #[test]
    fn what_was_intended_for_calls_that_make_nothing_does_not_come_by_itself() {
        // Negative calls: what they intend is what a cloud may make although it should refuse.
        let start = vec![
            intended(ResourceKind::Volume),
            requesting_as("POST", "http://cloud/v3/volumes/v/action", Some("os-reset_status")),
            answered("http://cloud/v3/volumes/v/action", Some(202), false),
            requesting(VOLUMES),
        ];
        let refused = leftovers([start.clone(), vec![answered(VOLUMES, Some(400), true)]].concat());
        assert!(refused.resources.len() == 1 && !refused.awaits(), "{refused:?}");
        let lost = leftovers([start, vec![requested(VOLUMES, Some(504))]].concat());
        assert!(lost.awaits(), "{lost:?}");
    }

    #[test]
    fn two_of_one_name_are_two() {
        let both = vec![
            intended(ResourceKind::Volume),
            requesting(VOLUMES),
            made(ResourceKind::Volume, "v1"),
            made(ResourceKind::Volume, "v2"),
        ];
        assert_eq!(leftovers(both.clone()).resources.len(), 2);
        let one = leftovers([both, vec![removed(ResourceKind::Volume, Some("v2"))]].concat());
        assert_eq!(one.resources, [resource(ResourceKind::Volume, Some("v1"))]);
    }

    #[test]
    fn of_two_that_are_alike_one_answer_answers_one() {
        let sent = leftovers(vec![
            requesting(VOLUMES),
            requesting(VOLUMES),
            requested(VOLUMES, Some(202)),
        ]);
        assert_eq!(sent.unanswered.len(), 1);
    }

    #[test]
    fn a_failover_is_as_its_answer_and_what_was_seen_say() {
        let start = vec![intended(ResourceKind::Failover), requesting(FAILOVER)];
        let with = |more: Vec<EventKind>| leftovers([start.clone(), more].concat());
        let unknown = with(vec![requested(FAILOVER, Some(502))]);
        assert_eq!(unknown.failover, FailoverSent::Unknown);
        assert!(unknown.failover_unanswered().is_some() && unknown.resources.len() == 1);
        assert_eq!(
            with(vec![answered(FAILOVER, Some(400), true)]).failover,
            FailoverSent::Refused
        );
        assert_eq!(
            with(vec![requested(FAILOVER, Some(202))]).failover,
            FailoverSent::Accepted
        );
        let seen = with(vec![
            requested(FAILOVER, None),
            made(ResourceKind::Failover, "box@ceph"),
        ]);
        assert_eq!(seen.failover, FailoverSent::Moved);
        assert!(seen.failover_unanswered().is_none(), "{seen:?}");
        // The failback is no second failover, and ends the first once it is seen.
        let failing_back = with(vec![
            requested(FAILOVER, Some(202)),
            made(ResourceKind::Failover, "box@ceph"),
            failback(),
            requested(FAILOVER, Some(504)),
        ]);
        assert_eq!(failing_back.failover, FailoverSent::Moved);
        assert!(
            failing_back
                .failover_unanswered()
                .is_some_and(UnansweredChange::is_failback)
        );
        let back = with(vec![
            made(ResourceKind::Failover, "box@ceph"),
            failback(),
            removed(ResourceKind::Failover, Some("box@ceph")),
        ]);
        assert_eq!(back.failover, FailoverSent::No);
        assert!(back.resources.is_empty() && back.unanswered.is_empty(), "{back:?}");
    }

    #[test]
    fn a_request_that_is_repeated_with_a_new_token_is_one() {
        for (kind, url) in [(ResourceKind::Failover, FAILOVER), (ResourceKind::Volume, VOLUMES)] {
            let start = vec![
                intended(kind),
                requesting(url),
                requested(url, Some(401)),
                requesting(url),
            ];
            let under_way = leftovers(start.clone());
            assert!(under_way.resources.len() == 1 && under_way.awaits(), "{under_way:?}");
            let refused = leftovers([start, vec![answered(url, Some(400), true)]].concat());
            assert!(refused.resources.is_empty(), "{refused:?}");
        }
    }

    #[test]
    fn a_backend_that_is_left_failed_over_is_a_leftover_and_foreign_volumes_never_are() {
        let left = |kind| EventKind::Left {
            resource: resource(kind, Some("v")),
            failure: crate::failure::Failure::cloud("it is in error"),
            remedy: Vec::new(),
        };
        assert_eq!(leftovers(vec![left(ResourceKind::Failover)]).resources.len(), 1);
        assert!(leftovers(vec![left(ResourceKind::Volume)]).resources.is_empty());
    }

    fn sent(method: &str, path: &str, action: Option<&str>) -> UnansweredChange {
        let url = format!("http://cloud/{path}");
        leftovers(vec![requesting_as(method, &url, action)])
            .unanswered
            .remove(0)
    }

    #[test]
    fn what_a_change_makes_is_told_by_its_method_and_the_end_of_its_path() {
        let cases = [
            (ResourceKind::Volume, "POST", "v3/volumes"),
            (ResourceKind::Snapshot, "POST", "v3/snapshots"),
            (ResourceKind::Server, "POST", "v2.1/servers"),
            (ResourceKind::KeyPair, "POST", "v2.1/os-keypairs"),
            (ResourceKind::VolumeType, "POST", "v3/types"),
            (ResourceKind::Lock, "POST", "v3/types"),
            (ResourceKind::FloatingIp, "POST", "v2.0/floatingips"),
            (ResourceKind::Freeze, "PUT", "v3/os-services/freeze"),
        ];
        for (kind, method, path) in cases {
            assert!(sent(method, path, None).makes(kind), "{kind:?}");
            assert!(sent(method, &format!("{path}?a=1"), None).makes(kind), "{kind:?}");
            assert!(!sent("DELETE", path, None).makes(kind), "{kind:?}");
            assert!(!sent(method, &format!("{path}/1"), None).makes(kind), "{kind:?}");
        }
        let failover = |to| sent("PUT", "v3/os-services/failover_host", Some(to));
        assert!(failover("ceph2").makes(ResourceKind::Failover));
        assert!(!failover("default").makes(ResourceKind::Failover));
    }

    #[test]
    fn an_action_is_of_a_server_or_a_volume() {
        assert!(sent("POST", "v2.1/servers/s/action", Some("shelve")).is_action());
        assert!(sent("POST", "v2.1/servers/s/os-volume_attachments", None).is_action());
        assert!(!sent("POST", "v3/volumes", None).is_action());
        assert!(!sent("PUT", "v3/os-services/failover_host", Some("ceph2")).is_action());
    }

    #[test]
    fn a_change_makes_what_was_intended_for_it_and_nothing_else() {
        let other = Resource {
            name: "other".to_owned(),
            ..resource(ResourceKind::Volume, None)
        };
        let intended_other = EventKind::Intended {
            resource: other.clone(),
        };
        let leftovers = leftovers(vec![
            intended(ResourceKind::Volume),
            intended_other.clone(),
            removed(ResourceKind::Volume, None),
            requesting(VOLUMES),
        ]);
        assert!(leftovers.may_come(&other) && !leftovers.may_come(&resource(ResourceKind::Volume, None)));
        assert_eq!(leftovers.resources, std::slice::from_ref(&other));
        assert!(leftovers.contains(&other) && !leftovers.contains(&resource(ResourceKind::Volume, None)));
        // Of one name, and of another kind.
        assert!(!leftovers.contains(&Resource {
            kind: ResourceKind::Server,
            ..other
        }));
    }

    #[test]
    fn an_answer_is_of_the_request_with_its_method_and_url_and_chain() {
        let unrelated = [
            ("a", requested(FAILOVER, Some(202))),
            ("a", requested("http://cloud/v3/volumes/v/action", Some(202))),
            ("b", requested(VOLUMES, Some(202))),
        ];
        for (chain, answer) in unrelated {
            let left = leftovers_of_chains(vec![("a", requesting(VOLUMES)), (chain, answer.clone())]);
            assert_eq!(left.unanswered.len(), 1, "{answer:?}");
        }
        // A volume that was accepted is no failover that was.
        let volume = leftovers(vec![requesting(VOLUMES), requested(VOLUMES, Some(202))]);
        assert_eq!(volume.failover, FailoverSent::No);
        let failing_back = leftovers(vec![failback(), requested(FAILOVER, Some(202))]);
        assert_eq!(failing_back.failover, FailoverSent::No);
        // What was refused for its token is not on its way any more.
        let renewed = leftovers(vec![requesting(VOLUMES), requested(VOLUMES, Some(401))]);
        assert!(renewed.unanswered.is_empty());
    }

    #[test]
    fn a_failover_that_was_seen_answers_no_other_request() {
        let seen = leftovers(vec![
            requesting(VOLUMES),
            requesting(FAILOVER),
            made(ResourceKind::Failover, "box@ceph"),
        ]);
        let urls: Vec<&str> = seen.unanswered.iter().map(|change| change.url.as_str()).collect();
        assert_eq!(urls, [VOLUMES]);
    }

    #[test]
    fn a_failover_that_was_refused_stays_so_until_somebody_decides() {
        let refused = vec![
            made(ResourceKind::Volume, "v"),
            intended(ResourceKind::Failover),
            requesting(FAILOVER),
            answered(FAILOVER, Some(400), true),
        ];
        let after = |more: Vec<EventKind>| leftovers([refused.clone(), more].concat());
        assert!(!after(Vec::new()).moved);
        let gone = after(vec![removed(ResourceKind::Failover, None)]);
        assert_eq!(gone.failover, FailoverSent::Refused);
        // It is failed over all the same: that is a leftover, and not this run's to undo.
        let left = EventKind::Left {
            resource: resource(ResourceKind::Failover, None),
            failure: crate::failure::Failure::cloud("it is away"),
            remedy: Vec::new(),
        };
        let disputed = after(vec![removed(ResourceKind::Failover, None), left.clone()]);
        assert!(disputed.disputed && disputed.resources.len() == 2, "{disputed:?}");
        let forgotten = EventKind::Forgotten {
            resource: resource(ResourceKind::Failover, None),
        };
        let over = after(vec![left.clone(), forgotten]);
        assert!(
            !over.disputed && over.failover == FailoverSent::No && over.resources.len() == 1,
            "{over:?}"
        );
        // One that was accepted is.
        let own = leftovers(vec![requesting(FAILOVER), requested(FAILOVER, Some(202)), left]);
        assert!(!own.disputed);
        // Cinder refuses a second one while the first is away.
        let twice = leftovers(
            [
                vec![requesting(FAILOVER), made(ResourceKind::Failover, "box@ceph")],
                vec![requesting(FAILOVER), answered(FAILOVER, Some(400), true)],
            ]
            .concat(),
        );
        assert!(twice.moved);
    }

    #[test]
    fn a_dispute_is_a_leftover_and_the_beginning_and_the_end_of_a_run_are_kept() {
        let disputed = leftovers(vec![EventKind::Disputed {
            resource: resource(ResourceKind::Failover, None),
            because: "it was refused, and moves".to_owned(),
        }]);
        assert!(disputed.disputed && disputed.resources.len() == 1);
        let run = RunId::generate();
        let place = RunPlace {
            target_file: "target.yaml".into(),
            working_directory: "/".into(),
            cloud: "lab".to_owned(),
            auth_url: None,
            backend: "box@ceph".to_owned(),
            primary_site: "site-a".to_owned(),
            secondary_site: None,
            embedded: false,
            user_id: None,
            user: None,
            project_id: None,
            project: None,
            host: "here".to_owned(),
            process: 1,
        };
        let whole = leftovers(vec![
            EventKind::RunStarted {
                format: crate::event::JOURNAL_FORMAT,
                run: run.clone(),
                version: "1".to_owned(),
                target: "lab".to_owned(),
                backend: "box@ceph".to_owned(),
                scenarios: Vec::new(),
            },
            EventKind::Located { place: place.clone() },
            EventKind::RunFinished { milliseconds: 1 },
        ]);
        assert_eq!((whole.run, whole.place, whole.finished), (Some(run), Some(place), true));
    }
}
