//! What `rbd mirror pool info` says of a pool.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::error::SiteError;
use super::handle::Site;
use crate::shell::quote;

/// What `rbd mirror pool info --format json` says of a pool.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct PoolInfo {
    /// `image` (each image is enabled by itself, as Cinder does), `pool`, or `disabled`.
    pub mode: String,
    /// The site's own name; for a client that may not read it, the cluster's fsid.
    pub site_name: Option<String>,
    /// The id by which the site's pool is known to its peers; older releases do not show it.
    #[serde(default)]
    pub mirror_uuid: Option<String>,
    /// The sites with which the pool is mirrored.
    #[serde(default)]
    pub peers: Vec<MirrorPeer>,
}

/// A site with which a pool is mirrored.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct MirrorPeer {
    /// The peering's id.
    pub uuid: String,
    /// `rx-tx`, `rx-only` or `tx-only`.
    pub direction: Option<String>,
    /// The peer's name: a local label, or, in an entry that the peer's own rbd-mirror made (`tx-only`), what the peer calls
    /// itself.
    pub site_name: String,
    /// The cephx user with which this site's daemon reads from the peer, for example `client.rbd-mirror-peer`.
    pub client_name: Option<String>,
    /// The id of the peer's pool; empty or missing until this site's rbd-mirror has met the peer's.
    #[serde(default)]
    pub mirror_uuid: Option<String>,
}

impl MirrorPeer {
    /// Whether this site replays from the peer.
    #[must_use]
    pub fn receives(&self) -> bool {
        self.direction
            .as_deref()
            .is_none_or(|direction| direction.starts_with("rx"))
    }
}

#[derive(Deserialize)]
struct WithMonitors {
    #[serde(default)]
    peers: Vec<PeerWithMonitors>,
}

#[derive(Deserialize)]
struct PeerWithMonitors {
    uuid: String,
    #[serde(default)]
    mon_host: String,
}

/// Takes the keys out of what `rbd mirror pool info --all` prints, one field a line, at the site: they must not leave it.
const WITHOUT_KEYS: &str = r#"grep -v '"key"'"#;

impl Site {
    /// Where the monitors of a pool's peers are, by the peering's id, as far as this site keeps it (peers that were bootstrapped;
    /// not those that were added by `peer add CLIENT@CLUSTER`). Needs an administrator.
    ///
    /// # Errors
    /// The site cannot be asked, or its answer makes no sense.
    pub async fn peer_monitors(&self, pool: &str) -> Result<BTreeMap<String, String>, SiteError> {
        let doing = format!("read the monitors of the peers of pool {pool}");
        let arguments = format!("mirror pool info {} --all --format json --pretty-format", quote(pool));
        let command = self.command(&format!("{} | {WITHOUT_KEYS}", self.rbd(&arguments)));
        let output = self.run(&doing, command.clone()).await?;
        // The key stood last: a comma is left before the brace.
        let text = output.stdout_text();
        let dense: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let told: WithMonitors = serde_json::from_str(&dense.replace(", }", "}"))
            .map_err(|error| self.garbage(&doing, &command, &output, &error.to_string()))?;
        let known = told.peers.into_iter().filter(|peer| !peer.mon_host.is_empty());
        Ok(known.map(|peer| (peer.uuid, peer.mon_host)).collect())
    }
}
