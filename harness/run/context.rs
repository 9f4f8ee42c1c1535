//! What a step of a running scenario works with.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Instant;

use super::ledger::Ledgers;
use super::meeting::Meeting;
use crate::cloud::{AttachmentId, BackendHost, Cloud, ServerId, VolumeId};
use crate::connection::{ConnectionInfo, DriverProfile};
use crate::event::{EventKind, Proof, Recorder, Resource, ResourceKind};
use crate::failure::Failure;
use crate::guest::{Guest, Identity};
use crate::names::{RunId, ScenarioName, ServerName, SiteName, VolumeName};
use crate::session::{AttachmentsBefore, Bystanders, InVain, Mark, RunOptions, Sent, Unclear, VolumeLogPlace, Witness};
use crate::shell::HostKey;
use crate::site::Site;
use crate::targets::Target;
use crate::wait::{Awaited, Patience, Poll, WaitError, Waited, until_hurried};

/// A volume that the run made.
#[derive(Clone, Debug)]
pub struct MadeVolume {
    /// Its id.
    pub id: VolumeId,
    /// Whether its type selects replication, so that it must survive a failover.
    pub replicated: bool,
    /// The name of its image at the storage sites.
    pub image_name: String,
}

impl MadeVolume {
    /// The name of its image at the storage sites.
    #[must_use]
    pub fn image(&self) -> String {
        self.image_name.clone()
    }
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
    /// Which machine and which of its boots answered when it was reached last; `None` before that, and if it could not be
    /// asked.
    pub identity: Option<Identity>,
}

/// A file that the run wrote in a guest.
#[derive(Clone, Debug)]
pub struct WrittenFile {
    /// Its SHA-256 as the guest computed it.
    pub sha256: String,
}

/// What a chain of scenarios has made by now.
#[derive(Default)]
pub struct World {
    /// The chain: the name of its last scenario. Empty where nothing belongs to a chain.
    pub chain: String,
    /// The volumes by their names in the scenario.
    pub volumes: BTreeMap<VolumeName, MadeVolume>,
    /// The servers by their names in the scenario.
    pub servers: BTreeMap<ServerName, MadeServer>,
    /// The files that were written, by guest and path.
    pub written: BTreeMap<(ServerName, String), WrittenFile>,
    /// The connection info of each volume at the last checkpoint.
    pub connections: BTreeMap<VolumeName, ConnectionInfo>,
    /// What was written to each disk and synced.
    pub ledgers: Ledgers,
    /// What the storage was seen to hold of it.
    pub witness: Witness,
    /// The attachments of each volume that were given up by a reconnect or a detach: none of them may come back.
    pub given_up: BTreeMap<VolumeName, BTreeSet<AttachmentId>>,
    /// Where volumes are mounted in their guests.
    pub mounted: BTreeMap<VolumeName, String>,
    /// The servers, volumes and floating IPs that the chain made and has not removed, in the order in which they were
    /// asked for.
    pub owed: Vec<Resource>,
}

/// What the chains of a cohort share, since they share the backend.
#[derive(Default)]
pub struct Common {
    /// What was made for all chains, or by all of them, and has not been removed: the key pair, volume types, and the
    /// failover.
    pub owed: Vec<Resource>,
    /// Every volume that the run made, also of chains that are over.
    pub own_volumes: BTreeSet<VolumeId>,
    /// Whether a failover or failback was sent.
    pub moved: bool,
    /// The failover or failback that was sent last.
    pub sent: Option<Sent>,
    /// The attachments of the run's volumes right before the last movement.
    pub attachments_before: AttachmentsBefore,
    /// Why nobody knows where the backend is, once that was so: it is not taken anywhere any more.
    pub astray: Option<Unclear>,
    /// Since when the service is known to be dead in the middle of a failover.
    pub dead_since: Option<Instant>,
    /// How many failovers and failbacks have settled.
    pub moves: usize,
    /// The volumes of others and their statuses before the first failover.
    pub bystanders: Bystanders,
    /// Those of them for whose state a scenario has failed.
    pub harmed: BTreeSet<VolumeId>,
    /// What was looked up once for all servers and volumes.
    pub ground: Option<crate::session::Ground>,
    /// The failover or failback at which scenarios meet, from when all have come to it until they go on.
    pub meeting: Meeting,
}

