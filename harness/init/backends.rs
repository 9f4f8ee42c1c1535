//! Which of a cloud's backends can be drilled, and why the others not.

use std::collections::BTreeSet;

use super::cloud::CloudSeen;
use crate::cloud::{BackendHost, FAILBACK_ID, Pool, Service};
use crate::diagnostic::near_miss;
use crate::failure::Failure;

/// A backend of the cloud.
#[derive(Clone, Debug)]
pub(super) struct Candidate {
    /// Its name.
    pub backend: BackendHost,
    /// One of its pools that replicates, or one at all.
    pub pool: Option<Pool>,
    /// Where it can fail over to: ids, without `default`.
    pub targets: Vec<String>,
    /// The active-active cluster that it is in.
    pub cluster: Option<String>,
    /// How many volumes are on it, of how many projects.
    pub volumes: usize,
    /// How many projects these are of.
    pub projects: usize,
    /// How many of them are not known to be replicated: a failover puts them into `error`.
    pub unreplicated: usize,
    /// Why it cannot be drilled; none if it can.
    pub why_not: Option<String>,
}

/// All backends, in the order of their names.
pub(super) fn candidates(seen: &CloudSeen) -> Vec<Candidate> {
    let mut found: Vec<Candidate> = seen
        .services
        .iter()
        .filter_map(|service| Some(candidate(seen, service, service.host.parse().ok()?)))
        .collect();
    found.sort_by(|one, other| one.backend.cmp(&other.backend));
    found.dedup_by(|one, other| one.backend == other.backend);
    found
}

fn candidate(seen: &CloudSeen, service: &Service, backend: BackendHost) -> Candidate {
    // A clustered backend's pools are those of the cluster.
    let cluster = service.cluster.clone();
    let of_cluster = cluster
        .as_deref()
        .and_then(|cluster| cluster.parse::<BackendHost>().ok());
    let holds = |place: &str| backend.holds(place) || of_cluster.as_ref().is_some_and(|cluster| cluster.holds(place));
    let pools = || seen.pools.iter().filter(|pool| holds(&pool.name));
    let pool = pools()
        .find(|pool| pool.capabilities.replication_enabled)
        .or_else(|| pools().next());
    let mut targets: Vec<String> = pool.map_or_else(Vec::new, |pool| pool.capabilities.replication_targets.clone());
    targets.retain(|target| target != FAILBACK_ID);
    let volumes = || {
        seen.volumes
            .iter()
            .filter(|volume| volume.host().is_some_and(holds) || volume.cluster_name.as_deref().is_some_and(holds))
    };
    let why_not = why_not(service, pool);
    Candidate {
        pool: pool.cloned(),
        targets,
        cluster,
        volumes: volumes().count(),
        projects: volumes()
            .map(|volume| &volume.project_id)
            .collect::<BTreeSet<_>>()
            .len(),
        unreplicated: volumes().filter(|volume| !volume.replication().has_a_mirror()).count(),
        why_not,
        backend,
    }
}

/// What the service itself says against a drill, the graver first.
fn why_not(service: &Service, pool: Option<&Pool>) -> Option<String> {
    let status = service.replication_status.as_deref();
    let is_away = service.active_backend_id.as_deref().filter(|id| *id != FAILBACK_ID);
    if status == Some("failed-over") || is_away.is_some() {
        return Some(format!(
            "it is failed over{}: fail it back first",
            is_away.map(|id| format!(" to {id}")).unwrap_or_default()
        ));
    }
    if service.state != "up" {
        return Some(format!("its cinder-volume is {}", service.state));
    }
    match status {
        Some("enabled") => {}
        None | Some("disabled" | "not-capable") => {
            return Some(format!(
                "it does not replicate: its section of cinder.conf has no `replication_device` (replication_status is {})",
                status.unwrap_or("not given")
            ));
        }
        Some(other) => return Some(format!("its replication_status is {other}")),
    }
    if service.frozen == Some(true) {
        return Some("it is frozen: `cinder thaw-host` ends that".to_owned());
    }
    if service.status != "enabled" {
        let reason = service.disabled_reason.as_deref().unwrap_or("no reason is given");
        return Some(format!("its service is {} ({reason})", service.status));
    }
    match pool {
        None => {
            Some("the scheduler knows no pool of it yet: it lists them a minute after cinder-volume started".to_owned())
        }
        Some(pool) if !pool.capabilities.replication_enabled => {
            Some(format!("its pool {} says that it does not replicate", pool.name))
        }
        Some(_) => None,
    }
}

/// The backend that is drilled: the one that is wished for, or the only one that can be.
///
/// # Errors
/// There is none, or there are several.
pub(super) fn choose<'a>(candidates: &'a [Candidate], wished: Option<&BackendHost>) -> Result<&'a Candidate, Failure> {
    let with_reasons = |failure: Failure| {
        candidates.iter().fold(failure, |failure, one| {
            let says = one.why_not.as_deref().unwrap_or("can be drilled");
            failure.detail(one.backend.to_string(), says)
        })
    };
    if let Some(wished) = wished {
        let Some(found) = candidates.iter().find(|one| one.backend == *wished) else {
            let names: Vec<String> = candidates.iter().map(|one| one.backend.to_string()).collect();
            let failure = Failure::usage(format!("the cloud has no backend {wished}"));
            let near = near_miss(&wished.to_string(), names.iter().map(String::as_str)).map(str::to_owned);
            let help = near.map_or_else(
                || "`openstack volume service list` shows them in the rows of cinder-volume".to_owned(),
                |near| format!("did you mean {near}?"),
            );
            return Err(with_reasons(failure).help(help));
        };
        return match &found.why_not {
            None => Ok(found),
            Some(why) => Err(Failure::cloud(format!("{wished} cannot be drilled as it is: {why}"))
                .help("a target that is written now could not be checked; do that first, then run this again")),
        };
    }
    let mut good = candidates.iter().filter(|one| one.why_not.is_none());
    match (good.next(), good.next()) {
        (Some(only), None) => Ok(only),
        (Some(_), Some(_)) => Err(with_reasons(Failure::usage("several backends can be drilled"))
            .help("a drill moves every volume of a backend: name the one that is meant with --backend")),
        (None, _) => Err(with_reasons(Failure::cloud("no backend of this cloud can be drilled")).help(
            "a backend replicates if its section of cinder.conf has a `replication_device` and its driver takes it; `cinder-drill init \
             --like example` shows a target, from which `cinder-drill enable` sets up RBD mirroring",
        )),
    }
}
