//! The one way to start an embedded cloud, and a runtime.

use simcloud::{Config, SimCloud};

use crate::failure::Failure;

/// Starts an embedded cloud.
///
/// # Errors
/// This machine does not let it.
pub(crate) async fn start_embedded(config: Config) -> Result<SimCloud, Failure> {
    let started = simcloud::start(config).await;
    started.map_err(|error| Failure::harness(format!("cannot start the embedded cloud: {error}")))
}

/// Works to the end in a runtime of its own.
///
/// # Errors
/// This machine has no threads to give.
pub(crate) fn within_runtime<T>(work: impl Future<Output = T>) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    match runtime {
        Ok(runtime) => Ok(runtime.block_on(work)),
        Err(error) => Err(Failure::harness(format!("cannot start: {error}"))),
    }
}
