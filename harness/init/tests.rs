//! What `init` makes of what a cloud says, and the words with which it refuses.

use serde_json::{Value, json};

use super::backends::{Candidate, candidates, choose};
use super::cinder_conf::CinderConf;
use super::cloud::CloudSeen;
use super::guest::guest;
use super::learn::Learnt;
use super::sites::{SiteAsked, connections, of_others, of_rbd, rbd};
use crate::diagnostic::{SourceMap, render};
use crate::drivers::{BackendIdRule, DriverProfile, FailbackBy, Moves};
use crate::failure::Failure;
use crate::report::document::as_fault;

fn read<T: serde::de::DeserializeOwned>(values: Vec<Value>) -> Vec<T> {
    let read = |value| serde_json::from_value(value).expect("an answer");
    values.into_iter().map(read).collect()
}

fn service(host: &str, more: Value) -> Value {
    let mut row = json!({
        "binary": "cinder-volume", "host": host, "status": "enabled", "state": "up", "replication_status": "enabled",
        "active_backend_id": null, "frozen": false,
    });
    for (key, value) in more.as_object().into_iter().flatten() {
        row[key] = value.clone();
    }
    row
}

fn pool(name: &str, more: Value) -> Value {
    let mut capabilities = json!({
        "volume_backend_name": "ceph", "replication_enabled": true, "replication_targets": ["ceph2", "default"],
        "storage_protocol": "ceph", "vendor_name": "Open Source",
    });
    for (key, value) in more.as_object().into_iter().flatten() {
        capabilities[key] = value.clone();
    }
    json!({ "name": name, "capabilities": capabilities })
}

fn cloud(services: Vec<Value>, pools: Vec<Value>, volumes: Vec<Value>) -> CloudSeen {
    CloudSeen {
        services: read(services),
        pools: read(pools),
        volumes: read(volumes),
        ..CloudSeen::default()
    }
}

fn words(failure: &Failure) -> String {
    render(&as_fault(failure), &SourceMap::default(), false)
}

/// A cloud with a backend of each kind.
fn motley() -> Vec<Candidate> {
    let seen = cloud(
        vec![
            service(
                "c1@away",
                json!({ "status": "disabled", "replication_status": "failed-over", "active_backend_id": "ceph2" }),
            ),
            service("c1@blank", json!({ "active_backend_id": "default" })),
            service("c1@broken", json!({ "replication_status": "failover-error" })),
            service("c1@ceph", json!({})),
            service("c1@cold", json!({ "frozen": true })),
            service("c1@dead", json!({ "state": "down" })),
            service("c1@lvm", json!({ "replication_status": "disabled" })),
            service(
                "c1@off",
                json!({ "status": "disabled", "disabled_reason": "maintenance" }),
            ),
            service("c1@old", json!({ "replication_status": null })),
            service("c1@single", json!({})),
            service("no-backend", json!({})),
        ],
        vec![
            pool("c1@ceph#ceph", json!({})),
            pool("c1@single#x", json!({ "replication_enabled": false })),
        ],
        vec![],
    );
    candidates(&seen)
}

#[test]
fn a_backend_that_cannot_be_drilled_says_why_and_the_only_other_is_taken() {
    let all = motley();
    assert_eq!(choose(&all, None).expect("one").backend.to_string(), "c1@ceph");
    let lines: Vec<String> = all
        .iter()
        .map(|one| format!("{}: {}", one.backend, one.why_not.as_deref().unwrap_or("good")))
        .collect();
    insta::assert_snapshot!("backends", lines.join("\n"));
}

#[test]
fn no_backend_is_guessed() {
    let mut all = motley();
    let refused = |all: &[Candidate], wished: Option<&str>| {
        let wished = wished.map(|text| text.parse().expect("a backend"));
        words(&choose(all, wished.as_ref()).expect_err("refused"))
    };
    let unknown = refused(&all, Some("c1@cepf"));
    let away = refused(&all, Some("c1@away"));
    all.retain(|one| one.why_not.is_some());
    let none = refused(&all, None);
    let two = cloud(
        vec![service("c1@a", json!({})), service("c2@a", json!({}))],
        vec![pool("c1@a#p", json!({})), pool("c2@a#p", json!({}))],
        vec![],
    );
    let several = refused(&candidates(&two), None);
    let nothing = refused(&[], None);
    insta::assert_snapshot!("refused", [unknown, away, none, several, nothing].join("\n"));
}

