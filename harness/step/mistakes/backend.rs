//! Mistakes with the backend itself.

use serde_json::json;

use super::make::{Mistake, make};
use crate::cloud::{ServiceKind, WrongCall};
use crate::event::{EventKind, Resource, ResourceKind};
use crate::failover::service;
use crate::failure::Failure;
use crate::session::Context;

/// Thaws the backend, which is not frozen; freezes it twice; and thaws it. While it is frozen nothing can be made on it, so
/// a backend that is shared is left alone.
///
/// # Errors
/// No answer came, or the backend is frozen afterwards.
pub(super) async fn freeze_and_thaw(context: &mut Context) -> Result<Vec<&'static str>, Failure> {
    if context.target.shared {
        context.notice("the backend is shared, so it was not frozen: what a second freeze answers is not known");
        return Ok(Vec::new());
    }
    let host = json!({"host": context.backend.to_string()});
    let put = |action: &str| {
        WrongCall::put(ServiceKind::BlockStorage, format!("os-services/{action}"), host.clone()).at(3, 60)
    };
    let mut accepted = Vec::new();
    let unfrozen = Mistake::new("thaw-unfrozen", put("thaw"));
    accepted.extend(make(context, &unfrozen).await?);
    // Owed like all else: a run that is killed meanwhile is thawed by its recovery.
    let freeze = Resource {
        kind: ResourceKind::Freeze,
        name: context.backend.to_string(),
        id: None,
    };
    context.intend(freeze.clone())?;
    // Both are made before anything is judged: it must not stay frozen because of one that was not answered.
    let frozen = make(context, &Mistake::new("freeze", put("freeze"))).await;
    if matches!(&frozen, Ok(Some(_))) {
        context.made(ResourceKind::Freeze, &freeze.name);
    }
    let twice = make(context, &Mistake::new("freeze-twice", put("freeze"))).await;
    let thawed = make(context, &Mistake::new("thaw", put("thaw"))).await;
    frozen?;
    accepted.extend(twice?);
    thawed?;
    let judgement = service::look(context).await?;
    if judgement.rows.iter().any(|row| row.frozen == Some(true)) {
        return Err(
            Failure::cloud(format!("{} is frozen and could not be thawed", context.backend))
                .detail("expected", "not frozen")
                .detail("seen", judgement.words())
                .help(format!("thaw it: `cinder thaw-host {}`", context.backend)),
        );
    }
    context.undone(ResourceKind::Freeze);
    context.recorder.record(EventKind::Removed { resource: freeze });
    Ok(accepted)
}
