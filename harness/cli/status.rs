//! `cinder-drill status`: where the backend is, which volumes are where, and what comes next.

use std::io::{Write, stdout};

use super::on_target::on_target;
use super::options::TargetOption;
use super::status_text::to_text;
use super::{ColorChoice, exit_code};
use crate::preflight::gather;
use crate::status::{Look, next};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    target: TargetOption,
}

/// Looks and says what comes next; it changes nothing. The exit code is 0 if nothing is to be done, 1 if something is, and 3 if
/// Cinder does not answer.
pub(super) fn status(arguments: &Arguments, color: ColorChoice) -> u8 {
    on_target(arguments.target.path(), color, async |target| {
        let look = Look::of(&gather(target).await);
        let next = next(&look, target);
        // Nobody reading does not change what was found.
        let _ = stdout().write_all(to_text(&look, &next).as_bytes());
        Ok(match (&look.service, next.is_empty()) {
            (Err(_), _) => exit_code::CLOUD_OR_HARNESS,
            (Ok(_), true) => exit_code::PASS,
            (Ok(_), false) => exit_code::FAILED_EXPECTATION,
        })
    })
}
