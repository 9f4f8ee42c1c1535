//! Undoing a fault.

use super::commands::{by_hand, perform};
use super::sight;
use crate::event::{EventKind, Resource, ResourceKind};
use crate::failure::Failure;
use crate::session::Context;
use crate::targets::Fault;

/// Undoes a fault, and waits until it is seen to be over. Doing it again, or where nothing was made, is harmless.
///
/// # Errors
/// The command failed, or the fault is still seen.
pub(crate) async fn undo(context: &Context, fault: Fault) -> Result<String, Failure> {
    let name = |site| context.site_name(site);
    let limit = context.target.budgets.failover;
    match context.target.faults.get(&fault) {
        Some(declared) => {
            let undone = perform(context, declared, &declared.undo, limit).await;
            undone.map_err(|failure| failure.during(&format!("undoing the fault {fault}")))?;
        }
        None => context.recorder.record(EventKind::Noticed {
            text: format!(
                "GAME DAY: {} now; the run waits until it sees that, at most {} s",
                fault.how_to_undo(name),
                limit.as_secs()
            ),
        }),
    }
    let seen = sight::wait(context, fault, false).await?;
    if let Some(site) = fault.lost_site() {
        context.site_is_back(site);
    }
    Ok(match seen {
        Some(seen) => format!("{}, after {:.1} s", seen.words, seen.waited.elapsed.as_secs_f64()),
        None => "as the command says that undid it".to_owned(),
    })
}

/// What a person does about a fault that could not be undone.
pub(crate) fn undo_by_hand(context: &Context, fault: Fault) -> String {
    format!(
        "the cloud is broken by this run until then: {}; then `cinder-drill recover {}`",
        by_hand(context, fault),
        context.run
    )
}

impl Context {
    /// Records that a fault is undone: it is owed no more.
    pub(crate) fn owes_no_fault(&self, fault: Fault) {
        self.backend_state.with(|state| {
            let is_it = |resource: &Resource| resource.kind == ResourceKind::Fault && resource.name == fault.key();
            state.leftovers.retain(|leftover| !is_it(&leftover.resource));
        });
        self.recorder.record(EventKind::Removed {
            resource: Resource {
                kind: ResourceKind::Fault,
                name: fault.key().to_owned(),
                id: Some(fault.key().to_owned()),
            },
        });
    }
}
