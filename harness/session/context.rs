//! What a step of a running scenario works with.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Deref;
use std::sync::Arc;

use super::backend_state::{Leftover, OwnVolume, SharedBackend};
use super::made::{MadeServer, MadeSnapshot, MadeVolume, WrittenFile};
use super::shared_failover::Participant;
use super::{Mark, RunOptions, RunWorkload, TimedOutWaits, VolumeLogPlace};
use crate::cloud::{ApiError, AttachmentId, BackendHost, Cloud, ServerId};
use crate::connection::ConnectionInfo;
use crate::drivers::DriverProfile;
use crate::event::{EventKind, Position, Proof, Recorder, Resource, ResourceKind};
use crate::failure::Failure;
use crate::guest::{Guest, Identity};
use crate::names::{RunId, ScenarioName, ServerName, SiteName, SnapshotName, VolumeName};
use crate::site::Site;
use crate::state::Place;
use crate::sync_log::Witness;
use crate::sync_log::of_disk::SyncLogs;
use crate::targets::Target;
use crate::wait::{Awaited, Patience, Poll, WaitError, Waited, until_hurried};

/// The metadata key under which volumes and servers carry the run's id.
pub(crate) const RUN_KEY: &str = "cinder-drill-run";

/// The same for the volume types that a run makes. It has a scope, so Cinder's scheduler does not look for it among a
/// backend's capabilities (`scheduler/filters/capabilities_filter.py`).
pub(crate) const RUN_SPEC: &str = "cinder-drill:run";

/// What a chain of scenarios has made by now.
#[derive(Default)]
pub struct ChainResources {
    /// The chain: the name of its last scenario. Empty where nothing belongs to a chain.
    pub chain: String,
    /// The volumes by their names in the scenario.
    pub volumes: BTreeMap<VolumeName, MadeVolume>,
    /// The snapshots by their names in the scenario.
    pub snapshots: BTreeMap<SnapshotName, MadeSnapshot>,
    /// The servers by their names in the scenario.
    pub servers: BTreeMap<ServerName, MadeServer>,
    /// The files that were written, by guest and path.
    pub written: BTreeMap<(ServerName, String), WrittenFile>,
    /// The connection info of each volume at the last checkpoint.
    pub connections: BTreeMap<VolumeName, ConnectionInfo>,
    /// What was written to each disk and synced.
    pub sync_logs: SyncLogs,
    /// What the storage was seen to hold of it.
    pub witness: Witness,
    /// The attachments of each volume that were given up by a reconnect or a detach: none of them may come back.
    pub given_up: BTreeMap<VolumeName, BTreeSet<AttachmentId>>,
    /// Where volumes are mounted in their guests.
    pub mounted: BTreeMap<VolumeName, String>,
    /// The workloads, by guest and place.
    pub workloads: BTreeMap<(ServerName, Place), RunWorkload>,
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

/// What never changes in a run: all chains share it.
pub struct Session {
    /// The run.
    pub run: RunId,
    /// Where it runs.
    pub target: Arc<Target>,
    /// The backend that is drilled.
    pub backend: BackendHost,
    /// What the backend's driver does, and what its connection info means.
    pub profile: Arc<DriverProfile>,
    /// The OpenStack APIs.
    pub cloud: Cloud,
    /// Where events go.
    pub recorder: Recorder,
    /// The storage sites, if the target says how to reach them.
    pub sites: Option<SitePair>,
    /// The cinder-volume logs that the target names, in its order.
    pub logs: Vec<VolumeLogPlace>,
    /// Waits that timed out.
    pub timed_out_waits: TimedOutWaits,
    /// What the user chose.
    pub options: RunOptions,
}

/// What a step of a running scenario works with: the session, the backend that all chains share, and what its own chain has
/// made.
pub struct Context {
    /// The session.
    session: Arc<Session>,
    /// The backend.
    pub backend_state: Arc<SharedBackend>,
    /// What the chain has made by now.
    pub resources: ChainResources,
    /// The scenario and step that run, for what is proven.
    pub position: (Option<ScenarioName>, usize),
    /// The chain's part in the shared move of the backend, while it lasts.
    pub(crate) participant: Option<Participant>,
    /// Why this process may neither move nor thaw the backend, whatever is left over: a recovery without the lock.
    pub withheld: Option<Failure>,
    /// Where the cinder-volume log ended when the scenario began.
    pub log_mark: Option<Mark>,
    /// The target, with less time while a step runs that has less. It stands before that of the session.
    pub target: Arc<Target>,
    /// How patient waits are: a Ctrl-C shortens those of the clean-up.
    pub patience: Patience,
}

impl Deref for Context {
    type Target = Session;

