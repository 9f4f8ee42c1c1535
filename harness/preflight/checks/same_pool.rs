//! Is there a pool of the same name on both sites?

use super::super::{Check, Facts, Finding, Fix, Group, Why};
use super::storage::{no_answer, not_rbd};
use crate::target::SiteName;

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
    let findings = SiteName::ALL.map(|name| {
        let site = facts.site_name(name);
        match &facts.site(name).pool {
            Ok(_) => Finding::ok(format!("both sites have pool {primary}")),
            Err(unasked) if unasked.why == Why::NoSuchPool => {
                let pool = facts.pool_name(name);
                Finding::problem(format!("{site} has no pool {pool}"))
                    .run(site, format!("ceph osd pool create {pool}"))
                    .run(site, format!("rbd pool init {pool}"))
            }
            Err(unasked) => no_answer(facts, name, unasked),
        }
    });
    Finding::worst(findings.to_vec())
}
