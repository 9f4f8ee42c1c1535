//! What chains that meet at one failover are told when it goes wrong: one request for all, and nobody is blamed for another.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use super::chain::{Chain, Link};
use super::failover_group::run_group;
use super::failover_tests::course;
use super::fake_cloud::{Answered, FakeCloud, HONEST};
use crate::cloud::{FlavorId, NetworkId};
use crate::diagnostic::{Diagnostics, Location};
use crate::event::{ResourceKind, Verdict};
use crate::failure::Failure;
use crate::names::{ScenarioName, SiteName, VolumeName};
use crate::plan::{Plan, PlannedStep};
use crate::session::{Context, Prerequisites};
use crate::state::PlannedVolume;
use crate::step::{Action, Failover};
use crate::wait::Interrupt;

/// A chain of one scenario, which has a volume and fails the backend over.
fn chain(context: &Context, name: &str) -> Chain {
    let scenario = ScenarioName::new(name).expect("a name");
    let volume_type = context.target.volume_types.values().next().expect("a volume type");
    let at = Location::in_text(&Arc::from("scenario.yaml"), "", 0..0);
    let step = PlannedStep {
        index: 0,
        scenario: scenario.clone(),
        verb: "failover",
        description: "fail over".to_owned(),
        at: at.clone(),
        action: Action::Failover(Failover {
            backend: context.backend.clone(),
            to: SiteName::Secondary,
            backend_id: Some("ceph2".to_owned()),
            because: crate::session::Because::Planned,
        }),
        budget: Duration::from_secs(600),
        limit: None,
        changes: true,
        undo: None,
        locks: Vec::new(),
        skipped: None,
    };
    let summary = "The backend moves.".to_owned();
    Chain {
        plan: Plan {
            scenario: scenario.clone(),
            summary: summary.clone(),
            chain: Vec::new(),
            target: context.target.name.clone(),
            backend: context.backend.clone(),
            volumes: vec![PlannedVolume {
                name: VolumeName::new("data").expect("a name"),
                size_gib: 1,
                volume_type: volume_type.clone(),
                image: None,
                at,
            }],
            servers: Vec::new(),
            rto: BTreeMap::new(),
            steps: vec![step],
            warnings: Diagnostics::default(),
        },
        links: vec![Link {
            scenario,
            summary,
            asked_for: true,
            at: None,
        }],
    }
}

/// Lets two chains meet; how many things are left.
async fn meet(cloud: &FakeCloud) -> usize {
    let mut context = cloud.context_with_sites().await;
    // What volumes are made of is looked up by another test.
    *context.backend_state.prerequisites.lock().await = Some(Prerequisites {
        flavor: FlavorId::new("c1"),
        network: NetworkId::new("lab"),
        key_name: "key".to_owned(),
        images: BTreeMap::new(),
        volume_types: BTreeMap::from([("replicated".to_owned(), ("ceph".to_owned(), true))]),
    });
    let chains = ["one", "two"].map(|name| chain(&context, name));
    let (_interrupter, interrupt) = Interrupt::channel();
    run_group(&mut context, &chains.each_ref(), &interrupt, &AtomicBool::new(false)).await
}

/// What each scenario failed with, in the order of their names.
fn failures(cloud: &FakeCloud) -> Vec<(String, Failure)> {
    let failed = cloud.verdicts().into_iter().map(|(scenario, verdict)| match verdict {
        Verdict::Failed { failure, step: Some(0) } => (scenario, failure),
        other => panic!("{scenario}: {other:?}"),
    });
    failed.collect()
}

#[tokio::test(start_paused = true)]
async fn those_who_meet_fail_over_by_one_request_and_back_by_another() {
    let cloud = FakeCloud::start();
    assert_eq!(meet(&cloud).await, 0);
    let passed = |(scenario, verdict): (String, Verdict)| (scenario, verdict.passed());
    let verdicts: Vec<_> = cloud.verdicts().into_iter().map(passed).collect();
    assert_eq!(verdicts, [("one".to_owned(), true), ("two".to_owned(), true)]);
    assert_eq!(cloud.moves(), ["ceph2", "default"]);
}

#[tokio::test(start_paused = true)]
async fn a_refusal_is_told_to_all_who_meet_and_nothing_is_sent_again() {
    let cloud = FakeCloud::start();
    cloud.next_move(course(Answered::Refused, None));
    assert_eq!(meet(&cloud).await, 0);
    assert_eq!(cloud.moves(), ["ceph2"], "neither again, nor back: it never moved");
    let failures = failures(&cloud);
    assert_eq!(failures.len(), 2);
    for (scenario, failure) in &failures {
        assert!(
            failure.to_string().contains("not in a state to fail over"),
            "{scenario}: {failure}"
        );
    }
    assert_eq!(failures[0].1.summary, failures[1].1.summary);
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_is_looked_for_by_one_for_all_who_meet() {
    let cloud = FakeCloud::start();
    cloud.next_move(course(Answered::Lost, Some((1.0, 5.0))));
    assert_eq!(meet(&cloud).await, 0);
    assert!(cloud.verdicts().iter().all(|(_, verdict)| verdict.passed()));
    assert_eq!(
        cloud.moves(),
        ["ceph2", "default"],
        "it came, and was not asked for again"
    );
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_that_nothing_follows_is_reported_to_all_and_stays_a_leftover() {
    let cloud = FakeCloud::start();
    cloud.next_move(course(Answered::Lost, None));
    let left = meet(&cloud).await;
    assert_eq!(
        cloud.moves(),
        ["ceph2"],
        "it is not known whether it will be executed, so nothing is sent again"
    );
    let failures = failures(&cloud);
    assert_eq!(failures.len(), 2);
    for (scenario, failure) in &failures {
        assert!(
            failure.to_string().contains("may still be executed"),
            "{scenario}: {failure}"
        );
    }
    assert!(left > 0, "the failover that may still come, and what it would move");
    assert!(
        cloud
            .left()
            .iter()
            .any(|(resource, _)| resource.kind == ResourceKind::Failover)
    );
}

#[tokio::test(start_paused = true)]
async fn a_failover_that_is_refused_and_carried_out_is_nobodys_pass() {
    let cloud = FakeCloud::start();
    cloud.next_move(course(Answered::Refused, HONEST.moves));
    meet(&cloud).await;
    assert_eq!(failures(&cloud).len(), 2);
    assert_eq!(cloud.moves().iter().filter(|to| *to == "ceph2").count(), 1);
}
