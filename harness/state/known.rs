//! What is known before each step: the checks of a scenario's order stand on it.

use std::collections::{BTreeMap, BTreeSet};

use super::Filesystem;
use super::{Boot, PlannedVolume, SnapshotState, WorkloadState};
use crate::diagnostic::{Diagnostic, Diagnostics, Location, near_miss};
use crate::document::{Fields, Placed};
use crate::names::{ScenarioName, ServerName, SiteName, SnapshotName, VolumeName};
use crate::targets::{Fault, Target};

/// What is known at a point of a chain of scenarios.
pub(crate) struct State<'a> {
    target: &'a Target,
    /// The scenario whose steps are being compiled.
    pub(crate) scenario: ScenarioName,
    /// Whether all that was declared could be read. If not, a name that is not known may still be right.
    pub(crate) names_certain: bool,
    /// Whether every step so far could be understood. If not, nothing is said about their order any more.
    pub(crate) order_certain: bool,
    pub(crate) volumes: BTreeMap<VolumeName, VolumeState>,
    pub(crate) servers: BTreeMap<ServerName, ServerState>,
    /// The volumes as they are made, before any step changes them.
    pub(crate) declared: BTreeMap<VolumeName, PlannedVolume>,
    pub(crate) snapshots: BTreeMap<SnapshotName, SnapshotState>,
    /// The step that froze the backend.
    pub(crate) frozen: Option<Location>,
    /// The failover since which the backend's service is disabled, and takes no work.
    pub(crate) disabled: Option<Location>,
    /// Whether the step must fail: what Cinder would refuse is no mistake then.
    pub(crate) must_fail: bool,
    /// What was written, by guest and path.
    pub(crate) written: BTreeMap<(ServerName, String), (String, Location)>,
    /// The workloads, in the order in which they were started.
    pub(crate) workloads: Vec<WorkloadState>,
    /// Every directory that some step of the chain mounts a volume at, by guest.
    pub(crate) mount_points: Vec<MountPoint>,
    /// The site that is active, and the step that made it so.
    pub(crate) active: (SiteName, Option<Location>),
    /// What is broken on purpose, and the step that broke it.
    pub(crate) broken: Vec<(Fault, Location)>,
    pub(crate) checkpoints: BTreeMap<(ScenarioName, String), Location>,
    pub(crate) used: BTreeSet<String>,
    /// Why the step that is being compiled is not run on this target.
    pub(crate) skip: Option<String>,
    pub(crate) faults: Diagnostics,
}

/// What is known of a volume.
#[derive(Clone)]
pub(crate) struct VolumeState {
    /// What it is by now: a step may have given it more room, or another type. None if the declaration has faults.
    pub planned: Option<PlannedVolume>,
    pub at: Location,
    /// The server that boots from it.
    pub boots: Option<(ServerName, Location)>,
    /// The server that it is attached to.
    pub attached: Option<(ServerName, Location)>,
    pub formatted: Option<(Filesystem, Location)>,
    /// The directory that it is mounted at, on the server that it is attached to.
    pub mounted: Option<(String, Location)>,
    /// The failover or failback since which its server is still connected to the site that is no longer active.
    pub outdated: Option<Location>,
}

/// What is known of a server.
pub(crate) struct ServerState {
    /// None if the declaration has faults.
    pub boot: Option<Boot>,
    pub at: Location,
}

/// A directory that some step mounts a volume at.
pub(crate) struct MountPoint {
    pub guest: ServerName,
    pub directory: String,
    pub at: Location,
}

impl<'a> State<'a> {
    pub(crate) fn new(target: &'a Target, scenario: ScenarioName) -> State<'a> {
        State {
            target,
            scenario,
            names_certain: true,
            order_certain: true,
            volumes: BTreeMap::new(),
            servers: BTreeMap::new(),
            declared: BTreeMap::new(),
            snapshots: BTreeMap::new(),
            frozen: None,
            disabled: None,
            must_fail: false,
            written: BTreeMap::new(),
            workloads: Vec::new(),
            mount_points: Vec::new(),
            active: (SiteName::Primary, None),
            broken: Vec::new(),
            checkpoints: BTreeMap::new(),
            used: BTreeSet::new(),
            skip: None,
            faults: Diagnostics::default(),
        }
    }

    /// The target that is compiled for.
    pub(crate) fn target(&self) -> &'a Target {
        self.target
    }

