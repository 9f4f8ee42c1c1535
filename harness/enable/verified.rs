//! What both sites say of the pool afterwards.

use serde_json::{Value, json};

use std::collections::BTreeMap;

use super::enabler::look;
use super::peers::monitors;
use super::{EnabledSite, Enabler};
use crate::failure::Failure;
use crate::site::{Cluster, OtherSite, Peering, PoolInfo, peering};

/// Both sites mirror the pool with each other.
#[derive(Clone, Debug, PartialEq)]
pub struct VerifiedPools {
    /// What `rbd mirror pool info` prints, by site.
    pub texts: [(String, String); 2],
    /// The same for a snapshot, with ids that differ from cluster to cluster by stable names.
    pub stable: Value,
}

/// Requires what the guide looks at by eye: mode image, and each site as the other's peer in direction rx-tx.
///
/// # Errors
/// It is not so, or a site cannot be asked.
pub async fn verify_pools(enabler: &Enabler<'_>) -> Result<VerifiedPools, Failure> {
    let [primary, secondary] = enabler.sites();
    let (here, there) = (look(primary).await?, look(secondary).await?);
    require(primary, &here, secondary, &there, &monitors(primary, &here.1).await)?;
    require(secondary, &there, primary, &here, &monitors(secondary, &there.1).await)?;
    let ids = [
        (here.0.fsid.clone(), format!("<fsid:{}>", primary.name())),
        (there.0.fsid.clone(), format!("<fsid:{}>", secondary.name())),
    ];
    let stable = |info: &PoolInfo| {
        let named = |text: &str| {
            ids.iter()
                .fold(text.to_owned(), |text, (id, name)| text.replace(id, name))
        };
        let peers: Vec<Value> = info
            .peers
            .iter()
            .map(|peer| {
                json!({
                    "uuid": "<uuid>",
                    "direction": peer.direction,
                    "site_name": named(&peer.site_name),
                    "client_name": peer.client_name,
                })
            })
            .collect();
        json!({ "mode": info.mode, "site_name": named(name(info)), "peers": peers })
    };
    Ok(VerifiedPools {
        texts: [text(primary).await?, text(secondary).await?],
        stable: json!({ primary.name(): stable(&here.1), secondary.name(): stable(&there.1) }),
    })
}

fn name(info: &PoolInfo) -> &str {
    info.site_name.as_deref().unwrap_or_default()
}

async fn text(site: &EnabledSite) -> Result<(String, String), Failure> {
    let line = site.site.rbd(&format!("mirror pool info {}", site.pool_word()));
    let text = site.site.perform("read the mirroring of the pool", &line).await?;
    Ok((site.name().to_owned(), text))
}

fn require(
    site: &EnabledSite,
    (own, info): &(Cluster, PoolInfo),
    other: &EnabledSite,
    (cluster, other_info): &(Cluster, PoolInfo),
    monitors: &BTreeMap<String, String>,
) -> Result<(), Failure> {
    let (called, pool) = (site.name(), &site.pool);
    let expected = format!("mode image, and peer {} in direction rx-tx", other.name());
    let peers: Vec<String> = info
        .peers
        .iter()
        .map(|peer| format!("{} {}", peer.site_name, peer.direction.as_deref().unwrap_or("unknown")))
        .collect();
    let other_site = OtherSite {
        cluster,
        pool: Some(other_info),
    };
    match peering(info, own, other_site, monitors) {
        Peering::BothWays { .. } if info.mode == "image" => return Ok(()),
        // Not knowing is no proof that it is not so.
        Peering::Unknown(peer) if info.mode == "image" => {
            return Err(Failure::cloud(format!(
                "it is not known whether the peer of pool {pool} at {called} is {}",
                other.name()
            ))
            .detail("expected", expected)
            .detail("seen", format!("a peer that is called {} here", peer.site_name))
            .help(
                "`cinder-drill preflight` says what to check; change nothing before you know which cluster that is",
            ));
        }
        _ => {}
    }
    let seen = if peers.is_empty() {
        format!("mode {}, no peer", info.mode)
    } else {
        format!("mode {}, peer {}", info.mode, peers.join(", "))
    };
    Err(
        Failure::expectation(format!("{called} does not mirror pool {pool} with {}", other.name()))
            .detail("expected", expected)
            .detail("seen", seen)
            .help("`cinder-drill preflight` says what to do; `cinder-drill enable` does it"),
    )
}
