//! `extend`: a volume is given more room.

use serde::Serialize;

use super::Action;
use super::verb::{Act, Compiled, Step, Verb};
use crate::document::{Field, Placed, Record, Shape};
use crate::failure::Failure;
use crate::names::VolumeName;
use crate::session::{Context, Judges};
use crate::state::State;
use crate::targets::BudgetName;
use crate::volumes::growth;

/// `extend`
pub(super) static VERB: Verb = Verb {
    field: Field::required(
        "extend",
        Shape::Record(&Record {
            fields: &[
                Field::required("volume", Shape::NameOrEach, "The volume; no server has it."),
                Field::required("to", Shape::Size, "Its new size in whole GiB, such as `2GiB`."),
            ],
            one_of: &[],
        }),
        "Extends a volume, and waits until Cinder says that it has the new size. That the storage has it, at whichever site, shows in \
         `expect-size`. What is on the volume stays as large as it was.",
    ),
    checks: false,
    change: Some("the volume: it is larger"),
    budget: BudgetName::Volume,
    judges: Judges::Nothing,
    compile,
};

fn compile(state: &mut State<'_>, step: &Step<'_>) -> Option<Compiled> {
    let volume = state.volume(step.arguments, "volume");
    let size = placed_size(step, "to");
    let (volume, size) = (volume?, size?);
    state.extends(&volume, &size, step.at);
    let locks = vec![format!("volume {volume}")];
    let size_gib = size.value;
    Some(Compiled::locking(Action::Extend(Extend { volume, size_gib }), locks))
}

/// A size, and where it is written.
pub(super) fn placed_size(step: &Step<'_>, key: &str) -> Option<Placed<u64>> {
    let value = step.arguments.size(key)?;
    let at = step.arguments.get(key)?.at.clone();
    Some(Placed { value, at })
}

/// Extends a volume.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Extend {
    /// The volume.
    pub volume: VolumeName,
    /// Its new size in GiB.
    pub size_gib: u64,
}

impl Act for Extend {
    fn describe(&self) -> String {
        format!("extend volume {} to {} GiB", self.volume, self.size_gib)
    }

    /// Extends it.
    ///
    /// # Errors
    /// As [`growth::extend`].
    async fn run(&self, context: &mut Context) -> Result<String, Failure> {
        let waited = growth::extend(context, &self.volume, self.size_gib).await?;
        let seconds = waited.elapsed.as_secs_f64();
        Ok(format!(
            "Cinder says that volume {} has {} GiB, after {seconds:.2} s",
            self.volume, self.size_gib
        ))
    }
}
