//! Whose volumes does a failover of a backend move?

use std::fmt;

use super::standing::Judgement;
use crate::cloud::{BackendHost, Pool, Volume, VolumeType};

/// Why a volume counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// It is on the backend.
    OnBackend,
    /// It is on another member of the backend's cluster, all of which moves; the member, or the cluster where no member is
    /// named so.
    OnMember(String),
    /// Cinder has not placed it yet, and its type does not say that it goes elsewhere.
    Unplaced,
    /// It is being migrated or retyped from this place, and nothing says where to.
    UnderWay(String),
}

impl Why {
    /// Whether it would move if the failover were sent now, and not only if it comes to the backend before.
    #[must_use]
    pub fn is_here(&self) -> bool {
        matches!(self, Why::OnBackend | Why::OnMember(_))
    }
}

impl fmt::Display for Why {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Why::OnBackend => formatter.write_str("on the backend"),
            Why::OnMember(member) => write!(formatter, "on {member}, which moves with the cluster"),
            Why::Unplaced => formatter.write_str("not placed yet, and it may come here"),
            Why::UnderWay(from) => write!(formatter, "on its way from {from}, and it may come here"),
        }
    }
}

/// A volume that counts, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counted {
    /// The volume.
    pub volume: Volume,
    /// Why it counts.
    pub why: Why,
}

/// The volumes that a failover moves, or may.
pub type Radius = Vec<Counted>;

/// Distinguishes volumes that cannot move to a backend from those that may.
#[derive(Clone, Debug, Default)]
pub struct Here {
    /// The volume types of the cloud.
    pub types: Vec<VolumeType>,
    /// The backend's `volume_backend_name`s; none if they are unknown, as while it is failed over.
    pub names: Vec<String>,
}

impl Here {
    /// What is known of a backend from the scheduler's pools and the cloud's volume types.
    #[must_use]
    pub fn of(backend: &BackendHost, pools: &[Pool], types: Vec<VolumeType>) -> Here {
        let own = pools.iter().filter(|pool| backend.holds(&pool.name));
        let names = own
            .filter_map(|pool| pool.capabilities.volume_backend_name.clone())
            .collect();
        Here { types, names }
    }

    /// Whether a volume of this type may be placed on the backend: unless its type asks for a `volume_backend_name` that the
    /// backend is known not to have.
    fn may_hold(&self, volume_type: Option<&str>) -> bool {
        let Some(found) = volume_type.and_then(|name| self.types.iter().find(|found| found.name == name)) else {
            return true;
        };
        match found.extra_specs.get("volume_backend_name") {
            // `<in> name`, `<or> a <or> b` and the like are the scheduler's to read.
            Some(wanted) if !wanted.contains('<') => self.names.is_empty() || self.names.contains(wanted),
            _ => true,
        }
    }
}

/// The volumes of a cloud that a failover of a backend would move, and those that may have come to it by then. `volumes` are
/// those of all projects.
///
/// A clustered service moves with all of its cluster (Cinder's `volume/api.py`, `_get_cluster_and_services_for_replication`).
#[must_use]
pub fn moves(backend: &BackendHost, judgement: &Judgement, volumes: &[Volume], here: &Here) -> Radius {
    let counted = |volume: &Volume| {
        let why = why(backend, judgement, volumes, here, volume)?;
        let volume = volume.clone();
        Some(Counted { volume, why })
    };
    volumes.iter().filter_map(counted).collect()
}

fn why(backend: &BackendHost, judgement: &Judgement, volumes: &[Volume], here: &Here, volume: &Volume) -> Option<Why> {
    if volume.is_on(backend) {
        return Some(Why::OnBackend);
    }
    if let Some(member) = member(judgement, volume) {
        return Some(Why::OnMember(member));
    }
    let Some(host) = volume.host().filter(|host| !host.is_empty()) else {
        // One that failed, or is on its way out, before it was placed is nowhere and stays so.
        let is_over = volume.status.starts_with("error") || volume.status == "deleting";
        return (!is_over && here.may_hold(volume.volume_type.as_deref())).then_some(Why::Unplaced);
    };
    // The destination of a migration is a volume of its own, which counts by its own place.
    let destination = volumes
        .iter()
        .any(|other| other.migration_target_of() == Some(volume.id.as_str()));
    (is_under_way(volume) && !destination).then(|| Why::UnderWay(host.to_owned()))
}

