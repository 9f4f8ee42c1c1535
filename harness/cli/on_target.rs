//! Doing something on a target that is no drill: reads its file, and starts the embedded cloud if it says so.

use std::io::{Write, stderr};
use std::path::Path;

use super::run::refuse;
use super::{ColorChoice, Inputs, exit_code};
use crate::diagnostic::{Diagnostics, SourceMap, render_all};
use crate::failure::Failure;
use crate::launch::{start_embedded, within_runtime};
use crate::targets::{Target, Variables};

/// Does `work` on the target of a command line, and answers with its exit code. What is wrong with the target's file is
/// shown, and is a fault of usage.
pub(super) fn on_target(
    file: Option<&Path>,
    color: ColorChoice,
    work: impl AsyncFnOnce(&Target) -> Result<u8, Failure>,
) -> u8 {
    let inputs = Inputs::new(&[], file);
    let target = match load(&inputs, &Variables::of_process(), color) {
        Ok(target) => target,
        Err(code) => return code,
    };
    let ended = within_runtime(async {
        let Some(settings) = &target.simcloud else {
            return self::ended(work(&target).await, color);
        };
        let config = simcloud::Config {
            seed: settings.seed,
            pace: settings.pace,
            port: None,
        };
        let cloud = match start_embedded(config).await {
            Ok(cloud) => cloud,
            Err(failure) => return refuse(&failure, color),
        };
        cloud.misconfigure(&settings.broken).await;
        let variables = Variables::of_process().with_simcloud(cloud.variables());
        // Read again, with the addresses of the cloud that now runs.
        let code = match load(&inputs, &variables, color) {
            Ok(target) => self::ended(work(&target).await, color),
            Err(code) => code,
        };
        cloud.shutdown().await;
        code
    });
    ended.unwrap_or_else(|failure| refuse(&failure, color))
}

fn load(inputs: &Inputs, variables: &Variables, color: ColorChoice) -> Result<Target, u8> {
    let mut sources = SourceMap::default();
    inputs.load_target(variables, &mut sources).map_err(|faults| {
        show(&faults, &sources, color);
        exit_code::USAGE
    })
}

fn show(faults: &Diagnostics, sources: &SourceMap, color: ColorChoice) {
    let rendered = render_all(faults, sources, color.colors(&stderr()));
    // Nobody reading is no fault of the target.
    let _ = stderr().write_all(rendered.as_bytes());
}

fn ended(result: Result<u8, Failure>, color: ColorChoice) -> u8 {
    result.unwrap_or_else(|failure| refuse(&failure, color))
}
