//! Doing something on a target that is no drill: reads its file, and starts the embedded cloud if it says so.

use std::path::Path;

use super::failure_text::{refuse, show};
use super::{ColorChoice, Inputs, exit_code};
use crate::diagnostic::SourceMap;
use crate::failure::Failure;
use crate::launch::{with_embedded, within_runtime};
use crate::targets::{Target, Variables};

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
    let target = match load(&Variables::of_process()) {
        Ok(target) => target,
        Err(code) => return code,
    };
    let worked = within_runtime(async {
        let Some(settings) = &target.simcloud else {
            return work(&target).await;
        };
        let done = with_embedded(settings, Vec::new(), Variables::of_process(), async |variables| {
            // Read again, with the addresses of the cloud that now runs.
            match load(&variables) {
                Ok(target) => work(&target).await,
                Err(code) => Ok(code),
            }
        });
        done.await?
    });
    worked.flatten().unwrap_or_else(|failure| refuse(&failure, color))
}
