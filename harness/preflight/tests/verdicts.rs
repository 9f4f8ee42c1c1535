//! What findings come to.

use super::super::{CHECKS, Facts, Report, Status, Unasked, Verdict};
use super::facts::ready;

fn silent<T>() -> Result<T, Unasked> {
    Err(Unasked::silent("it did not answer"))
}

/// Makes a check know nothing.
fn unknown(check: &str, facts: &mut Facts) {
    match check {
        "sites-reachable" => facts.primary.cluster = Err(Unasked::no_way("no shell", "add one")),
        "same-pool" | "mirror-mode" | "peers" => facts.primary.pool = silent(),
        "mirror-daemons" => facts.primary.status = silent(),
        "secondary-user" => {
            facts.secondary.user.opens = silent();
            facts.secondary.user.capabilities = silent();
        }
        "capacity" => facts.primary.pools = silent(),
        "declared-connection" => {
            if let Ok(cluster) = &mut facts.primary.cluster {
                cluster.hosts.clear();
            }
        }
        "guest-resources" => facts.cloud.guest.key = silent(),
        "pool-capabilities" => facts.cloud.pools = silent(),
        "volume-type" => facts.cloud.types = silent(),
        "quota" => facts.cloud.quota = silent(),
        "volume-log" => facts.logs.clear(),
        "shelve-offload" | "libvirt-secret" => facts.compute.clear(),
        "clock-skew" => facts.clocks.clear(),
        "blast-radius" | "replicated-images" => facts.cloud.volumes = silent(),
        // A service that cannot be requested is a problem of cloud-reachable.
        _ => facts.cloud.services = silent(),
    }
}

#[test]
fn nothing_essential_may_be_left_out_of_a_promise() {
    for check in CHECKS {
        let mut facts = ready();
        unknown(check.name, &mut facts);
        let report = Report::of(&facts);
        if check.name == "cloud-reachable" {
            assert_eq!(report.verdict, Verdict::NotReady);
            continue;
        }
        let status = report.finding(check.name).map(|finding| finding.status);
        assert_eq!(status, Some(Status::NotChecked), "{}", check.name);
        if check.essential {
            assert_ne!(report.verdict, Verdict::Ready, "{}", check.name);
            assert!(!report.summary.contains("can be"), "{}", report.summary);
        } else {
            assert_eq!(report.verdict, Verdict::Ready, "{}", check.name);
            assert!(report.summary.contains(check.name), "{}", report.summary);
        }
    }
}

#[test]
fn half_of_a_check_is_no_check() {
    let mut facts = ready();
    // The secondary site would only be worth a warning, and of the primary one nothing is known.
    if let Ok(status) = &mut facts.secondary.status {
        status.daemons = Some(vec![
            super::facts::daemon("OK", &[]),
            super::facts::daemon("WARNING", &["x"]),
        ]);
    }
    facts.primary.status = silent();
    assert_eq!(Report::of(&facts).verdict, Verdict::Unknown);
}