impl Common {
    /// The site that the backend is on.
    #[must_use]
    pub fn active(&self) -> SiteName {
        if self.moves.is_multiple_of(2) {
            SiteName::Primary
        } else {
            SiteName::Secondary
        }
    }
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
    /// The cinder-volume logs that the target names, in its order.
    pub logs: Vec<VolumeLogPlace>,
    /// What the chain whose turn it is has made by now.
    pub world: World,
    /// What the chains have made whose turn it is not.
    pub parked: Vec<World>,
    /// What the chains share.
    pub common: Common,
    /// What was waited for in vain.
    pub in_vain: InVain,
    /// The scenario and step that run, for what is proven.
    pub position: (Option<ScenarioName>, usize),
    /// What the user chose.
    pub options: RunOptions,
    /// The lock on the backend, while the run holds it.
    pub lock: Option<Resource>,
    /// Why this process may neither move nor thaw the backend, whatever the run owes: a recovery without the lock.
    pub withheld: Option<Failure>,
    /// Where the cinder-volume log ended when the scenario began.
    pub log_mark: Option<Mark>,
    /// How patient waits are: a Ctrl-C shortens those of the clean-up.
    pub patience: Patience,
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

    /// Polls until a state is there, the way that the clean-up does: a Ctrl-C cuts it short, and who calls is told by the
    /// type whether the time ran out.
    ///
    /// # Errors
    /// What a poll failed with, or that the time ran out.
    pub async fn wait<T>(
        &self,
        awaited: Awaited<'_>,
        poll: impl AsyncFnMut() -> Result<Poll<T>, Failure>,
    ) -> Result<(T, Waited), WaitError> {
        until_hurried(&self.recorder, &self.patience, awaited, poll).await
    }

    /// What the run owes for having asked for a failover.
    #[must_use]
    pub fn owed_failover(&self) -> Option<&Resource> {
        let mut owed = self.common.owed.iter();
        owed.find(|resource| resource.kind == ResourceKind::Failover)
    }

    /// Records that nothing of a failover is owed: it never was, or the backend is home.
    pub fn owes_no_failover(&mut self) {
        if let Some(resource) = self.owed_failover().cloned() {
            self.common.owed.retain(|owed| owed.kind != ResourceKind::Failover);
            self.recorder.record(EventKind::Removed { resource });
        }
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

    /// The name that the image of a volume has at the storage sites, by Cinder's `volume_name_template`. `id` is the volume's, or
    /// its `name_id` if a migration left it one.
    #[must_use]
    pub fn image_of(&self, id: &str) -> String {
        self.target.volume_name_template.image(id)
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

    /// The id of the server of that name.
    ///
    /// # Errors
    /// It was not made, which the compiler should have noticed.
    pub fn server_id(&self, name: &ServerName) -> Result<ServerId, Failure> {
        let made = self.world.servers.get(name);
        made.map(|made| made.id.clone())
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
        self.owed_like(resource.kind).push(resource);
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

    /// Notes the id that the cloud gave to the resource of a kind that was asked for last.
    pub fn made(&mut self, kind: ResourceKind, id: &str) {
        let asked_for = self.owed_like(kind).iter_mut().rfind(|resource| resource.kind == kind);
        if let Some(resource) = asked_for {
            resource.id = Some(id.to_owned());
            let resource = resource.clone();
            self.recorder.record(EventKind::Made { resource });
        }
    }

    /// Forgets all that there is: what was looked up, too, so that the next cohort looks at the backend anew.
    pub fn forget(&mut self) {
        self.world = World::default();
        self.parked.clear();
        self.common = Common::default();
    }

    /// What the run made and has not removed, by whatever chain.
    #[must_use]
    pub fn all_owed(&self) -> Vec<Resource> {
        let chains = self.parked.iter().chain([&self.world]);
        let owed = chains.flat_map(|world| &world.owed).chain(&self.common.owed);
        owed.cloned().collect()
    }

    /// Where a resource of a kind is owed: with the chain that made it, or with what the chains share.
    fn owed_like(&mut self, kind: ResourceKind) -> &mut Vec<Resource> {
        match kind {
            ResourceKind::Volume | ResourceKind::Server | ResourceKind::FloatingIp => &mut self.world.owed,
            ResourceKind::KeyPair
            | ResourceKind::VolumeType
            | ResourceKind::Failover
            | ResourceKind::Freeze
            | ResourceKind::Lock => &mut self.common.owed,
        }
    }

    /// The name that a resource of the chain has in the cloud. Chains may give one name to different things.
    #[must_use]
    pub fn cloud_name(&self, name: &str) -> String {
        self.common_name(&format!("{}-{name}", self.world.chain))
    }

    /// The name of what all chains share.
    #[must_use]
    pub fn common_name(&self, name: &str) -> String {
        format!("cinder-drill-{}-{name}", self.run)
    }

    /// Gives the turn to a chain: what it made is in [`Context::world`] from now on, and what another made is parked.
    pub fn turn_to(&mut self, chain: &str) {
        if self.world.chain == chain {
            return;
        }
        let next = match self.parked.iter().position(|world| world.chain == chain) {
            Some(position) => self.parked.swap_remove(position),
            None => World {
                chain: chain.to_owned(),
                ..World::default()
            },
        };
        let previous = std::mem::replace(&mut self.world, next);
        if !previous.chain.is_empty() {
            self.parked.push(previous);
        }
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
