//! The two sites of a backend: how they are asked, and what connection info says when it points at them.

use std::collections::BTreeMap;

use super::backends::Candidate;
use super::ceph::{self, CephSeen, Way};
use super::cinder_conf::{CinderConf, Device};
use super::learn::TO_LEARN;
use super::machine::Machine;
use super::yaml::{Block, Value, flow_list, scalar};
use crate::cloud::FAILBACK_ID;
use crate::drivers::{BackendIdRule, DriverProfile, FailbackBy};

/// What is known of a site before it is asked.
#[derive(Clone, Debug, Default)]
pub(super) struct SiteKnown {
    /// Its `backend_id`.
    pub backend_id: Option<String>,
    /// The path of its ceph.conf on the host of cinder-volume.
    pub conf: Option<String>,
    /// What connection info calls the cluster.
    pub cluster_name: Option<String>,
    /// The cephx user of cinder-volume.
    pub user: Option<String>,
    /// The id of libvirt's secret.
    pub secret: Option<String>,
    /// The pool of the volumes.
    pub pool: Option<String>,
}

/// What cinder.conf and the pool say of both sites of an RBD backend; the driver's own defaults are `_parse_replication_configs`' of
/// `volume/drivers/rbd.py`.
pub(super) fn rbd(candidate: &Candidate, conf: Option<&CinderConf>) -> [SiteKnown; 2] {
    let section = candidate.backend.backend();
    let told = |option: &str| conf.and_then(|conf| conf.backend(section, option)).map(str::to_owned);
    // `ceph:CONF:FSID:USER:POOL`
    let location = candidate
        .pool
        .as_ref()
        .and_then(|pool| pool.capabilities.location_info.clone());
    let location: Vec<&str> = location
        .as_deref()
        .map(|text| text.split(':').collect())
        .unwrap_or_default();
    let located = |at: usize| match location.as_slice() {
        ["ceph", ..] => location
            .get(at)
            .filter(|text| !text.is_empty())
            .map(|text| (*text).to_owned()),
        _ => None,
    };
    let user = told("rbd_user").or_else(|| located(3));
    let secret = told("rbd_secret_uuid");
    let pool = told("rbd_pool").or_else(|| located(4));
    let is_read = conf.is_some_and(|conf| conf.has(section));
    let primary = SiteKnown {
        backend_id: Some(FAILBACK_ID.to_owned()),
        conf: told("rbd_ceph_conf")
            .or_else(|| located(1))
            .or(is_read.then(|| "/etc/ceph/ceph.conf".to_owned())),
        cluster_name: told("rbd_cluster_name").or(is_read.then(|| "ceph".to_owned())),
        user: user.clone(),
        secret: secret.clone(),
        pool: pool.clone(),
    };
    let id = candidate.targets.first().cloned();
    let devices = conf.map(|conf| conf.devices(section)).unwrap_or_default();
    let device: Option<&Device> = match &id {
        Some(id) => devices.iter().find(|device| device.backend_id == *id),
        None => devices.first(),
    };
    let id = id.or_else(|| device.map(|device| device.backend_id.clone()));
    let of_device = |part: Option<&String>, default: Option<String>| device.and_then(|_| part.cloned().or(default));
    let secondary = SiteKnown {
        conf: of_device(
            device.and_then(|device| device.conf.as_ref()),
            id.as_ref().map(|id| format!("/etc/ceph/{id}.conf")),
        ),
        user: of_device(device.and_then(|device| device.user.as_ref()), user),
        secret: of_device(device.and_then(|device| device.secret_uuid.as_ref()), secret),
        // After a failover the driver calls the cluster by this.
        cluster_name: id.clone(),
        backend_id: id,
        pool,
    };
    [primary, secondary]
}

/// A site as it was asked.
pub(super) struct SiteAsked {
    /// What was known before.
    pub known: SiteKnown,
    /// What it said, or why it could not be asked.
    pub ceph: Result<CephSeen, String>,
    /// How the target reaches it, and what stands before every command there.
    pub access: Option<(String, String)>,
}

