//! Whether the peer of a site is the other site.
//!
//! A peer's name is a local label (`rbd mirror pool peer add POOL CLIENT@NAME` takes the name of a local configuration file),
//! so a name which does not match proves nothing. Ids and addresses do.

use std::collections::BTreeMap;
use std::net::IpAddr;

use super::cluster::Cluster;
use super::monitor_hosts::hosts;
use super::pool_info::{MirrorPeer, PoolInfo};

/// What is known of the other site.
#[derive(Clone, Copy, Debug)]
pub struct OtherSite<'a> {
    /// Its cluster.
    pub cluster: &'a Cluster,
    /// The mirroring of its pool, if known.
    pub pool: Option<&'a PoolInfo>,
}

/// Whose site a peer is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum PeerIdentity {
    /// The other site.
    Other,
    /// Another one; what shows it.
    OtherCluster(String),
    /// It cannot be told.
    Unknown,
}

/// How a site mirrors with the other one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Peering<'a> {
    /// It has no peer.
    Missing,
    /// The other site is its peer, both ways.
    BothWays {
        /// The peer.
        peer: &'a MirrorPeer,
        /// From how many peers it is to replay; rbd-mirror follows one.
        sources: usize,
    },
    /// It has a peer, and does not mirror with it both ways.
    OneWay(&'a MirrorPeer),
    /// Its peer is another cluster; what shows it.
    OtherCluster(&'a MirrorPeer, String),
    /// It is not known whose site its peer is.
    Unknown(&'a MirrorPeer),
}

/// Judges the peers of a site. `monitors` are their `mon_host`, by the peering's id, as far as the site keeps them.
#[must_use]
pub fn peering<'a>(
    info: &'a PoolInfo,
    own: &Cluster,
    other: OtherSite<'_>,
    monitors: &BTreeMap<String, String>,
) -> Peering<'a> {
    let Some(any) = info.peers.first() else {
        return Peering::Missing;
    };
    let sources: Vec<(&MirrorPeer, PeerIdentity)> = info
        .peers
        .iter()
        .filter(|peer| peer.receives())
        .map(|peer| {
            (
                peer,
                identify(peer, monitors.get(&peer.uuid).map(String::as_str), own, other),
            )
        })
        .collect();
    let Some((first, identity)) = sources.first() else {
        return Peering::OneWay(any);
    };
    let Some((peer, _)) = sources.iter().find(|(_, whose)| *whose == PeerIdentity::Other) else {
        let unknown = sources.iter().find(|(_, whose)| *whose == PeerIdentity::Unknown);
        return match (unknown, identity) {
            (None, PeerIdentity::OtherCluster(shown)) => Peering::OtherCluster(first, shown.clone()),
            (unknown, _) => Peering::Unknown(unknown.map_or(*first, |(peer, _)| *peer)),
        };
    };
    // An entry that the peer's own rbd-mirror made stands for the other direction.
    let sends = |entry: &MirrorPeer| entry.direction.as_deref() == Some("tx-only");
    if peer.direction.as_deref() == Some("rx-tx") || info.peers.iter().any(sends) {
        Peering::BothWays {
            peer,
            sources: sources.len(),
        }
    } else {
        Peering::OneWay(peer)
    }
}

