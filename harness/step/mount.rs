//! `mount`: the file system of an attached volume is mounted.

use crate::failure::{Failure, FailureKind};
use crate::servers::device;
use crate::session::{Context, Judges};
use serde::Serialize;

use super::Action;
use super::verb::{Act, Compiled, GUEST, Step, Verb};
use crate::document::{Field, Record, Shape};
use crate::names::{ServerName, VolumeName};
use crate::state::{Disk, Filesystem, State};
use crate::targets::BudgetName;

/// `mount`
pub(super) static VERB: Verb = Verb {
    field: Field::required(
        "mount",
        Shape::Record(&Record {
            fields: &[
                GUEST,
                Field::required(
                    "volume",
                    Shape::NameOrEach,
                    "The volume; it is attached to that server and formatted.",
                ),
                Field::required(
                    "at",
                    Shape::Text,
                    "The directory, absolute; it is made if it is not there.",
                ),
            ],
            one_of: &[],
        }),
        "Mounts the file system of an attached volume. The guest finds the device by the volume's id.",
    ),
    checks: false,
    change: Some("the guest's file system tree"),
    budget: BudgetName::Command,
    judges: Judges::Nothing,
    compile,
};

fn compile(state: &mut State<'_>, step: &Step<'_>) -> Option<Compiled> {
    let guest = state.server(step.arguments, "guest");
    let volume = state.volume(step.arguments, "volume");
    let at = state.directory_path(step.arguments, "at");
    let (guest, volume, at) = (guest?, volume?, at?);
    state.needs_current(&Disk::Volume(volume.clone()), step.at);
    let filesystem = state.mounts(&guest, &volume, &at.value, step.at);
    let mount = Mount {
        guest,
        volume,
        filesystem,
        at: at.value,
    };
    Some(Compiled {
        undo: Some(format!("unmount {} in {}", mount.at, mount.guest)),
        locks: vec![format!("server {}", mount.guest)],
        action: Action::Mount(mount),
    })
}

/// Mounts a volume's file system.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Mount {
    /// The server whose guest does it.
    pub guest: ServerName,
    /// The volume; it is attached to that server and formatted.
    pub volume: VolumeName,
    /// The kind of file system that was made on it.
    pub filesystem: Filesystem,
    /// The directory, absolute; made if it is not there.
    pub at: String,
}

impl Act for Mount {
    fn describe(&self) -> String {
        format!("mount volume {} in {} at {}", self.volume, self.guest, self.at)
    }

    /// Mounts the volume's disk, which the guest finds by its serial.
    ///
    /// # Errors
    /// The guest has no such disk, or cannot mount it: after a failover that means that the file system did not survive. Or
    /// what is seen at the directory afterwards is another disk, another file system, or read-only.
    async fn run(&self, context: &mut Context) -> Result<String, Failure> {
        let device = device(context, &self.guest, &self.volume).await?;
        let filesystem = self.filesystem.to_string();
        context.guest(&self.guest)?.mount(&device, &self.at, &filesystem).await.map_err(|error| {
            let about_data = error.is_about_the_file();
            let failure = Failure::from(error);
            if !about_data {
                return failure;
            }
            Failure { kind: FailureKind::Expectation, ..failure }.help(format!(
                "the disk of volume {} holds no file system that can be mounted: if it was formatted before, its data is lost",
                self.volume
            ))
        })?;
        context.resources.mounted.insert(self.volume.clone(), self.at.clone());
        Ok(format!(
            "{} mounted {device}, the disk of volume {}, at {}",
            self.guest, self.volume, self.at
        ))
    }
}
