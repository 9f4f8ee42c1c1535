//! What was gathered: answers, or the reason why there is none.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use crate::backend::{self, Counted, Judgement};
use crate::cloud::{ApiError, ApiErrorKind, BackendHost, Pool, Quota, Service, Volume, VolumeType};
use crate::drivers::DriverProfile;
use crate::failure::Failure;
use crate::names::SiteName;
use crate::shell::ShellError;
use crate::site::{Capabilities, Cluster, PoolInfo, PoolRoom, PoolStatus, RbdInfo, SiteError, SiteProblem};
use crate::targets::VolumeNameTemplate;

/// Why a question has no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// The target does not say how.
    NoWay,
    /// It did not answer.
    Silent,
    /// It answered that the pool is not there.
    NoSuchPool,
    /// It answered that the pool is not mirrored.
    NotMirrored,
    /// It answered that one may not.
    Forbidden,
    /// It answered, and did not let one in.
    LoginRefused,
    /// It was not asked, as there is nothing to log in with.
    NoKeyring,
    /// It answered that nothing has the name that the target says, or several have.
    NoSuchName,
    /// It answered something else.
    Other,
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unasked {
    /// In short.
    pub why: Why,
    /// In one sentence without a full stop.
    pub reason: String,
    /// What to do about it.
    pub help: Option<String>,
}

/// An answer, or the reason why there is none.
pub type Asked<T> = Result<T, Unasked>;

impl Unasked {
    /// The target does not say how to ask.
    #[must_use]
    pub fn no_way(reason: impl Into<String>, help: impl Into<String>) -> Unasked {
        Unasked {
            why: Why::NoWay,
            reason: reason.into(),
            help: Some(help.into()),
        }
    }

    /// It did not answer.
    #[must_use]
    pub fn silent(reason: impl Into<String>) -> Unasked {
        Unasked {
            why: Why::Silent,
            reason: reason.into(),
            help: None,
        }
    }
}

impl From<SiteError> for Unasked {
    fn from(error: SiteError) -> Unasked {
        let why = match (&error, error.problem()) {
            (SiteError::Unanswered { .. }, _) | (_, Some(SiteProblem::ClusterUnreachable)) => Why::Silent,
            (_, Some(SiteProblem::PermissionDenied)) => Why::Forbidden,
            (_, Some(SiteProblem::LoginRefused)) => Why::LoginRefused,
            (_, Some(SiteProblem::KeyringAbsent)) => Why::NoKeyring,
            (_, Some(SiteProblem::NoSuchPool)) => Why::NoSuchPool,
            (_, Some(SiteProblem::PoolNotMirrored)) => Why::NotMirrored,
            _ => Why::Other,
        };
        Unasked {
            why,
            reason: error.summary(),
            help: error.help(),
        }
    }
}

impl From<ShellError> for Unasked {
    fn from(error: ShellError) -> Unasked {
        Unasked {
            why: Why::Silent,
            reason: error.summary(),
            help: error.help(),
        }
    }
}

impl From<ApiError> for Unasked {
    fn from(error: ApiError) -> Unasked {
        let (why, reason) = match error.kind() {
            ApiErrorKind::NoSuchName { available, .. } => {
                let there_are = if available.is_empty() {
                    "there is none at all".to_owned()
                } else {
                    format!("there are {}", some_of(available))
                };
                (Why::NoSuchName, format!("{}; {there_are}", error.summary()))
            }
            ApiErrorKind::NotUnique { .. } => (Why::NoSuchName, error.summary()),
            _ if error.status() == Some(403) => (Why::Forbidden, error.summary()),
            _ => (Why::Other, error.summary()),
        };
        Unasked {
            why,
            reason,
            help: error.help(),
        }
    }
}

/// How many names are listed before they are only counted.
const NAMES: usize = 12;

/// The first of many names.
pub(super) fn some_of(names: &[impl AsRef<str>]) -> String {
    let shown: Vec<&str> = names.iter().take(NAMES).map(AsRef::as_ref).collect();
    match names.len().checked_sub(NAMES) {
        Some(more @ 1..) => format!("{} and {more} more", shown.join(", ")),
        _ => shown.join(", "),
    }
}

impl From<Failure> for Unasked {
    fn from(failure: Failure) -> Unasked {
        Unasked {
            why: Why::Silent,
            reason: failure.summary,
            help: failure.help,
        }
    }
}

