//! What a step of a running scenario works with.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use crate::cloud::{BackendHost, Cloud, ServerId, VolumeId};
use crate::connection::{ConnectionInfo, DriverProfile};
use crate::event::{EventKind, Proof, Recorder, Resource, RunId};
use crate::failure::Failure;
use crate::guest::Guest;
use crate::scenario::{ScenarioName, ServerName, VolumeName};
use crate::shell::{HostKey, Shell};
use crate::site::Site;
use crate::target::{SiteName, Target};

/// A volume that the run made.
#[derive(Clone, Debug)]
pub struct MadeVolume {
    /// Its id.
    pub id: VolumeId,
    /// Whether its type selects replication, so that it must survive a failover.
    pub replicated: bool,
}

impl MadeVolume {
    /// The name of its image at the storage sites.
    #[must_use]
    pub fn image(&self) -> String {
        image_name(&self.id)
    }
}

/// The name of a volume's image at the storage sites: Cinder's `volume_name_template` is `volume-%s`.
#[must_use]
pub fn image_name(id: &VolumeId) -> String {
    format!("volume-{id}")
}

/// A server that the run made.
pub struct MadeServer {
    /// Its id.
    pub id: ServerId,
    /// Where its guest is reached.
    pub address: String,
    /// The session with the guest; absent while it is shelved.
    pub guest: Option<Guest>,
    /// The key that its SSH server showed first. Another one later is a failure.
    pub host_key: Option<HostKey>,
}

/// A file that the run wrote in a guest.
#[derive(Clone, Debug)]
pub struct WrittenFile {
    /// Its SHA-256 as the guest computed it.
    pub sha256: String,
}

/// A failover or failback that was sent and whose answer has not come: the cloud may still begin with it.
#[derive(Clone, Debug)]
pub struct Unanswered {
    /// When it was sent.
    pub sent: Instant,
    /// The `replication_status` of the service before.
    pub before: Option<String>,
}

/// What exists by now.
#[derive(Default)]
pub struct World {
    /// The volumes by their names in the scenario.
    pub volumes: BTreeMap<VolumeName, MadeVolume>,
    /// The servers by their names in the scenario.
    pub servers: BTreeMap<ServerName, MadeServer>,
    /// The files that were written, by guest and path.
    pub written: BTreeMap<(ServerName, String), WrittenFile>,
    /// The connection info of each volume at the last checkpoint.
    pub connections: BTreeMap<VolumeName, ConnectionInfo>,
    /// What the run made and has not removed, in the order in which it was asked for.
    pub owed: Vec<Resource>,
    /// Whether a failover or failback was sent.
    pub moved: bool,
    /// A failover or failback that was sent and whose answer has not come.
    pub unanswered: Option<Unanswered>,
    /// What was looked up once for all servers and volumes.
    pub ground: Option<super::prepare::Ground>,
}

/// Both storage sites.
pub struct SitePair {
    /// The site that is primary while the backend is not failed over.
    pub primary: Site,
    /// The site to which the backend fails over.
    pub secondary: Site,
}

impl SitePair {
    /// The site at a position.
    #[must_use]
    pub fn at(&self, name: SiteName) -> &Site {
        match name {
            SiteName::Primary => &self.primary,
            SiteName::Secondary => &self.secondary,
        }
    }
}

/// What a step of a running scenario works with.
pub struct Context {
    /// The run.
    pub run: RunId,
    /// Where it runs.
    pub target: Arc<Target>,
    /// The backend that is drilled.
    pub backend: BackendHost,
    /// What connection info means for the backend's driver.
    pub profile: DriverProfile,
    /// The OpenStack APIs.
    pub cloud: Cloud,
    /// Where events go.
    pub recorder: Recorder,
    /// The storage sites, if the target says how to reach them.
    pub sites: Option<SitePair>,
    /// A shell where the cinder-volume log is, if the target names it.
    pub log_shell: Option<Shell>,
    /// What exists by now.
    pub world: World,
    /// The scenario and step that run, for what is proven.
    pub position: (Option<ScenarioName>, usize),
}

impl Context {
    /// Records what the step that runs has proven.
    pub fn prove(&self, proof: Proof) {
        let (scenario, step) = self.position_words();
        self.recorder.record(EventKind::Proven { scenario, step, proof });
    }

