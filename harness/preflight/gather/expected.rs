//! What the target says, as the checks need it.

use super::super::{Expected, ExpectedSite, WantedType};
use crate::targets::{Site, Target, VolumeTypeOrigin};

pub(super) fn expected(target: &Target) -> Expected {
    let profile = &target.driver.profile;
    let other_driver = (!profile.asks_rbd()).then(|| target.driver.called.clone());
    let types = target.volume_types.values().map(|wanted| match &wanted.origin {
        VolumeTypeOrigin::Existing(name) => WantedType {
            name: wanted.name.clone(),
            existing: Some(name.clone()),
            backend_name: None,
        },
        VolumeTypeOrigin::Create {
            volume_backend_name, ..
        } => WantedType {
            name: wanted.name.clone(),
            existing: None,
            backend_name: Some(volume_backend_name.clone()),
        },
    });
    Expected {
        target: target.name.to_string(),
        backend: target.backend.clone(),
        other_driver,
        profile: profile.clone(),
        primary: site(&target.sites.primary),
        secondary: target.sites.secondary.as_ref().map(site),
        replication_device: target.sites.secondary.as_ref().map(Site::replication_device),
        types: types.collect(),
        shared: target.shared,
        primary_id: target.primary_id().map(str::to_owned),
        volume_names: target.volume_name_template.clone(),
    }
}

fn site(site: &Site) -> ExpectedSite {
    ExpectedSite {
        name: site.name.clone(),
        backend_id: site.backend_id.clone(),
        pool: site.pool.clone(),
        user: site.cinder_user().map(str::to_owned),
        secret: site.libvirt_secret.clone(),
        hosts: hosts(site),
    }
}

/// `hosts` of the declared connection, which may be one text or a list.
fn hosts(site: &Site) -> Vec<String> {
    let text = |value: &serde_json::Value| value.as_str().map(str::to_owned);
    match site.connection.fields().get("hosts") {
        Some(serde_json::Value::Array(hosts)) => hosts.iter().filter_map(text).collect(),
        Some(host) => text(host).into_iter().collect(),
        None => Vec::new(),
    }
}
