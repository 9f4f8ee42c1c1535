//! `cinder-drill plan`

use std::io::{Write, stderr, stdout};
use std::path::PathBuf;

use clap::ValueEnum;

use super::failure_text::{refuse, show};
use super::options::TargetOption;
use super::{ColorChoice, Inputs, exit_code, prepare};
use crate::failure::Failure;
use crate::plan::to_text;
use crate::targets::Variables;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The scenario: a file, or the name of a built-in one
    file: PathBuf,
    #[command(flatten)]
    target: TargetOption,
    /// How the plan is shown
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, ValueEnum)]
enum Format {
    /// For people
    #[default]
    Text,
    /// For programs
    Json,
}

pub(super) fn plan(arguments: &Arguments, color: ColorChoice) -> u8 {
    let inputs = Inputs::new(std::slice::from_ref(&arguments.file), arguments.target.path());
    let prepared = prepare(&inputs, &Variables::of_process());
    show(&prepared.faults, &prepared.sources, color);
    if prepared.faults.has_errors() {
        return exit_code::USAGE;
    }
    for skipped in &prepared.skipped {
        let _ = writeln!(stderr(), "{} is skipped: {}", skipped.scenario, skipped.because);
    }
    for plan in &prepared.plans {
        let text = match arguments.format {
            Format::Text => to_text(plan),
            Format::Json => match serde_json::to_string_pretty(plan) {
                Ok(json) => json + "\n",
                Err(error) => {
                    let failure = Failure::harness(format!("the plan cannot be written as JSON: {error}"));
                    return refuse(&failure, color);
                }
            },
        };
        let _ = stdout().write_all(text.as_bytes());
    }
    exit_code::PASS
}