    fn deref(&self) -> &Session {
        &self.session
    }
}

impl Context {
    /// A context of the run as a whole, which belongs to no chain.
    #[must_use]
    pub(crate) fn new(session: Session) -> Context {
        Context {
            target: session.target.clone(),
            session: Arc::new(session),
            backend_state: Arc::default(),
            resources: ChainResources::default(),
            position: (None, 0),
            participant: None,
            withheld: None,
            log_mark: None,
            patience: Patience::default(),
        }
    }

    /// A context of its own for a chain.
    #[must_use]
    pub(crate) fn for_chain(&self, chain: &str) -> Context {
        Context {
            target: self.session.target.clone(),
            session: self.session.clone(),
            backend_state: self.backend_state.clone(),
            resources: ChainResources {
                chain: chain.to_owned(),
                ..ChainResources::default()
            },
            position: (None, 0),
            participant: None,
            withheld: self.withheld.clone(),
            log_mark: self.log_mark,
            patience: self.patience.clone(),
        }
    }

    /// Moves on to a scenario, and to a step of it: what is recorded from here on belongs there.
    pub(crate) fn stand_at(&mut self, scenario: &ScenarioName, step: Option<usize>) {
        self.position = (Some(scenario.clone()), step.unwrap_or_default());
        Position::set(Some(scenario.as_str()), step);
    }

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
    #[must_use]
    pub fn position_words(&self) -> (String, usize) {
        let scenario = self.position.0.as_ref().map(ToString::to_string).unwrap_or_default();
        (scenario, self.position.1)
    }

    /// Polls until a state is there, the way that the clean-up does: a Ctrl-C cuts it short, and its type says whether the
    /// time ran out.
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

    /// The leftover of a failover that was requested.
    #[must_use]
    pub fn failover_to_undo(&self) -> Option<Resource> {
        self.backend_state.with(|state| state.failover_to_undo().cloned())
    }

    /// Records that no failover is to be undone: it never happened, or the backend is back.
    pub fn failover_undone(&self) {
        if let Some(resource) = self.failover_to_undo() {
            self.undone(ResourceKind::Failover);
            self.recorder.record(EventKind::Removed { resource });
        }
    }

    /// Forgets the leftovers of a kind.
    pub fn undone(&self, kind: ResourceKind) {
        self.backend_state
            .with(|state| state.leftovers.retain(|leftover| leftover.resource.kind != kind));
    }

