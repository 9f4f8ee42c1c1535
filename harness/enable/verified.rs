//! What both sites say of the pool afterwards.

use serde_json::{Value, json};

use super::enabler::look;
use super::{EnabledSite, Enabler};
use crate::failure::Failure;
use crate::site::PoolInfo;

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
    require(primary, &here.1, secondary, &[&there.0.fsid, name(&there.1)])?;
    require(secondary, &there.1, primary, &[&here.0.fsid, name(&here.1)])?;
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

fn require(site: &EnabledSite, info: &PoolInfo, other: &EnabledSite, names: &[&str]) -> Result<(), Failure> {
    let (called, pool) = (site.name(), &site.pool);
    let expected = format!("mode image, and peer {} in direction rx-tx", other.name());
    let peers: Vec<String> = info
        .peers
        .iter()
        .map(|peer| format!("{} {}", peer.site_name, peer.direction.as_deref().unwrap_or("unknown")))
        .collect();
    let is_peer = |peer: &crate::site::MirrorPeer| {
        names.contains(&peer.site_name.as_str()) && peer.direction.as_deref() == Some("rx-tx")
    };
    if info.mode == "image" && info.peers.first().is_some_and(is_peer) {
        return Ok(());
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
