//! `reconnect`: a server gives up the connections of its volumes and gets new ones.

use serde::Serialize;

use crate::scenario::ServerName;

/// Renews the connections of a server that boots from a volume.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Reconnect {
    /// The server.
    pub server: ServerName,
    /// How.
    pub by: ReconnectBy,
}

/// How connections are renewed.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReconnectBy {
    /// Shelve, wait until it is offloaded, unshelve.
    Shelve,
}
