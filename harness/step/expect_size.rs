//! `expect-size`: a guest sees a volume with the size that it was given.

use serde::Serialize;

use super::Action;
use super::verb::{Act, Compiled, GUEST, Step, Verb};
use crate::document::{Field, Record, Shape};
use crate::event::Proof;
use crate::failure::Failure;
use crate::names::{ServerName, VolumeName};
use crate::servers::device;
use crate::session::{Context, Judges};
use crate::state::{Disk, State};
use crate::targets::BudgetName;

/// `expect-size`
pub(super) static VERB: Verb = Verb {
    field: Field::required(
        "expect-size",
        Shape::Record(&Record {
            fields: &[
                GUEST,
                Field::required(
                    "volume",
                    Shape::NameOrEach,
                    "The volume; it is attached to that server.",
                ),
            ],
            one_of: &[],
        }),
        "Asks a guest how large the disk of a volume is: as large as the volume was made, extended or cloned. What Cinder says of a \
         volume's size is a claim; the disk comes from the site that the connection leads to.",
    ),
    checks: true,
    change: None,
    budget: BudgetName::Command,
    judges: Judges::Nothing,
    compile,
};

fn compile(state: &mut State<'_>, step: &Step<'_>) -> Option<Compiled> {
    let guest = state.server(step.arguments, "guest");
    let volume = state.volume(step.arguments, "volume");
    let (guest, volume) = (guest?, volume?);
    state.needs_current(&Disk::Volume(volume.clone()), step.at);
    state.needs_attached(&guest, &volume, step.at);
    let size_gib = state.volumes.get(&volume)?.planned.as_ref()?.size_gib;
    Some(Compiled::looking(Action::ExpectSize(ExpectSize {
        guest,
        volume,
        size_gib,
    })))
}

/// A guest sees a volume with its size.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct ExpectSize {
    /// The server whose guest is asked.
    pub guest: ServerName,
    /// The volume.
    pub volume: VolumeName,
    /// Its size in GiB.
    pub size_gib: u64,
}

impl Act for ExpectSize {
    fn describe(&self) -> String {
        format!(
            "{} must see volume {} with {} GiB",
            self.guest, self.volume, self.size_gib
        )
    }

    /// Asks the guest.
    ///
    /// # Errors
    /// The disk is smaller, or larger by more than an array rounds up; or the guest cannot be asked.
    async fn run(&self, context: &mut Context) -> Result<String, Failure> {
        let device = device(context, &self.guest, &self.volume).await?;
        let bytes = context.guest(&self.guest)?.disk_bytes(&device).await?;
        let wanted = self.size_gib << 30;
        if bytes < wanted || bytes - wanted >= ROUNDED_UP {
            return Err(Failure::expectation(format!(
                "volume {} has another size in {} than it was given",
                self.volume, self.guest
            ))
            .detail("expected", format!("{wanted} bytes ({} GiB)", self.size_gib))
            .detail("seen", format!("{bytes} bytes on {device}"))
            .help(
                "the site that it comes from did not learn of the new size, or another volume is behind the disk: compare it with what the \
                 storage says at both sites",
            ));
        }
        context.prove(Proof::Size {
            guest: self.guest.to_string(),
            volume: self.volume.to_string(),
            device: device.clone(),
            bytes,
        });
        Ok(format!(
            "{} sees volume {} on {device} with {bytes} bytes",
            self.guest, self.volume
        ))
    }
}

/// An array may round up to its own unit; the largest known is 8 GiB (PowerFlex).
const ROUNDED_UP: u64 = 8 << 30;
