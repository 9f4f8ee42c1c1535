//! Facts of a backend that is ready.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};

use super::super::{
    Asked, Clock, CloudFacts, ComputeFacts, Expected, ExpectedSite, Facts, GuestFacts, LogTail, NovaSetting, SiteFacts,
    UserAccess, WantedType,
};
use crate::cloud::{Pool, Quota, Service, Volume, VolumeType};
use crate::site::{Capabilities, Cluster, ImageStatus, MirrorDaemon, PoolInfo, PoolRoom, PoolStatus, RbdInfo};
use crate::targets::VolumeNameTemplate;

const FSIDS: [&str; 2] = [
    "a0000000-0000-4000-8000-00000000000a",
    "b0000000-0000-4000-8000-00000000000b",
];

const HOSTS: [&str; 2] = ["192.0.2.11", "198.51.100.11"];

/// What an API answered.
fn answer<T: serde::de::DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).expect("an answer")
}

/// A volume on the backend.
pub fn volume<'a>(id: &str, replication_status: impl Into<Option<&'a str>>) -> Volume {
    answer(json!({
        "id": id, "name": format!("name-of-{id}"), "size": 2, "status": "available",
        "replication_status": replication_status.into(), "os-vol-host-attr:host": "box@ceph#ceph",
        "os-vol-tenant-attr:tenant_id": "their-project",
    }))
}

/// An image as a site's daemon reports it.
pub fn image(id: &str, state: &str, description: &str) -> ImageStatus {
    answer(json!({
        "name": format!("volume-{id}"), "global_id": "g", "state": state, "description": description,
        "last_update": "2026-11-24 12:00:00", "peer_sites": [],
    }))
}

fn site(index: usize) -> SiteFacts {
    let name = |index: usize| ["site-a", "site-b"][index];
    SiteFacts {
        cluster: Ok(Cluster {
            fsid: FSIDS[index].to_owned(),
            monitors: vec!["a".to_owned()],
            hosts: vec![HOSTS[index].to_owned()],
        }),
        as_admin: true,
        pool: Ok(pool_info("image", name(index), name(1 - index), "rx-tx")),
        status: Ok(PoolStatus {
            daemon_health: "OK".to_owned(),
            daemons: Some(vec![daemon("OK", &[])]),
            images: Vec::new(),
        }),
        peer_monitors: BTreeMap::new(),
        pools: Ok(vec![room("images", 100 << 30), room("volumes", 100 << 30)]),
        images: BTreeMap::new(),
        user: UserAccess {
            opens: Ok(()),
            capabilities: Ok(Some(Capabilities {
                mon: "profile rbd".to_owned(),
                osd: "profile rbd pool=volumes".to_owned(),
                mgr: String::new(),
            })),
        },
    }
}

/// A pool with room.
pub fn room(pool: &str, free_bytes: u64) -> PoolRoom {
    PoolRoom {
        pool: pool.to_owned(),
        free_bytes,
    }
}

/// What `rbd info` says of an image that is mirrored.
pub fn info(id: &str, mode: &str, primary: bool) -> RbdInfo {
    answer(json!({
        "name": format!("volume-{id}"), "id": "1", "size": 1 << 30, "features": ["journaling"],
        "mirroring": { "mode": mode, "state": "enabled", "global_id": "g", "primary": primary },
    }))
}

/// The mirroring of a pool with one peer.
pub fn pool_info(mode: &str, itself: &str, peer: &str, direction: &str) -> PoolInfo {
    answer(json!({
        "mode": mode, "site_name": itself,
        "peers": [{ "uuid": "u", "direction": direction, "site_name": peer, "client_name": "client.rbd-mirror-peer" }],
    }))
}

/// An rbd-mirror.
pub fn daemon(health: &str, callouts: &[&str]) -> MirrorDaemon {
    answer(
        json!({ "client_id": "a", "hostname": "h1", "ceph_version": "16.2.15", "health": health, "callouts": callouts }),
    )
}

