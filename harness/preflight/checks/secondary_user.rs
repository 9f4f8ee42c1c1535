//! May cinder-volume's user work with the pool at the secondary site?

use super::super::{Check, Facts, Finding, Fix, Group, Why};
use super::storage::{no_answer, not_rbd};
use crate::site::Capabilities;
use crate::target::SiteName;

pub(super) static CHECK: Check = Check {
    name: "secondary-user",
    question: "May the user of replication_device work with the pool at the secondary site?",
    group: Group::Storage,
    essential: true,
    judge,
};

fn judge(facts: &Facts) -> Finding {
    if let Some(finding) = not_rbd(facts) {
        return finding;
    }
    let name = SiteName::Secondary;
    let (called, pool) = (facts.site_name(name), facts.pool_name(name));
    let access = &facts.secondary.user;
    let Some(user) = facts.expected.secondary.as_ref().and_then(|site| site.user.as_deref()) else {
        return match &access.opens {
            Err(unasked) => Finding::unasked(unasked),
            Ok(()) => Finding::not_checked("the target does not say who cinder-volume is there"),
        };
    };
    let known = access.capabilities.as_ref().ok().and_then(Option::as_ref);
    let grant = |finding: Finding| {
        match known {
        Some(caps) => finding.run(called, grant(user, caps, pool)),
        None => finding.fix(Fix::Do(format!(
            "let an administrator of {called} look at the capabilities of client.{user}: it needs osd 'profile rbd pool={pool}'"
        ))),
    }
    };
    match &access.capabilities {
        Ok(None) => {
            return Finding::problem(format!("{called} has no cephx user client.{user}")).run(
                called,
                format!("ceph auth get-or-create client.{user} mon 'profile rbd' osd 'profile rbd pool={pool}'"),
            );
        }
        Ok(Some(caps)) if !may_write(caps, pool) => {
            return grant(Finding::problem(format!(
                "client.{user} may not write pool {pool} at {called}: its capabilities are mon {:?}, osd {:?}",
                caps.mon, caps.osd
            )));
        }
        _ => {}
    }
    match (&access.opens, &access.capabilities) {
        (Ok(()), Ok(Some(caps))) => Finding::ok(format!(
            "client.{user} opens pool {pool} at {called} (osd {:?})",
            caps.osd
        )),
        (Ok(()), _) => Finding::ok(format!(
            "client.{user} opens pool {pool} at {called}; whether it may write is known to administrators only"
        )),
        // A site's shell need not have the user's keyring, which lies on the host of cinder-volume.
        (Err(_), Ok(Some(caps))) => Finding::ok(format!(
            "client.{user} has osd {:?} at {called}; it was not tried, as its keyring is not in the site's shell",
            caps.osd
        )),
        (Err(unasked), _) if unasked.why == Why::Forbidden => grant(
            Finding::problem(format!("client.{user} may not open pool {pool} at {called}")).and(unasked.reason.clone()),
        ),
        (Err(unasked), _) => no_answer(facts, name, unasked),
    }
}

/// The command that adds what a user lacks. `ceph auth caps` replaces all capabilities, so that those it has must be named.
fn grant(user: &str, caps: &Capabilities, pool: &str) -> String {
    let needed = format!("profile rbd pool={pool}");
    let osd = if caps.osd.is_empty() {
        needed
    } else {
        format!("{}, {needed}", caps.osd)
    };
    let mon = if caps.mon.is_empty() { "profile rbd" } else { &caps.mon };
    let mgr = if caps.mgr.is_empty() {
        String::new()
    } else {
        format!(" mgr '{}'", caps.mgr)
    };
    format!("ceph auth caps client.{user} mon '{mon}' osd '{osd}'{mgr}")
}

/// Whether capabilities let a user promote images of a pool, as far as the usual forms tell: a profile, or `allow` with
/// all of r, w and x, without a pool or for this one.
fn may_write(caps: &Capabilities, pool: &str) -> bool {
    caps.osd.split(',').map(str::trim).any(|grant| {
        let words: Vec<&str> = grant.split_whitespace().collect();
        let writes = match words.as_slice() {
            ["profile", profile, ..] => *profile == "rbd",
            ["allow", what, ..] => *what == "*" || ["r", "w", "x"].iter().all(|right| what.contains(right)),
            _ => false,
        };
        let mut pools = words.iter().filter_map(|word| word.strip_prefix("pool="));
        let here = match pools.next() {
            None => true,
            Some(named) => named == pool,
        };
        writes && here
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_capabilities_are_understood() {
        let caps = |osd: &str| Capabilities {
            mon: "profile rbd".to_owned(),
            osd: osd.to_owned(),
            mgr: String::new(),
        };
        for good in [
            "profile rbd pool=volumes",
            "profile rbd",
            "allow *",
            "allow class-read object_prefix rbd_children, allow rwx pool=volumes",
            "profile rbd pool=images, profile rbd pool=volumes",
        ] {
            assert!(may_write(&caps(good), "volumes"), "{good}");
        }
        for bad in [
            "",
            "profile rbd-read-only pool=volumes",
            "profile rbd pool=images",
            "allow r pool=volumes",
            "allow rwx pool=images",
        ] {
            assert!(!may_write(&caps(bad), "volumes"), "{bad}");
        }
    }
}
