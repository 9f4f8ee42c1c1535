//! Is there room for a drill on both sites?

use super::super::{Check, Facts, Finding, Fix, Group, SiteFacts};
use super::storage::{each_site, no_answer};
use crate::names::SiteName;

/// What the drill of a flow writes at most: one volume of 1 GiB.
const DRILL_BYTES: u64 = 1 << 30;
/// Below this, a site is soon full.
const AMPLE_BYTES: u64 = 10 << 30;

pub(super) static CHECK: Check = Check {
    name: "capacity",
    question: "Is there room for a drill on both sites?",
    group: Group::Storage,
    essential: false,
    judge: |facts| each_site(facts, |name, site| judge(facts, name, site)),
};

fn judge(facts: &Facts, name: SiteName, site: &SiteFacts) -> Finding {
    let (called, pool) = (facts.site_name(name), facts.pool_name(name));
    let room = match site
        .pools
        .as_ref()
        .map(|pools| pools.iter().find(|found| found.pool == pool))
    {
        Ok(Some(room)) => room.free_bytes,
        Ok(None) => return Finding::not_checked(format!("{called} has no such pool: see same-pool")),
        Err(unasked) => return no_answer(facts, name, unasked),
    };
    let words = format!("{called} has {} left in pool {pool}", gib(room));
    let make_room = Fix::Do(format!(
        "make room at {called}: a full cluster stops replay, and what it lacks is lost in a failover"
    ));
    if room < DRILL_BYTES {
        Finding::problem(words).fix(make_room).run(called, "ceph df")
    } else if room < AMPLE_BYTES {
        Finding::warning(words).fix(make_room)
    } else {
        Finding::ok(words)
    }
}

fn gib(bytes: u64) -> String {
    let gib = bytes as f64 / f64::from(1 << 30);
    if gib < 10.0 {
        format!("{gib:.2} GiB")
    } else {
        format!("{gib:.0} GiB")
    }
}
