//! What each server waited for its data after a failover or failback.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;

use super::{Event, EventKind, Proof, Resource, ResourceKind};
use crate::cloud::is_failover;
use crate::targets::Fault;

/// Which way the backend was moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum MoveKind {
    /// To the other site.
    Failover,
    /// Back to the primary site.
    Failback,
}

impl MoveKind {
    /// Which way a verb moves the backend, if it does.
    #[must_use]
    pub fn of(verb: &str) -> Option<MoveKind> {
        match verb {
            "failover" => Some(MoveKind::Failover),
            "failback" => Some(MoveKind::Failback),
            _ => None,
        }
    }

    /// The name for people.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            MoveKind::Failover => "failover",
            MoveKind::Failback => "failback",
        }
    }
}

/// A part of what a server waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RecoveryPhaseName {
    /// From the loss of a site until the backend was asked to move.
    Detect,
    /// Until the API had accepted that.
    Api,
    /// Until the service had settled.
    Service,
    /// From there until the volumes had.
    Volumes,
    /// Until the server had given up its old connections: shelved, or unmounted and detached.
    Disconnect,
    /// Until it had new ones: unshelved, or attached and mounted.
    Reconnect,
    /// Until its guest answered.
    Boot,
    /// The step that read first.
    Read,
    /// The step that wrote first.
    Write,
    /// Steps of the drill that no operator would wait for.
    Checks,
}

impl RecoveryPhaseName {
    /// The name for people.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            RecoveryPhaseName::Detect => "detect",
            RecoveryPhaseName::Api => "API",
            RecoveryPhaseName::Service => "service",
            RecoveryPhaseName::Volumes => "volumes",
            RecoveryPhaseName::Disconnect => "disconnect",
            RecoveryPhaseName::Reconnect => "reconnect",
            RecoveryPhaseName::Boot => "boot",
            RecoveryPhaseName::Read => "read",
            RecoveryPhaseName::Write => "write",
            RecoveryPhaseName::Checks => "checks",
        }
    }
}

/// A part of what a server waited for, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct RecoveryPhase {
    /// Which one.
    pub phase: RecoveryPhaseName,
    /// How long it took.
    pub milliseconds: u64,
}

/// What a server waited for its data after a failover or failback, in milliseconds from the loss of a site if a step lost one, else
/// from the request by which the backend was moved, for whatever chain it was sent. Steps of the same scenario that were about other servers only are not counted: it would
/// not have waited for them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Recovery {
    /// The scenario whose failover or failback it was.
    pub scenario: String,
    /// The chain that the scenario ran in.
    pub chain: String,
    /// Which way the backend was moved.
    pub moved: MoveKind,
    /// The server.
    pub server: String,
    /// Until the first file was read that held what it should.
    pub first_read: Option<u64>,
    /// Until the first file was written and synced.
    pub first_write: Option<u64>,
    /// What it waited for, in order. Together they are the RTO.
    pub phases: Vec<RecoveryPhase>,
}

impl Recovery {
    /// The RTO: until the server had read, and had written if it did, in milliseconds. None if it never read.
    #[must_use]
    pub fn rto(&self) -> Option<u64> {
        Some(self.first_read?.max(self.first_write.unwrap_or(0)))
    }

    /// The RTO by phases, in one line.
    #[must_use]
    pub fn phase_words(&self) -> String {
        let word = |found: &RecoveryPhase| format!("{} {:.2} s", found.phase.words(), seconds(found.milliseconds));
        self.phases.iter().map(word).collect::<Vec<_>>().join(", ")
    }

    /// Takes a phase in, and what is left of the time for the drill's own checks.
    fn phase(&mut self, phase: RecoveryPhaseName, milliseconds: u64) {
        self.phases.retain(|found| found.phase != RecoveryPhaseName::Checks);
        self.phases.push(RecoveryPhase { phase, milliseconds });
        let known: u64 = self.phases.iter().map(|found| found.milliseconds).sum();
        let total = self.first_read.max(self.first_write).unwrap_or(0);
        if total > known {
            self.phases.push(RecoveryPhase {
                phase: RecoveryPhaseName::Checks,
                milliseconds: total - known,
            });
        }
    }
}

