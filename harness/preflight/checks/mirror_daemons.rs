//! Does rbd-mirror run on both sites?

use super::super::{Check, Facts, Finding, Fix, Group, SiteFacts};
use super::storage::{each_site, no_answer};
use crate::names::SiteName;

pub(super) static CHECK: Check = Check {
    name: "mirror-daemons",
    question: "Do rbd-mirror daemons run on both sites, and are they well?",
    group: Group::Storage,
    essential: true,
    judge: |facts| each_site(facts, |name, site| judge(facts, name, site)),
};

fn judge(facts: &Facts, name: SiteName, site: &SiteFacts) -> Finding {
    let called = facts.site_name(name);
    let status = match &site.status {
        Ok(status) => status,
        Err(unasked) => return no_answer(facts, name, unasked),
    };
    let Some(daemons) = &status.daemons else {
        return Finding::not_checked(format!("{called} shows its daemons to administrators only")).fix(Fix::Do(
            format!("give sites.{name} `admin-arguments` in the target, such as `--id admin`"),
        ));
    };
    let start = |finding: Finding| {
        finding
            .run(called, "ceph orch apply rbd-mirror --placement=1")
            .fix(Fix::Do(
                "without cephadm: `systemctl enable --now ceph-rbd-mirror@rbd-mirror.NAME` on one machine of the site"
                    .to_owned(),
            ))
    };
    if daemons.is_empty() {
        return start(Finding::problem(format!("no rbd-mirror runs at {called}")));
    }
    let ill: Vec<String> = daemons
        .iter()
        .filter(|daemon| daemon.health != "OK")
        .map(|daemon| {
            let callouts = if daemon.callouts.is_empty() {
                String::new()
            } else {
                format!(": {}", daemon.callouts.join(", "))
            };
            format!(
                "rbd-mirror on {} at {called} is {}{callouts}",
                daemon.hostname, daemon.health
            )
        })
        .collect();
    let well = daemons.len() - ill.len();
    let looks = format!("rbd mirror pool status {} --verbose", facts.pool_name(name));
    match ill.split_first() {
        None => Finding::ok(format!(
            "{called}: {}",
            daemons
                .iter()
                .map(|daemon| format!("rbd-mirror {} on {} is OK", daemon.ceph_version, daemon.hostname))
                .collect::<Vec<_>>()
                .join(", ")
        )),
        Some((first, rest)) if well == 0 => Finding::problem(first.clone())
            .and_all(rest.to_vec())
            .run(called, looks),
        Some((first, rest)) => Finding::warning(first.clone())
            .and_all(rest.to_vec())
            .run(called, looks),
    }
}
