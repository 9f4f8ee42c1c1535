//! Is each site the other's peer, both ways?

use super::super::{Check, Facts, Finding, Fix, Group, SiteFacts};
use super::storage::{each_site, no_answer, rbd};
use crate::target::SiteName;

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
    let Some(peer) = info.peers.first() else {
        return Finding::problem(format!("pool {pool} has no peer at {called}"))
            .fix(Fix::Do("`cinder-drill enable` makes the sites peers".to_owned()));
    };
    let direction = peer.direction.as_deref().unwrap_or("unknown");
    if let Some(wrong) = stranger(facts, name, &peer.site_name) {
        return wrong
            .fix(Fix::Do(format!(
                "if that is another cluster than {other_name}, take it away and make the sites peers with `cinder-drill \
                 enable`:"
            )))
            .run(
                called,
                rbd(&format!("mirror pool peer remove {pool} {}", peer.uuid)),
            );
    }
    if direction != "rx-tx" {
        return Finding::problem(format!(
            "{called} mirrors with {} in direction {direction}; expected rx-tx, or nothing comes home after a failover",
            peer.site_name
        ))
        .run(
            called,
            rbd(&format!("mirror pool peer set {pool} {} direction rx-tx", peer.uuid)),
        );
    }
    if info.peers.len() > 1 {
        return Finding::warning(format!(
            "{called} has {} peers for pool {pool}; rbd-mirror follows one",
            info.peers.len()
        ));
    }
    Finding::ok("each site is the other's peer, rx-tx".to_owned())
}

/// What is wrong with a peer that is not called as the other site calls itself. A site's name is a configuration key that
/// only administrators may read: others are told the cluster's id in its place.
fn stranger(facts: &Facts, name: SiteName, peer: &str) -> Option<Finding> {
    let other = facts.site(name.other());
    let fsid = other.cluster.as_ref().ok().map(|cluster| cluster.fsid.as_str());
    let told = other.pool.as_ref().ok().and_then(|info| info.site_name.as_deref());
    let target = facts.expected.site(name.other()).map(|site| site.name.as_str());
    if !matches!(&other.pool, Ok(info) if info.mode != "disabled") {
        // The other site tells its name only with a pool that is mirrored. Its own finding says that this is unknown.
        return None;
    }
    if Some(peer) == told || Some(peer) == fsid || (told == fsid && !other.as_admin && Some(peer) == target) {
        return None;
    }
    let called = facts.site_name(name);
    let itself = told.or(fsid).unwrap_or_default();
    let other_name = facts.site_name(name.other());
    Some(if told == fsid && !other.as_admin {
        Finding::warning(format!(
            "the peer of {called} is {peer}; whether that is {other_name} only an administrator may read"
        ))
        .fix(Fix::Do("give the sites `admin-arguments` in the target".to_owned()))
    } else {
        Finding::problem(format!(
            "the peer of {called} is {peer}, but {other_name} calls itself {itself}"
        ))
    })
}
