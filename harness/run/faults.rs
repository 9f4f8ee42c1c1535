//! Undoing the faults that the run made on purpose: first of all, since nothing else goes as it should while they are in force.

use super::undone::Undone;
use crate::event::{Resource, ResourceKind};
use crate::failure::Failure;
use crate::faults;
use crate::session::Context;
use crate::targets::Fault;

/// Undoes a fault.
///
/// # Errors
/// It is still in force, or the target does not know it any more.
pub(super) async fn undo(context: &Context, resource: &Resource) -> Result<(), Undone> {
    let without_command = |failure: Failure| Undone {
        failure,
        remedy: Some(Vec::new()),
    };
    let Some(fault) = Fault::of_key(&resource.name) else {
        let failure = Failure::harness(format!("this run made a fault `{}`, which nobody knows", resource.name));
        return Err(without_command(failure.help(
            "a later version of cinder-drill made it: recover the run with that one",
        )));
    };
    if let Some(withheld) = &context.withheld {
        let help = faults::undo_by_hand(context, fault);
        return Err(without_command(withheld.clone().help(help)));
    }
    match faults::undo(context, fault).await {
        Ok(how) => {
            context.notice(format!("the fault {fault} is undone: {how}"));
            context.owes_no_fault(fault);
            Ok(())
        }
        Err(failure) => {
            let mut help = faults::undo_by_hand(context, fault);
            if let Some(more) = &failure.help {
                help = format!("{help}; {more}");
            }
            Err(without_command(failure.help(help)))
        }
    }
}

/// Undoes all faults among what is owed, the last one first. Answers with what else is owed, and how many faults are left.
pub(super) async fn undo_all(context: &Context, leftovers: Vec<Resource>) -> (Vec<Resource>, usize) {
    let (mut faults, others): (Vec<Resource>, Vec<Resource>) = leftovers
        .into_iter()
        .partition(|resource| resource.kind == ResourceKind::Fault);
    faults.reverse();
    let mut left = 0;
    for resource in &faults {
        if let Err(undone) = undo(context, resource).await {
            left += 1;
            super::removal::leave(context, resource, undone).await;
        }
    }
    (others, left)
}
