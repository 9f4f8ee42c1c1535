//! What Cinder changes of a volume as a whole: its size, its type, its snapshots, what is cloned from it; and whether the backend takes
//! such work.

use super::{Filesystem, PlannedVolume, State, VolumeState};
use crate::diagnostic::{Diagnostic, Location, near_miss};
use crate::document::{Fields, Placed};
use crate::names::{ServerName, SnapshotName, VolumeName};
use crate::targets::VolumeType;

/// What is known of a snapshot.
#[derive(Clone)]
pub(crate) struct SnapshotState {
    /// What its volume was planned as.
    pub planned: Option<PlannedVolume>,
    /// The file system that was on its volume.
    pub formatted: Option<(Filesystem, Location)>,
    /// The server that boots from its volume.
    pub boots: Option<(ServerName, Location)>,
    pub at: Location,
}

/// What a volume is cloned from.
#[derive(Clone, Copy)]
pub(crate) enum CopyOf<'a> {
    /// A volume, as it is then.
    Volume(&'a VolumeName),
    /// A snapshot.
    Snapshot(&'a SnapshotName),
}

impl State<'_> {
    /// The volume type that an argument names.
    pub(crate) fn volume_type(&mut self, wanted: &Placed<String>) -> Option<VolumeType> {
        let types = &self.target().volume_types;
        let found = types.get(&wanted.value);
        if found.is_none() {
            let near = near_miss(&wanted.value, types.keys().map(String::as_str));
            let known: Vec<&str> = types.keys().map(String::as_str).collect();
            let fault = Diagnostic::error(
                "unknown-volume-type",
                format!(
                    "the target {} has no volume type `{}`",
                    self.target().name,
                    wanted.value.escape_debug()
                ),
            )
            .at(&wanted.at, "")
            .note(format!("its `volume-types` are {}", known.join(", ")))
            .help_if(near.map(|near| format!("did you mean `{near}`?")));
            self.fault(fault);
        }
        found.cloned()
    }

    /// The snapshot that an argument names.
    pub(crate) fn snapshot(&mut self, arguments: Fields<'_>, key: &str) -> Option<SnapshotName> {
        let name = arguments.text(key)?;
        let found = SnapshotName::new(&name.value).filter(|name| self.snapshots.contains_key(name));
        if found.is_none() && self.order_certain {
            let known: Vec<&str> = self.snapshots.keys().map(SnapshotName::as_str).collect();
            let near = near_miss(&name.value, known.iter().copied());
            let fault = Diagnostic::error(
                "undefined",
                format!("there is no snapshot `{}` here", name.value.escape_debug()),
            )
            .at(&name.at, "")
            .note(match known.as_slice() {
                [] => "no earlier step makes a snapshot that is still there".to_owned(),
                known => format!("the snapshots are {}", known.join(", ")),
            })
            .help_if(near.map(|near| format!("did you mean `{near}`?")))
            .help("make it first: `snapshot: { name: …, volume: … }`");
            self.fault(fault);
        }
        found
    }

    /// Whether the backend is thawed. Cinder makes and deletes nothing on a frozen one.
    pub(crate) fn needs_thawed(&mut self, at: &Location) {
        let Some(since) = self.frozen.clone().filter(|_| !self.must_fail) else {
            return;
        };
        self.order_fault(
            Diagnostic::error("backend-frozen", "the backend is frozen here")
                .at(at, "")
                .because(&since, "this step freezes it")
                .note("Cinder makes and deletes nothing on a frozen backend, and a drill moves none")
                .help("thaw it first: `thaw: {}`; or expect it: `expect-refused: { step: …, with: … }`"),
        );
    }

    /// Whether the backend takes work that Cinder's scheduler must place. After a failover its service is disabled, and the scheduler
    /// gives it none; a freeze and a thaw enable it, also while it is away.
    pub(crate) fn needs_enabled(&mut self, at: &Location) {
        self.needs_thawed(at);
        let Some(since) = self
            .disabled
            .clone()
            .filter(|_| !self.must_fail && self.frozen.is_none())
        else {
            return;
        };
        self.order_fault(
            Diagnostic::error("backend-disabled", "the backend's service is disabled here")
                .at(at, "Cinder's scheduler finds no backend for this")
                .because(&since, "this step fails it over, which disables it")
                .note("`volume service set --enable` does not help where Cinder is 2026.1; a thaw does")
                .help(
                    "enable it while it is away with `freeze: {}` and `thaw: {}`; or expect it: `expect-refused: { step: …, with: … }`",
                ),
        );
    }

    /// Whether no server has a volume.
    fn needs_free(&mut self, volume: &VolumeName, at: &Location, because: &'static str) {
        let Some(state) = self.volumes.get(volume).filter(|_| !self.must_fail) else {
            return;
        };
        let in_use = Diagnostic::error("volume-in-use", format!("volume `{volume}` is attached here")).at(at, because);
        let fault = match (&state.boots, &state.attached) {
            (Some((server, since)), _) => in_use
                .because(since, format!("`{server}` boots from it"))
                .help("do it with a data volume, which can be detached"),
            (None, Some((server, since))) => {
                in_use
                    .because(since, format!("`{server}` has it since here"))
                    .help(format!(
                        "detach it first: `detach: {{ volume: {volume}, server: {server} }}`"
                    ))
            }
            (None, None) => return,
        };
        self.order_fault(fault);
    }

    /// A volume is given more room.
    pub(crate) fn extends(&mut self, volume: &VolumeName, size: &Placed<u64>, at: &Location) {
        self.needs_enabled(at);
        self.needs_free(
            volume,
            at,
            "how a guest learns of its new size is a matter of Nova and of the guest",
        );
        let Some(state) = self.volumes.get_mut(volume) else {
            return;
        };
        let declared = state.at.clone();
        let Some(planned) = state.planned.as_mut() else { return };
        let before = std::mem::replace(&mut planned.size_gib, size.value);
        if size.value <= before && !self.must_fail {
            self.order_fault(
                Diagnostic::error("not-larger", format!("volume `{volume}` has {before} GiB here"))
                    .at(&size.at, "Cinder only makes volumes larger")
                    .because(&declared, "it is made here"),
            );
        }
    }

    /// A snapshot of a volume is made.
    pub(crate) fn takes_snapshot(
        &mut self,
        name: &Placed<String>,
        volume: &VolumeName,
        at: &Location,
    ) -> Option<SnapshotName> {
        self.needs_enabled(at);
        let snapshot = SnapshotName::new(&name.value)?;
        let source = self.volumes.get(volume)?;
        let state = SnapshotState {
            planned: source.planned.clone(),
            formatted: source.formatted.clone(),
            boots: source.boots.clone(),
            at: at.clone(),
        };
        if let Some(first) = self.snapshots.insert(snapshot.clone(), state) {
            self.order_fault(
                Diagnostic::error("redefined", format!("there is a snapshot `{snapshot}` already"))
                    .at(&name.at, "")
                    .because(&first.at, "it is made here"),
            );
        }
        Some(snapshot)
    }

    /// A snapshot is deleted.
    pub(crate) fn deletes_snapshot(&mut self, snapshot: &SnapshotName, at: &Location) {
        self.needs_thawed(at);
        self.snapshots.remove(snapshot);
    }

    /// A volume is made from another one, or from a snapshot.
    pub(crate) fn clones(
        &mut self,
        name: &Placed<String>,
        of: CopyOf<'_>,
        volume_type: Option<VolumeType>,
        size: Option<Placed<u64>>,
        at: &Location,
    ) -> Option<PlannedVolume> {
        self.needs_enabled(at);
        let volume = VolumeName::new(&name.value)?;
        let (source, formatted, boots) = match of {
            CopyOf::Volume(source) => {
                let state = self.volumes.get(source)?;
                (state.planned.clone()?, state.formatted.clone(), state.boots.clone())
            }
            CopyOf::Snapshot(source) => {
                let state = self.snapshots.get(source)?;
                (state.planned.clone()?, state.formatted.clone(), state.boots.clone())
            }
        };
        if let Some(first) = self.volumes.get(&volume) {
            let fault = Diagnostic::error("redefined", format!("there is a volume `{volume}` already"))
                .at(&name.at, "")
                .because(&first.at, "it is made here");
            self.fault(fault);
            return None;
        }
        if let Some(size) = size.as_ref().filter(|size| size.value < source.size_gib) {
            self.order_fault(
                Diagnostic::error("not-larger", format!("its source has {} GiB here", source.size_gib))
                    .at(&size.at, "Cinder clones into a volume of the same size or a larger one")
                    .because(&source.at, "it is made here"),
            );
        }
        let planned = PlannedVolume {
            name: volume.clone(),
            size_gib: size.map_or(source.size_gib, |size| size.value),
            volume_type: volume_type.unwrap_or(source.volume_type),
            image: source.image,
            at: at.clone(),
        };
        let state = VolumeState {
            planned: Some(planned.clone()),
            at: at.clone(),
            boots: None,
            attached: None,
            // A root disk has partitions of its own, which nothing here mounts.
            formatted: formatted.filter(|_| boots.is_none()),
            mounted: None,
            outdated: None,
        };
        self.volumes.insert(volume, state);
        Some(planned)
    }

    /// A volume is given another type. Gives the type's entry in the target.
    pub(crate) fn retypes(
        &mut self,
        volume: &VolumeName,
        wanted: &Placed<String>,
        at: &Location,
    ) -> Option<VolumeType> {
        self.needs_enabled(at);
        let volume_type = self.volume_type(wanted)?;
        let planned = self.volumes.get_mut(volume)?.planned.as_mut()?;
        let before = std::mem::replace(&mut planned.volume_type, volume_type.clone());
        if before.name == volume_type.name && !self.must_fail {
            self.order_fault(
                Diagnostic::error(
                    "same-type",
                    format!("volume `{volume}` has the type `{}` here", before.name),
                )
                .at(&wanted.at, "Cinder refuses the type that a volume has"),
            );
        }
        Some(volume_type)
    }

    /// The backend is frozen.
    pub(crate) fn freezes(&mut self, at: &Location) {
        if let Some(since) = self.frozen.replace(at.clone()) {
            self.order_fault(
                Diagnostic::error("frozen-already", "the backend is frozen already")
                    .at(at, "")
                    .because(&since, "this step freezes it"),
            );
        }
    }

    /// The backend is thawed, which also enables its service, wherever it is.
    pub(crate) fn thaws(&mut self, at: &Location) {
        self.disabled = None;
        if self.frozen.take().is_none() {
            self.order_fault(
                Diagnostic::error("not-frozen", "the backend is not frozen here")
                    .at(at, "Cinder refuses to thaw it")
                    .help("freeze it first: `freeze: {}`"),
            );
        }
    }
}
