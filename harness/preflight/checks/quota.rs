//! May the project make what a drill makes?

use super::super::{At, Check, Facts, Finding, Group};
use crate::cloud::QuotaUsage;

/// What the drill of a flow makes at once: one volume of 1 GiB.
const VOLUMES: u64 = 1;
const GIBIBYTES: u64 = 1;

pub(super) static CHECK: Check = Check {
    name: "quota",
    question: "May the project make the volume of a drill?",
    group: Group::Drill,
    essential: false,
    judge,
};

fn judge(facts: &Facts) -> Finding {
    let quota = match &facts.cloud.quota {
        Ok(quota) => quota,
        Err(unasked) => return Finding::unasked(unasked),
    };
    let project = facts.cloud.project.as_deref().unwrap_or("PROJECT");
    let short = |usage: &QuotaUsage, needed: u64| usage.left().is_some_and(|left| left < needed);
    for (word, usage, needed) in [
        ("volumes", &quota.volumes, VOLUMES),
        ("gigabytes", &quota.gigabytes, GIBIBYTES),
    ] {
        if short(usage, needed) {
            return Finding::problem(format!(
                "the quota of {word} is used up: {} of {} in use or reserved, and a drill needs {needed} more",
                usage.in_use + usage.reserved,
                usage.limit
            ))
            .run(
                At::Here,
                format!(
                    "openstack quota set --{word} {} {project}",
                    usage.limit.max(usage.in_use) + 10
                ),
            );
        }
    }
    let left = |usage: &QuotaUsage, unit: &str| match usage.left() {
        Some(left) => format!("{left}{unit}"),
        None => "no limit".to_owned(),
    };
    Finding::ok(format!(
        "left: {} volumes, {}",
        left(&quota.volumes, ""),
        left(&quota.gigabytes, " GiB")
    ))
}
