//! `promote`: the image of a volume that is primary nowhere is made primary again.

use serde::Serialize;

use super::Action;
use super::verb::{Act, Compiled, SITES, Step, Verb, image_at};
use crate::document::{Field, Record, Shape};
use crate::failover::promote;
use crate::failure::Failure;
use crate::names::{SiteName, VolumeName};
use crate::session::{Context, Judges};
use crate::state::State;
use crate::targets::BudgetName;

/// `promote`
pub(super) static VERB: Verb = Verb {
    field: Field::required(
        "promote",
        Shape::Record(&Record {
            fields: &[
                Field::required("volume", Shape::NameOrEach, "The volume."),
                Field::required(
                    "at",
                    Shape::Word(&SITES),
                    "The site: the one at which Cinder says that the backend is.",
                ),
            ],
            one_of: &[],
        }),
        "Makes an image that is primary nowhere primary again, after a failover that was cut short (`rbd mirror image \
         promote`, without force). An image that is primary anywhere is not touched.",
    ),
    checks: true,
    change: Some("the volume's image at that site: it is primary"),
    budget: BudgetName::Replication,
    judges: Judges::Images,
    compile,
};

fn compile(state: &mut State<'_>, step: &Step<'_>) -> Option<Compiled> {
    let (volume, at, _) = image_at(state, step)?;
    let locks = vec![format!("image of volume {volume}")];
    Some(Compiled::locking(Action::Promote(Promote { volume, at }), locks))
}

/// Makes a volume's image primary again.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Promote {
    /// The volume.
    pub volume: VolumeName,
    /// The site.
    pub at: SiteName,
}

impl Act for Promote {
    fn describe(&self) -> String {
        format!(
            "volume {} is primary nowhere: promote its image at the {} site",
            self.volume, self.at
        )
    }

    /// Promotes it.
    ///
    /// # Errors
    /// As [`promote`].
    async fn run(&self, context: &mut Context) -> Result<String, Failure> {
        promote(context, &self.volume, self.at).await
    }
}
