//! The kinds of events.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{MirrorState, Position, Proof, RunDescription, RunPlace, WorkloadFindings};
use crate::failure::Failure;
use crate::names::RunId;

/// One line of the journal.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Event {
    /// Counts the events of a run from 1.
    pub sequence: u64,
    /// When it happened.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub at: Timestamp,
    /// The chain, the scenario and the step that it belongs to; absent where it belongs to the run. Journals of format 2 lack
    /// it: in them, what names no scenario belongs to the one that was named last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<Position>,
    /// What happened.
    #[serde(flatten)]
    pub kind: EventKind,
}

impl Event {
    /// The scenario that it belongs to.
    #[must_use]
    pub fn scenario(&self) -> Option<&str> {
        let of_position = || self.position.as_ref()?.scenario.as_deref();
        self.kind.scenario().or_else(of_position)
    }

    /// The chain that it belongs to.
    #[must_use]
    pub fn chain(&self) -> Option<&str> {
        Some(&self.position.as_ref()?.chain)
    }
}

/// The kind of a resource that the run created and has to remove.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ResourceKind {
    /// A Cinder volume.
    Volume,
    /// A Nova server.
    Server,
    /// A Nova key pair; its id is its name.
    KeyPair,
    /// A Cinder volume type.
    VolumeType,
    /// A Neutron floating IP.
    FloatingIp,
    /// A backend that is failed over; its id is `host@backend`.
    Failover,
    /// The volume type by which the run holds the lock on its backend.
    Lock,
    /// A backend that is frozen; its id is `host@backend`.
    Freeze,
    /// A fault that a scenario makes on purpose; its name and its id are its key in the target's `faults`.
    Fault,
}

impl ResourceKind {
    /// The kind in the words of its service.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            ResourceKind::Volume => "volume",
            ResourceKind::Server => "server",
            ResourceKind::KeyPair => "key pair",
            ResourceKind::VolumeType => "volume type",
            ResourceKind::FloatingIp => "floating IP",
            ResourceKind::Failover => "failover of",
            ResourceKind::Lock => "lock",
            ResourceKind::Freeze => "freeze of",
            ResourceKind::Fault => "fault",
        }
    }
}

/// A thing that the run asked the cloud for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Resource {
    /// What it is.
    pub kind: ResourceKind,
    /// Its name in the cloud, which contains the run's id.
    pub name: String,
    /// Its id, once the cloud has given one.
    pub id: Option<String>,
}

impl std::fmt::Display for Resource {
    /// `volume cinder-drill-…-root (8f0c…)`, or without the id while it is not known, or is the name.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{} {}", self.kind.words(), self.name)?;
        match &self.id {
            Some(id) if *id != self.name => write!(formatter, " ({id})"),
            _ => Ok(()),
        }
    }
}

/// A command by which a person removes what a run could not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RemedyStep {
    /// The site on which it is to be run, as the target names it. Absent for where the clients of OpenStack are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub site: Option<String>,
    /// The command line, whole.
    pub command: String,
}

/// A piece of text that was collected when something failed.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Evidence {
    /// What it is, for example `service box@ceph`.
    pub title: String,
    /// The text, without secrets. Of a long one its end; the whole is in the file.
    pub text: String,
    /// The file that holds the whole text, relative to the run's folder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
}

/// How a scenario ended.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "verdict")]
pub enum Verdict {
    /// Every expectation held.
    Passed,
    /// An expectation did not hold, or the cloud or the harness failed (the failure says which).
    Failed {
        /// Why.
        failure: Failure,
        /// The step in which it failed: its index in the plan. Absent when it failed before the first or after the
        /// last one.
        step: Option<usize>,
    },
    /// It did not run, since the scenario that it continues did not pass, or the run was interrupted.
    NotRun {
        /// Why not.
        because: String,
    },
    /// It was not to run on this target, as was decided before the run: the target lacks what it needs. It proved nothing.
    Skipped {
        /// What the target lacks.
        because: String,
    },
}