/// Milliseconds as seconds.
#[allow(clippy::cast_precision_loss, reason = "a time in seconds, for people")]
pub(crate) fn seconds(milliseconds: u64) -> f64 {
    milliseconds as f64 / 1000.0
}

/// The milliseconds from one time to another; none if the clock was set back meanwhile.
fn between(from: Timestamp, to: Timestamp) -> u64 {
    u64::try_from(to.duration_since(from).as_millis()).unwrap_or(0)
}

/// What of a recovery was measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Until {
    /// Until the first read.
    FirstRead,
    /// Until the first write.
    FirstWrite,
}

impl Until {
    /// The name for people.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Until::FirstRead => "first read",
            Until::FirstWrite => "first write",
        }
    }
}

/// Recoveries of all servers, in milliseconds. A percentile is the shortest time that so many of a hundred did not exceed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct RecoveryStatistics {
    /// Which way the backend was moved.
    pub moved: MoveKind,
    /// Until when.
    pub until: Until,
    /// How many were measured.
    pub count: usize,
    /// The median.
    pub p50: u64,
    /// What all but the slowest twentieth took at most.
    pub p95: u64,
    /// The longest.
    pub maximum: u64,
}

/// Measures recoveries in the events of a run. Those of journals that do not say to which chain an event belongs have none.
#[derive(Clone, Debug, Default)]
pub struct Recoveries {
    /// When the backend was last asked to move.
    sent: Option<Timestamp>,
    /// By which fault a site was lost first, and when, since the backend was asked to move before that.
    lost: Option<(String, Timestamp)>,
    /// The loss that the last request answered.
    answers: Option<Timestamp>,
    chains: BTreeMap<String, Chain>,
    found: Vec<Recovery>,
}

/// Whether this is a fault that takes a whole site away.
fn loses_a_site(resource: &Resource) -> bool {
    resource.kind == ResourceKind::Fault
        && Fault::of_key(&resource.name).is_some_and(|fault| fault.lost_site().is_some())
}

/// What is known of a chain.
#[derive(Clone, Debug, Default)]
struct Chain {
    /// The movement that it is behind.
    movement: Option<Movement>,
    /// The verb of the step that runs, and when it began.
    verb: String,
    began: Option<Timestamp>,
    /// How long the movement that the step made took: until the API answered, the service had settled, all had settled.
    moved: Option<[u64; 3]>,
    /// The files that the step has read and written.
    files: Vec<File>,
    /// The servers that the step was about.
    servers: BTreeSet<String>,
}

#[derive(Clone, Debug)]
struct Movement {
    sent: Timestamp,
    /// From when on recoveries are counted: the loss of a site, or the request.
    since: Timestamp,
    /// What all servers of the chain waited for.
    phases: Vec<RecoveryPhase>,
    /// What each server waited for by itself.
    own: BTreeMap<String, Vec<RecoveryPhase>>,
    moved: MoveKind,
    scenario: String,
    /// Where its recoveries begin among those that were found.
    first: usize,
    /// The steps since then that were about some servers, and how long each took.
    steps: Vec<(BTreeSet<String>, u64)>,
}

#[derive(Clone, Debug)]
struct File {
    server: String,
    at: Timestamp,
    until: Until,
    /// How long after its step began, in milliseconds.
    took: u64,
}

