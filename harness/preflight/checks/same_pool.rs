//! Is there a pool of the same name on both sites?

use super::super::facts::some_of;
use super::super::{Check, Facts, Finding, Fix, Group, Why};
use super::storage::{did_you_mean, no_answer, not_rbd};
use crate::names::SiteName;

pub(super) static CHECK: Check = Check {
    name: "same-pool",
    question: "Do both clusters have the pool, under one name?",
    group: Group::Storage,
    essential: true,
    judge,
};

/// `replication_device` has no `pool`: the driver takes that of the backend at the other site, too
/// (`volume/drivers/rbd.py`).
fn judge(facts: &Facts) -> Finding {
    if let Some(finding) = not_rbd(facts) {
        return finding;
    }
    let [primary, secondary] = SiteName::ALL.map(|name| facts.pool_name(name));
    if facts.expected.secondary.is_some() && primary != secondary {
        return Finding::problem(format!(
            "the target names pool {primary} at the primary site and {secondary} at the secondary one"
        ))
        .fix(Fix::Do(
            "the RBD driver uses one pool name on both sites (replication_device has no pool): give both one pool"
                .to_owned(),
        ));
    }
    let findings = SiteName::ALL.map(|name| match &facts.site(name).pool {
        Ok(_) => Finding::ok(format!("both sites have pool {primary}")),
        Err(unasked) if unasked.why == Why::NoSuchPool => no_such_pool(facts, name),
        Err(unasked) => no_answer(facts, name, unasked),
    });
    Finding::worst(findings.to_vec())
}

/// A pool that is not there is more often a slip in the target than a pool to be made.
fn no_such_pool(facts: &Facts, name: SiteName) -> Finding {
    let (site, pool) = (facts.site_name(name), facts.pool_name(name));
    let finding = Finding::problem(format!("{site} has no pool {pool}"));
    let known: Vec<&str> = match &facts.site(name).pools {
        Ok(pools) => pools.iter().map(|known| known.pool.as_str()).collect(),
        Err(_) => Vec::new(),
    };
    if known.contains(&pool) {
        return finding.and("`ceph df` lists it").fix(Fix::Do(
            "`rbd` and `ceph` seem to ask two clusters: compare rbd-arguments and admin-arguments of the site in the target"
                .to_owned(),
        ));
    }
    let mean = did_you_mean(pool, &known);
    let finding = if known.is_empty() {
        finding
    } else {
        finding.and(format!("it has {}", some_of(&known)))
    };
    match mean {
        Some(mean) => finding.fix(Fix::Do(format!("{mean} Then set `pool` of the sites in the target"))),
        None => finding
            .fix(Fix::Do(
                "if one of its pools is meant, set `pool` of the sites in the target; only if it is really missing:"
                    .to_owned(),
            ))
            .run(site, format!("ceph osd pool create {pool}"))
            .run(site, format!("rbd pool init {pool}")),
    }
}
