//! What each server waited for its data after a failover or failback.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::Serialize;

use super::phases::between;
use crate::cloud::is_failover;
use crate::event::{Event, EventKind, Proof};

/// Which way the backend was moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum MoveKind {
    /// Away from home.
    Failover,
    /// Home again.
    Failback,
}

impl MoveKind {
    /// Which way a verb moves the backend, if it does.
    pub(super) fn of(verb: &str) -> Option<MoveKind> {
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

/// What a server waited for its data after a failover or failback, in milliseconds from the request by which the backend was
/// moved, for whatever chain it was sent. Steps of the same scenario that were about other servers only are not counted: it would
/// not have waited for them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
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
}

/// What of a recovery was measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
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
    chains: BTreeMap<String, Chain>,
    found: Vec<Recovery>,
}

/// What is known of a chain.
#[derive(Clone, Debug, Default)]
struct Chain {
    /// The movement that it is behind.
    movement: Option<Movement>,
    /// The verb of the step that runs.
    verb: String,
    /// The files that the step has read and written.
    files: Vec<File>,
    /// The servers that the step was about.
    servers: BTreeSet<String>,
}

#[derive(Clone, Debug)]
struct Movement {
    sent: Timestamp,
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
}

impl Recoveries {
    /// Adds one more event.
    pub fn add(&mut self, event: &Event) {
        if let EventKind::Requesting { url, .. } = &event.kind
            && is_failover(url)
        {
            self.sent = Some(event.at);
        }
        let Some(name) = event.chain() else { return };
        let chain = self.chains.entry(name.to_owned()).or_default();
        match &event.kind {
            EventKind::StepStarted { verb, .. } => {
                chain.verb.clone_from(verb);
                chain.files.clear();
                chain.servers.clear();
            }
            EventKind::FileSeen { guest, written, .. } => {
                chain.servers.insert(guest.clone());
                chain.files.push(File {
                    server: guest.clone(),
                    at: event.at,
                    until: if *written { Until::FirstWrite } else { Until::FirstRead },
                });
            }
            EventKind::Proven {
                proof: Proof::Reconnected { server, .. },
                ..
            } => drop(chain.servers.insert(server.clone())),
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
                        chain.movement = Some(Movement {
                            sent,
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

impl Chain {
    /// A step ended well: what it read and wrote counts.
    fn step_ended(&mut self, chain: &str, milliseconds: u64, found: &mut Vec<Recovery>) {
        let Some(movement) = &mut self.movement else { return };
        for File { server, at, until } in self.files.drain(..) {
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
                }),
            };
            let others = movement.steps.iter().filter(|(servers, _)| !servers.contains(&server));
            let others: u64 = others.map(|(_, milliseconds)| milliseconds).sum();
            let time = match until {
                Until::FirstRead => &mut recovery.first_read,
                Until::FirstWrite => &mut recovery.first_write,
            };
            time.get_or_insert_with(|| between(movement.sent, at).saturating_sub(others));
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