#[test]
fn volumes_of_a_cluster_and_unreplicated_ones_are_counted() {
    let volume = |id: &str, host: &str, status: Value| {
        json!({ "id": id, "size": 1, "status": "available", "os-vol-host-attr:host": host, "os-vol-tenant-attr:tenant_id": id,
                "replication_status": status, "cluster_name": "all@ceph#ceph" })
    };
    let seen = cloud(
        vec![
            service("c1@ceph", json!({ "cluster": "all@ceph" })),
            service("c2@ceph", json!({ "cluster": "all@ceph" })),
        ],
        vec![pool("all@ceph#ceph", json!({}))],
        vec![
            volume("1", "c1@ceph#ceph", json!("enabled")),
            volume("2", "c2@ceph#ceph", json!(null)),
        ],
    );
    let all = candidates(&seen);
    let first = &all[0];
    assert_eq!((first.volumes, first.projects, first.unreplicated), (2, 2, 1));
    assert_eq!(
        (first.cluster.as_deref(), first.why_not.as_deref()),
        (Some("all@ceph"), None)
    );
}

#[test]
fn of_a_target_only_the_id_is_kept() {
    let secret = json!({ "replication_targets": [{ "backend_id": "b", "san_password": "SECRET" }] });
    let seen = cloud(
        vec![service("c1@ceph", json!({}))],
        vec![pool("c1@ceph#p", secret)],
        vec![],
    );
    assert!(!format!("{:?}", candidates(&seen)).contains("SECRET"));
    assert_eq!(candidates(&seen)[0].targets, ["b"]);
}

fn asked(known: super::sites::SiteKnown) -> SiteAsked {
    SiteAsked {
        known,
        ceph: Err("nobody asked".to_owned()),
        access: None,
    }
}

#[test]
fn what_is_known_of_one_site_alone_is_no_mark_of_it() {
    let seen = cloud(
        vec![service("c1@ceph", json!({}))],
        vec![pool(
            "c1@ceph#p",
            json!({ "location_info": "ceph:/etc/ceph/ceph.conf:F:cinder:volumes" }),
        )],
        vec![],
    );
    let all = candidates(&seen);
    // The API names the user of the primary site, and the name of the secondary cluster. Neither is known of the other site.
    let [primary, secondary] = rbd(&all[0], None);
    assert_eq!(
        (primary.user.as_deref(), primary.pool.as_deref()),
        (Some("cinder"), Some("volumes"))
    );
    assert_eq!(
        (primary.cluster_name, secondary.cluster_name.as_deref()),
        (None, Some("ceph2"))
    );
    let sites = rbd(&all[0], None).map(asked);
    assert_eq!(connections(&sites), None);
    // A device without a user takes the primary's, so users alone distinguish nothing.
    let conf = CinderConf::read(
        "cinder-drill-read f\n[ceph]\nrbd_user = cinder\nrbd_cluster_name = ceph2\ncinder-drill-devices\n[ceph]\nreplication_device\n\
         =backend_id:ceph2\n",
    );
    let sites = rbd(&all[0], Some(&conf)).map(asked);
    assert_eq!(connections(&sites), None, "both sites call themselves alike");
    let conf = CinderConf::read(
        "cinder-drill-read f\n[ceph]\nrbd_user = cinder\ncinder-drill-devices\n[ceph]\nreplication_device\n=backend_id:ceph2\n,conf:/c\n",
    );
    let sites = rbd(&all[0], Some(&conf)).map(asked);
    let [one, other] = connections(&sites).expect("names of clusters");
    assert_eq!(
        one,
        [
            ("cluster_name", "ceph".to_owned()),
            ("auth_username", "cinder".to_owned())
        ]
    );
    assert_eq!(
        other,
        [
            ("cluster_name", "ceph2".to_owned()),
            ("auth_username", "cinder".to_owned())
        ]
    );
    assert_eq!(sites[1].known.conf.as_deref(), Some("/c"));
    let mut text = String::new();
    of_rbd(&sites).write(0, &mut text);
    insta::assert_snapshot!("sites", text);
}

