//! A workload in a report.

use schemars::JsonSchema;
use serde::Serialize;

use crate::event::{EventKind, WorkloadFindings};

/// A workload: a writer in a guest, and what became of its records.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct WorkloadReport {
    /// The server.
    pub guest: String,
    /// Where it wrote: a path, or a volume's device.
    pub place: String,
    /// How many records it was to write, for example `10/s`, or `max`.
    pub rate: Option<String>,
    /// How many records were sent to the guest.
    pub sent: usize,
    /// How many of them it acknowledged.
    pub acknowledged: usize,
    /// When the last one was acknowledged, in milliseconds after the writer began.
    pub last_milliseconds: Option<u64>,
    /// Why the writer ended; none if the journal does not say.
    pub ended: Option<String>,
    /// Each judgement, in order.
    pub judgements: Vec<WorkloadJudgement>,
}

/// What a disk held of a workload.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct WorkloadJudgement {
    /// The step's index.
    pub step: usize,
    /// How much may be lost: `0`, a duration, or `report` for any.
    pub rpo: String,
    /// What the disk held.
    pub findings: WorkloadFindings,
    /// How many records only the guest's memory still had.
    pub from_memory: usize,
    /// Whether the scenario accepts it.
    pub accepted: bool,
}

impl WorkloadReport {
    /// What it is called: its place and its server.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{} of {}", self.place, self.guest)
    }
}

/// Adds what one more event tells of a workload.
pub(super) fn add(workloads: &mut Vec<WorkloadReport>, kind: &EventKind) {
    match kind {
        EventKind::WorkloadStarted { guest, place, rate, .. } => {
            find(workloads, guest, place).rate = Some(rate.clone());
        }
        EventKind::WorkloadSeen {
            guest,
            place,
            sent,
            acknowledged,
            last_milliseconds,
            ended,
            ..
        } => {
            let workload = find(workloads, guest, place);
            workload.sent = *sent;
            workload.acknowledged = *acknowledged;
            workload.last_milliseconds = *last_milliseconds;
            workload.ended.clone_from(ended);
        }
        EventKind::WorkloadJudged {
            step,
            guest,
            place,
            rpo,
            findings,
            from_memory,
            accepted,
            ..
        } => {
            let workload = find(workloads, guest, place);
            workload.sent = findings.sent;
            workload.acknowledged = findings.acknowledged;
            workload.judgements.push(WorkloadJudgement {
                step: *step,
                rpo: rpo.clone(),
                findings: findings.clone(),
                from_memory: *from_memory,
                accepted: *accepted,
            });
        }
        _ => {}
    }
}

/// The workload of a guest and place; one that an earlier scenario started is named here, too, once it is judged.
fn find<'w>(workloads: &'w mut Vec<WorkloadReport>, guest: &str, place: &str) -> &'w mut WorkloadReport {
    let known = workloads
        .iter()
        .position(|workload| workload.guest == guest && workload.place == place);
    match known {
        Some(known) => &mut workloads[known],
        None => workloads.push_mut(WorkloadReport {
            guest: guest.to_owned(),
            place: place.to_owned(),
            rate: None,
            sent: 0,
            acknowledged: 0,
            last_milliseconds: None,
            ended: None,
            judgements: Vec::new(),
        }),
    }
}
