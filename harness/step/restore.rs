//! `restore`: what was lost on purpose comes back.

use serde::Serialize;

use super::Action;
use super::lose::{LINKS, PARTS, SERVICES, role};
use super::verb::{Act, Compiled, SITES, Step, Verb};
use crate::document::{Field, Record, Shape};
use crate::failure::Failure;
use crate::faults;
use crate::session::{Context, Judges};
use crate::state::State;
use crate::targets::{BudgetName, Fault};

/// `restore`
pub(super) static VERB: Verb = Verb {
    field: Field::required(
        "restore",
        Shape::Record(&Record {
            fields: &[
                Field::optional("site", Shape::Word(&SITES), "A site."),
                Field::optional("link", Shape::Word(&LINKS), "The link between the sites."),
                Field::optional("mirror-daemon", Shape::Word(&SITES), "Every rbd-mirror of a site."),
                Field::optional("volume-service", Shape::Word(&SERVICES), "cinder-volume."),
            ],
            one_of: &[&PARTS],
        }),
        "Repairs what `lose` broke, and waits until it is seen to work again. It undoes nothing else: a site that a failover \
         left comes back as it was.",
    ),
    checks: false,
    change: Some("the site, the link, the daemon or the service: it is repaired"),
    budget: BudgetName::Failover,
    judges: Judges::Backend,
    compile,
};

fn compile(state: &mut State<'_>, step: &Step<'_>) -> Option<Compiled> {
    let fault = state.restores(step.arguments, step.at)?;
    let locks = vec![format!("backend {}", state.target().backend)];
    Some(Compiled::locking(Action::Restore(Restore { fault }), locks))
}

/// Mends what was broken on purpose.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Restore {
    /// What was broken, and how.
    pub fault: Fault,
}

impl Act for Restore {
    fn describe(&self) -> String {
        self.fault.how_to_undo(role)
    }

    fn disturbs(&self) -> bool {
        true
    }

    fn harms_others(&self) -> bool {
        true
    }

    /// Undoes the fault.
    ///
    /// # Errors
    /// As [`faults::undo`].
    async fn run(&self, context: &mut Context) -> Result<String, Failure> {
        let how = faults::undo(context, self.fault).await?;
        context.owes_no_fault(self.fault);
        Ok(how)
    }
}