/// Tells whose site a peer is. `monitors` is its `mon_host`, as far as the site keeps it; `own` is the cluster of the site
/// that has the peer.
#[must_use]
pub(super) fn identify(peer: &MirrorPeer, monitors: Option<&str>, own: &Cluster, other: OtherSite<'_>) -> PeerIdentity {
    let told = |id: Option<&String>| id.filter(|id| !id.is_empty()).cloned();
    let known_id = told(other.pool.and_then(|pool| pool.mirror_uuid.as_ref()));
    match (told(peer.mirror_uuid.as_ref()), known_id) {
        (Some(peer), Some(known)) if peer == known => return PeerIdentity::Other,
        (Some(peer), Some(known)) => {
            return PeerIdentity::OtherCluster(format!(
                "its mirror_uuid is {peer}, and that of the other site is {known}"
            ));
        }
        _ => {}
    }
    let at = hosts(monitors.unwrap_or_default());
    if at.iter().any(|host| other.cluster.hosts.contains(host)) {
        return PeerIdentity::Other;
    }
    if at.iter().any(|host| own.hosts.contains(host)) {
        return PeerIdentity::OtherCluster(format!("its monitors are {}, this site's own", at.join(", ")));
    }
    let numeric = |hosts: &[String]| !hosts.is_empty() && hosts.iter().all(|host| host.parse::<IpAddr>().is_ok());
    if numeric(&at) && numeric(&other.cluster.hosts) {
        return PeerIdentity::OtherCluster(format!(
            "its monitors are {}, and those of the other site {}",
            at.join(", "),
            other.cluster.hosts.join(", ")
        ));
    }
    let name = peer.site_name.as_str();
    if name == other.cluster.fsid || other.pool.and_then(|pool| pool.site_name.as_deref()) == Some(name) {
        return PeerIdentity::Other;
    }
    // The other site lists this one among those that replay from it, under the name that this one's rbd-mirror gave.
    let sees_this = |entry: &MirrorPeer| !entry.receives() && entry.site_name == own.fsid;
    let only_source = other.pool.is_some_and(|pool| pool.peers.iter().any(sees_this));
    if only_source && peer.receives() {
        return PeerIdentity::Other;
    }
    PeerIdentity::Unknown
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const FSIDS: [&str; 2] = [
        "aaaaaaaa-1111-4111-8111-00000000000a",
        "bbbbbbbb-2222-4222-8222-00000000000b",
    ];

    fn cluster(index: usize) -> Cluster {
        Cluster {
            fsid: FSIDS[index].to_owned(),
            monitors: vec!["a".to_owned()],
            hosts: vec![["192.0.2.11", "198.51.100.11"][index].to_owned()],
        }
    }

    fn peer(name: &str, mirror_uuid: &str) -> MirrorPeer {
        serde_json::from_value(json!({
            "uuid": "u", "direction": "rx-tx", "site_name": name, "mirror_uuid": mirror_uuid, "client_name": "client.x",
        }))
        .expect("a peer")
    }

    fn pool(site_name: &str, mirror_uuid: Option<&str>, peers: &serde_json::Value) -> PoolInfo {
        serde_json::from_value(json!({
            "mode": "image", "site_name": site_name, "mirror_uuid": mirror_uuid, "peers": peers,
        }))
        .expect("a pool")
    }

    #[test]
    fn ids_and_addresses_tell_and_a_name_alone_does_not() {
        let (here, there) = (cluster(0), cluster(1));
        let quiet = pool(FSIDS[1], None, &json!([]));
        let named = pool("site-b", Some("m-b"), &json!([]));
        let whose = |peer: &MirrorPeer, monitors: Option<&str>, pool: &PoolInfo| {
            let other = OtherSite {
                cluster: &there,
                pool: Some(pool),
            };
            match identify(peer, monitors, &here, other) {
                PeerIdentity::Other => "other",
                PeerIdentity::OtherCluster(_) => "other cluster",
                PeerIdentity::Unknown => "unknown",
            }
        };
        // A label, as the charm and ceph-ansible give it.
        assert_eq!(whose(&peer("remote", ""), None, &quiet), "unknown");
        assert_eq!(whose(&peer("remote", "m-b"), None, &named), "other");
        assert_eq!(
            whose(&peer("remote", ""), Some("v2:198.51.100.11:3300"), &quiet),
            "other"
        );
        // The right label on another cluster.
        assert_eq!(whose(&peer("site-b", "m-c"), None, &named), "other cluster");
        assert_eq!(whose(&peer("site-b", ""), Some("203.0.113.7"), &named), "other cluster");
        assert_eq!(whose(&peer("site-b", ""), Some("192.0.2.11"), &quiet), "other cluster");
        // A name of a host may be that of any address.
        assert_eq!(whose(&peer("remote", ""), Some("mon.example.org"), &quiet), "unknown");
        assert_eq!(whose(&peer(FSIDS[1], ""), None, &quiet), "other");
        assert_eq!(whose(&peer("site-b", ""), None, &named), "other");
    }

    #[test]
    fn what_replays_from_the_other_site_is_named_there_by_itself() {
        let (here, there) = (cluster(0), cluster(1));
        let entry = json!([{ "uuid": "v", "direction": "tx-only", "site_name": FSIDS[0], "client_name": "" }]);
        let pool = pool(FSIDS[1], None, &entry);
        let other = OtherSite {
            cluster: &there,
            pool: Some(&pool),
        };
        assert_eq!(identify(&peer("remote", ""), None, &here, other), PeerIdentity::Other);
    }

    #[test]
    fn the_charms_two_entries_are_one_good_peer_in_either_order() {
        let (here, there) = (cluster(0), cluster(1));
        let own =
            json!({ "uuid": "1", "direction": "rx-tx", "site_name": "remote", "mirror_uuid": "", "client_name": "c" });
        let theirs =
            |index: usize| json!({ "uuid": "2", "direction": "tx-only", "site_name": FSIDS[index], "client_name": "" });
        let there_pool = pool(FSIDS[1], None, &json!([theirs(0), own]));
        let other = OtherSite {
            cluster: &there,
            pool: Some(&there_pool),
        };
        for peers in [json!([own, theirs(1)]), json!([theirs(1), own])] {
            let info = pool(FSIDS[0], None, &peers);
            let judged = peering(&info, &here, other, &BTreeMap::new());
            assert!(
                matches!(judged, Peering::BothWays { peer, sources: 1 } if peer.uuid == "1"),
                "{judged:?}"
            );
        }
        let judge = |peers: serde_json::Value, there: &PoolInfo, check: fn(&Peering<'_>) -> bool| {
            let info = pool(FSIDS[0], None, &peers);
            let other = OtherSite {
                cluster: &cluster(1),
                pool: Some(there),
            };
            let judged = peering(&info, &here, other, &BTreeMap::new());
            assert!(check(&judged), "{judged:?}");
        };
        // Without what their daemons wrote, the name proves nothing.
        let quiet = pool(FSIDS[1], None, &json!([]));
        judge(json!([own]), &quiet, |judged| matches!(judged, Peering::Unknown(_)));
        judge(json!([theirs(1)]), &quiet, |judged| {
            matches!(judged, Peering::OneWay(_))
        });
        judge(json!([]), &quiet, |judged| matches!(judged, Peering::Missing));
        let one_way = json!([{ "uuid": "3", "direction": "rx-only", "site_name": FSIDS[1], "client_name": "c" }]);
        judge(one_way, &quiet, |judged| matches!(judged, Peering::OneWay(_)));
    }
}
