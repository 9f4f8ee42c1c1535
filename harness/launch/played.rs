//! The drivers that the embedded cloud plays: from a profile and what a target declares of its sites to what simcloud needs; and a
//! target for whoever only names a driver.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use serde_json::{Map, Value, json};

use super::like::like;
use crate::diagnostic::{SourceMap, render_all};
use crate::document::MemoryFiles;
use crate::drivers::{
    BackendIdRule, DriverProfile, FailbackBy, Identity, TargetsInStats, UnknownTarget, WithoutPreparation,
};
use crate::failure::Failure;
use crate::targets::{Site, Target, Variables};

/// The `backend_id` of the secondary site of a target that is made up.
const SECONDARY_ID: &str = "array-b";
/// What a driver says that fails back by a failover to its own array.
const PRIMARY_ID: &str = "192.0.2.10";

/// What the embedded cloud plays for a target; none for RBD, which it is by itself.
pub(crate) fn played(target: &Target) -> Option<simcloud::Played> {
    let profile = &target.driver.profile;
    if profile.asks_rbd() {
        return None;
    }
    let secondary = target.sites.secondary.as_ref();
    let connection = |site: &Site| -> Map<String, Value> {
        let fields = site.connection.fields();
        fields
            .iter()
            .map(|(field, value)| (field.clone(), value.clone()))
            .collect()
    };
    let connections = [
        connection(&target.sites.primary),
        secondary.map(connection).unwrap_or_default(),
    ];
    let fields = &profile.fields;
    let declared = |field: &&String| connections[0].contains_key(*field);
    let of_manager = |field: &&String| OF_OTHERS.contains(&field.as_str());
    let absent = |field: &&String| fields.may_be_absent.contains(field);
    let replication_target = secondary.and_then(|site| site.backend_id.clone());
    let replication_target = replication_target.unwrap_or_else(|| SECONDARY_ID.to_owned());
    let mut specs = profile.specs_of_a_type();
    specs.extend(
        profile
            .needed_specs
            .iter()
            .map(|key| (key.clone(), "cinder-drill".to_owned())),
    );
    let undeclared = fields.site.iter().filter(|field| !declared(field) && !absent(field));
    let site_fields = fields.volume_at_site.iter().chain(undeclared);
    Some(simcloud::Played {
        name: profile.name.clone(),
        class: profile.classes.first().cloned().unwrap_or_default(),
        vendor: profile.title.clone(),
        driver_volume_type: profile.protocol.clone(),
        of_volume_at_site: site_fields.cloned().collect(),
        of_volume: fields.keep.iter().filter(|field| !of_manager(field)).cloned().collect(),
        of_attachment: fields
            .may_change
            .iter()
            .filter(|field| !of_manager(field) && !declared(field))
            .cloned()
            .collect(),
        connections,
        random: fields.random.clone(),
        both_sites: fields.both_sites,
        targets: match profile.targets {
            TargetsInStats::BackendIds => vec![json!(replication_target)],
            TargetsInStats::Others => vec![json!({ "backend_id": replication_target, "san_password": "not-for-you" })],
        },
        replication_target,
        needs_target: profile.backend_id == BackendIdRule::Required,
        unknown_target: match profile.unknown_target {
            UnknownTarget::Refused => simcloud::UnknownTarget::Refused,
            UnknownTarget::Breaks => simcloud::UnknownTarget::Breaks,
            UnknownTarget::Accepted => simcloud::UnknownTarget::Accepted,
        },
        active_backend_id: profile.active_backend_id.clone(),
        primary_id: target.sites.primary.active_backend_id.clone(),
        status_away: profile.status_away.clone(),
        status_failed_back: profile.failback.status.clone(),
        // What is needed after an unplanned failover only, a planned one does not see.
        failback: match profile.failback.without {
            _ if profile.failback.only_unplanned => simcloud::Failback::Whole,
            WithoutPreparation::FailsBack => simcloud::Failback::Whole,
            WithoutPreparation::Refused => simcloud::Failback::Refused,
            WithoutPreparation::LosesWrites => simcloud::Failback::LosesWrites,
            WithoutPreparation::VolumesFail => simcloud::Failback::VolumesFail,
        },
        specs,
    })
}