    /// Records that a file of a guest was written or read, whether it holds what it should or not.
    pub fn saw_file(&self, guest: &ServerName, path: &str, written: bool, bytes: usize, sha256: &str) {
        let (scenario, step) = self.position_words();
        self.recorder.record(EventKind::FileSeen {
            scenario,
            step,
            guest: guest.to_string(),
            path: path.to_owned(),
            written,
            bytes,
            sha256: sha256.to_owned(),
        });
    }

    /// Records the connection info of a volume, whether it is right or not.
    pub fn saw_connection(&self, volume: &VolumeName, expected: SiteName, info: &ConnectionInfo, changed: Vec<String>) {
        let (scenario, step) = self.position_words();
        self.recorder.record(EventKind::ConnectionSeen {
            scenario,
            step,
            volume: volume.to_string(),
            expected_site: self.site_name(expected).to_owned(),
            fields: info.without_secrets(),
            changed,
        });
    }

    /// The scenario and the step that run, as events name them.
    fn position_words(&self) -> (String, usize) {
        let scenario = self.position.0.as_ref().map(ToString::to_string).unwrap_or_default();
        (scenario, self.position.1)
    }

    /// Records something worth knowing.
    pub fn notice(&self, text: impl Into<String>) {
        self.recorder.record(EventKind::Noticed { text: text.into() });
    }

    /// The volume of that name.
    ///
    /// # Errors
    /// It was not made, which the compiler should have noticed.
    pub fn volume(&self, name: &VolumeName) -> Result<&MadeVolume, Failure> {
        self.world
            .volumes
            .get(name)
            .ok_or_else(|| Failure::harness(format!("volume {name} was not made")))
    }

    /// The server of that name.
    ///
    /// # Errors
    /// It was not made, which the compiler should have noticed.
    pub fn server(&mut self, name: &ServerName) -> Result<&mut MadeServer, Failure> {
        self.world
            .servers
            .get_mut(name)
            .ok_or_else(|| Failure::harness(format!("server {name} was not made")))
    }

    /// The session with a server's guest.
    ///
    /// # Errors
    /// There is none: the server is shelved.
    pub fn guest(&self, name: &ServerName) -> Result<&Guest, Failure> {
        let guest = self.world.servers.get(name).and_then(|server| server.guest.as_ref());
        guest.ok_or_else(|| Failure::harness(format!("there is no session with the guest of server {name}")))
    }

    /// The storage sites.
    ///
    /// # Errors
    /// The target does not say how to reach them, which the compiler should have noticed.
    pub fn sites(&self) -> Result<&SitePair, Failure> {
        let message = "the target does not say how to reach the shells of its sites";
        self.sites.as_ref().ok_or_else(|| Failure::harness(message))
    }

    /// A site's name as the target gives it, for example `site-a`.
    #[must_use]
    pub fn site_name(&self, site: SiteName) -> &str {
        self.target.sites.get(site).map_or(site.as_str(), |site| &site.name)
    }

    /// Notes that `resource` is about to be asked for, safely on disk, so that it will be removed whatever happens.
    ///
    /// # Errors
    /// The journal cannot be written: nothing may be changed then.
    pub fn intend(&mut self, resource: Resource) -> Result<(), Failure> {
        self.intend_event(EventKind::Intended {
            resource: resource.clone(),
        })?;
        self.world.owed.push(resource);
        Ok(())
    }

    /// Records what is about to be changed, safely on disk.
    ///
    /// # Errors
    /// The journal cannot be written: nothing may be changed then.
    pub fn intend_event(&self, event: EventKind) -> Result<(), Failure> {
        self.recorder.intend(event).map_err(|error| {
            Failure::harness(error.to_string())
                .help("free space on the disk, or name another folder with --runs; nothing was changed after this")
        })
    }

    /// Notes the id that the cloud gave to the resource that was asked for last.
    pub fn made(&mut self, id: &str) {
        if let Some(resource) = self.world.owed.last_mut() {
            resource.id = Some(id.to_owned());
            self.recorder.record(EventKind::Made {
                resource: resource.clone(),
            });
        }
    }

    /// The name that a resource of the scenario has in the cloud.
    #[must_use]
    pub fn cloud_name(&self, name: &str) -> String {
        format!("cinder-drill-{}-{name}", self.run)
    }

    /// The metadata that every resource of this run bears.
    #[must_use]
    pub fn metadata(&self, name: &str) -> BTreeMap<String, String> {
        BTreeMap::from([
            ("cinder-drill-run".to_owned(), self.run.to_string()),
            ("cinder-drill-name".to_owned(), name.to_owned()),
        ])
    }
}
