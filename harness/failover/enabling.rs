//! Enabling the service again after a failback that Cinder takes for a failover.

use std::borrow::Cow;

use crate::backend;
use crate::cloud::Service;
use crate::failure::{Failure, FailureKind};
use crate::session::Context;
use crate::wait::{Awaited, Poll};

/// Enables the backend's service, if the driver failed back by a failover to its own array and that left the service disabled. The
/// manager disables it at each failover and enables it for `default` only (`volume/manager.py`, `failover`), and the scheduler
/// gives nothing to a disabled service. One that somebody disabled for another reason stays as it is.
///
/// Only for a run that undoes its own failover: before it, the service was enabled.
///
/// # Errors
/// Cinder refused it, or the service is still disabled at the end of the budget for a command.
pub(crate) async fn enable_again(context: &Context) -> Result<(), Failure> {
    // Nobody asks for the drivers that Cinder enables by itself.
    if context.target.primary_id().is_none() || !is_left_disabled(context, &context.cloud.services(None).await?) {
        return Ok(());
    }
    let answer = context.cloud.enable_service(&context.backend).await;
    let doing = format!("enabling the service of {}", context.backend);
    context.accepted(&doing, "looking what becomes of it", answer)?;
    let what = format!("the service {}", context.backend);
    let awaited = Awaited {
        what: &what,
        expected: "enabled again after the failback",
        budget: context.target.budgets.command,
        on_timeout: FailureKind::Cloud,
    };
    context
        .wait(awaited, async || {
            let services = context.cloud.services(None).await?;
            Ok(match is_left_disabled(context, &services) {
                true => Poll::NotYet(words(context, &services)),
                false => Poll::Ready(()),
            })
        })
        .await
        .map_err(|error| {
            Failure::from(error).help(format!(
                "its driver fails back by a failover, after which Cinder leaves the service disabled, and the scheduler gives it \
                 nothing: `cinder service-enable {} cinder-volume`",
                context.backend
            ))
        })?;
    Ok(())
}

/// A drill's volumes go to an enabled service only.
///
/// # Errors
/// An earlier failback left it disabled.
pub(crate) async fn require_enabled(context: &Context) -> Result<(), Failure> {
    if context.target.primary_id().is_none() {
        return Ok(());
    }
    let services = context.cloud.services(None).await?;
    match is_left_disabled(context, &services) {
        false => Ok(()),
        true => Err(Failure::cloud(format!("{} is disabled", context.backend))
            .detail("expected", "an enabled service, which the scheduler gives volumes")
            .detail("seen", words(context, &services))
            .help(format!(
                "its driver fails back by a failover, after which Cinder leaves the service disabled: `cinder service-enable {} \
                 cinder-volume`; nothing was changed",
                context.backend
            ))),
    }
}

/// The rows, with a service that a failback left disabled as if it were enabled: who waits for the failback has it, and enables it then.
pub(super) fn to_be_enabled<'a>(context: &Context, services: &'a [Service]) -> Cow<'a, [Service]> {
    if !is_left_disabled(context, services) {
        return Cow::Borrowed(services);
    }
    let enabled = |row: &Service| {
        let mut row = row.clone();
        if is_left(context, &row) {
            row.status = "enabled".to_owned();
        }
        row
    };
    services.iter().map(enabled).collect()
}

fn is_left_disabled(context: &Context, services: &[Service]) -> bool {
    services.iter().any(|row| is_left(context, row))
}

fn is_left(context: &Context, row: &Service) -> bool {
    row.host == context.backend.to_string() && backend::is_left_disabled(context.target.primary_id(), row)
}

fn words(context: &Context, services: &[Service]) -> String {
    let backend = context.backend.to_string();
    let own = services.iter().find(|service| service.host == backend);
    own.map_or_else(|| "no service".to_owned(), backend::words)
}
