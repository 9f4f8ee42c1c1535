//! Identifiers, one type each, so a volume's id cannot be handed to a call that wants a server's.

use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! identifiers {
    ($($(#[$documentation:meta])* $name:ident)+) => {$(
        $(#[$documentation])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Takes the identifier as the service gave it.
            pub fn new(id: impl Into<String>) -> Self {
                Self(id.into())
            }

            /// The identifier as the service knows it.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(&self.0)
            }
        }

        impl From<&str> for $name {
            fn from(id: &str) -> Self {
                Self(id.to_owned())
            }
        }

        impl From<String> for $name {
            fn from(id: String) -> Self {
                Self(id)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }
    )+};
}

identifiers! {
    /// The id of a Cinder volume.
    VolumeId
    /// The id of a Cinder snapshot.
    SnapshotId
    /// The id of a Nova server.
    ServerId
    /// The id of a Cinder attachment; a new one at every attach, shelve and unshelve.
    AttachmentId
    /// The id of a Glance image.
    ImageId
    /// The id of a Neutron network.
    NetworkId
    /// The id of a Neutron port.
    PortId
    /// The id of a Nova flavor; often not a UUID.
    FlavorId
    /// The id of a Cinder volume type.
    VolumeTypeId
    /// The id of a Neutron floating IP (not its address).
    FloatingIpId
}