/// The service of the backend; the fields replace those of one that is well.
pub fn service(changed: &Value) -> Service {
    let mut service = json!({
        "binary": "cinder-volume", "host": "box@ceph", "status": "enabled", "state": "up",
        "replication_status": "enabled", "active_backend_id": null, "frozen": false, "disabled_reason": null,
        "updated_at": "2026-11-24T12:00:00.000000",
    });
    for (field, value) in changed.as_object().into_iter().flatten() {
        service[field] = value.clone();
    }
    answer(service)
}

/// A pool of the backend.
pub fn pool(enabled: bool, targets: &[&str]) -> Pool {
    answer(json!({ "name": "box@ceph#ceph", "capabilities": {
        "volume_backend_name": "ceph", "replication_enabled": enabled, "replication_targets": targets,
    }}))
}

/// A volume type.
pub fn volume_type(name: &str, specs: Value) -> VolumeType {
    answer(json!({ "id": "t", "name": name, "is_public": true, "extra_specs": specs }))
}

/// A backend that is ready, without a volume on it.
pub fn ready() -> Facts {
    let expected_site = |name: &str, id: &str, user: &str, secret: &str, host: &str| ExpectedSite {
        name: name.to_owned(),
        backend_id: Some(id.to_owned()),
        pool: Some("volumes".to_owned()),
        user: Some(user.to_owned()),
        secret: Some(secret.to_owned()),
        hosts: vec![host.to_owned()],
    };
    let secret = "22222222-bbbb-4bbb-8bbb-00000000000b";
    Facts {
        expected: Expected {
            target: "made-up".to_owned(),
            backend: "box@ceph".parse().expect("a backend"),
            primary_id: None,
            other_driver: None,
            profile: crate::targets::Driver::known("rbd").expect("a driver").profile,
            primary: expected_site(
                "site-a",
                "default",
                "cinder",
                "11111111-aaaa-4aaa-8aaa-00000000000a",
                HOSTS[0],
            ),
            secondary: Some(expected_site("site-b", "ceph2", "cinder2", secret, HOSTS[1])),
            replication_device: Some("replication_device = backend_id:ceph2".to_owned()),
            types: vec![WantedType {
                name: "replicated".to_owned(),
                existing: Some("ceph".to_owned()),
                backend_name: None,
            }],
            shared: false,
            volume_names: VolumeNameTemplate::default(),
        },
        primary: site(0),
        secondary: site(1),
        cloud: CloudFacts {
            login: Ok("admin in project demo".to_owned()),
            services: Ok(vec![service(&json!({}))]),
            pools: Ok(vec![pool(true, &["ceph2", "default"])]),
            types: Ok(vec![volume_type(
                "ceph",
                json!({ "replication_enabled": "<is> True", "volume_backend_name": "ceph" }),
            )]),
            quota: Ok(answer::<Quota>(json!({
                "volumes": { "limit": 10, "in_use": 1 }, "gigabytes": { "limit": -1, "in_use": 1 },
            }))),
            volumes: Ok(Vec::new()),
            in_flight: Vec::new(),
            uncounted: None,
            unseen: Vec::new(),
            guest: GuestFacts {
                things: vec![("image guest".to_owned(), Ok(())), ("flavor small".to_owned(), Ok(()))],
                key: Ok(()),
            },
            project: Some("our-project".to_owned()),
        },
        logs: vec![log(Ok(LogTail {
            lines: 10,
            debug_lines: 5,
            lines_with_level: 10,
        }))],
        compute: BTreeMap::from([(
            "c1".to_owned(),
            ComputeFacts {
                secrets: Ok(vec![secret.to_owned()]),
                shelved_offload_time: Ok(NovaSetting::Default),
            },
        )]),
        clocks: vec![Clock {
            machine: "site-a".to_owned(),
            ahead: Ok((0.1, Duration::from_millis(5))),
        }],
    }
}

/// A cinder-volume log and what was seen of it.
pub(super) fn log(tail: Asked<LogTail>) -> (String, Asked<LogTail>) {
    ("/var/log/cinder/cinder-volume.log".to_owned(), tail)
}
