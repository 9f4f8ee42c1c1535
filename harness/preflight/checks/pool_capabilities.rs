//! Does the driver replicate, and to the target's secondary site?

use super::super::{At, Check, Facts, Finding, Fix, Group};
use super::storage::did_you_mean;
use crate::cloud::{Pool, Service};

pub(super) static CHECK: Check = Check {
    name: "pool-capabilities",
    question: "Does the driver replicate, and to the target's secondary site?",
    group: Group::Cinder,
    essential: true,
    judge,
};

fn judge(facts: &Facts) -> Finding {
    let backend = &facts.expected.backend;
    let replication_status = match facts.service() {
        Ok(Some(service)) => service.replication_status.as_deref(),
        _ => None,
    };
    let pools = match pools(facts) {
        Ok(pools) => pools,
        Err(finding) => {
            // The service's own row shows it, too, where the scheduler lists no pool.
            return if matches!(replication_status, Some("disabled" | "not-capable")) {
                not_replicated(facts)
            } else {
                finding
            };
        }
    };
    if let Some(pool) = pools.iter().find(|pool| !pool.capabilities.replication_enabled) {
        return not_replicated(facts).and(format!("pool {}: replication_enabled is false", pool.name));
    }
    let wanted = facts
        .expected
        .secondary
        .as_ref()
        .and_then(|site| site.backend_id.as_deref());
    let targets = pools
        .iter()
        .map(|pool| (&pool.name, &pool.capabilities.replication_targets));
    for (name, targets) in targets {
        let told = targets.join(", ");
        match wanted {
            Some(wanted) if !targets.is_empty() && !targets.iter().any(|target| target == wanted) => {
                return Finding::problem(format!(
                    "pool {name} can fail over to {told}, but not to {wanted}, which the target names as backend-id"
                ))
                .and("Cinder accepts an unknown backend_id, and sets volumes to error before it validates it")
                .fix_if(
                    did_you_mean(wanted, &targets.iter().map(String::as_str).collect::<Vec<_>>()).map(|mean| {
                        Fix::Do(format!(
                            "{mean} Then set `backend-id` of the secondary site in the target"
                        ))
                    }),
                )
                .fix(Fix::Do(
                    "set `backend-id` of the secondary site in the target, or `backend_id` of replication_device in \
                     cinder.conf, to the other"
                        .to_owned(),
                ));
            }
            Some(wanted) if targets.is_empty() => {
                return Finding::warning(format!(
                    "{backend} replicates; whether {wanted} is one of its targets its driver does not say"
                ));
            }
            _ => {}
        }
    }
    let told = pools
        .first()
        .map(|pool| pool.capabilities.replication_targets.join(", "))
        .unwrap_or_default();
    Finding::ok(format!("{backend} has replication_enabled, and targets {told}"))
}

/// The pools of the backend, or why there are none to be judged.
pub(super) fn pools(facts: &Facts) -> Result<Vec<&Pool>, Finding> {
    let backend = &facts.expected.backend;
    let all = facts.cloud.pools.as_ref().map_err(Finding::unasked)?;
    let of_backend = |pool: &&Pool| backend.holds(&pool.name);
    let pools: Vec<&Pool> = all.iter().filter(of_backend).collect();
    if !pools.is_empty() {
        return Ok(pools);
    }
    let hidden =
        |service: &Service| service.state != "up" || service.status != "enabled" || service.frozen == Some(true);
    Err(match facts.service() {
        Ok(Some(service)) if hidden(service) => Finding::not_checked(
            "the scheduler lists no pool of a backend that is down, disabled, frozen or failed over",
        ),
        Ok(Some(_)) => Finding::not_checked(format!(
            "the scheduler knows no pool of {backend} (yet): cinder-volume reports them once a minute"
        )),
        _ => Finding::not_checked("there is no such service: see service-up"),
    })
}

fn not_replicated(facts: &Facts) -> Finding {
    let backend = &facts.expected.backend;
    let section = backend.backend();
    let id = facts
        .expected
        .secondary
        .as_ref()
        .and_then(|site| site.backend_id.as_deref());
    Finding::problem(format!("the driver of {backend} does not replicate"))
        .fix(Fix::Write {
            file: format!("cinder.conf, section [{section}]"),
            line: match (&facts.expected.other_driver, &facts.expected.replication_device) {
                (None, Some(line)) => line.clone(),
                _ => format!("replication_device = backend_id:{},…", id.unwrap_or("…")),
            },
        })
        .run(At::Controller, "systemctl restart cinder-volume")
}
