//! No answer is waited for longer than a few seconds.

use std::time::Duration;

use super::super::{Asked, Unasked};
use crate::shell::Shell;
use crate::targets::{self, Target};

/// How long any one question may take. `rbd` waits for ever for a cluster that does not answer.
const PATIENCE: Duration = Duration::from_secs(15);

/// How long any one question may take on a target.
pub(super) fn patience(target: &Target) -> Duration {
    target.budgets.command.min(PATIENCE)
}

/// Waits for an answer, but not for ever.
pub(super) async fn within<T, E: Into<Unasked>>(
    patience: Duration,
    what: &str,
    answer: impl Future<Output = Result<T, E>>,
) -> Asked<T> {
    match tokio::time::timeout(patience, answer).await {
        Ok(answer) => answer.map_err(Into::into),
        Err(_) => Err(Unasked::silent(format!(
            "{what} did not answer within {} s",
            patience.as_secs()
        ))),
    }
}

/// Opens a shell.
pub(super) async fn open(target: &Target, what: &str, access: &targets::Shell) -> Asked<Shell> {
    let patience = patience(target);
    within(patience, what, crate::session::shell(access, patience)).await
}