impl Verdict {
    /// Whether every expectation held.
    #[must_use]
    pub fn passed(&self) -> bool {
        matches!(self, Verdict::Passed)
    }
}

impl EventKind {
    /// The scenario that it is about, if it says so.
    #[must_use]
    pub fn scenario(&self) -> Option<&str> {
        match self {
            EventKind::ScenarioStarted { scenario, .. }
            | EventKind::PrepareStarted { scenario }
            | EventKind::PrepareFinished { scenario, .. }
            | EventKind::StepStarted { scenario, .. }
            | EventKind::ConnectionSeen { scenario, .. }
            | EventKind::FileSeen { scenario, .. }
            | EventKind::WaitsForOthers { scenario, .. }
            | EventKind::WorkloadStarted { scenario, .. }
            | EventKind::WorkloadSeen { scenario, .. }
            | EventKind::WorkloadJudged { scenario, .. }
            | EventKind::Proven { scenario, .. }
            | EventKind::StepFinished { scenario, .. }
            | EventKind::ScenarioFinished { scenario, .. } => Some(scenario),
            _ => None,
        }
    }
}

/// What happened.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "event")]
pub enum EventKind {
    /// The first event of a journal.
    RunStarted {
        /// The version of the journal's format; this is 3.
        format: u32,
        /// The run.
        run: RunId,
        /// The version of cinder-drill.
        version: String,
        /// The target's name.
        target: String,
        /// `host@backend`.
        backend: String,
        /// The scenarios whose verdicts were asked for, in the order in which they run.
        scenarios: Vec<String>,
    },
    /// Chains begin to run side by side that meet at each movement of the backend. A chain that meets nobody has no such line.
    GroupStarted {
        /// The chains: each the name of its last scenario. Of those that have come to a movement the first one asks for it.
        chains: Vec<String>,
    },
    /// A scenario has come to a movement of the backend, and waits until all chains of its group have.
    WaitsForOthers {
        /// The scenario.
        scenario: String,
        /// The step's index.
        step: usize,
    },
    /// A chain of a group is over, and its own things are removed: none waits for it any more.
    ChainFinished {},
    /// Somebody asked the run to stop: it ends what is on its way, and cleans up.
    StopRequested {
        /// By which signal, for example `SIGINT` for Ctrl-C.
        signal: String,
    },
    /// A scenario begins.
    ScenarioStarted {
        /// Its name.
        scenario: String,
        /// Its summary.
        summary: String,
        /// How many steps it has.
        steps: usize,
        /// Whether it only runs because another one continues it.
        beginning_only: bool,
    },
    /// What the steps stand on is being made: volumes, servers, key pairs.
    PrepareStarted {
        /// The scenario.
        scenario: String,
    },
    /// All that was to be made is there.
    PrepareFinished {
        /// The scenario.
        scenario: String,
        /// What there is now, in words.
        summary: String,
        /// How long it took.
        milliseconds: u64,
    },
    /// A step begins.
    StepStarted {
        /// The scenario.
        scenario: String,
        /// The step's index in its plan, from 0.
        step: usize,
        /// The verb.
        verb: String,
        /// What it does, in words.
        description: String,
    },
    /// Something is waited for, and the last state seen changed.
    Waiting {
        /// What is waited for.
        awaited: String,
        /// The last state seen.
        last_state: String,
        /// Milliseconds since the wait began.
        elapsed: u64,
        /// The budget, in milliseconds.
        budget: u64,
    },
    /// A wait ended well.
    Waited {
        /// What was waited for.
        awaited: String,
        /// Every state that was seen, in order, without repetition.
        states: Vec<String>,
        /// Milliseconds that it took.
        elapsed: u64,
        /// How many times it was asked for.
        polls: u32,
    },
    /// An OpenStack API answered, or failed to.
    Requested {
        /// The catalog's service type.
        service: String,
        /// The HTTP method.
        method: String,
        /// The URL, without secrets.
        url: String,
        /// The HTTP status, if there was an answer.
        status: Option<u16>,
        /// `X-Openstack-Request-Id`.
        request_id: Option<String>,
        /// How long it took.
        milliseconds: u64,
        /// 1 for the first attempt.
        attempt: u32,
        /// Why there was no answer.
        error: Option<String>,
        /// Whether nothing was done for certain: the service itself refused it, or it never reached the service. A proxy's
        /// answer, or none, proves neither.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        refused: bool,
    },
    /// A change is about to be asked for. Written and flushed before the request is sent.
    Intended {
        /// What will exist afterwards.
        resource: Resource,
    },
    /// The cloud accepted the change.
    Made {
        /// What exists now.
        resource: Resource,
    },
    /// A failover that was refused, while the backend moved all the same: a proxy had sent it twice, or another user was
    /// faster. It stays a leftover, and only a person undoes it.
    Disputed {
        /// What was asked for.
        resource: Resource,
        /// What was seen.
        because: String,
    },
    /// What was made is gone again.
    Removed {
        /// What no longer exists.
        resource: Resource,
    },
    /// What was made could not be removed.
    Left {
        /// What still exists.
        resource: Resource,
        /// Why.
        failure: Failure,
        /// The commands by which a person removes it, in their order; none where only waiting helps.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        remedy: Vec<RemedyStep>,
    },
    /// Something that a step proved.
    Proven {
        /// The scenario.
        scenario: String,
        /// The step's index.
        step: usize,
        /// What.
        proof: Proof,
    },
    /// A person has made a fault, which was seen: it was there at most so long before.
    FaultSeen {
        /// The fault, by its key.
        fault: String,
        /// How long before, in milliseconds, it was last seen not to be there.
        milliseconds: u64,
    },
    /// Something worth knowing that is neither proof nor failure.
    Noticed {
        /// In words.
        text: String,
    },
    /// What was seen when something failed.
    Collected {
        /// The evidence.
        evidence: Evidence,
    },
    /// A step ended.
    StepFinished {
        /// The scenario.
        scenario: String,
        /// The step's index.
        step: usize,
        /// What it did, in words; absent when it failed.
        done: Option<String>,
        /// Why it was not run, as was decided before the run. It proved nothing.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        skipped: Option<String>,
        /// Why it failed.
        failure: Option<Failure>,
        /// How long it took.
        milliseconds: u64,
    },
    /// All that was made is about to be removed.
    CleanupStarted {
        /// How many things.
        resources: usize,
        /// The chain whose own things they are: the name of its last scenario. Absent for all that the run made.
        #[serde(default)]
        chain: Option<String>,
    },
    /// The clean-up ended.
    CleanupFinished {
        /// How many things could not be removed.
        left: usize,
        /// The chain whose own things they are: the name of its last scenario. Absent for all that the run made.
        #[serde(default)]
        chain: Option<String>,
        /// How long it took.
        milliseconds: u64,
    },
    /// A scenario has its verdict.
    ScenarioFinished {
        /// The scenario.
        scenario: String,
        /// How it ended.
        #[serde(flatten)]
        verdict: Verdict,
        /// How long it took, without preparation and clean-up.
        milliseconds: u64,
    },
    /// What the run is about to do, and on what. Follows [`EventKind::RunStarted`]; journals of the first versions lack it.
    RunDescribed {
        /// All of it.
        #[serde(flatten)]
        description: Box<RunDescription>,
    },
    /// The connection info of a volume was read, whether it is right or not.
    ConnectionSeen {
        /// The scenario.
        scenario: String,
        /// The step's index.
        step: usize,
        /// The volume.
        volume: String,
        /// The name of the site to which it should lead.
        expected_site: String,
        /// All its fields, without secrets.
        fields: Map<String, Value>,
        /// The fields that differ from when it was read before, secret ones included.
        #[serde(default)]
        changed: Vec<String>,
    },
    /// A file of a guest was written or read, whether it holds what it should or not.
    FileSeen {
        /// The scenario.
        scenario: String,
        /// The step's index.
        step: usize,
        /// The server.
        guest: String,
        /// The path in the guest.
        path: String,
        /// Whether it was written; otherwise it was read.
        written: bool,
        /// The content's length.
        bytes: usize,
        /// The content's SHA-256.
        sha256: String,
    },
    /// A writer began to write records in a guest.
    WorkloadStarted {
        /// The scenario.
        scenario: String,
        /// The index of the step that started it.
        step: usize,
        /// The server.
        guest: String,
        /// Where it writes: a path, or a volume's device.
        place: String,
        /// How many records it is to write, for example `10/s`, or `max`.
        rate: String,
    },
    /// What of a workload was acknowledged by now: told at intervals, and at its end.
    WorkloadSeen {
        /// The scenario.
        scenario: String,
        /// The index of the step that started it.
        step: usize,
        /// The server.
        guest: String,
        /// Where it writes.
        place: String,
        /// How many records were sent to the guest.
        sent: usize,
        /// How many of them it acknowledged.
        acknowledged: usize,
        /// When the last one was acknowledged, in milliseconds after the writer began, by the clock of the machine that drills.
        last_milliseconds: Option<u64>,
        /// Why the writer ended; absent while it runs.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ended: Option<String>,
    },
    /// What a disk holds of a workload, whether it is what it should or not.
    WorkloadJudged {
        /// The scenario.
        scenario: String,
        /// The step's index.
        step: usize,
        /// The server.
        guest: String,
        /// Where it was written.
        place: String,
        /// How much may be lost: `0`, a duration, or `report` for any.
        rpo: String,
        /// What the disk holds.
        findings: WorkloadFindings,
        /// How many records only the guest's memory still had.
        from_memory: usize,
        /// Whether the scenario accepts it.
        accepted: bool,
    },
    /// What both sites say of a volume's image changed.
    MirrorSeen {
        /// Whose image it is, for example `volume root`.
        image_of: String,
        /// What each site says.
        sites: Vec<MirrorState>,
    },
    /// The cloud says that it is simcloud, embedded or served: the run proves nothing about any storage.
    StandIn {
        /// The version of simcloud.
        version: String,
    },
    /// The last event of a journal.
    RunFinished {
        /// How long the run took.
        milliseconds: u64,
    },
    /// Where the run happens: what `cinder-drill recover` needs to find the cloud again. Comes right after the start, and
    /// again with the user and the project once they are known.
    Located {
        /// Where.
        place: RunPlace,
    },
    /// A request that changes something is about to be sent. Written and flushed before: a change of which the journal
    /// has no such line was never asked for.
    Requesting {
        /// The catalog's service type.
        service: String,
        /// The HTTP method.
        method: String,
        /// The URL, without secrets.
        url: String,
        /// What is asked for, where the URL does not say: an action's name, or where a backend fails over to.
        action: Option<String>,
    },
    /// What was made was left on purpose (`--on-failure keep`).
    Kept {
        /// What still exists.
        resource: Resource,
    },
    /// The user said that this is no longer to be removed (`recover --forget`).
    Forgotten {
        /// What may still exist.
        resource: Resource,
    },
    /// Another process begins to finish what this run left. Comes after the last line of the process before it, which
    /// may be torn.
    RecoveryStarted {
        /// The version of cinder-drill.
        version: String,
        /// The machine.
        host: String,
        /// The process.
        process: u32,
        /// The number of leftovers.
        #[serde(rename = "owed")]
        leftovers: usize,
    },
    /// The recovery ended.
    RecoveryFinished {
        /// How many things could not be removed.
        left: usize,
        /// How long it took.
        milliseconds: u64,
    },
}
