//! `format`: a file system is made on an attached volume.

use crate::failure::Failure;
use crate::servers::device;
use crate::session::{Context, Judges};
use serde::Serialize;

use super::Action;
use super::verb::{Act, Compiled, GUEST, Step, Verb};
use crate::document::{Field, Record, Shape, Word};
use crate::names::{ServerName, VolumeName};
use crate::state::{Disk, Filesystem, State};
use crate::targets::BudgetName;

/// `format`
pub(super) static VERB: Verb = Verb {
    field: Field::required(
        "format",
        Shape::Record(&Record {
            fields: &[
                GUEST,
                Field::required(
                    "volume",
                    Shape::NameOrEach,
                    "The volume; it is attached to that server.",
                ),
                Field::required(
                    "filesystem",
                    Shape::Word(&[Word {
                        word: "ext4",
                        text: "ext4, made with `mkfs.ext4`.",
                    }]),
                    "The kind of file system.",
                ),
            ],
            one_of: &[],
        }),
        "Makes a file system on an attached volume. The guest finds the device by the volume's id.",
    ),
    checks: false,
    change: Some("all data of the volume"),
    budget: BudgetName::Command,
    judges: Judges::Nothing,
    compile,
};

fn compile(state: &mut State<'_>, step: &Step<'_>) -> Option<Compiled> {
    let guest = state.server(step.arguments, "guest");
    let volume = state.volume(step.arguments, "volume");
    // The one word that the check lets through.
    step.arguments.text("filesystem")?;
    let (guest, volume, filesystem) = (guest?, volume?, Filesystem::Ext4);
    state.needs_current(&Disk::Volume(volume.clone()), step.at);
    state.formats(&guest, &volume, filesystem, step.at);
    let format = Format {
        guest,
        volume,
        filesystem,
    };
    let locks = vec![format!("volume {}", format.volume), format!("server {}", format.guest)];
    Some(Compiled::locking(Action::Format(format), locks))
}

/// Makes a file system on a volume.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Format {
    /// The server whose guest does it.
    pub guest: ServerName,
    /// The volume; it is attached to that server.
    pub volume: VolumeName,
    /// The kind of file system.
    pub filesystem: Filesystem,
}

impl Act for Format {
    fn describe(&self) -> String {
        format!(
            "make an {} file system on volume {} in {}",
            self.filesystem, self.volume, self.guest
        )
    }

    /// Makes a file system on the volume's disk, which the guest finds by its serial.
    ///
    /// # Errors
    /// The guest has no such disk, the disk is in use (it is no fresh volume then, and is not touched), the guest cannot make
    /// the file system, or there is none afterwards.
    async fn run(&self, context: &mut Context) -> Result<String, Failure> {
        let device = device(context, &self.guest, &self.volume).await?;
        context
            .guest(&self.guest)?
            .make_filesystem(&device, &self.filesystem.to_string())
            .await?;
        context.resources.forget_writes(&self.volume);
        Ok(format!(
            "{} made {} on {device}, the disk of volume {}",
            self.guest, self.filesystem, self.volume
        ))
    }
}
