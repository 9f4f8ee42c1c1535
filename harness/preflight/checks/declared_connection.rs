//! Does the connection that the target declares of each site fit the site's monitors?

use super::super::{Check, Facts, Finding, Fix, Group, SiteFacts};
use super::storage::{each_site, no_answer};
use crate::names::SiteName;

pub(super) static CHECK: Check = Check {
    name: "declared-connection",
    question: "Are the monitors that the target declares of each site those that the site has?",
    group: Group::Storage,
    essential: true,
    judge: |facts| each_site(facts, |name, site| judge(facts, name, site)),
};

/// The driver puts the monitors of `mon dump` into connection info (`volume/drivers/rbd.py`, `_get_mon_addrs`), so a drill
/// whose target declares others would judge a right connection to be a wrong one, after the failover.
fn judge(facts: &Facts, name: SiteName, site: &SiteFacts) -> Finding {
    let called = facts.site_name(name);
    let declared = facts
        .expected
        .site(name)
        .map(|site| site.hosts.as_slice())
        .unwrap_or_default();
    if declared.is_empty() {
        return Finding::ok("no site's declared connection names hosts that are not its monitors");
    }
    let cluster = match &site.cluster {
        Ok(cluster) => cluster,
        Err(unasked) => return no_answer(facts, name, unasked),
    };
    if cluster.hosts.is_empty() {
        return Finding::not_checked(format!("{called} does not say where its monitors listen"));
    }
    let bare = |host: &String| host.trim_matches(['[', ']']).to_ascii_lowercase();
    let declared: Vec<String> = declared.iter().map(bare).collect();
    let real: Vec<String> = cluster.hosts.iter().map(bare).collect();
    let missing: Vec<&String> = declared.iter().filter(|host| !real.contains(host)).collect();
    if missing.is_empty() && declared.len() == real.len() {
        return Finding::ok("no site's declared connection names hosts that are not its monitors");
    }
    let words = format!(
        "the target declares hosts {} of {called}, and its monitors are {}",
        declared.join(", "),
        real.join(", ")
    );
    let set = Fix::Write {
        file: format!("the target, sites.{name}.connection"),
        line: format!("hosts: [{}]", cluster.hosts.join(", ")),
    };
    if missing.len() < declared.len() {
        // It may be that the target was written before a monitor came or went; which of them Cinder sees is its own matter.
        return Finding::warning(words).fix(set);
    }
    let other = facts.site(name.other()).cluster.as_ref().ok();
    let is_others = other.is_some_and(|other| declared.iter().all(|host| other.hosts.contains(host)));
    let finding = Finding::problem(words);
    if is_others {
        finding.fix(Fix::Do(format!(
            "these are the monitors of {}: have the sites changed places in the target?",
            facts.site_name(name.other())
        )))
    } else {
        finding.fix(set)
    }
}
