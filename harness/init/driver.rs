//! Which driver profile a backend has.

use std::collections::BTreeMap;

use crate::cloud::{PoolCapabilities, VolumeType};
use crate::drivers::{DriverProfile, driver_files};

/// What is known of a backend's driver.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum DriverSeen {
    /// It is this one.
    One(String),
    /// It is one of these, or none of them.
    Several(Vec<String>),
}

/// The profile of a backend: by the class in cinder.conf, the protocol and the vendor of its pool, and the mode that its volume types
/// ask for.
pub(super) fn driver(class: Option<&str>, pool: &PoolCapabilities, types: &[&VolumeType]) -> DriverSeen {
    let protocol = pool.storage_protocol.as_deref().and_then(volume_type_of);
    let all = || driver_files().iter().flat_map(|file| &file.profiles);
    let mut fitting: Vec<&DriverProfile> = all()
        .filter(|profile| protocol.is_none_or(|protocol| profile.protocol == protocol))
        .collect();
    let of_class = |class: &str| -> Vec<&DriverProfile> {
        let is = |profile: &&&DriverProfile| profile.classes.iter().any(|one| one == class);
        fitting.iter().filter(is).copied().collect()
    };
    let of_vendor = || -> Vec<&DriverProfile> {
        let vendor = pool.vendor_name.clone().unwrap_or_default().to_lowercase();
        // `Open Source` is everybody's.
        let word = vendor
            .split([' ', ',', '('])
            .next()
            .filter(|word| word.len() > 2 && *word != "open");
        let is = |profile: &&&DriverProfile| word.is_some_and(|word| profile.title.to_lowercase().contains(word));
        fitting.iter().filter(is).copied().collect()
    };
    let narrower = match class {
        Some(class) => of_class(class),
        None => of_vendor(),
    };
    // A protocol of which only one driver knows, as Ceph's, needs neither.
    if !narrower.is_empty() {
        fitting = narrower;
    } else if class.is_some() {
        // Of this class nobody has written a profile: those for a protocol whatever the driver are what is left.
        fitting.retain(|profile| profile.classes.is_empty());
    }
    let of_mode: Vec<&DriverProfile> = fitting
        .iter()
        .filter(|profile| {
            !profile.extra_specs.is_empty() && types.iter().any(|one| has(&one.extra_specs, &profile.extra_specs))
        })
        .copied()
        .collect();
    if !of_mode.is_empty() {
        fitting = of_mode;
    }
    let mut names: Vec<String> = fitting.iter().map(|profile| profile.name.clone()).collect();
    names.dedup();
    match names.as_slice() {
        [one] => DriverSeen::One(one.clone()),
        _ => DriverSeen::Several(names),
    }
}

fn has(specs: &BTreeMap<String, String>, wanted: &BTreeMap<String, String>) -> bool {
    wanted.iter().all(|(key, value)| specs.get(key) == Some(value))
}

/// `driver_volume_type` of a pool's `storage_protocol`, which drivers spell in several ways (`cinder/common/constants.py`).
fn volume_type_of(protocol: &str) -> Option<&'static str> {
    let protocol = protocol.to_lowercase();
    let is = |words: &[&str]| words.contains(&protocol.as_str());
    Some(match () {
        () if is(&["ceph", "rbd"]) => "rbd",
        () if is(&["iscsi"]) => "iscsi",
        () if is(&["fc", "fibre_channel", "fibre channel"]) => "fibre_channel",
        () if protocol.starts_with("nvme") => "nvmeof",
        () if is(&["nfs"]) => "nfs",
        () if is(&["scaleio"]) => "scaleio",
        () => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pool(protocol: &str, vendor: &str) -> PoolCapabilities {
        serde_json::from_value(serde_json::json!({ "storage_protocol": protocol, "vendor_name": vendor }))
            .expect("a pool")
    }

    fn one(name: &str) -> DriverSeen {
        DriverSeen::One(name.to_owned())
    }

    #[test]
    fn a_class_a_protocol_and_a_type_name_a_profile() {
        assert_eq!(driver(None, &pool("ceph", "Open Source"), &[]), one("rbd"));
        let class = Some("cinder.volume.drivers.pure.PureISCSIDriver");
        let DriverSeen::Several(names) = driver(class, &pool("iSCSI", "Pure Storage"), &[]) else {
            panic!("one of several modes");
        };
        assert!(
            names.contains(&"pure-iscsi-async".to_owned()) && names.iter().all(|name| name.starts_with("pure-iscsi-"))
        );
        let specs =
            serde_json::json!({ "id": "1", "name": "gold", "extra_specs": { "replication_type": "<in> async" } });
        let gold: VolumeType = serde_json::from_value(specs).expect("a type");
        assert_eq!(driver(class, &pool("iSCSI", "x"), &[&gold]), one("pure-iscsi-async"));
    }

    #[test]
    fn a_driver_without_a_profile_is_not_taken_for_another_of_its_protocol() {
        let class = Some("cinder.volume.drivers.example.NobodyISCSIDriver");
        assert_eq!(driver(class, &pool("iSCSI", "Nobody"), &[]), one("iscsi"));
        let DriverSeen::Several(names) = driver(None, &pool("carrier pigeon", "Nobody"), &[]) else {
            panic!("any");
        };
        assert!(names.len() > 20);
    }
}