/// What the embedded cloud plays if only a driver is named; none for RBD.
///
/// # Errors
/// The target that is made up for it has faults.
pub(crate) fn played_by_name(profile: &DriverProfile) -> Result<Option<simcloud::Played>, Failure> {
    let files = MemoryFiles::new([("target.yaml", target_of(profile))]);
    let mut sources = SourceMap::default();
    let target = Target::load_from(&files, Path::new("target.yaml"), &Variables::default(), &mut sources);
    match target {
        Ok(target) => Ok(played(&target)),
        Err(faults) => Err(Failure::harness(format!("nobody can play {}", profile.name))
            .detail("because", render_all(&faults, &sources, false))),
    }
}

/// The fields that the manager adds, or that name the attachment.
const OF_OTHERS: [&str; 8] = [
    "volume_id",
    "driver_volume_type",
    "access_mode",
    "encrypted",
    "qos_specs",
    "cacheable",
    "enforce_multipath",
    "attachment_id",
];

/// The target of an embedded cloud that plays a driver, as a file.
#[must_use]
pub fn target_of(profile: &DriverProfile) -> String {
    if profile.asks_rbd() {
        return like("simcloud").unwrap_or_default().to_owned();
    }
    let mut text = format!(
        "# yaml-language-server: $schema=../schemas/target.schema.json\n#\n# The embedded cloud, whose backend plays {name}: \
         {title}. Nobody can log in to its storage.\ntarget: simcloud-{slug}\nsummary: The cloud in the box, whose backend plays \
         {name}.\n\nsimcloud: {{ seed: 1, pace: 1.0 }}\ncloud: simcloud\nclouds-file: ${{simcloud.clouds_file}}\n\nbackend: \
         box@ceph\ndriver: {name}\nsites:\n",
        name = profile.name,
        title = profile.title,
        slug = profile.name.replace('_', "-"),
    );
    for (index, site) in ["primary", "secondary"].into_iter().enumerate() {
        // Writing into a String cannot fail.
        let _ = writeln!(text, "  {site}:\n    name: array-{}", ["a", "b"][index]);
        match (index, profile.backend_id) {
            (0, _) => text.push_str("    backend-id: default\n"),
            (_, BackendIdRule::LeaveOut) => {}
            _ => {
                let _ = writeln!(text, "    backend-id: {SECONDARY_ID}");
            }
        }
        if index == 0 && profile.failback.by == FailbackBy::Again {
            let _ = writeln!(text, "    active-backend-id: {PRIMARY_ID}");
        }
        let fields = connection(profile, index);
        if !fields.is_empty() {
            let fields: Vec<String> = fields
                .iter()
                .map(|(field, value)| format!("{field}: {value}"))
                .collect();
            let _ = writeln!(text, "    connection: {{ {} }}", fields.join(", "));
        }
    }
    let controller = "{ ssh: { address: \"${simcloud.controller}\", user: root, key: \"${simcloud.client_key}\", host-key: \
                      \"${simcloud.controller_host_key}\" } }";
    let _ = write!(
        text,
        "\nvolume-log:\n  path: /var/log/cinder/cinder-volume.log\n  shell: {controller}\n\nvolume-types:\n  replicated: {{ name: \
         ceph }}\n  plain: {{ name: plain }}\n\n"
    );
    if profile.mode.asynchronous {
        text.push_str("# Nobody can be asked whether data has arrived.\nreplication-interval: 1s\n");
    }
    let prepares = matches!(
        profile.failback.without,
        WithoutPreparation::Refused | WithoutPreparation::LosesWrites
    );
    if prepares && !profile.failback.only_unplanned {
        let _ = writeln!(
            text,
            "before-failback: {{ command: array-resync, shell: {controller} }}"
        );
    }
    let _ = writeln!(
        text,
        "\nfaults:\n  shell: {controller}\n  volume-service-killed: {{ make: lab kill cinder-volume, undo: lab start cinder-volume }}"
    );
    text.push_str(
        "\nguest:\n  image: guest\n  flavor: c1\n  network: lab\n  user: root\n  key: ${simcloud.client_key}\n  port: \
         ${simcloud.guest_port}\n  address: fixed\n  privilege: direct\n",
    );
    text
}