/// Which other member of the backend's cluster a volume is on.
fn member(judgement: &Judgement, volume: &Volume) -> Option<String> {
    let without_pool = |place: &str| place.split('#').next().unwrap_or_default().to_owned();
    let cluster = judgement.cluster.as_ref()?;
    let host = volume.host().map(without_pool);
    let by_host = judgement
        .members
        .iter()
        .find(|member| Some(&member.host) == host.as_ref());
    let by_cluster = volume.cluster_name.as_deref().map(without_pool).as_ref() == Some(cluster);
    match by_host {
        Some(member) => Some(member.host.clone()),
        None => by_cluster.then(|| host.unwrap_or_else(|| cluster.clone())),
    }
}

/// Whether a volume may leave its place for another.
fn is_under_way(volume: &Volume) -> bool {
    let migrates = volume.migration_status.as_deref().is_some_and(|status| {
        !matches!(status, "success" | "error" | "none" | "deleting") && !status.starts_with("target:")
    });
    migrates || volume.status == "retyping"
}

/// Whether a backend can be failed back again, as far as active-active clusters are concerned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ActiveActive {
    /// It is in no cluster.
    No,
    /// It is in this cluster, and its driver is known not to fail back: Cinder requests it with an empty `backend_id`, which
    /// the RBD driver, for one, takes for "choose one" and refuses: the service ends `disabled`, with `replication_status` `error`
    /// (`volume/manager.py`, `failover`; `volume/drivers/rbd.py`, `_get_failover_target_config`; run on Cinder 28.0.0).
    Stranded(String),
    /// It is in this cluster, and its driver is known to fail back.
    FailsBack(String),
    /// It is in this cluster, and it is not known whether its driver can fail back.
    Unknown(String),
}