impl Recoveries {
    /// Adds one more event.
    pub fn add(&mut self, event: &Event) {
        if let EventKind::Requesting { url, .. } = &event.kind
            && is_failover(url)
        {
            self.sent = Some(event.at);
            self.answers = self.lost.take().map(|(_, at)| at);
        }
        match &event.kind {
            EventKind::Intended { resource } if loses_a_site(resource) => {
                self.lost.get_or_insert_with(|| (resource.name.clone(), event.at));
            }
            EventKind::FaultSeen { fault, milliseconds } => {
                if let Some((lost, at)) = &mut self.lost
                    && lost == fault
                {
                    let ago = SignedDuration::from_millis(i64::try_from(*milliseconds).unwrap_or(i64::MAX));
                    *at = event.at.checked_sub(ago).map_or(*at, |seen| seen.max(*at));
                }
            }
            // What came back before the backend moved is not what it moved for.
            EventKind::Removed { resource } if loses_a_site(resource) => self.lost = None,
            _ => {}
        }
        let Some(name) = event.chain() else { return };
        let chain = self.chains.entry(name.to_owned()).or_default();
        match &event.kind {
            EventKind::StepStarted { verb, .. } => {
                chain.verb.clone_from(verb);
                chain.began = Some(event.at);
                chain.moved = None;
                chain.files.clear();
                chain.servers.clear();
            }
            EventKind::FileSeen { guest, written, .. } => {
                chain.servers.insert(guest.clone());
                chain.files.push(File {
                    server: guest.clone(),
                    at: event.at,
                    until: if *written { Until::FirstWrite } else { Until::FirstRead },
                    took: chain.began.map_or(0, |began| between(began, event.at)),
                });
            }
            EventKind::Proven {
                proof:
                    Proof::Reconnected {
                        server,
                        shelve_milliseconds,
                        unshelve_milliseconds,
                        boot_milliseconds,
                        ..
                    },
                ..
            } => {
                chain.servers.insert(server.clone());
                if let Some(movement) = &mut chain.movement {
                    let phases = [
                        (RecoveryPhaseName::Disconnect, *shelve_milliseconds),
                        (RecoveryPhaseName::Reconnect, *unshelve_milliseconds),
                        (RecoveryPhaseName::Boot, *boot_milliseconds),
                    ];
                    let phase = |(phase, milliseconds)| RecoveryPhase { phase, milliseconds };
                    movement.own.insert(server.clone(), phases.map(phase).to_vec());
                }
            }
            EventKind::Proven {
                proof:
                    Proof::FailedOver {
                        api_milliseconds,
                        service_milliseconds,
                        settled_milliseconds,
                        ..
                    },
                ..
            } => {
                let service = service_milliseconds.unwrap_or(*settled_milliseconds);
                chain.moved = Some([*api_milliseconds, service, *settled_milliseconds]);
            }
            EventKind::StepFinished {
                scenario,
                failure,
                milliseconds,
                ..
            } => {
                // One that was sent for a movement before this one is not what moved the backend now.
                let before = chain.movement.as_ref().map(|movement| movement.sent);
                let sent = self.sent.filter(|_| failure.is_none());
                match (MoveKind::of(&chain.verb), sent) {
                    (Some(moved), Some(sent)) if Some(sent) > before => {
                        let since = self.answers.unwrap_or(sent);
                        chain.movement = Some(Movement {
                            sent,
                            since,
                            phases: moved_phases(since, sent, chain.moved),
                            own: BTreeMap::new(),
                            moved,
                            scenario: scenario.clone(),
                            first: self.found.len(),
                            steps: Vec::new(),
                        });
                    }
                    // It is not known where the backend is, or since when.
                    (Some(_), _) => chain.movement = None,
                    (None, None) => {}
                    (None, Some(_)) => chain.step_ended(name, *milliseconds, &mut self.found),
                }
            }
            _ => {}
        }
    }

    /// When the backend was last asked to move.
    #[must_use]
    pub fn sent(&self) -> Option<Timestamp> {
        self.sent
    }

    /// The recoveries, in the order in which the servers had their data again.
    #[must_use]
    pub fn found(&self) -> &[Recovery] {
        &self.found
    }
}

/// What all servers of a chain wait for.
fn moved_phases(since: Timestamp, sent: Timestamp, moved: Option<[u64; 3]>) -> Vec<RecoveryPhase> {
    let detect = (since < sent).then(|| (RecoveryPhaseName::Detect, between(since, sent)));
    let moved = moved.map_or_else(Vec::new, |[api, service, settled]| {
        vec![
            (RecoveryPhaseName::Api, api),
            (RecoveryPhaseName::Service, service),
            (RecoveryPhaseName::Volumes, settled.saturating_sub(service)),
        ]
    });
    let phase = |(phase, milliseconds)| RecoveryPhase { phase, milliseconds };
    detect.into_iter().chain(moved).map(phase).collect()
}

