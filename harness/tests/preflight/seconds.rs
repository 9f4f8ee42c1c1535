//! A preflight answers in seconds, whoever does not.

use std::time::{Duration, Instant};

use cinder_drill::internals::preflight::{Status, Verdict};
use cinder_drill::targets::Driver;
use simcloud::Misconfiguration;

use crate::boxes::{boxed, report_on};

#[tokio::test(flavor = "multi_thread")]
async fn machines_that_never_answer_are_waited_for_once_and_all_at_once() {
    let (cloud, mut target) = boxed(&[]).await;
    target.budgets.command = Duration::from_secs(2);
    cloud.faults().sites().ssh_hang(true);
    let began = Instant::now();
    let report =
        cinder_drill::internals::preflight::Report::of(&cinder_drill::internals::preflight::gather(&target).await);
    // One question to each; the shells are opened before it. Machines under load are slow, but not six times so.
    assert!(began.elapsed() < Duration::from_secs(12), "{:?}", began.elapsed());
    cloud.faults().sites().ssh_hang(false);
    cloud.shutdown().await;
    assert_eq!(report.verdict, Verdict::NotReady);
    assert_eq!(
        report.finding("sites-reachable").map(|it| it.status),
        Some(Status::Problem)
    );
    for check in ["same-pool", "mirror-mode", "peers", "mirror-daemons", "secondary-user"] {
        assert_eq!(
            report.finding(check).map(|it| it.status),
            Some(Status::NotChecked),
            "{check}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_may_leave_out_keeps_the_verdict_open() {
    let report = report_on(&[], |target| {
        target.sites.secondary.as_mut().expect("a site").shell = None
    })
    .await;
    assert_eq!(report.with(Status::Problem), [] as [&str; 0]);
    assert_eq!(report.verdict, Verdict::Unknown);
    assert_eq!(
        report.summary,
        "it is not known whether box@ceph can fail over to site-b and fail back: not checked (sites-reachable, declared-connection, same-pool, \
         mirror-mode, peers, mirror-daemons, secondary-user)"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn without_an_administrator_the_daemons_are_not_checked() {
    let report = report_on(&[], |target| {
        target.sites.primary.admin_arguments = None;
        target.sites.secondary.as_mut().expect("a site").admin_arguments = None;
    })
    .await;
    assert_eq!(report.with(Status::Problem), [] as [&str; 0]);
    assert_eq!(report.with(Status::NotChecked), ["mirror-daemons"]);
    assert_eq!(report.verdict, Verdict::Unknown);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_another_driver_the_storage_is_not_applicable_and_cinder_is_checked() {
    let report = report_on(&[Misconfiguration::Frozen], |target| {
        target.driver = Driver::known("iscsi").expect("a profile");
    })
    .await;
    assert_eq!(
        report.with(Status::NotApplicable),
        [
            "sites-reachable",
            "declared-connection",
            "same-pool",
            "mirror-mode",
            "peers",
            "mirror-daemons",
            "secondary-user",
            "capacity",
            "libvirt-secret",
            "replicated-images"
        ]
    );
    assert_eq!(report.with(Status::Problem), ["not-frozen"]);
    let report = report_on(&[], |target| target.driver = Driver::known("iscsi").expect("a profile")).await;
    assert_eq!(report.verdict, Verdict::Ready);
    assert_eq!(
        report.summary,
        "box@ceph can fail over to site-b and come back, as far as Cinder knows (the storage of iscsi is not checked): 13 \
         checks ok"
    );
}