impl Judgement {
    /// Whether the backend can fail back from a failover of its cluster.
    #[must_use]
    pub fn active_active(&self, driver_fails_back: Option<bool>) -> ActiveActive {
        match (&self.cluster, driver_fails_back) {
            (None, _) => ActiveActive::No,
            (Some(cluster), Some(false)) => ActiveActive::Stranded(cluster.clone()),
            (Some(cluster), Some(true)) => ActiveActive::FailsBack(cluster.clone()),
            (Some(cluster), None) => ActiveActive::Unknown(cluster.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::judge;
    use super::*;
    use crate::cloud::Service;

    fn read<T: serde::de::DeserializeOwned>(value: Value) -> T {
        serde_json::from_value(value).expect("an answer")
    }

    fn volume(changes: Value) -> Volume {
        let mut volume = json!({
            "id": "v", "size": 1, "status": "available", "os-vol-host-attr:host": "box@lvm#lvm", "volume_type": "ceph",
        });
        for (key, value) in changes.as_object().expect("an object") {
            volume[key] = value.clone();
        }
        read(volume)
    }

    fn service(host: &str, cluster: Option<&str>) -> Service {
        read(json!({
            "binary": "cinder-volume", "host": host, "status": "enabled", "state": "up",
            "replication_status": "enabled", "cluster": cluster,
        }))
    }

    fn here() -> Here {
        let backend = "box@ceph".parse().expect("a backend");
        let pool = read(json!({ "name": "box@ceph#ceph", "capabilities": { "volume_backend_name": "ceph" } }));
        let types = [
            ("ceph", json!({ "volume_backend_name": "ceph" })),
            ("lvm", json!({ "volume_backend_name": "lvm" })),
            ("any", json!({})),
            ("odd", json!({ "volume_backend_name": "<in> lvm" })),
        ];
        let types = types.map(|(name, specs)| read(json!({ "id": name, "name": name, "extra_specs": specs })));
        Here::of(&backend, &[pool], types.into())
    }

    fn whys(services: &[Service], volumes: &[Volume], here: &Here) -> Vec<Why> {
        let backend: BackendHost = "box@ceph".parse().expect("a backend");
        let radius = moves(&backend, &judge(&backend, None, services), volumes, here);
        radius.into_iter().map(|counted| counted.why).collect()
    }

    fn alone(changes: Value) -> Vec<Why> {
        whys(&[service("box@ceph", None)], &[volume(changes)], &here())
    }

    #[test]
    fn a_cluster_moves_with_all_its_members() {
        let services = [
            service("box@ceph", Some("ha@ceph")),
            service("box2@ceph", Some("ha@ceph")),
            service("box3@ceph", Some("other@ceph")),
        ];
        let volumes = [
            volume(json!({ "os-vol-host-attr:host": "box@ceph#p" })),
            volume(json!({ "os-vol-host-attr:host": "box2@ceph#p" })),
            volume(json!({ "os-vol-host-attr:host": "box3@ceph#p" })),
            // A member that has no row any more; the volume names its cluster itself.
            volume(json!({ "os-vol-host-attr:host": "gone@ceph#p", "cluster_name": "ha@ceph#p" })),
            volume(json!({ "os-vol-host-attr:host": "gone@ceph#p", "cluster_name": "ha@ceph2#p" })),
        ];
        let on = |member: &str| Why::OnMember(member.to_owned());
        let expected = [Why::OnBackend, on("box2@ceph"), on("gone@ceph")];
        assert_eq!(whys(&services, &volumes, &here()), expected);
        // Without a cluster, hosts of that name do not matter.
        assert_eq!(whys(&[service("box@ceph", None)], &volumes, &here()), [Why::OnBackend]);
        assert_eq!(
            judge(&"box@ceph".parse().unwrap(), None, &services).active_active(Some(false)),
            ActiveActive::Stranded("ha@ceph".to_owned())
        );
    }

    #[test]
    fn what_is_not_placed_yet_counts_unless_its_type_goes_elsewhere() {
        let unplaced = |volume_type: Value, status: &str| {
            alone(json!({ "os-vol-host-attr:host": null, "status": status, "volume_type": volume_type }))
        };
        for volume_type in [
            json!("ceph"),
            json!("any"),
            json!("odd"),
            json!("forgotten"),
            json!(null),
        ] {
            assert_eq!(unplaced(volume_type, "creating"), [Why::Unplaced]);
        }
        assert_eq!(unplaced(json!("lvm"), "creating"), []);
        assert_eq!(unplaced(json!("ceph"), "error"), []);
        assert_eq!(unplaced(json!("ceph"), "deleting"), []);
        assert_eq!(
            alone(json!({ "os-vol-host-attr:host": "", "status": "downloading" })),
            [Why::Unplaced]
        );
        // The names of a backend that the scheduler does not list are unknown.
        let nameless = Here {
            names: Vec::new(),
            ..here()
        };
        let lvm = volume(json!({ "os-vol-host-attr:host": null, "status": "creating", "volume_type": "lvm" }));
        assert_eq!(whys(&[service("box@ceph", None)], &[lvm], &nameless), [Why::Unplaced]);
    }

    #[test]
    fn what_is_under_way_counts_unless_its_destination_is_known() {
        let from = || vec![Why::UnderWay("box@lvm#lvm".to_owned())];
        for status in ["starting", "migrating", "completing"] {
            assert_eq!(alone(json!({ "migration_status": status })), from(), "{status}");
        }
        assert_eq!(alone(json!({ "status": "retyping" })), from());
        for status in [json!(null), json!("success"), json!("error"), json!("none")] {
            assert_eq!(alone(json!({ "migration_status": status })), [], "{status}");
        }
        let moving = volume(json!({ "id": "m", "migration_status": "migrating" }));
        let there = |host: &str| {
            volume(
                json!({ "id": "d", "status": "creating", "migration_status": "target:m", "os-vol-host-attr:host": host }),
            )
        };
        let services = [service("box@ceph", None)];
        assert_eq!(whys(&services, &[moving.clone(), there("x@nfs#1")], &here()), []);
        assert_eq!(
            whys(&services, &[moving, there("box@ceph#ceph")], &here()),
            [Why::OnBackend]
        );
    }
}
