//! How a machine is reached over SSH.

use std::path::PathBuf;
use std::time::Duration;

use crate::shell::{HostKey, Trust};

/// How a machine is reached over SSH.
#[derive(Clone, Debug)]
pub struct SshOptions {
    /// The host's name or address; an IPv6 address stands without brackets.
    pub host: String,
    /// The TCP port.
    pub port: u16,
    /// The user to log in as.
    pub user: String,
    /// The file of the private key, in PEM or OpenSSH format, without a passphrase.
    pub key: PathBuf,
    /// How long it may take until the session is open: connection, handshake and authentication together.
    pub connect_timeout: Duration,
    /// The host key that the server showed before, and must show again.
    pub expected_host_key: Option<HostKey>,
    /// Which host key it must show the first time.
    pub trust: Trust,
    /// How many sessions may be open at a time, at least one. Each runs one command at a time; another is opened only while
    /// all others are busy.
    pub sessions: usize,
}

impl SshOptions {
    /// `host:port`, with brackets around an IPv6 address.
    #[must_use]
    pub fn address(&self) -> String {
        if self.host.contains(':') {
            format!("[{}]:{}", self.host, self.port)
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }

    /// `user@host:port`.
    pub(super) fn place(&self) -> String {
        format!("{}@{}", self.user, self.address())
    }
}
