//! What the verbs that set up mirroring have in common.

use std::sync::{Mutex, PoisonError};

use super::verb::Step;
use crate::counted::counted;
use crate::document::Record;
use crate::enable::{EnabledSite, Enabler, Told};
use crate::event::{EventKind, Recorder};
use crate::failure::Failure;
use crate::names::SiteName;
use crate::session::Context;
use crate::state::State;

/// The arguments of a verb that has none.
pub(super) static NOTHING: Record = Record {
    fields: &[],
    one_of: &[],
};

/// The pool of both sites, which must be there and can be asked.
pub(super) fn needs_both_sites(state: &mut State<'_>, step: &Step<'_>) -> Option<String> {
    for site in SiteName::ALL {
        state.needs_storage(site, step.at);
    }
    state.target().sites.primary.pool.clone()
}

/// Both sites of a running scenario, asked as an administrator.
pub(super) fn both_sites(context: &Context) -> Result<[EnabledSite; 2], Failure> {
    let site = |name: SiteName| {
        let declared = context.target.sites.get(name);
        let declared = declared.ok_or_else(|| Failure::harness(format!("the target has no {name} site")))?;
        EnabledSite::new(context.sites()?.at(name).clone(), declared)
    };
    Ok([site(SiteName::Primary)?, site(SiteName::Secondary)?])
}

/// Sets something up. Every command is noticed before it runs; what only an operator can do is a failure.
pub(super) async fn set_up(
    context: &Context,
    work: impl AsyncFnOnce(&Enabler<'_>) -> Result<(), Failure>,
    done: &str,
) -> Result<String, Failure> {
    let left: Mutex<Vec<String>> = Mutex::default();
    let teller = |told: Told| tell(&context.recorder, &left, told);
    let enabler = Enabler::new(both_sites(context)?, false, context.target.budgets.replication, &teller);
    work(&enabler).await?;
    let changes = enabler.changes();
    let left = left.lock().unwrap_or_else(PoisonError::into_inner).clone();
    if let Some(first) = left.first() {
        return Err(Failure::cloud(format!("not so yet: {done}")).help(first.clone()));
    }
    Ok(match changes {
        0 => format!("{done}, as before"),
        _ => format!("{done}: {}", counted(changes, "command")),
    })
}

fn tell(recorder: &Recorder, left: &Mutex<Vec<String>>, told: Told) {
    match told {
        Told::Command { at, line } => recorder.record(EventKind::Noticed {
            text: format!("{at} $ {line}"),
        }),
        Told::Left(what) => left.lock().unwrap_or_else(PoisonError::into_inner).push(what),
        Told::Part(_) | Told::Already(_) | Told::Printed { .. } => {}
    }
}
