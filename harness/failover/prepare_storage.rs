//! What has to be done on the storage before a failback, where Cinder's driver does not do it.

use crate::failure::Failure;
use crate::session::{self, Context};
use crate::shell::Command;

/// Runs the target's `before-failback`, if it has one; otherwise says what a person has to do, if the driver's profile knows of
/// anything.
///
/// # Errors
/// The machine cannot be reached, or the command failed. Nothing was sent to Cinder then.
pub(super) async fn for_failback(context: &Context) -> Result<(), Failure> {
    let failback = &context.profile.failback;
    let Some(hook) = &context.target.before_failback else {
        if let Some(before) = failback.before.as_ref().filter(|_| !failback.only_unplanned) {
            context.notice(format!(
                "before a failback of the driver {}: {before}",
                context.profile.driver
            ));
        }
        return Ok(());
    };
    let place = "before-failback";
    let shell = session::shell(&hook.shell, context.target.budgets.command)
        .await
        .map_err(|failure| failure.during(place))?;
    context.notice(format!("makes the storage ready for the failback: {}", hook.command));
    let command = Command::new(&hook.command).timeout(context.target.budgets.failover);
    shell
        .run(command.clone())
        .await
        .and_then(|output| output.check(&command))
        .map_err(|error| {
            Failure::from(error)
                .during(place)
                .help("the backend stays where it is: nothing was sent to Cinder")
        })?;
    Ok(())
}
