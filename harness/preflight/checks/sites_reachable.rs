//! Do both sites answer?

use super::super::{Check, Facts, Finding, Fix, Group, SiteFacts, Why};
use super::storage::each_site;
use crate::counted::counted;
use crate::names::SiteName;

pub(super) static CHECK: Check = Check {
    name: "sites-reachable",
    question: "Do both storage clusters answer in their shells, and are they two?",
    group: Group::Storage,
    essential: true,
    judge: |facts| one_cluster(facts).unwrap_or_else(|| each_site(facts, |name, site| judge(facts, name, site))),
};

/// What a drill would see of one cluster, asked twice, is itself.
fn one_cluster(facts: &Facts) -> Option<Finding> {
    let [primary, secondary] = SiteName::ALL.map(|name| facts.site(name).cluster.as_ref().ok());
    let (primary, secondary) = (primary?, secondary?);
    if primary.fsid != secondary.fsid {
        return None;
    }
    let [here, there] = SiteName::ALL.map(|name| facts.site_name(name));
    Some(
        Finding::problem(format!(
            "the shells of {here} and {there} lead to one and the same cluster, {}",
            primary.fsid
        ))
        .fix(Fix::Do(
            "check `shell`, `prefix` and `rbd-arguments` of both sites in the target: one of them asks the other's \
             cluster (`ceph fsid` shows which)"
                .to_owned(),
        )),
    )
}

fn judge(facts: &Facts, name: SiteName, site: &SiteFacts) -> Finding {
    let called = facts.site_name(name);
    match &site.cluster {
        Ok(cluster) => Finding::ok(format!(
            "{called}: cluster {}, {}",
            cluster.fsid,
            counted(cluster.monitors.len(), "monitor")
        )),
        Err(unasked) if unasked.why == Why::NoWay => Finding::unasked(unasked),
        Err(unasked) => {
            let finding = Finding::problem(unasked.reason.clone());
            let finding = match &unasked.help {
                Some(help) => finding.fix(Fix::Do(help.clone())),
                None => finding,
            };
            finding.run(called, "ceph -s")
        }
    }
}
