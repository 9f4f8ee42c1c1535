//! What a run is about to do, for its journal.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::chain::Chain;
use crate::connection::ConnectionInfo;
use crate::event::RunDescription;
use crate::names::SiteName;
use crate::plan::place;
use crate::session::Asked;
use crate::targets::{self, BudgetName, CloudSource, GuestAddress, Target, VolumeTypeOrigin};

/// What the run is about to do, and on what.
pub(super) fn describe(target: &Target, chains: &[Chain], asked: &Asked) -> RunDescription {
    let mut description = RunDescription {
        versions: versions(),
        target: without_secrets(target),
        shard: asked.shard,
        repetitions: asked.repetitions,
        ..RunDescription::default()
    };
    let links = chains.iter().flat_map(|chain| &chain.links);
    let written = links.filter_map(|link| Some((&link.scenario, link.at.as_ref()?)));
    let skipped = asked.skipped.iter().map(|skipped| (&skipped.scenario, &skipped.at));
    for (scenario, at) in written.chain(skipped) {
        description.scenarios.insert(scenario.to_string(), place(at));
    }
    for chain in chains {
        // A chain that runs again has the same plan.
        if description
            .plans
            .iter()
            .any(|plan| plan.scenario == chain.plan.scenario.as_str())
        {
            continue;
        }
        let plan = chain.plan.record();
        for step in &plan.steps {
            if let Some(text) = asked.sources.text(&step.at.file) {
                description.sources.insert(step.at.file.clone(), text.to_owned());
            }
        }
        description.plans.push(plan);
    }
    description
}

fn versions() -> BTreeMap<String, String> {
    BTreeMap::from([
        ("cinder-drill".to_owned(), env!("CARGO_PKG_VERSION").to_owned()),
        (
            "platform".to_owned(),
            format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
        ),
    ])
}

/// The target without secrets: no key, no credential, no prefix of a command (which may hold one).
fn without_secrets(target: &Target) -> Map<String, Value> {
    let sites: Vec<Value> = SiteName::ALL
        .into_iter()
        .filter_map(|name| target.sites.get(name).map(|site| self::site(name, site)))
        .collect();
    let types: Map<String, Value> = target
        .volume_types
        .iter()
        .map(|(name, found)| (name.clone(), volume_type(&found.origin)))
        .collect();
    let budgets: Map<String, Value> = BudgetName::ALL
        .into_iter()
        .map(|name| (name.key().to_owned(), json!(target.budgets.get(name).as_secs_f64())))
        .collect();
    let cloud = match &target.cloud {
        CloudSource::Named(name) => name.clone(),
        CloudSource::Environment => "the environment's OS_* variables".to_owned(),
    };
    let driver = &target.driver.called;
    let guest = &target.guest;
    let address = match &guest.address {
        GuestAddress::Fixed => "fixed".to_owned(),
        GuestAddress::Floating { network } => format!("floating, from {network}"),
    };
    let value = json!({
        "name": target.name.as_str(),
        "summary": target.summary,
        "file": target.file.display().to_string(),
        "embedded_cloud": target.simcloud.is_some(),
        "cloud": cloud,
        "backend": target.backend,
        "driver": driver,
        "sites": sites,
        "volume_log": (!target.volume_logs.is_empty()).then(|| {
            let logs = target.volume_logs.iter();
            logs.map(|log| format!("{} on {}", log.source, log.shell)).collect::<Vec<_>>().join(", ")
        }),
        "volume_types": types,
        "guest": {
            "image": guest.image, "flavor": guest.flavor, "network": guest.network, "user": guest.user,
            "address": address,
        },
        "shared": target.shared,
        "snapshots": target.snapshots.as_ref().map(|folder| folder.display().to_string()),
        "budgets_seconds": budgets,
    });
    match value {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

fn site(position: SiteName, site: &targets::Site) -> Value {
    let connection: Map<String, Value> = site
        .connection
        .fields()
        .iter()
        .map(|(field, value)| (field.clone(), value.clone()))
        .collect();
    json!({
        "position": position.as_str(),
        "name": site.name,
        "backend_id": site.backend_id,
        "shell": site.shell.as_ref().map(ToString::to_string),
        "pool": site.pool,
        "connection": ConnectionInfo::from(connection).without_secrets(),
    })
}

fn volume_type(origin: &VolumeTypeOrigin) -> Value {
    match origin {
        VolumeTypeOrigin::Existing(name) => json!(name),
        VolumeTypeOrigin::Create {
            volume_backend_name, ..
        } => {
            json!(format!("made by the run on volume_backend_name {volume_backend_name}"))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::diagnostic::SourceMap;
    use crate::document::MemoryFiles;
    use crate::targets::Variables;

    #[test]
    fn a_target_is_described_without_its_secrets() {
        let example = include_str!("../../fixtures/targets/example.yaml");
        let spoiled = example
            .replace(
                "auth_username: cinder }",
                "auth_username: cinder, auth_password: S3CRET }",
            )
            .replace("prefix: sudo", "prefix: env CEPH_ARGS=--key=S3CRET sudo");
        assert_eq!(spoiled.matches("S3CRET").count(), 3);
        let files = MemoryFiles::new([("target.yaml", spoiled.as_str())]);
        let mut sources = SourceMap::default();
        let target = Target::load_from(&files, Path::new("target.yaml"), &Variables::of_process(), &mut sources);
        let target = target.unwrap_or_else(|faults| panic!("{faults}"));
        let description = describe(&target, &[], &Asked::default());
        let text = serde_json::to_string(&description).expect("JSON");
        assert!(!text.contains("S3CRET") && text.contains("[secret "), "{text}");
        assert!(!text.contains("/.ssh/"), "{text}");
        assert_eq!(description.target["sites"][1]["name"], "site-b");
        assert_eq!(description.target["budgets_seconds"]["failover"], 600.0);
    }
}
