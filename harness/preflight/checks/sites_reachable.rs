//! Do both sites answer?

use super::super::{Check, Facts, Finding, Fix, Group, SiteFacts, Why};
use super::storage::each_site;
use crate::target::SiteName;

pub(super) static CHECK: Check = Check {
    name: "sites-reachable",
    question: "Do both storage clusters answer in their shells?",
    group: Group::Storage,
    essential: true,
    judge: |facts| each_site(facts, |name, site| judge(facts, name, site)),
};

fn judge(facts: &Facts, name: SiteName, site: &SiteFacts) -> Finding {
    let called = facts.site_name(name);
    match &site.cluster {
        Ok(cluster) => Finding::ok(format!(
            "{called}: cluster {}, {} monitor{}",
            cluster.fsid,
            cluster.monitors.len(),
            if cluster.monitors.len() == 1 { "" } else { "s" }
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
