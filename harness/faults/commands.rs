//! The commands by which a target makes a fault, looks at it and undoes it.

use std::path::Path;
use std::time::Duration;

use crate::failure::Failure;
use crate::session::{self, Context};
use crate::shell::{Command, Output, quote};
use crate::targets::{DeclaredFault, Fault, Shell};

/// How long a look at a fault may take.
const LOOK: Duration = Duration::from_secs(30);

/// Runs a command of a fault to its end, whatever its exit status.
///
/// # Errors
/// Its shell cannot be reached, or what came of it is not known.
async fn run(
    context: &Context,
    declared: &DeclaredFault,
    command: &str,
    limit: Duration,
) -> Result<(Command, Output), Failure> {
    let shell = session::shell(&declared.shell, context.target.budgets.command).await?;
    let command = Command::new(line(&declared.shell, &context.target.file, command)).timeout(limit);
    let output = shell.run(command.clone()).await?;
    Ok((command, output))
}

/// Runs a command that must succeed.
///
/// # Errors
/// As [`run`]; or it failed.
pub(super) async fn perform(
    context: &Context,
    declared: &DeclaredFault,
    command: &str,
    limit: Duration,
) -> Result<(), Failure> {
    let (command, output) = run(context, declared, command, limit).await?;
    output.check(&command)?;
    Ok(())
}

/// Runs a command that says by its exit status whether something is so. `Err` is in words: it says nothing of it.
pub(super) async fn is_so(context: &Context, declared: &DeclaredFault, command: &str) -> Result<bool, String> {
    match run(context, declared, command, LOOK.min(context.target.budgets.command)).await {
        Ok((_, output)) => Ok(output.success()),
        Err(failure) => Err(failure.summary),
    }
}

/// A command on this machine begins in the folder of the target's file, from wherever the run is started.
fn line(shell: &Shell, target: &Path, command: &str) -> String {
    let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty());
    match (shell, folder) {
        (Shell::Local, Some(folder)) => format!("cd {} && {command}", quote(&folder.display().to_string())),
        _ => command.to_owned(),
    }
}

/// Where a command of a fault is run by hand, and which.
pub(super) fn by_hand(context: &Context, fault: Fault) -> String {
    let name = |site| context.site_name(site);
    match context.target.faults.get(&fault) {
        Some(declared) => {
            let place = match &declared.shell {
                Shell::Ssh(ssh) => format!("as {} on {}", ssh.user, ssh.address),
                Shell::Program(words) => format!("behind `{words}`"),
                shell => format!("on {shell}"),
            };
            format!(
                "`{}` {place}",
                line(&declared.shell, &context.target.file, &declared.undo)
            )
        }
        None => fault.how_to_undo(name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_on_this_machine_begins_beside_the_target() {
        let local = |target: &str| line(&Shell::Local, Path::new(target), "../lab/lab cut-link");
        assert_eq!(local("/t/a b/lab.yaml"), "cd '/t/a b' && ../lab/lab cut-link");
        assert_eq!(local("lab.yaml"), "../lab/lab cut-link");
    }
}
