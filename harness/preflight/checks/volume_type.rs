//! Does a volume type of the target really select replication on this backend?

use super::super::facts::some_of;
use super::super::{At, Check, Facts, Finding, Fix, Group, WantedType};
use super::pool_capabilities::pools;
use super::storage::did_you_mean;
use crate::cloud::VolumeType;
use crate::drivers::{DriverProfile, REPLICATION_ENABLED};
use crate::targets::PLAIN_TYPE;

/// What drivers compare: no other text counts (`volume/drivers/rbd.py`, `_is_replicated_type`).
const REPLICATED: &str = REPLICATION_ENABLED.1;

pub(super) static CHECK: Check = Check {
    name: "volume-type",
    question: "Does a volume type of the target select replication on this backend?",
    group: Group::Cinder,
    essential: true,
    judge,
};

fn judge(facts: &Facts) -> Finding {
    let types = match &facts.cloud.types {
        Ok(types) => types,
        Err(unasked) => return Finding::unasked(unasked),
    };
    let backend_name = pools(facts).ok().and_then(|pools| {
        pools
            .first()
            .and_then(|pool| pool.capabilities.volume_backend_name.clone())
    });
    let is_plain = |wanted: &&WantedType| wanted.name == PLAIN_TYPE;
    let types_wanted = &facts.expected.types;
    // A type that is not to be replicated says nothing here, if there are others.
    let only_plain = types_wanted.iter().all(|wanted| is_plain(&wanted));
    let findings: Vec<Finding> = types_wanted
        .iter()
        .filter(|wanted| only_plain || !is_plain(wanted))
        .map(|wanted| judge_type(wanted, types, backend_name.as_deref(), &facts.expected.profile))
        .collect();
    // One that replicates is enough: a target may also name a type that must not.
    let good = findings
        .iter()
        .find(|finding| finding.fixes.is_empty() && finding.status == super::super::Status::Ok);
    good.cloned().unwrap_or_else(|| Finding::worst(findings))
}

fn judge_type(
    wanted: &WantedType,
    types: &[VolumeType],
    backend_name: Option<&str>,
    driver: &DriverProfile,
) -> Finding {
    let called = &wanted.name;
    let Some(existing) = &wanted.existing else {
        let name = wanted.backend_name.as_deref().unwrap_or_default();
        return match backend_name {
            Some(real) if real != name => Finding::problem(format!(
                "the type that each run makes for {called} would select volume_backend_name='{name}', and the backend has '{real}'"
            ))
            .fix(Fix::Do(format!("set volume-types.{called}.create.volume-backend-name to {real} in the target"))),
            _ => Finding::ok(format!(
                "each run makes a type of its own for {called} (volume_backend_name='{name}', replication_enabled='{REPLICATED}')"
            )),
        };
    };
    let set = |property: &str| format!("openstack volume type set --property {property} {existing}");
    let replicate = set(&format!("replication_enabled='{REPLICATED}'"));
    let Some(found) = types.iter().find(|found| found.name == *existing) else {
        let backend = backend_name.unwrap_or("BACKEND_NAME");
        let names: Vec<&str> = types.iter().map(|found| found.name.as_str()).collect();
        let finding = Finding::problem(format!("the cloud has no volume type {existing}"));
        let finding = if names.is_empty() {
            finding
        } else {
            finding.and(format!("it has {}", some_of(&names)))
        };
        if let Some(mean) = did_you_mean(existing, &names) {
            return finding.fix(Fix::Do(format!(
                "{mean} Then set volume-types.{called}.name in the target"
            )));
        }
        return finding
            .fix(Fix::Do(format!(
                "if one of its types is meant, set volume-types.{called}.name in the target; only if it is really missing:"
            )))
            .run(
            At::Here,
            format!(
                "openstack volume type create --property replication_enabled='{REPLICATED}' --property \
                 volume_backend_name='{backend}' {existing}"
            ),
        );
    };
    if let Some(finding) = lacks_specs(found, driver) {
        return finding;
    }
    match found.extra_specs.get("replication_enabled") {
        _ if !driver.replication_enabled_spec => {}
        Some(value) if value == REPLICATED => {}
        Some(value) => {
            return Finding::problem(format!(
                "type {existing} has replication_enabled='{value}'; drivers compare the text, and only '{REPLICATED}' counts"
            ))
            .run(At::Here, replicate);
        }
        None => {
            return Finding::problem(format!("type {existing} does not ask for replication")).run(At::Here, replicate);
        }
    }
    match (found.extra_specs.get("volume_backend_name"), backend_name) {
        (Some(name), Some(real)) if name != real => Finding::problem(format!(
            "type {existing} selects volume_backend_name='{name}', and the backend has '{real}'"
        ))
        .run(At::Here, set(&format!("volume_backend_name='{real}'"))),
        (Some(name), None) => Finding::ok(format!(
            "type {existing} has replication_enabled='{REPLICATED}' and volume_backend_name='{name}', which was not \
             compared: the scheduler lists no pool"
        )),
        (None, real) => Finding::warning(format!(
            "type {existing} names no volume_backend_name, so its volumes may be created on another backend"
        ))
        .run(
            At::Here,
            set(&format!("volume_backend_name='{}'", real.unwrap_or("BACKEND_NAME"))),
        ),
        (Some(name), Some(_)) => Finding::ok(format!(
            "type {existing} has replication_enabled='{REPLICATED}' and volume_backend_name='{name}'"
        )),
    }
}

/// What the driver needs besides `replication_enabled` and the type does not have, or has with another value than the mode's.
fn lacks_specs(found: &VolumeType, driver: &DriverProfile) -> Option<Finding> {
    let name = &found.name;
    let set = |key: &str, value: &str| format!("openstack volume type set --property '{key}'='{value}' {name}");
    for (key, value) in &driver.extra_specs {
        match found.extra_specs.get(key) {
            Some(seen) if seen == value => {}
            Some(seen) => {
                return Some(Finding::warning(format!(
                    "type {name} has {key}='{seen}', and the driver profile {} is for '{value}'",
                    driver.name
                )));
            }
            None => {
                return Some(
                    Finding::problem(format!(
                        "type {name} lacks {key}, without which {} does not replicate",
                        driver.driver
                    ))
                    .run(At::Here, set(key, value)),
                );
            }
        }
    }
    let missing = driver
        .needed_specs
        .iter()
        .find(|key| !found.extra_specs.contains_key(*key))?;
    Some(
        Finding::problem(format!(
            "type {name} lacks {missing}, without which {} does not replicate",
            driver.driver
        ))
        .run(At::Here, set(missing, "…")),
    )
}
