//! `demote`: the image of a volume is demoted at the site that is not active, and nothing else.

use serde::Serialize;

use super::Action;
use super::verb::{Act, Compiled, SITES, Step, Verb, image_at};
use crate::document::{Field, Record, Shape};
use crate::failover::demote;
use crate::failure::Failure;
use crate::names::{SiteName, VolumeName};
use crate::session::{Context, Judges};
use crate::state::State;
use crate::targets::BudgetName;

/// `demote`
pub(super) static VERB: Verb = Verb {
    field: Field::required(
        "demote",
        Shape::Record(&Record {
            fields: &[
                Field::required("volume", Shape::NameOrEach, "The volume."),
                Field::required("at", Shape::Word(&SITES), "The site: not the one that guests write to."),
            ],
            one_of: &[],
        }),
        "Demotes the image of a volume at the site that guests do not write to, and nothing else (`rbd mirror image demote`): the \
         first half of a resync.",
    ),
    checks: false,
    change: Some("the volume's image at that site: it is no longer primary"),
    budget: BudgetName::Command,
    judges: Judges::Images,
    compile,
};

fn compile(state: &mut State<'_>, step: &Step<'_>) -> Option<Compiled> {
    let (volume, at, at_at) = image_at(state, step)?;
    state.needs_inactive(at, &at_at);
    let locks = vec![format!("image of volume {volume}")];
    Some(Compiled::locking(Action::Demote(Demote { volume, at }), locks))
}

/// Demotes a volume's image.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Demote {
    /// The volume.
    pub volume: VolumeName,
    /// The site.
    pub at: SiteName,
}

impl Act for Demote {
    fn describe(&self) -> String {
        format!("demote the image of volume {} at the {} site", self.volume, self.at)
    }

    /// Demotes it.
    ///
    /// # Errors
    /// As [`demote`].
    async fn run(&self, context: &mut Context) -> Result<String, Failure> {
        demote(context, &self.volume, self.at).await
    }
}
