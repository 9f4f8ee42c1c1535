//! What each check says of facts that no box shows.

use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;

use super::super::{Clock, ComputeFacts, Facts, LogTail, NovaSetting, Report, Status, Unasked, WantedType, Why};
use super::facts::{daemon, image, info, log, pool, pool_info, ready, room, service, volume, volume_type};
use crate::backend::{Counted, Why as CountedFor};
use crate::drivers::DriverProfile;
use crate::site::Capabilities;
use crate::targets::{Driver, VolumeNameTemplate};

fn driver(name: &str) -> Arc<DriverProfile> {
    Driver::known(name).expect("a driver").profile
}

fn forbidden(reason: &str) -> Unasked {
    unasked(Why::Forbidden, reason)
}

fn unasked(why: Why, reason: &str) -> Unasked {
    Unasked {
        why,
        reason: reason.to_owned(),
        help: None,
    }
}

/// A case: what it is called, how the facts of a backend that is ready are changed, and the check that is shown.
type Case = (&'static str, &'static str, fn(&mut Facts));

const CASES: &[Case] = &[
    ("site-b names no peer", "peers", |facts| {
        if let Ok(info) = &mut facts.secondary.pool {
            info.peers.clear();
        }
    }),
    ("peers go by the clusters' ids, as the guide has it", "peers", |facts| {
        let ids = [
            "a0000000-0000-4000-8000-00000000000a",
            "b0000000-0000-4000-8000-00000000000b",
        ];
        facts.primary.pool = Ok(pool_info("image", ids[0], ids[1], "rx-tx"));
        facts.secondary.pool = Ok(pool_info("image", ids[1], ids[0], "rx-tx"));
    }),
    (
        "no administrator reads the names, but they are the target's",
        "peers",
        |facts| {
            facts.primary.pool = Ok(pool_info(
                "image",
                "a0000000-0000-4000-8000-00000000000a",
                "site-b",
                "rx-tx",
            ));
            facts.secondary.pool = Ok(pool_info(
                "image",
                "b0000000-0000-4000-8000-00000000000b",
                "site-a",
                "rx-tx",
            ));
            (facts.primary.as_admin, facts.secondary.as_admin) = (false, false);
        },
    ),
    (
        "no administrator reads the names, and they say nothing",
        "peers",
        |facts| {
            facts.primary.pool = Ok(pool_info(
                "image",
                "a0000000-0000-4000-8000-00000000000a",
                "dr",
                "rx-tx",
            ));
            facts.secondary.pool = Ok(pool_info(
                "image",
                "b0000000-0000-4000-8000-00000000000b",
                "site-a",
                "rx-tx",
            ));
            (facts.primary.as_admin, facts.secondary.as_admin) = (false, false);
        },
    ),
    ("one of two daemons is ill", "mirror-daemons", |facts| {
        if let Ok(status) = &mut facts.secondary.status {
            status.daemons = Some(vec![daemon("OK", &[]), daemon("WARNING", &["not reporting status"])]);
        }
    }),
    ("the only daemon is ill", "mirror-daemons", |facts| {
        if let Ok(status) = &mut facts.secondary.status {
            status.daemons = Some(vec![daemon("WARNING", &["not reporting status"])]);
        }
    }),
    ("the target gives the sites different pools", "same-pool", |facts| {
        if let Some(secondary) = &mut facts.expected.secondary {
            secondary.pool = Some("cinder".to_owned());
        }
    }),
    ("there is no such user", "secondary-user", |facts| {
        facts.secondary.user.capabilities = Ok(None)
    }),
    ("the user may only read", "secondary-user", |facts| {
        facts.secondary.user.capabilities = Ok(Some(Capabilities {
            mon: "profile rbd".to_owned(),
            osd: "profile rbd-read-only pool=volumes".to_owned(),
            mgr: String::new(),
        }));
    }),
    ("the keyring is elsewhere", "secondary-user", |facts| {
        facts.secondary.user.opens = Err(unasked(Why::NoKeyring, "the shell has no keyring of the cephx user"));
    }),
    ("it was tried and refused", "secondary-user", |facts| {
        facts.secondary.user.opens = Err(forbidden("the cephx user may not do that"));
    }),
    ("the cluster does not take its key", "secondary-user", |facts| {
        facts.secondary.user.opens = Err(unasked(Why::LoginRefused, "the cluster does not let the cephx user in"));
    }),
    ("it could not be tried for another reason", "secondary-user", |facts| {
        facts.secondary.user.opens = Err(unasked(Why::Other, "the command failed with exit status 22"));
    }),
    ("its capabilities are void", "secondary-user", |facts| {
        facts.secondary.user.capabilities = Ok(Some(Capabilities {
            mon: "profile rbd".to_owned(),
            osd: "profile rbd pool=volumes, osd blacklist".to_owned(),
            mgr: String::new(),
        }));
        facts.secondary.user.opens = Err(forbidden("the cephx user may not do that"));
    }),
    (
        "its capabilities are of a kind that is not judged, and it was not tried",
        "secondary-user",
        |facts| {
            facts.secondary.user.capabilities = Ok(Some(Capabilities {
                mon: "profile rbd".to_owned(),
                osd: "allow rwx tag rbd data=volumes".to_owned(),
                mgr: String::new(),
            }));
            facts.secondary.user.opens = Err(unasked(Why::NoKeyring, "the shell has no keyring of the cephx user"));
        },
    ),
    ("both shells lead to one cluster", "sites-reachable", |facts| {
        facts.secondary.cluster = facts.primary.cluster.clone();
    }),
    ("a peer is called after a file", "peers", |facts| {
        facts.primary.pool = Ok(pool_info("image", "site-a", "remote", "rx-tx"));
    }),
    (
        "a peer is called after a file, and its monitors tell",
        "peers",
        |facts| {
            facts.primary.pool = Ok(pool_info("image", "site-a", "remote", "rx-tx"));
            facts
                .primary
                .peer_monitors
                .insert("u".to_owned(), "v2:198.51.100.11:3300/0".to_owned());
        },
    ),
    ("a peer has the right name and is another cluster", "peers", |facts| {
        facts
            .primary
            .peer_monitors
            .insert("u".to_owned(), "203.0.113.7".to_owned());
    }),
    ("the mode is one that is not known yet", "mirror-mode", |facts| {
        if let Ok(info) = &mut facts.secondary.pool {
            info.mode = "init-only".to_owned();
        }
    }),
    ("the pool of the target has a slip", "same-pool", |facts| {
        no_such_pool(facts, "volume");
    }),
    ("the pool is missing", "same-pool", |facts| {
        no_such_pool(facts, "cinder");
    }),
    ("the type of the target has a slip", "volume-type", |facts| {
        facts.expected.types[0].existing = Some("cehp".to_owned());
    }),
    (
        "the backend id of the target has a slip",
        "pool-capabilities",
        |facts| {
            facts.cloud.pools = Ok(vec![pool(true, &["ceph-2", "default"])]);
        },
    ),
    ("the sites have changed places", "declared-connection", |facts| {
        facts.expected.primary.hosts = vec!["198.51.100.11".to_owned()];
    }),
    ("another address is declared", "declared-connection", |facts| {
        facts.expected.primary.hosts = vec!["10.0.0.1".to_owned()];
    }),
    ("one of two monitors is declared", "declared-connection", |facts| {
        if let Ok(cluster) = &mut facts.primary.cluster {
            cluster.hosts.push("192.0.2.12".to_owned());
        }
    }),
    ("there is no such flavor", "guest-resources", |facts| {
        facts.cloud.guest.things[1].1 = Err(unasked(
            Why::NoSuchName,
            "the cloud has no flavor 'smal'; there are big, small",
        ));
    }),
    ("Glance does not answer", "guest-resources", |facts| {
        facts.cloud.guest.things[0].1 = Err(Unasked::silent("Glance did not answer within 15 s"));
    }),
    ("the lines of the log are of no known form", "volume-log", |facts| {
        facts.logs = vec![log(Ok(LogTail {
            lines: 7,
            debug_lines: 0,
            lines_with_level: 0,
        }))];
    }),
    ("two rows are of one backend", "at-primary", |facts| {
        facts.cloud.services = Ok(vec![
            service(&json!({})),
            service(&json!({ "replication_status": "failed-over", "active_backend_id": "ceph2" })),
        ]);
    }),
    ("nobody may read the capabilities", "secondary-user", |facts| {
        facts.secondary.user.capabilities = Err(forbidden("access denied"));
    }),
    ("it can neither be opened nor asked about", "secondary-user", |facts| {
        facts.secondary.user.opens = Err(forbidden("listing images failed"));
        facts.secondary.user.capabilities = Err(forbidden("access denied"));
    }),
    ("there is little room", "capacity", |facts| {
        facts.primary.pools = Ok(vec![room("volumes", 5 << 30)])
    }),
    ("the user is no administrator", "cloud-reachable", |facts| {
        facts.cloud.services = Err(forbidden("Cinder answered 403"));
    }),
    ("there is no such service", "service-up", |facts| {
        facts.cloud.services = Ok(vec![service(&json!({ "host": "box@lvm" }))]);
    }),
    ("somebody disabled it", "service-up", |facts| {
        facts.cloud.services = Ok(vec![service(
            &json!({ "status": "disabled", "disabled_reason": "maintenance" }),
        )]);
    }),
    ("a failback by a failover left it disabled", "service-up", |facts| {
        facts.expected.primary_id = Some("array-a".to_owned());
        facts.cloud.services = Ok(vec![service(&json!({
            "status": "disabled", "disabled_reason": "failed-over", "replication_status": "failed-over",
            "active_backend_id": "array-a",
        }))]);
    }),
    ("a failover is under way", "at-primary", |facts| {
        facts.cloud.services = Ok(vec![service(&json!({ "replication_status": "failing-over" }))]);
    }),
    ("a failover failed", "at-primary", |facts| {
        facts.cloud.services = Ok(vec![service(&json!({ "replication_status": "failover-error" }))]);
    }),
    ("a restart after a failed failover hid it", "at-primary", |facts| {
        facts.cloud.services = Ok(vec![service(&json!({ "active_backend_id": "ceph2" }))]);
    }),
    ("the database holds a second row of it", "at-primary", |facts| {
        facts.cloud.services = Ok(vec![
            service(&json!({ "state": "down" })),
            service(&json!({ "replication_status": "failed-over", "active_backend_id": "ceph2" })),
        ]);
    }),
    ("it is failed over and does not say where to", "at-primary", |facts| {
        facts.cloud.services = Ok(vec![service(
            &json!({ "replication_status": "failed-over", "active_backend_id": "default" }),
        )]);
    }),
    ("the driver does not tell its targets", "pool-capabilities", |facts| {
        facts.cloud.pools = Ok(vec![pool(true, &[])]);
    }),
    ("the scheduler knows no pool yet", "pool-capabilities", |facts| {
        facts.cloud.pools = Ok(Vec::new())
    }),
    ("the type is missing", "volume-type", |facts| {
        facts.cloud.types = Ok(Vec::new())
    }),
    ("the type does not ask for replication", "volume-type", |facts| {
        facts.cloud.types = Ok(vec![volume_type("ceph", json!({ "volume_backend_name": "ceph" }))]);
    }),
    ("the type names no backend", "volume-type", |facts| {
        facts.cloud.types = Ok(vec![volume_type("ceph", json!({ "replication_enabled": "<is> True" }))]);
    }),
    (
        "each run makes its own type, for another backend",
        "volume-type",
        |facts| {
            facts.expected.types = vec![WantedType {
                name: "replicated".to_owned(),
                existing: None,
                backend_name: Some("ssd".to_owned()),
            }];
        },
    ),
    (
        "another type of the target must not replicate",
        "volume-type",
        |facts| {
            facts.expected.types.push(WantedType {
                name: "plain".to_owned(),
                existing: Some("plain".to_owned()),
                backend_name: None,
            });
        },
    ),
    ("the gigabytes are used up", "quota", |facts| {
        if let Ok(quota) = &mut facts.cloud.quota {
            (quota.gigabytes.limit, quota.gigabytes.in_use) = (5, 5);
        }
    }),
    ("the target names no log", "volume-log", |facts| {
        facts.logs.clear();
    }),
    ("the log is empty", "volume-log", |facts| {
        facts.logs = vec![log(Ok(LogTail {
            lines: 0,
            debug_lines: 0,
            lines_with_level: 0,
        }))]
    }),
    ("the second of two logs cannot be read", "volume-log", |facts| {
        facts.logs.push((
            "/var/log/ctl2.log".to_owned(),
            Err(forbidden("/var/log/ctl2.log cannot be read")),
        ));
    }),
    ("the second of two rows is down", "service-up", |facts| {
        facts.cloud.services = Ok(vec![service(&json!({})), service(&json!({ "state": "down" }))]);
    }),
    ("the second of two rows is frozen", "not-frozen", |facts| {
        facts.cloud.services = Ok(vec![service(&json!({})), service(&json!({ "frozen": true }))]);
    }),
    ("the target names no compute host", "shelve-offload", |facts| {
        facts.compute.clear()
    }),
    ("shelved servers stay an hour", "shelve-offload", |facts| {
        for host in facts.compute.values_mut() {
            host.shelved_offload_time = Ok(NovaSetting::Set {
                seconds: 3600,
                file: "/etc/nova/nova.conf.d/25-nova-extra.conf".to_owned(),
            });
        }
    }),
    ("one of two compute hosts lacks the secret", "libvirt-secret", |facts| {
        let other = ComputeFacts {
            secrets: Ok(Vec::new()),
            shelved_offload_time: Ok(NovaSetting::Default),
        };
        facts.compute.insert("c2".to_owned(), other);
    }),
    ("the target does not say which secret", "libvirt-secret", |facts| {
        if let Some(secondary) = &mut facts.expected.secondary {
            secondary.secret = None;
        }
    }),
    ("a clock is a little behind", "clock-skew", |facts| {
        facts.clocks.push(Clock {
            machine: "the controller".to_owned(),
            ahead: Ok((-7.0, Duration::from_millis(100))),
        });
    }),
    ("a slow answer is not held against the clock", "clock-skew", |facts| {
        facts.clocks.push(Clock {
            machine: "the controller".to_owned(),
            ahead: Ok((3.0, Duration::from_secs(4))),
        });
    }),
    ("volumes of others may move", "blast-radius", |facts| {
        facts.expected.shared = true;
        facts.cloud.volumes = Ok(vec![volume("v1", "enabled")]);
    }),
    ("a volume is in error", "blast-radius", |facts| {
        facts.cloud.volumes = Ok(vec![volume("v1", "enabled"), volume("v2", "failover-error")]);
    }),
    ("a volume of a shared backend is in error", "blast-radius", |facts| {
        facts.expected.shared = true;
        facts.cloud.volumes = Ok(vec![volume("v1", "enabled"), volume("v2", "failover-error")]);
    }),
    ("one of many is not replicated", "blast-radius", |facts| {
        facts.cloud.volumes = Ok((0..30)
            .map(|index| volume(&format!("v{index}"), "disabled"))
            .chain([volume("good", "enabled")])
            .collect());
    }),
    // Case 5 of the public reports: a volume that is older than the backend's replication.
    ("one has no replication_status", "blast-radius", |facts| {
        facts.cloud.volumes = Ok(vec![volume("v1", None), volume("v2", "enabled")]);
    }),
    ("one has no replication_status", "replicated-images", |facts| {
        facts.cloud.volumes = Ok(vec![volume("v1", None)]);
    }),
    (
        "one is not replicated and one is not known to be",
        "blast-radius",
        |facts| {
            facts.cloud.volumes = Ok(vec![volume("v1", None), volume("v2", "not-capable")]);
        },
    ),
    ("one may come, and one is hidden", "blast-radius", |facts| {
        facts.cloud.in_flight = vec![Counted {
            volume: volume("v1", None),
            why: CountedFor::Unplaced,
        }];
        facts.cloud.unseen = vec!["volume-v2".to_owned()];
        facts.cloud.uncounted = Some("Cinder answered 403 Forbidden".to_owned());
    }),
    (
        "a shared pool has an image that nobody lists",
        "blast-radius",
        |facts| {
            facts.expected.shared = true;
            facts.cloud.volumes = Ok(vec![volume("v1", "enabled")]);
            facts.cloud.unseen = vec!["volume-v2".to_owned()];
        },
    ),
    ("a migration left the image another id", "replicated-images", |facts| {
        let mut moved = volume("v1", "enabled");
        moved.name_id = Some("v2".to_owned());
        facts.cloud.volumes = Ok(vec![moved]);
        for (site, state, description) in [
            (&mut facts.primary, "up+stopped", "local image is primary"),
            (&mut facts.secondary, "up+replaying", "replaying, {}"),
        ] {
            if let Ok(status) = &mut site.status {
                status.images = vec![image("v2", state, description)];
            }
        }
    }),
    (
        "the mirror of a volume in error is missing",
        "replicated-images",
        |facts| {
            facts.cloud.volumes = Ok(vec![volume("v1", "failover-error")]);
        },
    ),
    ("an image is far behind", "replicated-images", |facts| {
        let behind = "replaying, {\"entries_behind_primary\":5000}";
        images(
            facts,
            ("up+stopped", "local image is primary"),
            ("up+replaying", behind),
        );
    }),
    (
        "an image is as far behind as idle ones are",
        "replicated-images",
        |facts| {
            let behind = "replaying, {\"entries_behind_primary\":2}";
            images(
                facts,
                ("up+stopped", "local image is primary"),
                ("up+replaying", behind),
            );
        },
    ),
    ("the other site's daemon is gone", "replicated-images", |facts| {
        images(
            facts,
            ("up+stopped", "local image is primary"),
            ("down+unknown", "status not found"),
        );
    }),
    ("the image is primary on the wrong site", "replicated-images", |facts| {
        images(
            facts,
            ("up+replaying", "replaying, {}"),
            ("up+stopped", "local image is primary"),
        );
    }),
    ("the volume has no image", "replicated-images", |facts| {
        facts.cloud.volumes = Ok(vec![volume("v1", "enabled")]);
        facts.primary.images.insert("volume-v1".to_owned(), Ok(None));
    }),
    ("both copies are primary", "replicated-images", |facts| {
        images(
            facts,
            ("up+stopped", "local image is primary"),
            ("up+stopped", "local image is primary"),
        );
        primary(facts, "journal", true, true);
    }),
    (
        "both copies are primary, and the daemons say that all is well",
        "replicated-images",
        |facts| {
            images(
                facts,
                ("up+stopped", "local image is primary"),
                ("up+replaying", "replaying, {}"),
            );
            primary(facts, "journal", true, true);
        },
    ),
    ("neither copy is primary", "replicated-images", |facts| {
        images(
            facts,
            ("up+unknown", "remote image demoted"),
            ("up+unknown", "remote image demoted"),
        );
        primary(facts, "journal", false, false);
    }),
    (
        "the rbd-mirror of the primary does not tell",
        "replicated-images",
        |facts| {
            images(
                facts,
                ("down+unknown", "status not found"),
                ("up+replaying", "replaying, {}"),
            );
            primary(facts, "journal", true, false);
        },
    ),
    (
        "the daemon of the primary is still stopping its replay",
        "replicated-images",
        |facts| {
            images(
                facts,
                ("up+stopping_replay", "stopping image replay"),
                ("up+replaying", "replaying, {}"),
            );
            primary(facts, "journal", true, false);
        },
    ),
    ("one site cannot be asked for the image", "replicated-images", |facts| {
        images(
            facts,
            ("down+unknown", "status not found"),
            ("up+replaying", "replaying, {}"),
        );
        facts
            .primary
            .images
            .insert("volume-v1".to_owned(), Err(forbidden("the cephx user may not do that")));
        facts
            .secondary
            .images
            .insert("volume-v1".to_owned(), Ok(Some(info("v1", "journal", false))));
    }),
    ("mirrored by snapshots", "replicated-images", |facts| {
        images(
            facts,
            ("up+stopped", "local image is primary"),
            ("up+replaying", "replaying, {}"),
        );
        primary(facts, "snapshot", true, false);
    }),
    (
        "mirrored by snapshots, of which the newest did not come over",
        "replicated-images",
        |facts| {
            images(
                facts,
                ("up+stopped", "local image is primary"),
                (
                    "up+replaying",
                    "replaying, {\"bytes_per_second\":0.0,\"bytes_per_snapshot\":0.0,\"local_snapshot_timestamp\":1795986000,\
                 \"remote_snapshot_timestamp\":1795986300,\"replay_state\":\"syncing\"}",
                ),
            );
        },
    ),
    ("the images are strangers", "replicated-images", |facts| {
        images(
            facts,
            ("up+stopped", "local image is primary"),
            ("up+replaying", "replaying, {}"),
        );
        primary(facts, "journal", true, false);
        if let Some(Ok(Some(found))) = facts.secondary.images.get_mut("volume-v1")
            && let Some(mirroring) = &mut found.mirroring
        {
            mirroring.global_id = "another".to_owned();
        }
    }),
    ("the volume was migrated", "replicated-images", |facts| {
        images(
            facts,
            ("up+stopped", "local image is primary"),
            ("up+replaying", "replaying, {}"),
        );
        if let Ok(volumes) = &mut facts.cloud.volumes {
            let moved = volume("v9", "enabled");
            volumes[0] = crate::cloud::Volume {
                name_id: Some("v1".to_owned()),
                ..moved
            };
        }
    }),
    (
        "cinder.conf names images in another way",
        "replicated-images",
        |facts| {
            facts.expected.volume_names = VolumeNameTemplate::new("prod-%s-disk").expect("a template");
            facts.cloud.volumes = Ok(vec![volume("v1", "enabled")]);
            facts.primary.images.insert("prod-v1-disk".to_owned(), Ok(None));
        },
    ),
    ("a volume is older than replication", "replicated-images", |facts| {
        let mut old = volume("v1", "enabled");
        old.replication_status = None;
        facts.cloud.volumes = Ok(vec![old]);
    }),
    ("failed over, the sites change places", "replicated-images", |facts| {
        images(
            facts,
            ("up+replaying", "replaying, {}"),
            ("up+stopped", "local image is primary"),
        );
        let away = json!({ "status": "disabled", "replication_status": "failed-over", "active_backend_id": "ceph2" });
        facts.cloud.services = Ok(vec![service(&away)]);
    }),
    ("the service is active-active", "not-active-active", |facts| {
        facts.cloud.services = Ok(vec![service(&json!({ "cluster": "ha@ceph" }))]);
    }),
    ("a cluster has other members", "not-active-active", |facts| {
        facts.cloud.services = Ok(["box@ceph", "box2@ceph", "box3@ceph"]
            .map(|host| service(&json!({ "cluster": "ha@ceph", "host": host })))
            .into());
    }),
    ("another driver is active-active", "not-active-active", |facts| {
        facts.cloud.services = Ok(vec![service(&json!({ "cluster": "ha@ceph" }))]);
        facts.expected.other_driver = Some("iscsi".to_owned());
        facts.expected.profile = driver("iscsi");
    }),
    (
        "a driver that fails back is active-active",
        "not-active-active",
        |facts| {
            facts.cloud.services = Ok(vec![service(&json!({ "cluster": "ha@ceph" }))]);
            facts.expected.profile = driver("pure-iscsi-sync");
        },
    ),
    ("the type lacks what the driver needs", "volume-type", |facts| {
        facts.expected.profile = driver("3par-iscsi-periodic");
    }),
    (
        "the pool says other words than backend ids",
        "pool-capabilities",
        |facts| {
            facts.expected.profile = driver("powermax-fc-sync");
            facts.expected.secondary.as_mut().expect("a site").backend_id = Some("000197900049".to_owned());
        },
    ),
    ("an administrator reads that site-b has no name", "peers", |facts| {
        facts.secondary.pool = Ok(pool_info(
            "image",
            "b0000000-0000-4000-8000-00000000000b",
            "site-a",
            "rx-tx",
        ));
    }),
    ("the user may work with other pools", "secondary-user", |facts| {
        facts.secondary.user.capabilities = Ok(Some(Capabilities {
            mon: "profile rbd".to_owned(),
            osd: "profile rbd pool=images".to_owned(),
            mgr: "profile rbd pool=images".to_owned(),
        }));
    }),
];

