//! Making a fault.

use super::commands::perform;
use super::sight;
use crate::event::{EventKind, Resource, ResourceKind};
use crate::failure::Failure;
use crate::session::Context;
use crate::targets::Fault;
use crate::wait::milliseconds;

/// Makes a fault and waits until it is seen. It is owed before anything is done: clean-up and recovery undo it. Where the target
/// declares no command for it, a person is asked, and waited for.
///
/// # Errors
/// The command failed, or the fault is not seen: what follows would prove nothing of it.
pub(crate) async fn make(context: &Context, fault: Fault) -> Result<String, Failure> {
    let name = |site| context.site_name(site);
    context
        .intend(Resource {
            kind: ResourceKind::Fault,
            name: fault.key().to_owned(),
            id: None,
        })
        .await?;
    let limit = context.target.budgets.failover;
    match context.target.faults.get(&fault) {
        Some(declared) => {
            let made = perform(context, declared, &declared.make, limit).await;
            made.map_err(|failure| failure.during(&format!("making the fault {fault}")))?;
        }
        None => context.recorder.record(EventKind::Noticed {
            text: format!(
                "GAME DAY: {} now; the run waits until it sees that, at most {} s",
                fault.how_to_make(name),
                limit.as_secs()
            ),
        }),
    }
    if let Some(site) = fault.lost_site() {
        // From here on its silence is expected, and each question to it short.
        context.lose_site(site);
    }
    let seen = sight::wait(context, fault, true).await?;
    context.made(ResourceKind::Fault, fault.key());
    if let (Some(seen), None) = (&seen, context.target.faults.get(&fault)) {
        // A person took their time: users do not wait from the question on.
        context.recorder.record(EventKind::FaultSeen {
            fault: fault.key().to_owned(),
            milliseconds: milliseconds(seen.since),
        });
    }
    let words = fault.words(name);
    Ok(match seen {
        Some(seen) => format!(
            "{words}: {}, after {:.1} s",
            seen.words,
            seen.waited.elapsed.as_secs_f64()
        ),
        None => format!("{words}, as the command says that made it"),
    })
}
