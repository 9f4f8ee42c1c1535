//! What can be wrong with a cloud's configuration.

use std::path::PathBuf;

use crate::cloud::nearest::nearest;

fn paths(paths: &[PathBuf]) -> String {
    paths
        .iter()
        .map(|path| path.display().to_string())
        .collect::<Vec<_>>()
        .join(", ")
}

/// Why a cloud's configuration cannot be used. `Display` says what is wrong, [`help`](Self::help) what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CloudConfigError {
    /// No clouds.yaml anywhere.
    #[error("there is no clouds.yaml with the cloud '{name}'; looked for {}", paths(searched))]
    NoFile {
        /// The cloud.
        name: String,
        /// The files that were looked for.
        searched: Vec<PathBuf>,
    },
    /// A file that was named cannot be read.
    #[error("cannot read {}, which {named_by} names: {message}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Who says so, such as `OS_CLIENT_CONFIG_FILE`.
        named_by: &'static str,
        /// The operating system's words.
        message: String,
    },
    /// A file is not YAML, or not of the shape that it should have. The message has line and column and no values.
    #[error("{}: {message}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong and where.
        message: String,
    },
    /// The file has no such cloud.
    #[error("{} has no cloud '{name}'; it has {}", path.display(), if found.is_empty() { "none".to_owned() } else { found.join(", ") })]
    NoSuchCloud {
        /// The cloud.
        name: String,
        /// The file.
        path: PathBuf,
        /// The clouds that the file has.
        found: Vec<String>,
    },
    /// The cloud names a vendor profile that clouds-public.yaml does not have.
    #[error(
        "cloud '{name}' has the profile '{profile}', which is not in a clouds-public.yaml; looked for {}",
        paths(searched)
    )]
    NoSuchProfile {
        /// The cloud.
        name: String,
        /// The profile.
        profile: String,
        /// The files that were looked for.
        searched: Vec<PathBuf>,
    },
    /// Keys that are needed are not there.
    #[error("cloud '{name}' does not say {}", missing.join(", "))]
    Missing {
        /// The cloud.
        name: String,
        /// What is missing, each as "what (`key`)".
        missing: Vec<String>,
    },
    /// A way to log in that the harness does not have.
    #[error("cloud '{name}' logs in by auth_type '{auth_type}', which cinder-drill does not have")]
    UnknownAuthType {
        /// The cloud.
        name: String,
        /// The `auth_type`.
        auth_type: String,
    },
    /// Keys of `auth` that mean a way to log in, or a scope, that the harness does not have.
    #[error("cloud '{name}' logs in with {}, which cinder-drill does not have", keys.join(" and "))]
    ForeignAuth {
        /// The cloud.
        name: String,
        /// The keys, such as `system_scope`.
        keys: Vec<String>,
    },
    /// A value that is not one of its kind.
    #[error("cloud '{name}': {key} is '{value}', and {expected} was expected")]
    BadValue {
        /// The cloud.
        name: String,
        /// The key.
        key: String,
        /// The value; never a secret's.
        value: String,
        /// What it should be.
        expected: &'static str,
    },
    /// A region that the cloud's own list does not have.
    #[error("cloud '{name}' has no region '{region}'; its regions are {}", found.join(", "))]
    NoSuchRegion {
        /// The cloud.
        name: String,
        /// The region.
        region: String,
        /// The regions that the cloud lists.
        found: Vec<String>,
    },
}

impl CloudConfigError {
    /// What to do next, where that can be said.
    pub fn help(&self) -> Option<String> {
        match self {
            Self::NoFile { .. } => Some(
                "write one, name it with OS_CLIENT_CONFIG_FILE, or use the cloud `envvars` to take the OS_* variables"
                    .to_owned(),
            ),
            Self::NoSuchCloud { name, found, .. } => nearest(name, found).map(|near| format!("did you mean '{near}'?")),
            Self::NoSuchRegion { region, found, .. } => {
                nearest(region, found).map(|near| format!("did you mean '{near}'?"))
            }
            Self::NoSuchProfile { .. } => {
                Some("write the profile's settings into the cloud itself; the vendors' profiles of openstacksdk are not built in".to_owned())
            }
            Self::Missing { name, .. } if name == super::variables::CLOUD_NAME => {
                Some("in the variables each key is OS_ and its name in capitals, such as OS_AUTH_URL".to_owned())
            }
            Self::Missing { .. } => {
                Some("they belong under `auth:` of the cloud, in clouds.yaml or secure.yaml".to_owned())
            }
            Self::UnknownAuthType { .. } => Some(
                "use v3password or v3applicationcredential; an application credential of the same user logs in without a second \
                 factor or a browser: `openstack application credential create`"
                    .to_owned(),
            ),
            Self::ForeignAuth { keys, .. } if keys.iter().any(|key| key == "system_scope") => Some(
                "a drill makes servers and volumes, which belong to a project: use an entry with `project_name` in place of \
                 `system_scope`, whose user is an administrator of that project"
                    .to_owned(),
            ),
            Self::ForeignAuth { .. } => Some(
                "use an entry with user and password, or an application credential of the same user, which needs no second factor: \
                 `openstack application credential create`"
                    .to_owned(),
            ),
            Self::Unreadable { .. } | Self::Malformed { .. } | Self::BadValue { .. } => None,
        }
    }
}
