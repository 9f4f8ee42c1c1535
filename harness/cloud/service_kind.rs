//! The OpenStack services that the harness talks to.

use std::fmt;

use serde::{Deserialize, Serialize};

/// One OpenStack service, by the name that the service types authority gives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ServiceKind {
    /// Keystone.
    Identity,
    /// Cinder.
    BlockStorage,
    /// Nova.
    Compute,
    /// Glance.
    Image,
    /// Neutron.
    Network,
}

impl ServiceKind {
    /// The name of the service, as in `openstack catalog list` of a new cloud.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::BlockStorage => "block-storage",
            Self::Compute => "compute",
            Self::Image => "image",
            Self::Network => "network",
        }
    }

    /// The project behind the service, the word that operators and log files use.
    pub fn project(self) -> &'static str {
        match self {
            Self::Identity => "Keystone",
            Self::BlockStorage => "Cinder",
            Self::Compute => "Nova",
            Self::Image => "Glance",
            Self::Network => "Neutron",
        }
    }

    /// The types under which catalogs list the service, the best first (<https://service-types.openstack.org>).
    ///
    /// `volumev2` is left out on purpose: it is another API. Plain `volume` is taken last, for catalogs that list version 3
    /// under it.
    pub(crate) fn catalog_types(self) -> &'static [&'static str] {
        match self {
            Self::Identity => &["identity"],
            Self::BlockStorage => &["block-storage", "volumev3", "block-store", "volume"],
            Self::Compute => &["compute"],
            Self::Image => &["image"],
            Self::Network => &["network"],
        }
    }
}

impl fmt::Display for ServiceKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}
