//! The phases of a disaster's day, as an operator counts them.

use jiff::Timestamp;
use serde::Serialize;

use crate::event::Proof;

/// A phase.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
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
    /// From the beginning of the failover until the first file had been read after it: what the users of a service wait.
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Phase {
    /// Which one.
    pub phase: PhaseName,
    /// How long it took, in milliseconds.
    pub milliseconds: u64,
}

/// What phases are read from: a step that ended well, or a proof, in the order in which they came.
#[derive(Clone, Debug)]
pub enum Milestone<'a> {
    /// The preparation ended.
    Prepared {
        /// How long it took, in milliseconds.
        milliseconds: u64,
    },
    /// A step ended well.
    Step {
        /// Its verb.
        verb: &'a str,
        /// When it ended.
        ended: Timestamp,
        /// How long it took, in milliseconds.
        milliseconds: u64,
    },
    /// Something was proven.
    Proof(&'a Proof),
}

/// The phases of a scenario, in the order in which they came. One that fails over twice has some of them twice.
#[must_use]
pub fn phases<'a>(milestones: impl IntoIterator<Item = Milestone<'a>>) -> Vec<Phase> {
    let mut found = Vec::new();
    // When the failover began after which nothing has been read yet.
    let mut unread: Option<Timestamp> = None;
    let mut detached = 0;
    for milestone in milestones {
        let mut add = |phase, milliseconds| found.push(Phase { phase, milliseconds });
        match milestone {
            Milestone::Prepared { milliseconds } => add(PhaseName::Prepare, milliseconds),
            Milestone::Proof(Proof::FailedOver {
                api_milliseconds,
                settled_milliseconds,
                ..
            }) => {
                add(PhaseName::FailoverApi, *api_milliseconds);
                add(PhaseName::ServiceSettled, *settled_milliseconds);
            }
            Milestone::Proof(Proof::Reconnected {
                shelve_milliseconds,
                unshelve_milliseconds,
                boot_milliseconds,
                ..
            }) => {
                add(PhaseName::Reconnect, shelve_milliseconds + unshelve_milliseconds);
                add(PhaseName::Boot, *boot_milliseconds);
            }
            Milestone::Proof(_) => {}
            Milestone::Step {
                verb,
                ended,
                milliseconds,
            } => match verb {
                "failover" | "failback" => unread = Some(before(ended, milliseconds)),
                "detach" if unread.is_some() => detached += milliseconds,
                "attach" if unread.is_some() => {
                    add(PhaseName::Reconnect, std::mem::take(&mut detached) + milliseconds);
                }
                "read" => {
                    if let Some(began) = unread.take() {
                        add(PhaseName::FirstRead, milliseconds);
                        add(PhaseName::FailoverToFirstRead, between(began, ended));
                    }
                }
                _ => {}
            },
        }
    }
    found
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
