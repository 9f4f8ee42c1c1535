//! `lose`: a site, the link between the sites, a daemon or cinder-volume is lost, on purpose.

use serde::Serialize;

use super::Action;
use super::verb::{Act, Compiled, SITES, Step, Verb};
use crate::document::{Field, Record, Shape, Word};
use crate::failover::blast_radius;
use crate::failure::Failure;
use crate::faults;
use crate::names::SiteName;
use crate::session::{Context, Judges};
use crate::state::State;
use crate::targets::{BudgetName, Fault};

/// The link that can be lost.
pub(super) static LINKS: [Word; 1] = [Word {
    word: "sites",
    text: "The link between the two sites; clients reach both.",
}];

/// The service that can be lost.
pub(super) static SERVICES: [Word; 1] = [Word {
    word: "backend",
    text: "cinder-volume of the backend that is drilled.",
}];

/// What can be lost: exactly one of these.
pub(super) const PARTS: [&str; 4] = ["site", "link", "mirror-daemon", "volume-service"];

/// `lose`
pub(super) static VERB: Verb = Verb {
    field: Field::required(
        "lose",
        Shape::Record(&Record {
            fields: &[
                Field::optional("site", Shape::Word(&SITES), "A site."),
                Field::optional("link", Shape::Word(&LINKS), "The link between the sites."),
                Field::optional("mirror-daemon", Shape::Word(&SITES), "Every rbd-mirror of a site."),
                Field::optional("volume-service", Shape::Word(&SERVICES), "cinder-volume."),
                Field::optional(
                    "how",
                    Shape::Word(&[
                        Word {
                            word: "power",
                            text: "A site: all its daemons die at once.",
                        },
                        Word {
                            word: "network",
                            text: "A site: it runs, and cannot be reached.",
                        },
                        Word {
                            word: "slow",
                            text: "A site: it answers slowly.",
                        },
                        Word {
                            word: "killed",
                            text: "cinder-volume: it is killed.",
                        },
                        Word {
                            word: "hung",
                            text: "cinder-volume: it hangs (SIGSTOP).",
                        },
                        Word {
                            word: "killed-in-failover",
                            text: "cinder-volume: it is killed in the middle of the next failover.",
                        },
                    ]),
                    "How a site or cinder-volume is lost. Without it, a site loses its power, and cinder-volume is killed.",
                ),
            ],
            one_of: &[&PARTS],
        }),
        "Breaks something on purpose, by what the target declares in `faults`, and waits until it is seen to be broken; \
         without a declaration it asks a person to do it. `restore` repairs it, or else the clean-up does, first of all. A \
         scenario that does this runs alone.",
    ),
    checks: false,
    change: Some("the site, the link, the daemon or the service: it is broken"),
    budget: BudgetName::Failover,
    judges: Judges::Backend,
    compile,
};

fn compile(state: &mut State<'_>, step: &Step<'_>) -> Option<Compiled> {
    let fault = state.fault_of(step.arguments, step.at)?;
    state.loses(fault, step.at);
    let backend = state.target().backend.clone();
    Some(Compiled {
        locks: vec![format!("backend {backend}")],
        action: Action::Lose(Lose { fault }),
        undo: Some(fault.how_to_undo(SiteName::as_str)),
    })
}

/// A site in words, whatever a target calls it.
pub(super) fn role(site: SiteName) -> &'static str {
    match site {
        SiteName::Primary => "the primary site",
        SiteName::Secondary => "the secondary site",
    }
}

/// Breaks something on purpose.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Lose {
    /// What, and how.
    pub fault: Fault,
}

impl Act for Lose {
    fn describe(&self) -> String {
        format!("break on purpose: {}", self.fault.words(role))
    }

    fn disturbs(&self) -> bool {
        true
    }

    fn harms_others(&self) -> bool {
        true
    }

    fn strikes(&self) -> Option<&'static str> {
        self.fault.lost_site().map(|_| "the loss of a site")
    }

    /// Makes the fault.
    ///
    /// # Errors
    /// The backend holds foreign volumes, which would suffer; or as [`faults::make`].
    async fn run(&self, context: &mut Context) -> Result<String, Failure> {
        let help =
            "nothing was broken: drill outages on a backend of their own; --accept-blast-radius does not allow them";
        blast_radius::require_no_foreign(context, "would lose their storage, too", help).await?;
        faults::make(context, self.fault).await
    }
}
