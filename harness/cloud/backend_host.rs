//! The name of a Cinder backend: `host@backend`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A Cinder backend as `failover-host` and `os-services` name it: `host@backend`, never with a pool.
///
/// Cinder writes the place of a volume as `host@backend#pool` (`os-vol-host-attr:host`); parsing takes that form too and
/// drops the pool, because fail-over is of a whole backend.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct BackendHost {
    host: String,
    backend: String,
}

/// Why a text is not a backend's name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "'{given}' is not the name of a Cinder backend: {reason}; expected host@backend, as `openstack volume service list` shows it"
)]
pub struct BackendHostError {
    given: String,
    reason: &'static str,
}

impl BackendHost {
    /// The part before the `@`: the `host` of cinder-volume's configuration.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The part after the `@`: the section of cinder.conf that configures the backend.
    pub fn backend(&self) -> &str {
        &self.backend
    }

    /// Whether a place as Cinder reports it (`host@backend` or `host@backend#pool`) is on this backend.
    pub fn holds(&self, place: &str) -> bool {
        let without_pool = place.split_once('#').map_or(place, |(before, _)| before);
        without_pool
            .split_once('@')
            .is_some_and(|(host, backend)| host == self.host && backend == self.backend)
    }
}

impl FromStr for BackendHost {
    type Err = BackendHostError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let refuse = |reason| BackendHostError {
            given: text.to_owned(),
            reason,
        };
        let without_pool = text.split_once('#').map_or(text, |(before, _)| before);
        let (host, backend) = without_pool.split_once('@').ok_or_else(|| refuse("it has no '@'"))?;
        if host.is_empty() {
            return Err(refuse("nothing is before the '@'"));
        }
        if backend.is_empty() {
            return Err(refuse("nothing is after the '@'"));
        }
        if backend.contains('@') {
            return Err(refuse("it has more than one '@'"));
        }
        if without_pool
            .chars()
            .any(|character| character.is_whitespace() || character.is_control())
        {
            return Err(refuse("it has white space in it"));
        }
        Ok(Self {
            host: host.to_owned(),
            backend: backend.to_owned(),
        })
    }
}

impl TryFrom<String> for BackendHost {
    type Error = BackendHostError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<BackendHost> for String {
    fn from(backend: BackendHost) -> Self {
        backend.to_string()
    }
}

impl fmt::Display for BackendHost {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}@{}", self.host, self.backend)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_pool_does_not_count() {
        let backend: BackendHost = "box@ceph".parse().unwrap();
        assert!(backend.holds("box@ceph#ceph"));
        assert!(backend.holds("box@ceph"));
        assert!(!backend.holds("box@ceph2#ceph"));
        assert!(!backend.holds("otherbox@ceph"));
        assert!(!backend.holds("box"));
        assert_eq!("box@ceph#pool".parse::<BackendHost>().unwrap(), backend);
    }

    #[test]
    fn wrong_names_are_refused_with_the_reason() {
        for (text, reason) in [
            ("box", "no '@'"),
            ("@ceph", "before"),
            ("box@", "after"),
            ("box@#pool", "after"),
            ("a@b@c", "more than one"),
            ("a b@c", "white space"),
        ] {
            let error = text.parse::<BackendHost>().unwrap_err().to_string();
            assert!(error.contains(reason), "{text}: {error}");
            assert!(error.contains("host@backend"), "{error}");
        }
    }

    proptest! {
        #[test]
        fn what_is_parsed_is_written_back(host in "[a-z0-9.-]{1,20}", backend in "[A-Za-z0-9_.-]{1,20}", pool in "[a-z#]{0,5}") {
            let name = format!("{host}@{backend}");
            let parsed: BackendHost = format!("{name}#{pool}").parse().unwrap();
            prop_assert_eq!(parsed.to_string(), name.clone());
            prop_assert!(parsed.holds(&name));
            let pooled = format!("{}#{}", name, pool);
            prop_assert!(parsed.holds(&pooled));
        }
    }
}