/// Asks the sites of an RBD backend: where the command line says, else from the host of cinder-volume, which reaches both.
pub(super) async fn ask(known: [SiteKnown; 2], machines: [Option<&Machine>; 2]) -> [SiteAsked; 2] {
    let [primary, secondary] = known;
    let one = ask_one(primary, machines[0], "the primary site");
    let other = ask_one(secondary, machines[1], "the secondary site");
    let (one, other) = tokio::join!(Box::pin(one), Box::pin(other));
    [one, other]
}

async fn ask_one(known: SiteKnown, machine: Option<&Machine>, name: &str) -> SiteAsked {
    let (ceph, access) = match (machine, &known.pool) {
        (Some(machine), Some(pool)) => {
            let way = Way {
                conf: known.conf.as_deref(),
                cluster: known.cluster_name.as_deref(),
                user: known.user.as_deref(),
                pool,
            };
            let seen = ceph::ask(machine, name, &way).await;
            let access = seen.is_ok().then(|| (machine.as_yaml(), machine.prefix.clone()));
            (
                seen.map_err(|why| format!("{} cannot ask it: {why}", machine.place())),
                access,
            )
        }
        (None, _) => (Err("no machine was named where `rbd` reaches it".to_owned()), None),
        (_, None) => (Err("the pool of the volumes is not known".to_owned()), None),
    };
    SiteAsked { known, ceph, access }
}

/// The fields of connection info that are known of both sites. A field that is known of one alone would be taken for its mark,
/// though the other may have the same value.
pub(super) fn connections(sites: &[SiteAsked; 2]) -> Option<[Vec<(&'static str, String)>; 2]> {
    let of = |site: &SiteAsked| -> BTreeMap<&'static str, String> {
        let hosts = site
            .ceph
            .as_ref()
            .ok()
            .map(|ceph| &ceph.hosts)
            .filter(|hosts| !hosts.is_empty());
        let fields = [
            ("cluster_name", site.known.cluster_name.as_deref().map(scalar)),
            ("hosts", hosts.map(|hosts| flow_list(hosts.iter().map(String::as_str)))),
            ("auth_username", site.known.user.as_deref().map(scalar)),
            ("secret_uuid", site.known.secret.as_deref().map(scalar)),
        ];
        fields
            .into_iter()
            .filter_map(|(field, value)| Some((field, value?)))
            .collect()
    };
    let [primary, secondary] = [of(&sites[0]), of(&sites[1])];
    let both: Vec<&'static str> = ["cluster_name", "hosts", "auth_username", "secret_uuid"]
        .into_iter()
        .filter(|field| primary.contains_key(field) && secondary.contains_key(field))
        .collect();
    let differs = both
        .iter()
        .any(|field| *field != "secret_uuid" && primary[field] != secondary[field]);
    let chosen =
        |from: &BTreeMap<&'static str, String>| both.iter().map(|field| (*field, from[field].clone())).collect();
    differs.then(|| [chosen(&primary), chosen(&secondary)])
}

