//! `retype`: a volume is given another type, where it is.

use serde::Serialize;

use super::Action;
use super::verb::{Act, Compiled, Step, Verb};
use crate::document::{Field, Record, Shape};
use crate::failure::Failure;
use crate::names::VolumeName;
use crate::session::{Context, Judges};
use crate::state::State;
use crate::targets::{BudgetName, VolumeType};
use crate::volumes::retyped;

/// `retype`
pub(super) static VERB: Verb = Verb {
    field: Field::required(
        "retype",
        Shape::Record(&Record {
            fields: &[
                Field::required("volume", Shape::NameOrEach, "The volume; a server may have it."),
                Field::required("type", Shape::Name, "A name of the target's `volume-types`."),
            ],
            one_of: &[],
        }),
        "Gives a volume another type without migrating it, and waits until Cinder says that it has it, and that it is replicated or not, \
         as the type selects. That it is shows in `expect-replicated` and after a failover.",
    ),
    checks: false,
    change: Some("the volume: its type, and whether it is replicated"),
    budget: BudgetName::Volume,
    judges: Judges::Nothing,
    compile,
};

fn compile(state: &mut State<'_>, step: &Step<'_>) -> Option<Compiled> {
    let volume = state.volume(step.arguments, "volume")?;
    let wanted = step.arguments.text("type")?;
    let volume_type = state.retypes(&volume, &wanted, step.at)?;
    let locks = vec![format!("volume {volume}")];
    Some(Compiled::locking(Action::Retype(Retype { volume, volume_type }), locks))
}

/// Gives a volume another type.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Retype {
    /// The volume.
    pub volume: VolumeName,
    /// Its new type.
    pub volume_type: VolumeType,
}

impl Act for Retype {
    fn describe(&self) -> String {
        format!("give volume {} the type {}", self.volume, self.volume_type.name)
    }

    /// Gives it the type.
    ///
    /// # Errors
    /// As [`retyped::retype`].
    async fn run(&self, context: &mut Context) -> Result<String, Failure> {
        let (replicated, waited) = retyped::retype(context, &self.volume, &self.volume_type).await?;
        let state = if replicated { "replicated" } else { "not replicated" };
        let seconds = waited.elapsed.as_secs_f64();
        Ok(format!(
            "Cinder says that volume {} has the type {}, and is {state}, after {seconds:.2} s",
            self.volume, self.volume_type.name
        ))
    }
}
