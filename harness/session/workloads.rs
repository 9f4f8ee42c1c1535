//! The workloads of a chain: which run, and how they were when its backend was first struck.

use std::collections::BTreeSet;
use std::time::Duration;

use super::Context;
use crate::event::EventKind;
use crate::failure::Failure;
use crate::names::{ServerName, VolumeName};
use crate::state::{Disk, Place};
use crate::workload::{Acknowledgements, Ended, Workload};

/// How long a writer that is stopped may take for what is on its way.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long one may take whose disk may be gone: it is not waited for what will never come.
const SHORT_PATIENCE: Duration = Duration::from_secs(1);

/// A workload that a chain started.
#[derive(Debug)]
pub struct RunWorkload {
    /// The writer.
    pub workload: Workload,
    /// The disk that it writes to.
    pub disk: Disk,
    /// How many failovers and failbacks there had been when it began.
    pub moves: usize,
    /// How it was when the backend was first moved, or a site was lost.
    pub struck: Option<Struck>,
    /// The numbers of the records that its disk held when it was judged last. The writer was over by then, so no planned movement
    /// may change them.
    pub held: Option<Vec<usize>>,
}

/// How a workload was when something struck.
#[derive(Clone, Debug)]
pub struct Struck {
    /// What struck, in words: `the failover`.
    pub by: String,
    /// How the writer had ended by then; none if it ran.
    pub ended: Option<Ended>,
    /// How many records were acknowledged by then.
    pub acknowledged: usize,
    /// How long none had been.
    pub silent_for: Duration,
}

impl Context {
    /// Starts to look after a workload.
    pub fn add_workload(&mut self, guest: &ServerName, place: &Place, disk: &Disk, workload: Workload) {
        let run = RunWorkload {
            workload,
            disk: disk.clone(),
            moves: self.backend_state.moves(),
            struck: None,
            held: None,
        };
        self.resources.workloads.insert((guest.clone(), place.clone()), run);
    }

    /// Whose records were written to a volume by workloads.
    pub fn workload_tokens(&self, volume: &VolumeName) -> BTreeSet<String> {
        let on_it = self
            .resources
            .workloads
            .values()
            .filter(|run| run.disk.volume() == Some(volume));
        on_it.map(|run| run.workload.origin().token).collect()
    }

    /// The workload on a place of a guest.
    ///
    /// # Errors
    /// There is none, which the compiler should have noticed.
    pub fn workload(&mut self, guest: &ServerName, place: &Place) -> Result<&mut RunWorkload, Failure> {
        self.resources
            .workloads
            .get_mut(&(guest.clone(), place.clone()))
            .ok_or_else(|| Failure::harness(format!("there is no workload on {place} of {guest}")))
    }

    /// How a workload tells of itself: to the journal, under the step that started it.
    pub fn tells_of_workload(
        &self,
        guest: &ServerName,
        place: &Place,
    ) -> impl Fn(&Acknowledgements, Option<&str>) + Send + 'static {
        let (scenario, step) = self.position_words();
        let (recorder, guest, place) = (self.recorder.clone(), guest.to_string(), place.to_string());
        move |acknowledgements, ended| {
            recorder.record(EventKind::WorkloadSeen {
                scenario: scenario.clone(),
                step,
                guest: guest.clone(),
                place: place.clone(),
                sent: acknowledgements.sent,
                acknowledged: acknowledgements.count(),
                last_milliseconds: acknowledgements.last().map(|(_, time)| crate::wait::milliseconds(time)),
                ended: ended.map(str::to_owned),
            });
        }
    }

    /// Stops a workload when its records on the way are acknowledged, or cannot be.
    ///
    /// # Errors
    /// There is none.
    pub async fn stop_workload(&mut self, guest: &ServerName, place: &Place) -> Result<(), Failure> {
        self.workload(guest, place)?
            .workload
            .stop(PATIENCE, "it was stopped")
            .await;
        Ok(())
    }

    /// A server is about to stop: its writers go with it.
    pub fn end_workloads_of(&mut self, server: &ServerName, because: &str) {
        for ((guest, _), run) in &mut self.resources.workloads {
            if guest == server {
                run.workload.end(because);
            }
        }
    }

    /// A volume is about to go from its guest: what writes to it is stopped first. Answers whether a writer may still hang there, in
    /// a write that its disk never answers: such a process holds the file system, and nothing can kill it.
    pub async fn end_workloads_on(&mut self, volume: &VolumeName, because: &str) -> bool {
        let mut hangs = false;
        for run in self.resources.workloads.values_mut() {
            if run.disk.volume() == Some(volume) {
                run.workload.stop(SHORT_PATIENCE, because).await;
                let acknowledgements = run.workload.acknowledgements();
                hangs |= acknowledgements.count() < acknowledgements.sent;
            }
        }
        hangs
    }

    /// Ends all workloads of the chain: it is over.
    pub fn end_workloads(&mut self) {
        for run in self.resources.workloads.values_mut() {
            run.workload.end("its scenario was over");
        }
    }

    /// The backend is about to be moved from a lost site, or whatever the mirrors are like: what the disks hold then is judged anew.
    pub fn forget_held_records(&mut self) {
        for run in self.resources.workloads.values_mut() {
            run.held = None;
        }
    }

    /// The backend is about to be moved, or a site to be lost: a writer that was over before says nothing of it. The first time
    /// counts.
    pub fn strike_workloads(&mut self, by: &str) {
        for run in self.resources.workloads.values_mut() {
            let workload = &run.workload;
            run.struck.get_or_insert_with(|| Struck {
                by: by.to_owned(),
                ended: workload.ended(),
                acknowledged: workload.acknowledgements().count(),
                silent_for: workload.silent_for(),
            });
        }
    }
}
