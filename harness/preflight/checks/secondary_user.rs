//! May cinder-volume's user work with the pool at the secondary site?

use super::super::{Check, Facts, Finding, Fix, Group, Why};
use super::capabilities::{MayWrite, may_write};
use super::storage::{no_answer, not_rbd};
use crate::names::SiteName;
use crate::site::Capabilities;

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
            Ok(()) => Finding::not_checked("the target does not say as which user cinder-volume works there"),
        };
    };
    let known = access.capabilities.as_ref().ok().and_then(Option::as_ref);
    let look = || {
        Fix::Do(format!(
            "have an administrator of {called} check the capabilities of client.{user}: it needs osd 'profile rbd \
             pool={pool}'"
        ))
    };
    if matches!(&access.capabilities, Ok(None)) {
        return no_such_user(called, pool, user);
    }
    // What was tried weighs more than what capabilities seem to say.
    match (&access.opens, known) {
        (Err(unasked), _) if unasked.why == Why::LoginRefused => {
            return Finding::problem(format!("{called} does not let client.{user} in"))
                .and(unasked.reason.clone())
                .fix_if(unasked.help.clone().map(Fix::Do))
                .run(called, "ceph health detail");
        }
        (Err(unasked), Some(caps)) if unasked.why == Why::Forbidden => {
            let finding = Finding::problem(format!(
                "client.{user} may not open pool {pool} at {called}: it was refused"
            ))
            .and(unasked.reason.clone());
            return lacking(finding, facts, user, caps);
        }
        (Err(unasked), None) if unasked.why == Why::Forbidden => {
            return Finding::problem(format!("client.{user} may not open pool {pool} at {called}"))
                .and(unasked.reason.clone())
                .fix(look());
        }
        _ => {}
    }
    let Some(caps) = known else {
        return match &access.opens {
            Ok(()) => Finding::ok(format!(
                "client.{user} opens pool {pool} at {called}; whether it may write is known to administrators only"
            )),
            Err(unasked) => no_answer(facts, name, unasked),
        };
    };
    match (may_write(&caps.osd, pool), &access.opens) {
        (MayWrite::Yes, Ok(())) => Finding::ok(format!(
            "client.{user} opens pool {pool} at {called} (osd {:?})",
            caps.osd
        )),
        // A site's shell need not have the user's keyring, which lies on the host of cinder-volume.
        (MayWrite::Yes, Err(unasked)) if unasked.why == Why::NoKeyring => Finding::ok(format!(
            "client.{user} has osd {:?} at {called}; it was not tried, as its keyring is not in the site's shell",
            caps.osd
        )),
        (MayWrite::Yes, Err(unasked)) => {
            no_answer(facts, name, unasked).and(format!("its capabilities at {called} are good: osd {:?}", caps.osd))
        }
        (MayWrite::NotUnderstood(part), Ok(())) => Finding::ok(format!("client.{user} opens pool {pool} at {called}"))
            .and(format!(
                "{part:?} among its capabilities is not understood: check yourself whether it may write"
            )),
        (MayWrite::NotUnderstood(part), Err(_)) => Finding::not_checked(format!(
            "{part:?} among the capabilities of client.{user} at {called} is not understood, and the user was not \
             tried: check yourself"
        ))
        .fix(look()),
        (MayWrite::Unreadable(_) | MayWrite::No, _) => {
            let finding = Finding::problem(format!(
                "client.{user} may not write pool {pool} at {called}: its capabilities are mon {:?}, osd {:?}",
                caps.mon, caps.osd
            ));
            lacking(finding, facts, user, caps)
        }
    }
}

fn no_such_user(called: &str, pool: &str, user: &str) -> Finding {
    Finding::problem(format!("{called} has no cephx user client.{user}"))
        .fix(Fix::Do(
            "if another user is meant (`ceph auth ls`), set auth_username of the site's connection in the target, and `user` of \
             replication_device; only if it is really missing:"
                .to_owned(),
        ))
        .run(
            called,
            format!("ceph auth get-or-create client.{user} mon 'profile rbd' osd 'profile rbd pool={pool}'"),
        )
}

/// What to do about capabilities that do not suffice.
fn lacking(finding: Finding, facts: &Facts, user: &str, caps: &Capabilities) -> Finding {
    let name = SiteName::Secondary;
    let (called, pool) = (facts.site_name(name), facts.pool_name(name));
    match may_write(&caps.osd, pool) {
        MayWrite::Unreadable(part) => finding
            .and(format!(
                "Ceph cannot read {part:?} among its osd capabilities {:?}, and then allows nothing at all",
                caps.osd
            ))
            .fix(Fix::Do(format!(
                "set the capabilities again without {part:?}, which is not a grant (a grant begins with `allow` or \
                 `profile`); `ceph auth caps` replaces all of them"
            )))
            .run(called, format!("ceph auth get client.{user}")),
        MayWrite::No => finding.run(called, grant(user, caps, pool)),
        MayWrite::Yes | MayWrite::NotUnderstood(_) => finding
            .and(format!("its capabilities are mon {:?}, osd {:?}", caps.mon, caps.osd))
            .fix(Fix::Do(format!(
                "find out why: `ceph health detail` at {called} names capabilities that Ceph cannot read, and the \
                 keyring in the site's shell may be that of another user"
            ))),
    }
}

/// The command that adds what a user lacks. `ceph auth caps` replaces all capabilities, so those it has must be named.
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
