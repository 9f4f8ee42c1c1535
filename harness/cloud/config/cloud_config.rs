//! A cloud, ready to connect to.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use reqwest::Url;
use secrecy::ExposeSecret;

use super::credential::Credential;
use super::environment::Environment;
use super::error::CloudConfigError;
use super::{files, resolve, variables};
use crate::cloud::ServiceKind;
use crate::cloud::transport::RetryPolicy;

/// Which of a service's endpoints is used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Interface {
    /// The one for users.
    #[default]
    Public,
    /// The one within the cloud.
    Internal,
    /// The one for administrators.
    Admin,
}

impl Interface {
    /// The name in the catalog.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Internal => "internal",
            Self::Admin => "admin",
        }
    }
}

impl fmt::Display for Interface {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl FromStr for Interface {
    type Err = ();

    /// Takes the old spellings (`publicURL`) too, as openstacksdk does.
    fn from_str(text: &str) -> Result<Self, ()> {
        match text.strip_suffix("URL").unwrap_or(text) {
            "public" => Ok(Self::Public),
            "internal" => Ok(Self::Internal),
            "admin" => Ok(Self::Admin),
            _ => Err(()),
        }
    }
}

/// Which certificates of services are trusted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Verification {
    /// Those that the system trusts.
    #[default]
    System,
    /// Those of the authorities in this PEM file, and no others.
    Bundle(PathBuf),
    /// Any.
    Off,
}

/// How TLS connections are made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tls {
    /// Whom to trust.
    pub verification: Verification,
    /// The client's own certificate and its key (PEM, PKCS #8), where services ask for one.
    pub client_certificate: Option<(PathBuf, PathBuf)>,
}

/// How long the transport waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// For a connection.
    pub connect: Duration,
    /// For the whole answer to one attempt of a read.
    pub read: Duration,
    /// For the whole answer to a change. It is longer than the services' own RPC time-out (60 s), so theirs is seen and not
    /// ours: an answer that says what failed is worth more than a lost one.
    pub change: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            read: Duration::from_secs(30),
            change: Duration::from_secs(120),
        }
    }
}

/// Everything that connecting to a cloud needs. `Debug` shows no secrets.
#[derive(Clone, Debug)]
pub struct CloudConfig {
    /// The name in clouds.yaml, or `envvars`.
    pub name: String,
    /// Keystone, with its version: `http://192.0.2.1:5000/v3/`.
    pub auth_url: Url,
    /// Who logs in.
    pub credential: Credential,
    /// The region; without one, services must be in a single region.
    pub region: Option<String>,
    /// Which endpoints to use.
    pub interface: Interface,
    /// How TLS connections are made.
    pub tls: Tls,
    /// Addresses that replace those of the catalog.
    pub endpoint_overrides: BTreeMap<ServiceKind, Url>,
    /// How reads are retried; clouds.yaml has nothing on it, so it is the default until the caller sets it.
    pub retry: RetryPolicy,
    /// How long to wait; as with `retry`.
    pub timeouts: Timeouts,
    /// The files that the configuration was read from, the most important first.
    pub files: Vec<PathBuf>,
}

impl CloudConfig {
    /// Reads the cloud `name` from `clouds_file`, or by the usual rules from OS_CLIENT_CONFIG_FILE, `./clouds.yaml`,
    /// `~/.config/openstack/` and `/etc/openstack/`, with `secure.yaml` merged over it. The name `envvars` means the OS_*
    /// variables instead.
    ///
    /// Unlike openstacksdk, which goes on to the next place, a file that was named and is not there is an error: a drill
    /// must not fail over another cloud than the one that was meant.
    ///
    /// # Errors
    /// See [`CloudConfigError`]. All missing keys are reported at once.
    pub fn load(name: &str, clouds_file: Option<&Path>, environment: &Environment) -> Result<Self, CloudConfigError> {
        let (entry, files) = if name == variables::CLOUD_NAME {
            (variables::entry(environment), Vec::new())
        } else {
            files::entry(name, clouds_file, environment)?
        };
        resolve::resolve(name, entry, files, environment)
    }

    /// Its secrets: the password or the application credential's secret, and the password in the URL.
    pub fn secrets(&self) -> impl Iterator<Item = &str> {
        let secret = match &self.credential {
            Credential::Password { password: secret, .. }
            | Credential::ApplicationCredentialId { secret, .. }
            | Credential::ApplicationCredentialName { secret, .. } => secret,
        };
        [secret.expose_secret()].into_iter().chain(self.auth_url.password())
    }

    /// The cloud `name` of a clouds.yaml whose bytes are these.
    ///
    /// # Errors
    /// See [`CloudConfigError`].
    pub(crate) fn of_bytes(
        name: &str,
        path: &Path,
        bytes: &[u8],
        environment: &Environment,
    ) -> Result<Self, CloudConfigError> {
        let entry = files::entry_of_bytes(name, path, bytes)?;
        resolve::resolve(name, entry, vec![path.to_owned()], environment)
    }
}