/// What the target says, as far as it is judged by.
#[derive(Clone, Debug)]
pub struct Expected {
    /// The target's name.
    pub target: String,
    /// `host@backend`.
    pub backend: BackendHost,
    /// What `active_backend_id` says at the primary site, if the driver fails back by a failover.
    pub primary_id: Option<String>,
    /// The driver's name if it is not RBD, whose storage is the only one that can be asked.
    pub other_driver: Option<String>,
    /// What the driver does.
    pub profile: Arc<DriverProfile>,
    /// The site where the backend is without a failover.
    pub primary: ExpectedSite,
    /// The site that takes over; none if the target has none.
    pub secondary: Option<ExpectedSite>,
    /// The line of cinder.conf that makes the backend replicate to the secondary site.
    pub replication_device: Option<String>,
    /// The volume types of the target.
    pub types: Vec<WantedType>,
    /// Whether the backend may hold foreign volumes.
    pub shared: bool,
    /// How Cinder names the images of volumes.
    pub volume_names: VolumeNameTemplate,
}

/// What the target says of a site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpectedSite {
    /// What people call it.
    pub name: String,
    /// Its `backend_id`, if the target says it.
    pub backend_id: Option<String>,
    /// The RBD pool of the volumes.
    pub pool: Option<String>,
    /// The cephx user of cinder-volume there (`auth_username` of its connection).
    pub user: Option<String>,
    /// The UUID of libvirt's secret.
    pub secret: Option<String>,
    /// `hosts` of the connection that the target declares; empty if it declares none.
    pub hosts: Vec<String>,
}

/// A volume type that the target names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WantedType {
    /// The name that scenarios use.
    pub name: String,
    /// The type's name in the cloud; none for one that each run makes.
    pub existing: Option<String>,
    /// The `volume_backend_name` of one that each run makes.
    pub backend_name: Option<String>,
}

/// What a site said.
#[derive(Clone, Debug)]
pub struct SiteFacts {
    /// Its cluster, reached through the site's shell.
    pub cluster: Asked<Cluster>,
    /// Whether it was asked as an administrator (`admin-arguments`).
    pub as_admin: bool,
    /// The mirroring of the pool.
    pub pool: Asked<PoolInfo>,
    /// The daemons and images.
    pub status: Asked<PoolStatus>,
    /// Where the monitors of the pool's peers are, by the peering's id, as far as the site keeps and shows it.
    pub peer_monitors: BTreeMap<String, String>,
    /// The cluster's pools and the room in each.
    pub pools: Asked<Vec<PoolRoom>>,
    /// Images of volumes that Cinder calls replicated, as `rbd info` has them; `None` for those that are not there. Not all,
    /// if there are many.
    pub images: BTreeMap<String, Asked<Option<RbdInfo>>>,
    /// What cinder-volume's user may do.
    pub user: UserAccess,
}

/// What a cephx user may do.
#[derive(Clone, Debug)]
pub struct UserAccess {
    /// Whether it may list the pool, tried at the site.
    pub opens: Asked<()>,
    /// Its capabilities; `None` if there is no such user.
    pub capabilities: Asked<Option<Capabilities>>,
}

/// What the cloud said.
#[derive(Clone, Debug)]
pub struct CloudFacts {
    /// Who is logged in, as `user in project`.
    pub login: Asked<String>,
    /// All cinder-volume services.
    pub services: Asked<Vec<Service>>,
    /// The pools of all backends.
    pub pools: Asked<Vec<Pool>>,
    /// The volume types.
    pub types: Asked<Vec<VolumeType>>,
    /// The project's quota.
    pub quota: Asked<Quota>,
    /// The volumes of all projects that a failover moves: those on the backend, and on its whole cluster.
    pub volumes: Asked<Vec<Volume>>,
    /// Volumes that are on their way, and that may be on the backend by the time of a failover.
    pub in_flight: Vec<Counted>,
    /// Why the volumes of all projects could not be counted; none if Cinder's count agrees with its list.
    pub uncounted: Option<String>,
    /// Images of volumes in the backend's pool that Cinder does not list; empty where they could not be read.
    pub unseen: Vec<String>,
    /// What servers are made from.
    pub guest: GuestFacts,
    /// The project's id, to distinguish its volumes from those of other projects.
    pub project: Option<String>,
}

/// Whether what the target's `guest` names is there.
#[derive(Clone, Debug)]
pub struct GuestFacts {
    /// Each thing in the cloud, with its words: `image guest`, `flavor m1.tiny`, …
    pub things: Vec<(String, Asked<()>)>,
    /// The private key on this machine, and its public half where a run has to import it.
    pub key: Asked<()>,
}

