//! Is each site the other's peer, both ways?

use super::super::{Check, Facts, Finding, Fix, Group, SiteFacts};
use super::storage::{each_site, no_answer, rbd};
use crate::names::SiteName;
use crate::site::{MirrorPeer, OtherSite, Peering, peering};

pub(super) static CHECK: Check = Check {
    name: "peers",
    question: "Is each site the other's peer, in direction rx-tx?",
    group: Group::Storage,
    essential: true,
    judge: |facts| each_site(facts, |name, site| judge(facts, name, site)),
};

fn judge(facts: &Facts, name: SiteName, site: &SiteFacts) -> Finding {
    let (called, pool) = (facts.site_name(name), facts.pool_name(name));
    let info = match &site.pool {
        Ok(info) => info,
        Err(unasked) => return no_answer(facts, name, unasked),
    };
    if info.mode == "disabled" {
        return Finding::not_checked(format!("{called} does not mirror the pool: see mirror-mode"));
    }
    let other_name = facts.site_name(name.other());
    let (own, other) = (&site.cluster, facts.site(name.other()));
    let mirrored = other.pool.as_ref().ok().filter(|info| info.mode != "disabled");
    let (Ok(own), Ok(cluster)) = (own, &other.cluster) else {
        return Finding::not_checked(format!("{other_name} could not be asked: see sites-reachable"));
    };
    let other_site = OtherSite {
        cluster,
        pool: mirrored,
    };
    match peering(info, own, other_site, &site.peer_monitors) {
        Peering::Missing => Finding::problem(format!("pool {pool} has no peer at {called}"))
            .fix(Fix::Do("`cinder-drill enable` makes the sites peers".to_owned())),
        Peering::OneWay(peer) => one_way(called, pool, peer),
        Peering::BothWays { peer, sources } if sources > 1 => Finding::warning(format!(
            "{called} has {sources} peers for pool {pool}; rbd-mirror follows one"
        ))
        .and(format!("{other_name} is {}", peer.site_name)),
        // Only administrators see what a site calls itself; others may go by what the target calls it.
        Peering::Unknown(peer) if !other.as_admin && peer.site_name == other_name => is_peer(),
        // The other site shows its identity only with a pool that is mirrored. Its own finding says that this is unknown.
        Peering::Unknown(_) if mirrored.is_none() => is_peer(),
        Peering::BothWays { .. } => is_peer(),
        Peering::Unknown(peer) => cannot_tell(facts, name, peer),
        Peering::OtherCluster(peer, shown) => other_cluster(facts, name, peer, shown),
    }
}

fn is_peer() -> Finding {
    Finding::ok("each site is the other's peer, rx-tx")
}

fn one_way(called: &str, pool: &str, peer: &MirrorPeer) -> Finding {
    let direction = peer.direction.as_deref().unwrap_or("unknown");
    Finding::problem(format!(
        "{called} mirrors with {} in direction {direction}; expected rx-tx, because otherwise a failback is impossible",
        peer.site_name
    ))
    .run(
        called,
        rbd(&format!("mirror pool peer set {pool} {} direction rx-tx", peer.uuid)),
    )
}

/// A name is only a local label of the peer: it proves nothing, and nothing is to be cut because of it.
fn cannot_tell(facts: &Facts, name: SiteName, peer: &MirrorPeer) -> Finding {
    let (called, other_name) = (facts.site_name(name), facts.site_name(name.other()));
    let finding = Finding::warning(format!(
        "the peer of {called} is called {}; it is not known whether that is {other_name}",
        peer.site_name
    ));
    let finding = if facts.site(name).as_admin && facts.site(name.other()).as_admin {
        finding
    } else {
        finding.fix(Fix::Do("give the sites `admin-arguments` in the target".to_owned()))
    };
    finding.fix(Fix::Do(format!(
        "if {other_name} replays a new image of {called} (up+replaying), it is; change nothing before you know"
    )))
}

fn other_cluster(facts: &Facts, name: SiteName, peer: &MirrorPeer, shown: String) -> Finding {
    let (called, other_name) = (facts.site_name(name), facts.site_name(name.other()));
    Finding::problem(format!(
        "the peer of {called}, which is called {} there, is another cluster than {other_name}",
        peer.site_name
    ))
    .and(shown)
    .fix(Fix::Do(format!(
        "either the target names the wrong sites, or {called} mirrors with another cluster than you think: find out \
         which before you change anything; `cinder-drill enable` makes the sites peers when the other peer is removed"
    )))
}
