//! `cinder-drill preflight`: can this backend fail over and come back?

use std::io::{Write, stdout};

use clap::ValueEnum;

use super::on_target::on_target;
use super::options::TargetOption;
use super::{ColorChoice, exit_code};
use crate::failure::Failure;
use crate::preflight::{Report, Shown, Verdict, gather, to_text};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    target: TargetOption,
    /// How the findings are shown
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// Leaves out what is ok and what means nothing for the driver
    #[arg(long, short)]
    quiet: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, ValueEnum)]
enum Format {
    /// For people
    #[default]
    Text,
    /// For programs
    Json,
}

/// Gathers facts, judges and shows them. The exit code is 0 only if there is no problem, 1 if there is one, and 3 if something
/// that is required could not be checked.
pub(super) fn preflight(arguments: &Arguments, color: ColorChoice) -> u8 {
    on_target(arguments.target.path(), color, async |target| {
        let report = Report::of(&gather(target).await);
        let text = match arguments.format {
            Format::Text => {
                let shown = if arguments.quiet { Shown::Notable } else { Shown::All };
                to_text(&report, shown, color.colors(&stdout()))
            }
            Format::Json => {
                serde_json::to_string_pretty(&report)
                    .map_err(|error| Failure::harness(format!("the findings cannot be written as JSON: {error}")))?
                    + "\n"
            }
        };
        // A closed output does not change the findings.
        let _ = stdout().write_all(text.as_bytes());
        Ok(match report.verdict {
            Verdict::Ready => exit_code::PASS,
            Verdict::NotReady => exit_code::FAILED_EXPECTATION,
            Verdict::Unknown => exit_code::CLOUD_OR_HARNESS,
        })
    })
}