/// The block of the sites of an RBD backend.
pub(super) fn of_rbd(sites: &[SiteAsked; 2]) -> Block {
    let connections = connections(sites);
    let mut block = Block::default();
    for (index, (key, site)) in ["primary", "secondary"].into_iter().zip(sites).enumerate() {
        let mut of_site = Block::default();
        let ceph = site.ceph.as_ref().ok();
        let name = ceph.and_then(|ceph| ceph.site_name.clone());
        let called = if index == 0 {
            site.known.cluster_name.clone()
        } else {
            site.known.backend_id.clone()
        };
        // Both sites may call themselves by one name; messages must tell them apart.
        let name = name.or(called).unwrap_or_else(|| key.to_owned());
        let same = index == 1 && block_names(&block, &name);
        of_site.put("name", Value::Text(if same { key.to_owned() } else { name }));
        of_site.text("backend-id", site.known.backend_id.as_deref());
        match &site.access {
            Some((shell, prefix)) => {
                of_site.put("shell", Value::Flow(shell.clone()));
                of_site.text("prefix", Some(prefix.as_str()).filter(|prefix| !prefix.is_empty()));
                let arguments = ceph.map(|ceph| ceph.arguments.as_str()).filter(|text| !text.is_empty());
                of_site.text("rbd-arguments", arguments);
                let admin = ceph.and_then(|ceph| ceph.admin.as_deref());
                match admin {
                    Some(admin) => of_site.text("admin-arguments", Some(admin)),
                    None => {
                        of_site
                            .put("admin-arguments", Value::Off("--id admin".to_owned()))
                            .say("There is no keyring of client.admin there: `preflight` checks less, and `enable` needs one.");
                    }
                }
            }
            None => {
                let why = site.ceph.as_ref().err().map(String::as_str).unwrap_or_default();
                of_site
                    .put(
                        "shell",
                        Value::Off("{ ssh: { address: HOST, user: USER, key: FILE } }".to_owned()),
                    )
                    .say(format!(
                        "Without a shell the storage of this site is not asked, and reports say so: {why}."
                    ));
            }
        }
        of_site.text("pool", site.known.pool.as_deref());
        of_site.text("ceph-conf", site.known.conf.as_deref());
        of_site.text("libvirt-secret", site.known.secret.as_deref());
        if let Some(connections) = &connections {
            let mut fields = Block::default();
            for (field, value) in &connections[index] {
                fields.put(field, Value::Flow(value.clone()));
            }
            of_site
                .put("connection", Value::Block(fields))
                .say("What connection info says when it points here.");
        }
        block.put(key, Value::Block(of_site));
    }
    block
}

fn block_names(block: &Block, name: &str) -> bool {
    let named =
        |entry: &super::yaml::Entry| matches!(&entry.value, Value::Text(text) if entry.key == "name" && text == name);
    block
        .0
        .iter()
        .any(|site| matches!(&site.value, Value::Block(site) if site.0.iter().any(named)))
}

/// The block of the sites of a backend that nobody but Cinder can ask.
pub(super) fn of_others(candidate: &Candidate, devices: &[Device], profile: Option<&DriverProfile>) -> Block {
    let id = candidate.targets.first().cloned();
    let id = id.or_else(|| devices.first().map(|device| device.backend_id.clone()));
    let mut primary = Block::default();
    primary.put("name", Value::Text("primary".to_owned()));
    primary.put("backend-id", Value::Text(FAILBACK_ID.to_owned()));
    if profile.is_some_and(|profile| profile.failback.by == FailbackBy::Again) {
        let what =
            "what the service's active_backend_id says when the backend is on its primary array, such as its san_ip";
        primary.put("active-backend-id", Value::Open(what.to_owned()));
    }
    let mut secondary = Block::default();
    secondary.put(
        "name",
        Value::Text(id.clone().unwrap_or_else(|| "secondary".to_owned())),
    );
    match profile.map(|profile| profile.backend_id) {
        Some(BackendIdRule::LeaveOut) => {}
        rule => match (id, rule) {
            (Some(id), _) => _ = secondary.put("backend-id", Value::Text(id)),
            (None, Some(BackendIdRule::Required)) => {
                let what = "`backend_id` of `replication_device` in cinder.conf";
                secondary.put("backend-id", Value::Open(what.to_owned()));
            }
            (None, _) => {}
        },
    }
    let mut block = Block::default();
    for (key, mut site) in [("primary", primary), ("secondary", secondary)] {
        if profile.is_none_or(|profile| !profile.fields.site.is_empty())
            && let Some(name) = site.0.first_mut()
        {
            name.say(TO_LEARN);
        }
        block.put(key, Value::Block(site));
    }
    block
}
