//! Each misconfiguration is named by its check, and by no other.

use std::fmt::Write;

use cinder_drill::internals::preflight::{CHECKS, Report, Status, Verdict};
use simcloud::Misconfiguration;
use tokio::task::JoinSet;

use crate::boxes::report_of;

/// The check that must name a misconfiguration.
fn named_by(broken: Misconfiguration) -> &'static [&'static str] {
    use Misconfiguration as It;
    match broken {
        // Nothing is set up: each part of it is missing.
        It::Bare => &["mirror-mode", "volume-type"],
        It::SecondaryDark => &["sites-reachable"],
        It::PoolMissing => &["same-pool"],
        It::MirrorModePool | It::MirroringDisabled => &["mirror-mode"],
        It::PeerOneWay | It::PeerStranger => &["peers"],
        It::MirrorDaemonDown => &["mirror-daemons"],
        It::SecondaryUserWithoutCaps => &["secondary-user"],
        It::ServiceDown => &["service-up"],
        It::Frozen => &["not-frozen"],
        It::FailedOver => &["at-primary"],
        It::NoReplicationDevice | It::WrongReplicationDevice => &["pool-capabilities"],
        It::TypeNotReplicated | It::TypeOtherBackend => &["volume-type"],
        It::LogMissing | It::LogNotDebug => &["volume-log"],
        It::ShelveKept => &["shelve-offload"],
        It::LibvirtSecretMissing => &["libvirt-secret"],
        It::QuotaUsedUp => &["quota"],
        It::SecondaryFull => &["capacity"],
        It::ClockWrong => &["clock-skew"],
        It::VolumeNotReplicated => &["blast-radius"],
        // Its image is of somebody else's volume, with which no drill begins: the target does not say `shared: true`.
        It::ImageNotMirrored | It::ImageSplitBrain | It::ImageNotReplayed => &["replicated-images", "blast-radius"],
    }
}

fn is_expected_warning(broken: Misconfiguration, check: &str) -> bool {
    check == "shelve-offload" && broken == Misconfiguration::ShelveKept
}

#[tokio::test(flavor = "multi_thread")]
async fn each_misconfiguration_is_named_by_its_check_and_by_no_other() {
    let healthy = report_of(&[]).await;
    let well: Vec<&str> = CHECKS.iter().map(|check| check.name).collect();
    assert_eq!(healthy.with(Status::Ok), well, "a false alarm on a healthy cloud");
    let mut reports: Vec<(Misconfiguration, Report)> = Vec::new();
    for some in Misconfiguration::ALL.chunks(4) {
        let mut running = JoinSet::new();
        for broken in some.iter().copied() {
            running.spawn(async move { (broken, report_of(&[broken]).await) });
        }
        reports.extend(running.join_all().await);
    }
    reports.sort_by_key(|(broken, _)| *broken);
    for (broken, report) in &reports {
        for checked in &report.checks {
            let (name, status) = (checked.check, checked.finding.status);
            let must_name = named_by(*broken).contains(&name);
            let names = status == Status::Problem || (must_name && status == Status::Warning);
            assert_eq!(
                names, must_name,
                "{broken}: {name} is {status:?}: {:?}",
                checked.finding.evidence
            );
            let alarms = status == Status::Warning && !is_expected_warning(*broken, name);
            assert!(
                !alarms,
                "{broken}: a false alarm of {name}: {:?}",
                checked.finding.evidence
            );
        }
        let expected = if *broken == Misconfiguration::ShelveKept {
            Verdict::Ready
        } else {
            Verdict::NotReady
        };
        assert_eq!(report.verdict, expected, "{broken}");
    }
    insta::assert_snapshot!("matrix", matrix(&healthy, &reports));
}

/// One line a misconfiguration, with what each check says that does not say ok.
fn matrix(healthy: &Report, reports: &[(Misconfiguration, Report)]) -> String {
    let mut text = format!("{:30}{} checks ok\n", "(healthy)", healthy.with(Status::Ok).len());
    for (broken, report) in reports {
        let mut words = Vec::new();
        for status in [Status::Problem, Status::Warning, Status::NotChecked] {
            let names = report.with(status);
            if !names.is_empty() {
                words.push(format!("{}: {}", status.word(), names.join(" ")));
            }
        }
        // Writing into a String cannot fail.
        let _ = writeln!(text, "{:30}{}", broken.name(), words.join("; "));
    }
    text
}
