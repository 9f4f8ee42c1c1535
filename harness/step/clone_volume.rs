//! `clone`: a volume is made from another volume, or from a snapshot.

use serde::Serialize;

use super::Action;
use super::extend::placed_size;
use super::verb::{Act, Compiled, Step, Verb};
use crate::document::{Field, Record, Shape};
use crate::failure::Failure;
use crate::names::{SnapshotName, VolumeName};
use crate::session::{Context, Judges};
use crate::state::{CopyOf, PlannedVolume, State};
use crate::targets::BudgetName;
use crate::volumes::clones::{self, Of};

/// `clone`
pub(super) static VERB: Verb = Verb {
    field: Field::required(
        "clone",
        Shape::Record(&Record {
            fields: &[
                Field::required("volume", Shape::Name, "What later steps call the new volume."),
                Field::optional(
                    "of",
                    Shape::NameOrEach,
                    "The volume that it is made from; a server may have it.",
                ),
                Field::optional("snapshot", Shape::Name, "The snapshot that it is made from."),
                Field::optional(
                    "type",
                    Shape::Name,
                    "A name of the target's `volume-types`; without it, the type of its source.",
                ),
                Field::optional(
                    "size",
                    Shape::Size,
                    "Its size in whole GiB, at least that of its source; without it, the same.",
                ),
            ],
            one_of: &[&["of", "snapshot"]],
        }),
        "Makes a volume from another one, or from a snapshot, and waits until it is available and replicated as its type says. It is \
         deleted when the run's resources go. A guest that reads a file of it must find all that had been written to its source, too.",
    ),
    checks: false,
    change: Some("the project's volumes: there is one more"),
    budget: BudgetName::Volume,
    judges: Judges::Nothing,
    compile,
};

fn compile(state: &mut State<'_>, step: &Step<'_>) -> Option<Compiled> {
    let arguments = step.arguments;
    let of = match arguments.get("of") {
        Some(_) => Source::Volume(state.volume(arguments, "of")?),
        None => Source::Snapshot(state.snapshot(arguments, "snapshot")?),
    };
    let volume_type = match arguments.text("type") {
        Some(wanted) => Some(state.volume_type(&wanted)?),
        None => None,
    };
    let (copied, boots) = match &of {
        Source::Volume(name) => (CopyOf::Volume(name), state.volumes.get(name)?.boots.is_some()),
        Source::Snapshot(name) => (CopyOf::Snapshot(name), state.snapshots.get(name)?.boots.is_some()),
    };
    let name = arguments.text("volume")?;
    let planned = state.clones(&name, copied, volume_type, placed_size(step, "size"), step.at)?;
    Some(Compiled {
        undo: Some(format!("delete volume {}", planned.name)),
        locks: vec![format!("volume {}", planned.name)],
        action: Action::CloneVolume(CloneVolume {
            volume: planned,
            of,
            same_paths: !boots,
        }),
    })
}

/// What a volume is made from.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    /// A volume, as it is then.
    Volume(VolumeName),
    /// A snapshot.
    Snapshot(SnapshotName),
}

impl std::fmt::Display for Source {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Source::Volume(name) => write!(formatter, "volume {name}"),
            Source::Snapshot(name) => write!(formatter, "snapshot {name}"),
        }
    }
}

/// Makes a volume from another one.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct CloneVolume {
    /// The new volume.
    pub volume: PlannedVolume,
    /// What it is made from.
    pub of: Source,
    /// Whether its files have the paths of those of its source.
    pub same_paths: bool,
}

impl Act for CloneVolume {
    fn describe(&self) -> String {
        format!(
            "make volume {} ({}, {} GiB) from {}",
            self.volume.name, self.volume.volume_type.name, self.volume.size_gib, self.of
        )
    }

    /// Makes it.
    ///
    /// # Errors
    /// As [`clones::clone`].
    async fn run(&self, context: &mut Context) -> Result<String, Failure> {
        let of = match &self.of {
            Source::Volume(name) => Of::Volume(name),
            Source::Snapshot(name) => Of::Snapshot(name),
        };
        clones::clone(context, &self.volume, of, self.same_paths).await?;
        Ok(format!(
            "volume {} is available, made from {}",
            self.volume.name, self.of
        ))
    }
}
