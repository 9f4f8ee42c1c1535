//! What `rbd mirror pool info` says of a pool.

use serde::Deserialize;

/// What `rbd mirror pool info --format json` says of a pool.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct PoolInfo {
    /// `image` (each image is enabled by itself, as Cinder does), `pool`, or `disabled`.
    pub mode: String,
    /// The site's own name; for a client that may not read it, the cluster's fsid.
    pub site_name: Option<String>,
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
    /// The peer's name.
    pub site_name: String,
    /// The cephx user with which this site's daemon reads from the peer, for example `client.rbd-mirror-peer`.
    pub client_name: Option<String>,
}
