use jiff::Timestamp;

use super::super::{EventKind, ResourceKind};
use super::*;
use crate::cloud::FAILBACK_ID;
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
