//! The workloads of a scenario: which run, and which are judged.

use std::fmt;

use serde::Serialize;

use super::{Disk, State};
use crate::diagnostic::{Diagnostic, Location};
use crate::names::{ScenarioName, ServerName, VolumeName};

/// Where a workload writes.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Place {
    /// To a file: absolute, or relative to the home of the guest's user.
    Path(String),
    /// To the device of a volume, without a file system.
    Device(VolumeName),
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Path(path) => formatter.write_str(path),
            Place::Device(volume) => write!(formatter, "the device of volume {volume}"),
        }
    }
}

/// What is known of a workload.
pub(crate) struct WorkloadState {
    guest: ServerName,
    place: Place,
    disk: Disk,
    /// The step that started it, and its scenario.
    at: Location,
    scenario: ScenarioName,
    /// Whether the writer may still run.
    runs: bool,
    /// Whether a step stops or judges it.
    concluded: bool,
}

impl State<'_> {
    /// A writer starts. It needs a disk of its own kind: a volume's.
    pub(crate) fn starts_workload(&mut self, guest: &ServerName, place: &Place, disk: &Disk, at: &Location) {
        if *disk == Disk::Ephemeral {
            self.order_fault(
                Diagnostic::error(
                    "no-volume",
                    format!("{place} of `{guest}` lies on the server's own disk, and on no volume"),
                )
                .at(at, "what is lost or kept there says nothing of replication")
                .help("write below a directory at which a step mounts a volume, or let the server boot from one"),
            );
        }
        let earlier = self.workload(guest, place).map(|workload| workload.at.clone());
        if let Some(earlier) = earlier {
            self.fault(
                Diagnostic::error(
                    "workload-again",
                    format!("a workload has written to {place} of `{guest}` already"),
                )
                .at(at, "it would not be clear whose records are there")
                .because(&earlier, "it is started here")
                .help("give each workload a path of its own"),
            );
            return;
        }
        self.workloads.push(WorkloadState {
            guest: guest.clone(),
            place: place.clone(),
            disk: disk.clone(),
            at: at.clone(),
            scenario: self.scenario.clone(),
            runs: true,
            concluded: false,
        });
    }

    /// The device of a volume for a workload: it must be attached, and hold nothing that would be written over.
    pub(crate) fn needs_bare_device(&mut self, guest: &ServerName, volume: &VolumeName, at: &Location) {
        self.needs_attached(guest, volume, at);
        let Some(state) = self.volumes.get(volume).filter(|state| state.boots.is_none()) else {
            return;
        };
        let image = state.planned.as_ref().and_then(|planned| planned.image.as_ref());
        let fault = match (&state.formatted, image) {
            (Some((_, since)), _) => {
                Diagnostic::error("has-file-system", format!("volume `{volume}` has a file system"))
                    .because(since, "it is made here")
            }
            (None, Some(image)) => Diagnostic::error(
                "has-file-system",
                format!("volume `{volume}` is made from image {image}"),
            )
            .because(&state.at, "it is declared here"),
            (None, None) => return,
        };
        let fault = fault
            .at(at, "writing to the device would destroy it")
            .help("mount it, and give the workload a `path` below the mount point");
        self.order_fault(fault);
    }

    /// A writer is stopped.
    pub(crate) fn stops_workload(&mut self, guest: &ServerName, place: &Place, at: &Location) {
        let Some(workload) = self.known_workload(guest, place, at) else {
            return;
        };
        workload.runs = false;
        workload.concluded = true;
    }

    /// A workload is judged: its writer must be over, and its disk must be there with its new connection. Gives the disk.
    pub(crate) fn expects_workload(&mut self, guest: &ServerName, place: &Place, at: &Location) -> Option<Disk> {
        let workload = self.known_workload(guest, place, at)?;
        workload.concluded = true;
        let (runs, since, disk) = (workload.runs, workload.at.clone(), workload.disk.clone());
        if runs {
            let key = match place {
                Place::Path(path) => format!("path: {path}"),
                Place::Device(volume) => format!("volume: {volume}"),
            };
            self.order_fault(
                Diagnostic::error(
                    "workload-runs",
                    format!("the workload on {place} of `{guest}` still runs here"),
                )
                .at(at, "what is read while it writes cannot be judged")
                .because(&since, "it is started here")
                .note("`reconnect` of its server ends it, and so do `unmount` and `detach` of its volume")
                .help(format!("stop it first: `stop-workload: {{ guest: {guest}, {key} }}`")),
            );
        }
        self.needs_current(&disk, at);
        Some(disk)
    }

    /// The server stops: what ran in it is over.
    pub(super) fn ends_workloads_of(&mut self, server: &ServerName) {
        for workload in self.workloads.iter_mut().filter(|workload| workload.guest == *server) {
            workload.runs = false;
        }
    }

    /// The volume goes: what wrote to it is over.
    pub(super) fn ends_workloads_on(&mut self, volume: &VolumeName) {
        for workload in &mut self.workloads {
            workload.runs &= workload.disk.volume() != Some(volume);
        }
    }

    /// A workload that no step stops or judges would prove nothing, whatever becomes of its records.
    pub(crate) fn workloads_are_concluded(&mut self, scenario: &ScenarioName) {
        let open = self
            .workloads
            .iter()
            .filter(|workload| !workload.concluded && workload.scenario == *scenario);
        let faults: Vec<Diagnostic> = open
            .map(|workload| {
                let WorkloadState { guest, place, at, .. } = workload;
                Diagnostic::error(
                    "workload-without-end",
                    format!("nothing judges the workload on {place} of `{guest}`"),
                )
                .at(at, "the scenario would pass whatever happens to its records")
                .help("add a later `expect-workload`, or `stop-workload` if only its load is wanted")
            })
            .collect();
        for fault in faults {
            self.order_fault(fault);
        }
    }

    fn workload(&mut self, guest: &ServerName, place: &Place) -> Option<&mut WorkloadState> {
        self.workloads
            .iter_mut()
            .find(|workload| workload.guest == *guest && workload.place == *place)
    }

    fn known_workload(&mut self, guest: &ServerName, place: &Place, at: &Location) -> Option<&mut WorkloadState> {
        if self.workload(guest, place).is_none() {
            let known: Vec<String> = self
                .workloads
                .iter()
                .map(|workload| format!("{} of `{}`", workload.place, workload.guest))
                .collect();
            let note = match known.as_slice() {
                [] => "no earlier step starts a workload".to_owned(),
                known => format!("earlier steps start workloads on {}", known.join(", ")),
            };
            self.order_fault(
                Diagnostic::error(
                    "no-workload",
                    format!("there is no workload on {place} of `{guest}` here"),
                )
                .at(at, "")
                .note(note)
                .help("start it first: `workload`"),
            );
        }
        self.workload(guest, place)
    }
}
