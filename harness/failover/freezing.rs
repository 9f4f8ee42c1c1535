//! Freezing the backend: nothing is made or deleted on it until it is thawed.

use super::blast_radius;
use super::service;
use crate::backend::Judgement;
use crate::event::{Resource, ResourceKind};
use crate::failure::{Failure, FailureKind};
use crate::session::Context;
use crate::wait::{Awaited, Poll, Waited};

/// Freezes the backend, and waits until its service says so. Whatever becomes of the run, it is thawed again.
///
/// # Errors
/// It holds volumes of others, it is frozen already, Cinder refused it, or the service never said so.
pub(crate) async fn freeze(context: &Context) -> Result<Waited, Failure> {
    blast_radius::require_no_foreign(
        context,
        "cannot be deleted while it is frozen",
        "nothing was frozen: drill this on a backend of its own; --accept-blast-radius does not allow it",
    )
    .await?;
    let before = service::look(context).await?;
    if before.rows.iter().any(|row| row.frozen == Some(true)) {
        return Err(
            Failure::cloud(format!("{} is frozen already, and not by this step", context.backend))
                .detail("seen", before.words())
                .help("whoever froze it thaws it: nothing was changed"),
        );
    }
    let name = context.backend.to_string();
    let resource = Resource {
        kind: ResourceKind::Freeze,
        name: name.clone(),
        id: None,
    };
    context.intend(resource).await?;
    let answer = context.cloud.freeze_host(&context.backend).await;
    context.accepted(
        &format!("freeze of {}", context.backend),
        "looking what becomes of it",
        answer,
    )?;
    let waited = settle(context, "frozen", is_frozen).await?;
    context.made(ResourceKind::Freeze, &name);
    Ok(waited)
}

/// Thaws the backend, and waits until its service says so. That also enables the service, wherever the backend is.
///
/// # Errors
/// Cinder refused it, or the service never said so.
pub(crate) async fn thaw(context: &Context) -> Result<Waited, Failure> {
    let answer = context.cloud.thaw_host(&context.backend).await;
    context.accepted(
        &format!("thaw of {}", context.backend),
        "looking what becomes of it",
        answer,
    )?;
    // A driver that cannot thaw answers 200 with a word that nobody reads (volume/api.py, `thaw_host`).
    let is_thawed = |judgement: &Judgement| {
        let rows = &judgement.rows;
        !rows.is_empty()
            && rows
                .iter()
                .all(|row| row.frozen == Some(false) && row.status == "enabled")
    };
    let waited = settle(context, "thawed and enabled", is_thawed).await?;
    context.removed(ResourceKind::Freeze, &context.backend.to_string());
    Ok(waited)
}

async fn settle(context: &Context, expected: &str, is_so: impl Fn(&Judgement) -> bool) -> Result<Waited, Failure> {
    let what = format!("the backend {}", context.backend);
    let awaited = Awaited {
        what: &what,
        expected,
        budget: context.target.budgets.command,
        on_timeout: FailureKind::Cloud,
    };
    let ((), waited) = context
        .wait(awaited, async || {
            let judgement = service::look(context).await?;
            Ok(match is_so(&judgement) {
                true => Poll::Ready(()),
                false => Poll::NotYet(judgement.words()),
            })
        })
        .await?;
    Ok(waited)
}

/// Whether every row says so. Of one that says nothing nobody knows.
fn is_frozen(judgement: &Judgement) -> bool {
    !judgement.rows.is_empty() && judgement.rows.iter().all(|row| row.frozen == Some(true))
}