    /// A fault that is one whatever came before.
    pub(crate) fn fault(&mut self, fault: Diagnostic) {
        self.faults.push(fault);
    }

    /// A fault that is only one if what came before is known.
    pub(crate) fn order_fault(&mut self, fault: Diagnostic) {
        if self.order_certain {
            self.faults.push(fault);
        }
    }

    /// The volume that an argument names.
    pub(crate) fn volume(&mut self, arguments: Fields<'_>, key: &str) -> Option<VolumeName> {
        let name = arguments.text(key)?;
        let found = VolumeName::new(&name.value).filter(|name| self.volumes.contains_key(name));
        match &found {
            Some(volume) => {
                self.used.insert(format!("volume {volume}"));
                // Looking at a root volume is looking at what its server does with it.
                if let Some((server, _)) = self.volumes.get(volume).and_then(|volume| volume.boots.as_ref()) {
                    self.used.insert(format!("server {server}"));
                }
            }
            None => {
                let known: Vec<String> = self.volumes.keys().map(ToString::to_string).collect();
                let is_server = ServerName::new(&name.value).is_some_and(|name| self.servers.contains_key(&name));
                self.undefined("volume", &name, &known, is_server.then_some("server"));
            }
        }
        found
    }

    /// The server that an argument names.
    pub(crate) fn server(&mut self, arguments: Fields<'_>, key: &str) -> Option<ServerName> {
        let name = arguments.text(key)?;
        let found = ServerName::new(&name.value).filter(|name| self.servers.contains_key(name));
        match &found {
            Some(server) => {
                self.used.insert(format!("server {server}"));
            }
            None => {
                let known: Vec<String> = self.servers.keys().map(ToString::to_string).collect();
                let is_volume = VolumeName::new(&name.value).is_some_and(|name| self.volumes.contains_key(&name));
                self.undefined("server", &name, &known, is_volume.then_some("volume"));
            }
        }
        found
    }

    pub(crate) fn undefined(&mut self, noun: &str, name: &Placed<String>, known: &[String], other: Option<&str>) {
        if !self.names_certain {
            return;
        }
        let near = near_miss(&name.value, known.iter().map(String::as_str));
        let mut fault = Diagnostic::error(
            "undefined",
            format!("there is no {noun} `{}`", name.value.escape_debug()),
        )
        .at(&name.at, "")
        .note(if known.is_empty() {
            format!("the scenario declares no {noun}s; they belong under `resources`")
        } else {
            format!("the {noun}s are {}", some_of(known))
        });
        let copy = format!("{}-1", name.value);
        if known.contains(&copy) {
            return self.fault(fault.help(format!(
                "`each {}` means all of them; `{copy}` is the first",
                name.value
            )));
        }
        if let Some(other) = other {
            fault = fault.note(format!("`{}` is a {other}", name.value));
        }
        self.fault(fault.help_if(near.map(|near| format!("did you mean `{near}`?"))));
    }

    /// The site that an argument names, and where.
    pub(crate) fn site(&mut self, arguments: Fields<'_>, key: &str) -> Option<(SiteName, Location)> {
        let word = arguments.text(key)?;
        let site = SiteName::ALL.into_iter().find(|site| site.as_str() == word.value)?;
        Some((site, word.at))
    }

    /// Takes note of a checkpoint. Two of one name in a scenario would be one file.
    pub(crate) fn checkpoint(&mut self, name: &str, at: &Location) {
        let key = (self.scenario.clone(), name.to_owned());
        if let Some(first) = self.checkpoints.get(&key).cloned() {
            self.fault(
                Diagnostic::error(
                    "duplicate-snapshot",
                    format!("there are two snapshots called `{}`", name.escape_debug()),
                )
                .at(at, "")
                .because(&first, "the first one is here")
                .help_if((first == *at).then(|| {
                    "let each have its own: `${number}` counts with `each`, `${round}` with `repeat`".to_owned()
                }))
                .help("name each after the moment it shows, such as `before-failover`"),
            );
        } else {
            self.checkpoints.insert(key, at.clone());
        }
    }
}

/// So many names are shown at most.
const SHOWN: usize = 12;

/// Names, or the first of many.
fn some_of(names: &[String]) -> String {
    match names.len().checked_sub(SHOWN) {
        None | Some(0) => names.join(", "),
        Some(more) => format!("{} and {more} more", names[..SHOWN].join(", ")),
    }
}
