//! `expect-split-brain`: both sites went ways of their own, and it shows.

use serde::Serialize;

use super::Action;
use super::verb::{Act, Compiled, SITES, Step, Verb, image_at};
use crate::document::{Field, Record, Shape, Word};
use crate::failover::{SplitBrain, split_brain};
use crate::failure::Failure;
use crate::names::{SiteName, VolumeName};
use crate::session::{Context, Judges};
use crate::state::State;
use crate::targets::BudgetName;

/// `expect-split-brain`
pub(super) static VERB: Verb = Verb {
    field: Field::required(
        "expect-split-brain",
        Shape::Record(&Record {
            fields: &[
                Field::required("volume", Shape::NameOrEach, "The volume."),
                Field::required("at", Shape::Word(&SITES), "The site whose copy is the stale one."),
                Field::required(
                    "shows",
                    Shape::Word(&[
                        Word {
                            word: "two-primaries",
                            text: "Both sites say that they are primary, and neither reports split-brain: how a lost site \
                                   comes back.",
                        },
                        Word {
                            word: "error",
                            text: "The site says `up+error` and split-brain: some time after its demotion.",
                        },
                    ]),
                    "How it shows.",
                ),
            ],
            one_of: &[],
        }),
        "Waits until the two copies of a volume are seen to have diverged.",
    ),
    checks: true,
    change: None,
    budget: BudgetName::Replication,
    judges: Judges::Images,
    compile,
};

fn compile(state: &mut State<'_>, step: &Step<'_>) -> Option<Compiled> {
    let image = image_at(state, step);
    let shows = step.arguments.text("shows")?;
    let (volume, at, _) = image?;
    let shows = match shows.value.as_str() {
        "two-primaries" => SplitBrain::TwoPrimaries,
        _ => SplitBrain::Error,
    };
    Some(Compiled::looking(Action::ExpectSplitBrain(ExpectSplitBrain {
        volume,
        at,
        shows,
    })))
}

/// Both copies went ways of their own.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct ExpectSplitBrain {
    /// The volume.
    pub volume: VolumeName,
    /// The site whose copy is the stale one.
    pub at: SiteName,
    /// How it shows.
    pub shows: SplitBrain,
}

impl Act for ExpectSplitBrain {
    fn describe(&self) -> String {
        match self.shows {
            SplitBrain::TwoPrimaries => format!("volume {} is primary on both sites", self.volume),
            SplitBrain::Error => format!(
                "the {} site says that volume {} is in split-brain",
                self.at, self.volume
            ),
        }
    }

    /// Waits for it.
    ///
    /// # Errors
    /// As [`split_brain`].
    async fn run(&self, context: &mut Context) -> Result<String, Failure> {
        split_brain(context, &self.volume, self.at, self.shows).await
    }
}
