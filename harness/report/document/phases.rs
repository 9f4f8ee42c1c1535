//! The phases of a disaster's day, as an operator counts them.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use crate::event::{MoveKind, Proof};

/// A phase.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PhaseName {
    /// Making volumes and servers.
    Prepare,
    /// Until the API accepted the failover or failback.
    FailoverApi,
    /// From there until the service and all volumes had settled.
    ServiceSettled,
    /// Until the server was ACTIVE again, or the volume attached again.
    Reconnect,
    /// From ACTIVE until SSH answered.
    Boot,
    /// The first file that was read after the failover.
    FirstRead,
    /// From the request for the failover until the first file had been read after it: what the users of a service wait.
    FailoverToFirstRead,
}

impl PhaseName {
    /// The name in files: JUnit's properties, JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            PhaseName::Prepare => "prepare",
            PhaseName::FailoverApi => "failover-api",
            PhaseName::ServiceSettled => "service-settled",
            PhaseName::Reconnect => "reconnect",
            PhaseName::Boot => "boot",
            PhaseName::FirstRead => "first-read",
            PhaseName::FailoverToFirstRead => "failover-to-first-read",
        }
    }

    /// The name for people.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            PhaseName::Prepare => "prepare",
            PhaseName::FailoverApi => "failover API",
            PhaseName::ServiceSettled => "service settled",
            PhaseName::Reconnect => "reconnect",
            PhaseName::Boot => "boot",
            PhaseName::FirstRead => "first read",
            PhaseName::FailoverToFirstRead => "failover to first read",
        }
    }
}

/// A phase and how long it took.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Phase {
    /// Which one.
    pub phase: PhaseName,
    /// How long it took, in milliseconds.
    pub milliseconds: u64,
}

/// What phases are read from, in the order in which it came.
#[derive(Clone, Debug, Default)]
pub struct Milestones {
    found: Vec<Phase>,
    /// When the failover began after which nothing has been read yet.
    unread: Option<Timestamp>,
    /// How long detaching took since then, in milliseconds.
    detached: u64,
}

impl Milestones {
    fn add(&mut self, phase: PhaseName, milliseconds: u64) {
        self.found.push(Phase { phase, milliseconds });
    }

    /// The preparation ended.
    pub fn prepared(&mut self, milliseconds: u64) {
        self.add(PhaseName::Prepare, milliseconds);
    }

    /// Something was proven.
    pub fn proof(&mut self, proof: &Proof) {
        match proof {
            Proof::FailedOver {
                api_milliseconds,
                settled_milliseconds,
                ..
            } => {
                self.add(PhaseName::FailoverApi, *api_milliseconds);
                self.add(PhaseName::ServiceSettled, *settled_milliseconds);
            }
            Proof::Reconnected {
                shelve_milliseconds,
                unshelve_milliseconds,
                boot_milliseconds,
                ..
            } => {
                self.add(PhaseName::Reconnect, shelve_milliseconds + unshelve_milliseconds);
                self.add(PhaseName::Boot, *boot_milliseconds);
            }
            _ => {}
        }
    }

    /// A step ended well. `sent` is when the backend was last asked to move: maybe by another scenario, for all that meet there.
    pub fn step(&mut self, verb: &str, ended: Timestamp, milliseconds: u64, sent: Option<Timestamp>) {
        match verb {
            verb if MoveKind::of(verb).is_some() => {
                self.unread = Some(sent.unwrap_or_else(|| before(ended, milliseconds)));
            }
            "detach" if self.unread.is_some() => self.detached += milliseconds,
            "attach" if self.unread.is_some() => {
                let detached = std::mem::take(&mut self.detached);
                self.add(PhaseName::Reconnect, detached + milliseconds);
            }
            "read" => {
                if let Some(began) = self.unread.take() {
                    self.add(PhaseName::FirstRead, milliseconds);
                    self.add(PhaseName::FailoverToFirstRead, between(began, ended));
                }
            }
            _ => {}
        }
    }

    /// The phases, in the order in which they came. A scenario that fails over twice has some of them twice.
    #[must_use]
    pub fn phases(&self) -> Vec<Phase> {
        self.found.clone()
    }
}

/// The time some milliseconds before another.
pub(super) fn before(time: Timestamp, milliseconds: u64) -> Timestamp {
    let span = jiff::SignedDuration::from_millis(i64::try_from(milliseconds).unwrap_or(i64::MAX));
    time.checked_sub(span).unwrap_or(time)
}

/// The milliseconds from one time to another; none if the clock was set back meanwhile.
pub(super) fn between(from: Timestamp, to: Timestamp) -> u64 {
    u64::try_from(to.duration_since(from).as_millis()).unwrap_or(0)
}