/// Makes a pool one that neither site has.
fn no_such_pool(facts: &mut Facts, pool: &str) {
    facts.expected.primary.pool = Some(pool.to_owned());
    if let Some(secondary) = &mut facts.expected.secondary {
        secondary.pool = Some(pool.to_owned());
    }
    facts.primary.pool = Err(unasked(Why::NoSuchPool, "it has no such pool"));
    facts.secondary.pool = Err(unasked(Why::NoSuchPool, "it has no such pool"));
}

/// What `rbd info` says of the image of `v1` at both sites.
fn primary(facts: &mut Facts, mode: &str, here: bool, there: bool) {
    for (site, primary) in [(&mut facts.primary, here), (&mut facts.secondary, there)] {
        site.images
            .insert("volume-v1".to_owned(), Ok(Some(info("v1", mode, primary))));
    }
}

fn images(facts: &mut Facts, here: (&str, &str), there: (&str, &str)) {
    facts.cloud.volumes = Ok(vec![volume("v1", "enabled")]);
    for (site, (state, description)) in [(&mut facts.primary, here), (&mut facts.secondary, there)] {
        if let Ok(status) = &mut site.status {
            status.images = vec![image("v1", state, description)];
        }
    }
}

#[test]
fn each_check_says_what_it_saw_and_what_to_do() {
    let mut text = String::new();
    for (case, check, change) in CASES {
        let mut facts = ready();
        change(&mut facts);
        let report = Report::of(&facts);
        let finding = report.finding(check).expect("a check of that name");
        // Writing into a String cannot fail.
        let _ = writeln!(text, "{case}\n  {check}: {}", finding.status.word());
        for evidence in &finding.evidence {
            let _ = writeln!(text, "    {evidence}");
        }
        for fix in &finding.fixes {
            let _ = writeln!(text, "    {fix:?}");
        }
    }
    insta::assert_snapshot!(text);
}

#[test]
fn what_is_made_up_is_ready() {
    let report = Report::of(&ready());
    assert_eq!(
        report.with(Status::Ok).len(),
        report.checks.len(),
        "{:?}",
        report.checks
    );
}
