//! Each site as the other's peer.

use std::collections::BTreeMap;

use super::enabler::look;
use super::{EnabledSite, Enabler, Told};
use crate::failure::Failure;
use crate::shell::quote;
use crate::site::{Cluster, OtherSite, Peering, PoolInfo, peering};

/// Makes each site the other's peer, both ways, with a bootstrap token of the primary site. The token goes from one
/// site's standard output to the other's standard input: it is on no disk, in no process list and in no log. Does nothing
/// where they are peers.
///
/// # Errors
/// A site cannot be asked, or has a peer that is not the other site or not mirrored with both ways.
pub async fn make_peers(enabler: &Enabler<'_>) -> Result<(), Failure> {
    let [primary, secondary] = enabler.sites();
    let (here, there) = (look(primary).await?, look(secondary).await?);
    // Both are judged before anything is done: importing a token beside another cluster would make a second peer.
    let are_peers = [
        is_peer(primary, &here, secondary, &there, &monitors(primary, &here.1).await)?,
        is_peer(secondary, &there, primary, &here, &monitors(secondary, &there.1).await)?,
    ];
    if are_peers == [true, true] {
        enabler.tell(Told::Already(format!(
            "{} and {} are peers, rx-tx",
            primary.name(),
            secondary.name()
        )));
        return Ok(());
    }
    let create = primary.site.rbd(&format!(
        "mirror pool peer bootstrap create --site-name {} {}",
        quote(&site_name(&here)),
        primary.pool_word()
    ));
    let import = secondary.site.rbd(&format!(
        "mirror pool peer bootstrap import --site-name {} {} -",
        quote(&site_name(&there)),
        secondary.pool_word()
    ));
    let creates = enabler.shows(primary.name(), &create);
    let imports = enabler.shows(secondary.name(), &import);
    enabler.tell(Told::Printed {
        at: secondary.name().to_owned(),
        text: format!("(the token of {} on its standard input only)", primary.name()),
    });
    if creates && imports {
        require_known(secondary)?;
        let token = primary
            .site
            .perform_for_secret("make a bootstrap token", &create)
            .await
            .map_err(|error| {
                Failure::from(error).help(
                    "client.rbd-mirror-peer may be there with other capabilities than Ceph expects: compare `ceph auth get \
                     client.rbd-mirror-peer` with `mon 'profile rbd-mirror-peer' osd 'profile rbd'`",
                )
            })?;
        secondary
            .site
            .perform_with_secret("import the bootstrap token", &import, &token)
            .await?;
    }
    Ok(())
}

/// The token lets whoever has it read and write the other site's pool: it goes only to a machine whose host key is known.
fn require_known(site: &EnabledSite) -> Result<(), Failure> {
    if site.site.may_have_secrets() {
        return Ok(());
    }
    Err(
        Failure::cloud(format!("the SSH host key of {} is not known", site.name()))
            .detail("expected", "its key in the target's `host-key`, or in known_hosts")
            .detail(
                "seen",
                "`host-key: accept-new`, an SSH entry with `StrictHostKeyChecking no`, or a shell by `command`: whoever answers is trusted",
            )
            .help("the bootstrap token holds a key of the other cluster, and was not made; write `host-key: SHA256:…` into the target"),
    )
}

/// The name that a site keeps, or its cluster's id, as the guide has it.
fn site_name((cluster, info): &(Cluster, PoolInfo)) -> String {
    info.site_name.clone().unwrap_or_else(|| cluster.fsid.clone())
}

/// Whether a site has the other one as its peer, both ways; not if it has none. A peer of which that is not known is left
/// alone, and nothing is made beside it.
fn is_peer(
    site: &EnabledSite,
    (own, info): &(Cluster, PoolInfo),
    other: &EnabledSite,
    (cluster, other_info): &(Cluster, PoolInfo),
    monitors: &BTreeMap<String, String>,
) -> Result<bool, Failure> {
    let (called, pool) = (site.name(), &site.pool);
    let other_site = OtherSite {
        cluster,
        pool: Some(other_info),
    };
    let expected = format!("cluster {}", cluster.fsid);
    let left_alone = "it was left alone: find out which cluster that is before you change anything";
    Err(match peering(info, own, other_site, monitors) {
        Peering::Missing => return Ok(false),
        Peering::BothWays { .. } => return Ok(true),
        Peering::OneWay(peer) => {
            let line = site.site.rbd(&format!(
                "mirror pool peer set {} {} direction rx-tx",
                site.pool_word(),
                peer.uuid
            ));
            Failure::cloud(format!("{called} does not mirror pool {pool} both ways"))
                .detail("expected", "direction rx-tx")
                .detail("seen", peer.direction.as_deref().unwrap_or("unknown"))
                .help(format!(
                    "it was left alone; if it is wrong, change it yourself: `{line}`"
                ))
        }
        Peering::OtherCluster(peer, shown) => Failure::cloud(format!(
            "pool {pool} at {called} has another peer than {}",
            other.name()
        ))
        .detail("expected", expected)
        .detail("seen", format!("{}: {shown}", peer.site_name))
        .help(left_alone),
        Peering::Unknown(peer) => Failure::cloud(format!(
            "it is not known whether the peer of pool {pool} at {called} is {}",
            other.name()
        ))
        .detail("expected", expected)
        .detail("seen", format!("a peer that is called {} here", peer.site_name))
        .help(left_alone),
    })
}

/// Where the monitors of a site's peers are, as far as it says.
pub(super) async fn monitors(site: &EnabledSite, info: &PoolInfo) -> BTreeMap<String, String> {
    if info.peers.is_empty() {
        return BTreeMap::new();
    }
    // A missing address is not a fault: ids may identify it as well.
    site.site.peer_monitors(&site.pool).await.unwrap_or_default()
}
