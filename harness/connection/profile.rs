//! What connection info means for a driver.

use std::fmt;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::bounded_file;

/// What the fields of connection info mean for a driver, above all which of them name the site.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct DriverProfile {
    /// The protocol: the value of `driver_volume_type`.
    pub protocol: String,
    /// What the driver replicates with and where this was learnt, for people.
    pub description: String,
    /// Whether connection info can distinguish the sites.
    pub identity: Identity,
    /// Whether writes are acknowledged before the other site has them, so an unplanned failover may lose the last ones.
    /// Synchronous replication may also lead to both sites at once.
    pub asynchronous: bool,
    /// The fields that name the site: a failover changes them, where the sites have different values.
    pub must_change: Vec<String>,
    /// The fields that name the volume, or say how it is used: a failover does not change them.
    pub must_keep: Vec<String>,
    /// The fields that may change or not. So may those that are not listed at all.
    pub may_change: Vec<String>,
    /// The fields whose lists have no order.
    pub unordered: Vec<String>,
    /// The fields whose lists belong together, a group at a time: what stands at one place in them is one portal.
    #[serde(default)]
    pub paired: Vec<Vec<String>>,
    /// The field that names the volume's image, `POOL/IMAGE`; `None` if the driver gives no such name.
    #[serde(default)]
    pub image_field: Option<String>,
}

/// Whether connection info can distinguish the sites.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Identity {
    /// Some field names the site.
    ConnectionInfo,
    /// No field is sure to; only the storage itself can show it.
    None,
}

/// The profiles that cinder-drill brings along.
const KNOWN: [(&str, &str); 4] = [
    ("rbd", include_str!("../../fixtures/profiles/rbd.yaml")),
    ("iscsi", include_str!("../../fixtures/profiles/iscsi.yaml")),
    (
        "fibre_channel",
        include_str!("../../fixtures/profiles/fibre_channel.yaml"),
    ),
    ("nvmeof", include_str!("../../fixtures/profiles/nvmeof.yaml")),
];

impl DriverProfile {
    /// The names of the profiles that cinder-drill brings along.
    pub fn known() -> impl Iterator<Item = &'static str> {
        KNOWN.iter().map(|(name, _)| *name)
    }

    /// A profile that cinder-drill brings along.
    ///
    /// # Errors
    /// There is none of that name.
    pub fn named(name: &str) -> Result<DriverProfile, ProfileError> {
        match KNOWN.iter().find(|(known, _)| *known == name) {
            Some((_, text)) => DriverProfile::parse(text.as_bytes(), Path::new(name)),
            None => Err(ProfileError::Unknown { name: name.to_owned() }),
        }
    }

    /// Reads a profile from a YAML file.
    ///
    /// # Errors
    /// The file cannot be read, or is not a profile.
    pub fn from_file(path: &Path) -> Result<DriverProfile, ProfileError> {
        let bytes = bounded_file::read(path).map_err(|error| ProfileError::Unreadable {
            path: path.to_owned(),
            cause: error.to_string(),
        })?;
        DriverProfile::parse(&bytes, path)
    }

    /// Reads the bytes of a profile's file.
    ///
    /// # Errors
    /// It is not a profile.
    pub(crate) fn parse(bytes: &[u8], path: &Path) -> Result<DriverProfile, ProfileError> {
        let invalid = |cause: String| ProfileError::Invalid {
            path: path.to_owned(),
            cause,
        };
        let text = bounded_file::text(bytes).map_err(invalid)?;
        let profile: DriverProfile = serde_saphyr::from_str(text).map_err(|error| invalid(error.to_string()))?;
        profile.fault().map_or(Ok(profile), |cause| Err(invalid(cause)))
    }

    /// What makes no sense in the profile.
    fn fault(&self) -> Option<String> {
        let lists = [
            ("must-change", &self.must_change),
            ("must-keep", &self.must_keep),
            ("may-change", &self.may_change),
        ];
        for (index, (name, fields)) in lists.iter().enumerate() {
            for (other, others) in &lists[index + 1..] {
                if let Some(field) = fields.iter().find(|field| others.contains(field)) {
                    return Some(format!("`{field}` is in {name} and in {other}"));
                }
            }
        }
        if let Some(group) = self.paired.iter().find(|group| group.len() < 2) {
            return Some(format!(
                "`{}` in paired has no other field to belong to",
                group.join(", ")
            ));
        }
        match (self.identity, self.must_change.is_empty()) {
            (Identity::ConnectionInfo, true) => {
                Some("identity is connection-info, but no field is in must-change: nothing would be checked".to_owned())
            }
            (Identity::None, false) => Some("identity is none, but there are fields in must-change".to_owned()),
            _ => None,
        }
    }
}

/// Why there is no profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProfileError {
    /// cinder-drill brings along no profile of that name.
    Unknown {
        /// The name.
        name: String,
    },
    /// The file cannot be read.
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        cause: String,
    },
    /// It is not a profile.
    Invalid {
        /// The file, or the name of a profile that cinder-drill brings along.
        path: PathBuf,
        /// What is wrong with it, with line and column where it is the YAML.
        cause: String,
    },
}

impl ProfileError {
    /// What happened, in one sentence without a full stop.
    #[must_use]
    pub fn summary(&self) -> String {
        match self {
            ProfileError::Unknown { name } => format!("there is no driver profile {name}"),
            ProfileError::Unreadable { path, .. } => format!("the driver profile {} cannot be read", path.display()),
            ProfileError::Invalid { path, .. } => format!("{} is not a driver profile", path.display()),
        }
    }

    /// Named facts.
    #[must_use]
    pub fn details(&self) -> Vec<(String, String)> {
        match self {
            ProfileError::Unknown { .. } => {
                let known: Vec<&str> = DriverProfile::known().collect();
                vec![("known".to_owned(), known.join(", "))]
            }
            ProfileError::Unreadable { cause, .. } | ProfileError::Invalid { cause, .. } => {
                vec![("cause".to_owned(), cause.clone())]
            }
        }
    }

    /// What to do next.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        let help = match self {
            ProfileError::Unknown { .. } => {
                "name one of these in the target's driver, or the path of a profile of your own"
            }
            ProfileError::Unreadable { .. } => "check the path in the target's driver",
            ProfileError::Invalid { .. } => "compare it with fixtures/profiles/rbd.yaml",
        };
        Some(help.to_owned())
    }
}

impl fmt::Display for ProfileError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.summary())
    }
}

impl std::error::Error for ProfileError {}