#[test]
fn a_guest_is_made_of_what_is_smallest_and_not_raw_and_what_is_not_known_is_left_open() {
    let image = |name: &str, format: &str, size: u64| json!({ "id": name, "name": name, "status": "active", "disk_format": format, "size": size, "min_disk": 1, "min_ram": 128 });
    let flavor = |name: &str, memory: u64, disk: u64| json!({ "id": name, "name": name, "ram": memory, "vcpus": 1, "disk": disk });
    let network = |name: &str, external: bool| json!({ "id": name, "name": name, "router:external": external });
    let mut seen = cloud(vec![], vec![], vec![]);
    seen.images = read(vec![
        image("tiny-iso", "iso", 1),
        image("cirros-raw", "raw", 2),
        image("mystery", "qcow2", 3),
        image("Debian 12", "qcow2", 400),
    ]);
    seen.flavors = read(vec![
        flavor("big", 4096, 20),
        flavor("nano", 64, 1),
        flavor("small", 256, 1),
        flavor("flat", 256, 0),
    ]);
    seen.networks = read(vec![network("public", true), network("private", false)]);
    let mut text = String::new();
    guest(&seen, true, None).write(0, &mut text);
    seen.images = read(vec![image("mystery", "raw", 3)]);
    seen.networks = read(vec![network("a", false), network("b", false)]);
    seen.flavors.clear();
    text.push_str("---\n");
    guest(&seen, true, None).write(0, &mut text);
    insta::assert_snapshot!("guest", text);
}

#[test]
fn a_backend_that_nobody_can_ask_has_what_its_driver_needs() {
    let seen = cloud(
        vec![service("c1@a", json!({}))],
        vec![pool("c1@a#p", json!({ "replication_targets": [] }))],
        vec![],
    );
    let all = candidates(&seen);
    let mut text = String::new();
    let profiles = || crate::drivers::driver_files().iter().flat_map(|file| &file.profiles);
    let moves = |profile: &&DriverProfile| profile.moves == Moves::Backend;
    let kinds: [&dyn Fn(&&DriverProfile) -> bool; 3] = [
        &|profile| profile.failback.by == FailbackBy::Again,
        &|profile| profile.backend_id == BackendIdRule::Required,
        &|profile| profile.backend_id == BackendIdRule::LeaveOut,
    ];
    for kind in kinds {
        let profile = profiles().filter(moves).find(kind).expect("a profile");
        text.push_str(&format!("# {}\n", profile.name));
        of_others(&all[0], &[], Some(profile)).write(0, &mut text);
    }
    insta::assert_snapshot!("arrays", text);
}

#[test]
fn what_was_learnt_is_put_below_the_names_of_the_sites() {
    let learnt = Learnt {
        connections: [
            [("target_portals".to_owned(), json!(["192.0.2.1:3260"]))].into(),
            [(
                "target_portals".to_owned(),
                json!(["198.51.100.1:3260", "[fd00::1]:3260"]),
            )]
            .into(),
        ],
        notes: Vec::new(),
    };
    let target = |sites: &str| {
        format!(
            "target: t\ncloud: c\nbackend: a@b\ndriver: pure-iscsi-sync\nsites:\n{sites}volume-types: {{ replicated: {{ name: r }} }}\n\
             guest: {{ image: i, flavor: f, network: n, user: u, key: k }}\n"
        )
    };
    let lines = format!(
        "  primary:\n    # {}\n    name: one\n  secondary:\n    name: two\n    backend-id: b\n",
        super::learn::TO_LEARN
    );
    let put = learnt.put_into("t.yaml".as_ref(), &target(&lines)).expect("lines");
    insta::assert_snapshot!(put.lines().skip(4).take(8).collect::<Vec<_>>().join("\n"), @r#"
    sites:
      primary:
        name: one
        connection: { target_portals: ["192.0.2.1:3260"] }
      secondary:
        name: two
        connection: { target_portals: ["198.51.100.1:3260", "[fd00::1]:3260"] }
        backend-id: b
    "#);
    let flow = "  primary: { name: one }\n  secondary: { name: two, backend-id: b }\n";
    assert_eq!(learnt.put_into("t.yaml".as_ref(), &target(flow)), None);
}
