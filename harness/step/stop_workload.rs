//! `stop-workload`: a writer in a guest is stopped.

use crate::counted::counted;
use crate::failure::Failure;
use crate::session::{Context, Judges};
use serde::Serialize;

use super::Action;
use super::verb::{Act, Compiled, GUEST, PLACE, Step, VOLUME_DEVICE, Verb, WORKLOAD_PLACE};
use crate::document::{Field, Record, Shape};
use crate::names::ServerName;
use crate::state::{Place, State};
use crate::targets::BudgetName;

/// `stop-workload`
pub(super) static VERB: Verb = Verb {
    field: Field::required(
        "stop-workload",
        Shape::Record(&Record {
            fields: &[GUEST, PLACE, VOLUME_DEVICE],
            one_of: &[WORKLOAD_PLACE],
        }),
        "Stops a writer, once the records that are on their way are acknowledged, and says how many were.",
    ),
    checks: false,
    change: Some("the writer in the guest: it ends"),
    budget: BudgetName::Command,
    judges: Judges::Nothing,
    compile,
};

fn compile(state: &mut State<'_>, step: &Step<'_>) -> Option<Compiled> {
    let (guest, place) = super::verb::workload_name(state, step)?;
    state.stops_workload(&guest, &place, step.at);
    Some(Compiled::looking(Action::StopWorkload(StopWorkload { guest, place })))
}

/// Stops a writer.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct StopWorkload {
    /// The server whose guest writes.
    pub guest: ServerName,
    /// Where it writes.
    pub place: Place,
}

impl Act for StopWorkload {
    fn describe(&self) -> String {
        format!("stop the workload on {} of {}", self.place, self.guest)
    }

    /// Stops the writer.
    ///
    /// # Errors
    /// There is none.
    async fn run(&self, context: &mut Context) -> Result<String, Failure> {
        context.stop_workload(&self.guest, &self.place).await?;
        let workload = &context.workload(&self.guest, &self.place)?.workload;
        let acknowledgements = workload.acknowledgements();
        let because = workload.ended().map(|ended| ended.because).unwrap_or_default();
        Ok(format!(
            "the workload on {} of {}: {} sent, {} acknowledged; {because}",
            self.place,
            self.guest,
            counted(acknowledgements.sent, "record"),
            acknowledgements.count()
        ))
    }
}