/// The end of the cinder-volume log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogTail {
    /// How many lines were looked at.
    pub lines: usize,
    /// How many of them are at level DEBUG.
    pub debug_lines: usize,
    /// How many of them say of what level they are.
    pub lines_with_level: usize,
}

/// What a compute host said.
#[derive(Clone, Debug)]
pub struct ComputeFacts {
    /// The ids of libvirt's secrets.
    pub secrets: Asked<Vec<String>>,
    /// `shelved_offload_time` of nova.conf.
    pub shelved_offload_time: Asked<NovaSetting>,
}

/// A setting of nova.conf, in seconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NovaSetting {
    /// The files were read, and none has it: Nova's default of 0 holds.
    Default,
    /// A file has it.
    Set {
        /// Its value.
        seconds: i64,
        /// The last file that has it, which counts.
        file: String,
    },
}

/// A machine's clock.
#[derive(Clone, Debug)]
pub struct Clock {
    /// Whose it is.
    pub machine: String,
    /// How far it is ahead of this machine's, in seconds, and how sure that is.
    pub ahead: Asked<(f64, Duration)>,
}

/// All that was gathered.
#[derive(Clone, Debug)]
pub struct Facts {
    /// What the target says.
    pub expected: Expected,
    /// What the primary site said.
    pub primary: SiteFacts,
    /// What the secondary site said.
    pub secondary: SiteFacts,
    /// What the cloud said.
    pub cloud: CloudFacts,
    /// The end of each cinder-volume log, by its path; none if the target names none.
    pub logs: Vec<(String, Asked<LogTail>)>,
    /// What the compute hosts said, by name.
    pub compute: BTreeMap<String, ComputeFacts>,
    /// The clocks of all machines that can be asked.
    pub clocks: Vec<Clock>,
}

impl Facts {
    /// What a site said.
    #[must_use]
    pub fn site(&self, name: SiteName) -> &SiteFacts {
        match name {
            SiteName::Primary => &self.primary,
            SiteName::Secondary => &self.secondary,
        }
    }

    /// What people call a site.
    #[must_use]
    pub fn site_name(&self, name: SiteName) -> &str {
        self.expected.site(name).map_or(name.as_str(), |site| &site.name)
    }

    /// The pool of the volumes at a site; `rbd` where the target does not say, as Cinder has it.
    #[must_use]
    pub fn pool_name(&self, name: SiteName) -> &str {
        let pool = self.expected.site(name).and_then(|site| site.pool.as_deref());
        pool.unwrap_or("rbd")
    }

    /// The service of the backend.
    ///
    /// # Errors
    /// It was not requested; `Ok(None)` if Cinder has no such service.
    pub fn service(&self) -> Result<Option<&Service>, &Unasked> {
        let services = self.cloud.services.as_ref()?;
        let backend = &self.expected.backend;
        let own = |service: &&Service| service.binary == "cinder-volume" && backend.holds(&service.host);
        Ok(services.iter().find(own))
    }

    /// The one judgement of the backend, by all its rows.
    ///
    /// # Errors
    /// The services were not requested.
    pub fn judgement(&self) -> Result<Judgement, Unasked> {
        let services = self.cloud.services.as_ref().map_err(Clone::clone)?;
        Ok(backend::judge(
            &self.expected.backend,
            self.expected.primary_id.as_deref(),
            services,
        ))
    }

    /// The name of a volume's image.
    #[must_use]
    pub fn image_of(&self, volume: &Volume) -> String {
        self.expected.volume_names.image(volume.image_id())
    }

    /// The site on which the backend runs now: the secondary one while Cinder says that it is failed over.
    #[must_use]
    pub fn active(&self) -> SiteName {
        active_site(
            self.cloud.services.as_deref().unwrap_or_default(),
            &self.expected.backend,
            self.expected.primary_id.as_deref(),
        )
    }
}

/// The site on which a backend runs, as far as Cinder's services say.
pub(super) fn active_site(services: &[Service], backend: &BackendHost, primary_id: Option<&str>) -> SiteName {
    let away = |service: &Service| {
        let active = service.active_backend_id.as_deref();
        active.is_some_and(|id| !id.is_empty()) && active != primary_id
    };
    match services.iter().find(|service| backend.holds(&service.host)) {
        Some(service) if away(service) => SiteName::Secondary,
        _ => SiteName::Primary,
    }
}

impl Expected {
    /// What the target says of a site.
    #[must_use]
    pub fn site(&self, name: SiteName) -> Option<&ExpectedSite> {
        match name {
            SiteName::Primary => Some(&self.primary),
            SiteName::Secondary => self.secondary.as_ref(),
        }
    }
}