impl Movement {
    /// What a server waited for until it could be read: what its chain did with its volumes, unless it was shelved itself.
    fn phases_of(&self, server: &str) -> Vec<RecoveryPhase> {
        let mut phases = self.phases.clone();
        if let Some(own) = self.own.get(server) {
            phases.retain(|found| {
                !matches!(
                    found.phase,
                    RecoveryPhaseName::Disconnect | RecoveryPhaseName::Reconnect
                )
            });
            phases.extend(own);
        }
        phases
    }

    /// A step took away or gave back a volume: the events do not name its server.
    fn volume_step(&mut self, phase: RecoveryPhaseName, milliseconds: u64) {
        match self.phases.iter_mut().find(|found| found.phase == phase) {
            Some(found) => found.milliseconds += milliseconds,
            None => self.phases.push(RecoveryPhase { phase, milliseconds }),
        }
    }
}

impl Chain {
    /// A step ended well: what it read and wrote counts.
    fn step_ended(&mut self, chain: &str, milliseconds: u64, found: &mut Vec<Recovery>) {
        let Some(movement) = &mut self.movement else { return };
        match self.verb.as_str() {
            "unmount" | "detach" => movement.volume_step(RecoveryPhaseName::Disconnect, milliseconds),
            "attach" | "mount" => movement.volume_step(RecoveryPhaseName::Reconnect, milliseconds),
            _ => {}
        }
        for File {
            server,
            at,
            until,
            took,
        } in self.files.drain(..)
        {
            let is_it = |found: &&mut Recovery| found.chain == chain && found.server == server;
            let known = found[movement.first..].iter_mut().find(is_it);
            let recovery = match known {
                Some(recovery) => recovery,
                None => found.push_mut(Recovery {
                    scenario: movement.scenario.clone(),
                    chain: chain.to_owned(),
                    moved: movement.moved,
                    server: server.clone(),
                    first_read: None,
                    first_write: None,
                    phases: movement.phases_of(&server),
                }),
            };
            let others = movement.steps.iter().filter(|(servers, _)| !servers.contains(&server));
            let others: u64 = others.map(|(_, milliseconds)| milliseconds).sum();
            let time = match until {
                Until::FirstRead => &mut recovery.first_read,
                Until::FirstWrite => &mut recovery.first_write,
            };
            if time.is_none() {
                *time = Some(between(movement.since, at).saturating_sub(others));
                let phase = match until {
                    Until::FirstRead => RecoveryPhaseName::Read,
                    Until::FirstWrite => RecoveryPhaseName::Write,
                };
                recovery.phase(phase, took);
            }
        }
        if !self.servers.is_empty() {
            movement.steps.push((std::mem::take(&mut self.servers), milliseconds));
        }
    }
}

/// What the recoveries have in common.
#[must_use]
pub fn recovery_statistics(recoveries: &[Recovery]) -> Vec<RecoveryStatistics> {
    let mut measured: BTreeMap<(MoveKind, Until), Vec<u64>> = BTreeMap::new();
    for recovery in recoveries {
        let times = [
            (Until::FirstRead, recovery.first_read),
            (Until::FirstWrite, recovery.first_write),
        ];
        for (until, milliseconds) in times {
            let times = measured.entry((recovery.moved, until)).or_default();
            times.extend(milliseconds);
        }
    }
    measured
        .into_iter()
        .filter(|(_, times)| !times.is_empty())
        .map(|((moved, until), mut times)| {
            times.sort_unstable();
            let percentile = |share: usize| times[(times.len() * share).div_ceil(100) - 1];
            RecoveryStatistics {
                moved,
                until,
                count: times.len(),
                p50: percentile(50),
                p95: percentile(95),
                maximum: percentile(100),
            }
        })
        .collect()
}
