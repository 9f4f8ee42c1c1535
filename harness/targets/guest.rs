//! How servers are made, and how their guests are reached.

use std::path::PathBuf;

use crate::shell::Via;

/// How servers are made, and how their guests are reached.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Guest {
    /// The Glance image that scenarios call `guest`, by name.
    pub image: String,
    /// The flavor, by name.
    pub flavor: String,
    /// The network, by name.
    pub network: String,
    /// The user to log in as.
    pub user: String,
    /// The file of that user's private key.
    pub key: PathBuf,
    /// The TCP port of the guests' SSH server.
    pub port: u16,
    /// What makes the connection to a guest, if it is no plain one.
    pub via: Option<Via>,
    /// Which of a server's addresses is reached.
    pub address: GuestAddress,
    /// How the user becomes root.
    pub privilege: Privilege,
    /// A key pair that Nova has already; if none is given the run imports the key's public half.
    pub keypair: Option<String>,
}

/// Which of a server's addresses is reached.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum GuestAddress {
    /// The fixed one.
    Fixed,
    /// A floating one, which the run makes.
    Floating {
        /// The external network that it is taken from, by name.
        network: String,
    },
}

/// How the guest's user becomes root.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Privilege {
    /// It is root.
    Direct,
    /// With `sudo -n`.
    Sudo,
}
