//! Doing something on a target: reads its file, and starts the embedded cloud if it says so.

use std::path::Path;

use super::failure_text::{refuse, show};
use super::{ColorChoice, Inputs, exit_code};
use crate::diagnostic::SourceMap;
use crate::failure::Failure;
use crate::target::{Target, Variables};

/// Does `work` on the target of a command line, and answers with its exit code. What is wrong with the target's file is
/// shown, and is a fault of usage.
pub(super) fn on_target(
    file: Option<&Path>,
    color: ColorChoice,
    work: impl AsyncFnOnce(&Target) -> Result<u8, Failure>,
) -> u8 {
    let inputs = Inputs::new(&[], file);
    let load = |variables: &Variables| {
        let mut sources = SourceMap::default();
        inputs.load_target(variables, &mut sources).map_err(|faults| {
            show(&faults, &sources, color);
            exit_code::USAGE
        })
    };
    let config = match load(&Variables::of_process()) {
        Ok(target) => target.simcloud.as_ref().map(Into::into),
        Err(code) => return code,
    };
    let worked = within_runtime(with_cloud(config, async |variables| {
        // Read again, with the addresses of the cloud that now runs.
        match load(&variables) {
            Ok(target) => work(&target).await,
            Err(code) => Ok(code),
        }
    }));
    worked.unwrap_or_else(|failure| refuse(&failure, color))
}

/// Runs to the end in a runtime of its own.
pub(super) fn within_runtime<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime.block_on(work),
        Err(error) => Err(Failure::harness(format!("cannot start: {error}"))),
    }
}

/// Does `work` while the embedded cloud runs, if there is to be one. `work` is told where it is.
pub(super) async fn with_cloud<T>(
    config: Option<simcloud::Config>,
    work: impl AsyncFnOnce(Variables) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let variables = Variables::of_process();
    let Some(config) = config else {
        return work(variables).await;
    };
    let cloud = simcloud::start(config)
        .await
        .map_err(|error| Failure::harness(format!("cannot start the embedded cloud: {error}")))?;
    let done = work(variables.with_simcloud(cloud.variables())).await;
    cloud.shutdown().await;
    done
}
