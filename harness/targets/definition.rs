//! What a target holds.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;

use super::{Budgets, DeclaredFault, Fault, Guest, Shell, Site, VolumeLog, VolumeNameTemplate};
use crate::cloud::{BackendHost, FAILBACK_ID};
use crate::diagnostic::Location;
use crate::drivers::{DriverProfile, FailbackBy};
use crate::embedded::{Misconfiguration, Release};
use crate::names::SiteName;

/// Where scenarios run.
#[derive(Clone, Debug)]
pub struct Target {
    /// Its name; also that of the folder of its snapshots.
    pub name: TargetName,
    /// One sentence about it.
    pub summary: Option<String>,
    /// The file that it was read from.
    pub file: PathBuf,
    /// If set, the embedded cloud is started for the run.
    pub simcloud: Option<SimcloudSettings>,
    /// The cloud.
    pub cloud: CloudSource,
    /// The `clouds.yaml` to use in place of the usual search path.
    pub clouds_file: Option<PathBuf>,
    /// The backend to fail over.
    pub backend: BackendHost,
    /// What its driver does, and what connection info means.
    pub driver: Driver,
    /// The two sites.
    pub sites: Sites,
    /// The logs of cinder-volume, one for each controller that runs it, at most 16; none if they cannot be read.
    pub volume_logs: Vec<VolumeLog>,
    /// How to reach compute hosts, by name; none if they cannot be asked.
    pub compute_shells: BTreeMap<String, Shell>,
    /// How Cinder names the images of volumes.
    pub volume_name_template: VolumeNameTemplate,
    /// How compute hosts are asked.
    pub compute_tools: ComputeTools,
    /// The volume types that scenarios may ask for, by the name that scenarios use.
    pub volume_types: BTreeMap<String, VolumeType>,
    /// How servers are made and reached.
    pub guest: Guest,
    /// How long the driver may take to bring what was written to the other site, where nobody can be asked whether it arrived.
    pub replication_interval: Option<Duration>,
    /// What makes the storage ready for a failback, if its driver needs that.
    pub before_failback: Option<StorageHook>,
    /// Whether the backend may hold foreign volumes. Failing over moves them too.
    pub shared: bool,
    /// The folder of the snapshots of connection info; none if they are not compared.
    pub snapshots: Option<PathBuf>,
    /// How faults are made that scenarios ask for.
    pub faults: BTreeMap<Fault, DeclaredFault>,
    /// How long things may take.
    pub budgets: Budgets,
    /// How long a server may wait for its data after a failover or failback, where the scenario does not say; none if it is only
    /// measured.
    pub rto: Option<Duration>,
}

impl Target {
    /// The `backend_id` by which the backend fails back; `None` if none is sent.
    #[must_use]
    pub(crate) fn failback_id(&self) -> Option<String> {
        match self.driver.profile.failback.by {
            FailbackBy::Again => self.sites.secondary.as_ref()?.backend_id.clone(),
            FailbackBy::Default | FailbackBy::Never => Some(FAILBACK_ID.to_owned()),
        }
    }

    /// What the service's `active_backend_id` says at the primary site, if the driver fails back by a failover to its own array;
    /// `None` for all others, whose service then says nothing.
    #[must_use]
    pub(crate) fn primary_id(&self) -> Option<&str> {
        let primary = self.sites.primary.active_backend_id.as_deref();
        primary.filter(|_| self.driver.profile.failback.by == FailbackBy::Again)
    }

    /// Whether both sites can be asked what they hold.
    #[must_use]
    pub(crate) fn can_ask_storage(&self) -> bool {
        let is_reached = |site: &Site| site.shell.is_some() && site.pool.is_some();
        self.driver.profile.asks_rbd()
            && SiteName::ALL
                .iter()
                .all(|site| self.sites.get(*site).is_some_and(is_reached))
    }
}

/// How many logs of cinder-volume a target may name.
pub const MOST_VOLUME_LOGS: usize = 16;

/// The name of a target.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
#[serde(transparent)]
pub struct TargetName(pub(super) String);

impl TargetName {
    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TargetName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// Where the cloud's address and credentials come from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum CloudSource {
    /// An entry of `clouds.yaml`.
    Named(String),
    /// The `OS_*` variables of the environment.
    Environment,
}

/// How the embedded cloud is started.
#[derive(Clone, PartialEq, Debug)]
pub struct SimcloudSettings {
    /// The seed of all that varies in it.
    pub seed: u64,
    /// Multiplies every delay in it; 1 is normal.
    pub pace: f64,
    /// Which generation it plays.
    pub release: Release,
    /// What is set up wrongly in it.
    pub broken: Vec<Misconfiguration>,
}

/// The driver of the backend.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Driver {
    /// What the target calls its profile: the name of one that comes with cinder-drill, or a file.
    pub called: String,
    /// The profile.
    pub profile: Arc<DriverProfile>,
    /// The text of its file.
    pub text: Arc<str>,
}

impl Driver {
    /// A profile that comes with cinder-drill.
    #[must_use]
    pub fn known(name: &str) -> Option<Driver> {
        let profile = crate::drivers::named(name).ok()?;
        Some(Driver {
            called: name.to_owned(),
            profile: Arc::new(profile.clone()),
            text: crate::drivers::text_of(&profile.driver)?.into(),
        })
    }
}

/// The sites of a target. Only scenarios that need the secondary one need it to be there.
#[derive(Clone, PartialEq, Debug)]
pub struct Sites {
    /// The site where the backend is without a failover.
    pub primary: Site,
    /// The site that takes over.
    pub secondary: Option<Site>,
}

impl Sites {
    /// A site by its name; none if the target does not have it.
    #[must_use]
    pub fn get(&self, name: SiteName) -> Option<&Site> {
        match name {
            SiteName::Primary => Some(&self.primary),
            SiteName::Secondary => self.secondary.as_ref(),
        }
    }
}

/// A command that does something on the storage that Cinder cannot.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StorageHook {
    /// How to reach the machine that has it.
    pub shell: Shell,
    /// The command. It must end well.
    pub command: String,
}

/// How compute hosts are asked, where their tools are in containers.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ComputeTools {
    /// How virsh is called there.
    pub virsh: String,
    /// The folder of Nova's configuration there.
    pub nova_conf: String,
    /// What stands before every command there; may be empty.
    pub prefix: String,
}

/// What a target calls a volume type on its backend that is not to be replicated.
pub const PLAIN_TYPE: &str = "plain";

/// A volume type, as a scenario may ask for it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct VolumeType {
    /// The name that scenarios use.
    pub name: String,
    /// Where the type in the cloud comes from.
    pub origin: VolumeTypeOrigin,
    /// Where the target declares it.
    #[serde(skip)]
    pub at: Location,
}

/// Where a volume type comes from.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum VolumeTypeOrigin {
    /// The cloud has it already, under this name.
    Existing(String),
    /// The run makes one of its own with `replication_enabled='<is> True'` and this `volume_backend_name`.
    #[serde(rename_all = "kebab-case")]
    Create {
        /// The `volume_backend_name` of the backend.
        volume_backend_name: String,
        /// What else the type has, besides what the driver's profile says.
        #[serde(skip_serializing_if = "BTreeMap::is_empty")]
        extra_specs: BTreeMap<String, String>,
    },
}