    /// What the answer to a change means: whether the service accepted it. One that was lost is said, and whoever asked looks at what
    /// comes of it; `doing` is `extension of volume data`, `looking` is `looking whether it grows`.
    ///
    /// # Errors
    /// The service refused it.
    pub(crate) fn accepted(&self, doing: &str, looking: &str, answer: Result<(), ApiError>) -> Result<bool, Failure> {
        match answer {
            Ok(()) => Ok(true),
            Err(error) if error.outcome_unknown() => {
                let lost = error.summary();
                self.notice(format!("the answer to the {doing} was lost ({lost}); {looking}"));
                Ok(false)
            }
            Err(error) => Err(error.into()),
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
        self.resources
            .volumes
            .get(name)
            .ok_or_else(|| Failure::harness(format!("volume {name} was not made")))
    }

    /// The snapshot of that name.
    ///
    /// # Errors
    /// It was not made, which the compiler should have noticed.
    pub fn snapshot(&self, name: &SnapshotName) -> Result<&MadeSnapshot, Failure> {
        let made = self.resources.snapshots.get(name);
        made.ok_or_else(|| Failure::harness(format!("snapshot {name} was not made")))
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
        self.resources
            .servers
            .get_mut(name)
            .ok_or_else(|| Failure::harness(format!("server {name} was not made")))
    }

    /// The id of the server of that name.
    ///
    /// # Errors
    /// It was not made, which the compiler should have noticed.
    pub fn server_id(&self, name: &ServerName) -> Result<ServerId, Failure> {
        let made = self.resources.servers.get(name);
        made.map(|made| made.id.clone())
            .ok_or_else(|| Failure::harness(format!("server {name} was not made")))
    }

    /// The session with a server's guest.
    ///
    /// # Errors
    /// There is none: the server is shelved.
    pub fn guest(&self, name: &ServerName) -> Result<&Guest, Failure> {
        let guest = self
            .resources
            .servers
            .get(name)
            .and_then(|server| server.guest.as_ref());
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

    /// Notes that `resource` is about to be requested, safely on disk, so it will be removed whatever happens.
    ///
    /// # Errors
    /// The journal cannot be written: nothing may be changed then.
    pub async fn intend(&self, resource: Resource) -> Result<(), Failure> {
        let chain = self.owner_of(resource.kind);
        let event = EventKind::Intended {
            resource: resource.clone(),
        };
        // Owed from the moment in which the journal says so, also if the run is interrupted before the disk has it.
        let leftover = Leftover { chain, resource };
        self.backend_state.with(|state| state.leftovers.push(leftover.clone()));
        let intended = self.intend_event(event).await;
        if intended.is_err() {
            self.backend_state.with(|state| state.forget_leftover(&leftover));
        }
        intended
    }

    /// Records what is about to be changed, safely on disk.
    ///
    /// # Errors
    /// The journal cannot be written: nothing may be changed then.
    pub async fn intend_event(&self, event: EventKind) -> Result<(), Failure> {
        self.recorder.intend(event).await.map_err(|error| {
            Failure::harness(error.to_string())
                .help("free space on the disk, or name another folder with --runs; nothing was changed after this")
        })
    }

    /// Notes that a site is lost: each command to it has a short limit from now on, and nothing is asked of it whose answer is
    /// not needed.
    pub(crate) fn lose_site(&self, site: SiteName) {
        self.backend_state.with(|state| state.lost.insert(site));
        if let Some(sites) = &self.sites {
            sites.at(site).set_lost(true);
        }
    }

    /// Notes that a lost site is back.
    pub(crate) fn site_is_back(&self, site: SiteName) {
        self.backend_state.with(|state| state.lost.remove(&site));
        if let Some(sites) = &self.sites {
            sites.at(site).set_lost(false);
            self.timed_out_waits.answered(sites.at(site).name());
        }
    }

    /// Whether a site is lost, as far as the run knows.
    pub(crate) fn is_lost(&self, site: SiteName) -> bool {
        self.backend_state.with(|state| state.lost.contains(&site))
    }

    /// Notes the id that the cloud gave to the resource of a kind that the chain asked for last.
    pub fn made(&self, kind: ResourceKind, id: &str) {
        let owner = self.owner_of(kind);
        let made = self.backend_state.with(|state| {
            let is_it = |leftover: &&mut Leftover| leftover.resource.kind == kind && leftover.chain == owner;
            let leftover = state.leftovers.iter_mut().rfind(is_it)?;
            leftover.resource.id = Some(id.to_owned());
            Some(leftover.resource.clone())
        });
        if let Some(resource) = made {
            self.recorder.record(EventKind::Made { resource });
        }
    }

    /// Notes a volume that the chain has made.
    pub(crate) fn add_volume(&mut self, name: VolumeName, made: MadeVolume) {
        let own = OwnVolume {
            chain: self.resources.chain.clone(),
            made: made.clone(),
        };
        self.backend_state.with(|state| {
            state.own_volumes.insert(made.id.clone());
            state.volumes.push(own);
        });
        self.resources.volumes.insert(name, made);
    }

    /// Notes whether a volume of the chain is replicated, now that its type is another.
    pub(crate) fn is_replicated(&mut self, name: &VolumeName, replicated: bool) {
        let Some(made) = self.resources.volumes.get_mut(name) else {
            return;
        };
        made.replicated = replicated;
        let id = made.id.clone();
        self.backend_state.with(|state| {
            for own in state.volumes.iter_mut().filter(|own| own.made.id == id) {
                own.made.replicated = replicated;
            }
        });
    }

    /// Notes that a volume of the chain did not come to life. It is owed all the same.
    pub(crate) fn give_up(&mut self, name: &VolumeName) {
        if let Some(made) = self.resources.volumes.remove(name) {
            self.backend_state
                .with(|state| state.volumes.retain(|own| own.made.id != made.id));
        }
    }

    /// Notes that something that was owed is gone, since a step removed it.
    pub(crate) fn removed(&self, kind: ResourceKind, id: &str) {
        let gone = self.backend_state.with(|state| {
            let is_it =
                |leftover: &Leftover| leftover.resource.kind == kind && leftover.resource.id.as_deref() == Some(id);
            let position = state.leftovers.iter().position(is_it)?;
            Some(state.leftovers.remove(position).resource)
        });
        if let Some(resource) = gone {
            self.recorder.record(EventKind::Removed { resource });
        }
    }

    /// Notes who the guest of a server is, so no other server is taken for it.
    pub(crate) fn note_identity(&self, server: &ServerName, identity: Option<&Identity>) {
        let key = (self.resources.chain.clone(), server.clone());
        self.backend_state.with(|state| match identity {
            Some(identity) => drop(state.identities.insert(key, identity.clone())),
            None => drop(state.identities.remove(&key)),
        });
    }

    /// Forgets what the chain made: it is removed, or left.
    pub(crate) fn forget_chain(&mut self) {
        let chain = std::mem::take(&mut self.resources).chain;
        self.backend_state.with(|state| state.forget_chain(&chain));
    }

    /// Forgets all that there is: what was looked up, too, so the next failover group looks at the backend anew.
    pub(crate) async fn forget(&mut self) {
        self.resources = ChainResources::default();
        self.backend_state.forget().await;
    }

    /// What the run made and has not removed, by whatever chain.
    #[must_use]
    pub fn all_leftovers(&self) -> Vec<Resource> {
        self.backend_state.with(|state| {
            state
                .leftovers
                .iter()
                .map(|leftover| leftover.resource.clone())
                .collect()
        })
    }

    /// Who has to remove a resource of a kind: the chain that creates it, or all that share it.
    fn owner_of(&self, kind: ResourceKind) -> Option<String> {
        match kind {
            ResourceKind::Volume
            | ResourceKind::Snapshot
            | ResourceKind::Server
            | ResourceKind::FloatingIp
            | ResourceKind::Freeze
            | ResourceKind::Fault => Some(self.resources.chain.clone()),
            ResourceKind::KeyPair | ResourceKind::VolumeType | ResourceKind::Failover | ResourceKind::Lock => None,
        }
    }

    /// The name that a resource of the chain has in the cloud. Chains may give one name to different things.
    #[must_use]
    pub fn cloud_name(&self, name: &str) -> String {
        self.shared_name(&format!("{}-{name}", self.resources.chain))
    }

    /// The name of what all chains share.
    #[must_use]
    pub fn shared_name(&self, name: &str) -> String {
        format!("cinder-drill-{}-{name}", self.run)
    }

    /// The metadata of every resource of this run.
    #[must_use]
    pub fn metadata(&self, name: &str) -> BTreeMap<String, String> {
        BTreeMap::from([
            (RUN_KEY.to_owned(), self.run.to_string()),
            ("cinder-drill-name".to_owned(), name.to_owned()),
        ])
    }
}