/// The fields that name a site, with values that stand for an array's. Those that name the volume there are not among them, nor
/// those that come with multipath only where others do.
fn connection(profile: &DriverProfile, index: usize) -> BTreeMap<String, Value> {
    if profile.identity() == Identity::None {
        return BTreeMap::new();
    }
    let (net, letter) = [("192.0.2", 'a'), ("198.51.100", 'b')][index];
    let rules = &profile.fields;
    let is_single = |field: &str| {
        rules
            .site
            .iter()
            .any(|other| other == field.trim_end_matches('s') && other != field)
    };
    let mut fields = BTreeMap::new();
    for field in &rules.site {
        let drawn = rules.random.contains(field);
        let portals = json!([format!("{net}.1:3260"), format!("{net}.2:3260")]);
        let iqns = json!([
            format!("iqn.2026-11.example:{letter}1"),
            format!("iqn.2026-11.example:{letter}2")
        ]);
        let wwns = json!([format!("5000{letter}00000000001"), format!("5000{letter}00000000002")]);
        let value = match field.as_str() {
            // Of single and plural fields the single ones, as without multipath.
            "target_portals" | "target_iqns" if is_single(field) && rules.may_be_absent.contains(field) => continue,
            "target_portals" => portals,
            "target_portal" if drawn => portals,
            "target_portal" => portals[0].clone(),
            "target_iqns" => iqns,
            "target_iqn" if drawn => iqns,
            "target_iqn" => iqns[0].clone(),
            "target_wwn" | "target_wwns" => wwns,
            "portals" => json!([format!("{net}.1,4420,tcp"), format!("{net}.2,4420,tcp")]),
            // One subsystem of both arrays, if connections lead to both.
            "target_nqn" if rules.both_sites => continue,
            "target_nqn" | "nqn" => json!(format!("nqn.2026-11.example:{letter}")),
            "all_storage_wwpns" => wwns,
            // These name the volume there.
            _ => continue,
        };
        fields.insert(field.clone(), value);
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::drivers;

    fn read(profile: &DriverProfile) -> Target {
        let text = target_of(profile);
        let files = MemoryFiles::new([("target.yaml", text.clone())]);
        let mut sources = SourceMap::default();
        let target = Target::load_from(&files, Path::new("target.yaml"), &Variables::default(), &mut sources);
        target.unwrap_or_else(|faults| panic!("{}\n{text}", render_all(&faults, &sources, false)))
    }

    /// `UPDATE_GOLDENS=1 cargo test --lib the_committed` writes it.
    #[test]
    fn the_committed_target_of_a_played_array_is_current() {
        let profile = drivers::named("pure-iscsi-async").expect("a profile");
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/targets/simcloud-array.yaml");
        if std::env::var_os("UPDATE_GOLDENS").is_some() {
            std::fs::write(&path, target_of(profile)).expect("written");
        }
        assert_eq!(std::fs::read_to_string(path).expect("the target"), target_of(profile));
    }

    #[test]
    fn every_driver_that_moves_something_has_a_target_and_can_be_played() {
        let profiles = drivers::driver_files().iter().flat_map(|file| &file.profiles);
        for profile in profiles {
            let target = read(profile);
            let Some(played) = played(&target) else {
                assert!(profile.asks_rbd(), "{}", profile.name);
                continue;
            };
            let names_site = !played.connections[0].is_empty();
            assert_eq!(
                names_site,
                profile.identity() == Identity::ConnectionInfo,
                "{}",
                profile.name
            );
            assert_eq!(
                played.connections[0].is_empty(),
                played.connections[1].is_empty(),
                "{}",
                profile.name
            );
        }
    }
}
