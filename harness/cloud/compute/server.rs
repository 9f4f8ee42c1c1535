//! Servers, as Nova shows them.

use std::collections::BTreeMap;
use std::net::IpAddr;

use serde::Deserialize;

use crate::cloud::{ServerId, VolumeId};

/// A server.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Server {
    /// Its id.
    pub id: ServerId,
    /// Its name.
    pub name: String,
    /// `BUILD`, `ACTIVE`, `SHELVED`, `SHELVED_OFFLOADED`, `ERROR`, …
    pub status: String,
    /// What Nova is doing with it: `spawning`, `shelving`, `unshelving`, …; nothing when it is done.
    #[serde(rename = "OS-EXT-STS:task_state", default)]
    pub task_state: Option<String>,
    /// `building`, `active`, `shelved_offloaded`, `error`, …
    #[serde(rename = "OS-EXT-STS:vm_state", default)]
    pub vm_state: Option<String>,
    /// Why it is in `ERROR`.
    #[serde(default)]
    pub fault: Option<Fault>,
    /// Its addresses, by the name of the network.
    #[serde(default)]
    pub addresses: BTreeMap<String, Vec<Address>>,
    /// The compute host; shown to administrators only, and nothing while it is offloaded.
    #[serde(rename = "OS-EXT-SRV-ATTR:host", default)]
    pub host: Option<String>,
    /// Its metadata.
    #[serde(default)]
    pub metadata: BTreeMap<String, String>,
    /// The key that it was made with.
    #[serde(default)]
    pub key_name: Option<String>,
    /// The volumes that are attached to it, the root among them.
    #[serde(rename = "os-extended-volumes:volumes_attached", default)]
    pub volumes_attached: Vec<AttachedVolume>,
}

/// Why a server is in `ERROR`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Fault {
    /// What happened.
    pub message: String,
    /// An HTTP status that stands for the kind of fault.
    #[serde(default)]
    pub code: Option<u16>,
    /// The traceback; shown to administrators only.
    #[serde(default)]
    pub details: Option<String>,
}

/// One address of a server.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Address {
    /// The address.
    #[serde(rename = "addr")]
    pub address: IpAddr,
    /// Whether it is on the server's port or a floating one that leads there.
    #[serde(rename = "OS-EXT-IPS:type", default)]
    pub kind: AddressKind,
    /// The MAC address of the port.
    #[serde(rename = "OS-EXT-IPS-MAC:mac_addr", default)]
    pub mac_address: Option<String>,
}

/// Of which kind an address is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AddressKind {
    /// The port's own.
    #[default]
    Fixed,
    /// A floating IP.
    Floating,
}

/// A volume of a server, by id only.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct AttachedVolume {
    /// The volume.
    pub id: VolumeId,
}

impl Server {
    /// Its addresses of one kind, IPv4 first, since guests' images more often have it.
    pub fn addresses_of(&self, kind: AddressKind) -> Vec<IpAddr> {
        let mut addresses: Vec<IpAddr> = self
            .addresses
            .values()
            .flatten()
            .filter(|address| address.kind == kind)
            .map(|address| address.address)
            .collect();
        addresses.sort_by_key(IpAddr::is_ipv6);
        addresses
    }
}
