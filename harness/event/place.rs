//! Where a run happens.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What it takes to find the cloud of a run again, from another directory and without the process. It holds no secret:
/// credentials are read again from where they were.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RunPlace {
    /// The target's file, absolute.
    pub target_file: PathBuf,
    /// The directory that the run was started in, where `clouds.yaml` is looked for first.
    pub working_directory: PathBuf,
    /// The cloud's entry in `clouds.yaml`, or `envvars`.
    pub cloud: String,
    /// The URL of its Keystone; two clouds may have one name in two files.
    pub auth_url: Option<String>,
    /// `host@backend`.
    pub backend: String,
    /// What people call the site where the backend is on its primary site.
    pub primary_site: String,
    /// What people call the site that takes over.
    pub secondary_site: Option<String>,
    /// Whether the cloud is the embedded one, which ends with the process: then nothing is ever left over.
    pub embedded: bool,
    /// The id of the user that the run was logged in as; absent until it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
    /// That user's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// The id of the project in which the run made things; absent until it was known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project_id: Option<String>,
    /// That project's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
    /// The machine.
    pub host: String,
    /// The process.
    pub process: u32,
}

impl RunPlace {
    /// The name of this machine.
    #[must_use]
    pub fn this_host() -> String {
        rustix::system::uname().nodename().to_string_lossy().into_owned()
    }
}
