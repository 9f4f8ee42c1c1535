//! `cinder-drill check`

use std::io::{Write, stderr, stdout};
use std::path::PathBuf;

use super::{ColorChoice, Inputs, exit_code, prepare};
use crate::diagnostic::render_all;
use crate::target::Variables;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Scenario files, or folders of them [default: scenarios]
    files: Vec<PathBuf>,
    /// The target that they are checked against [default: fixtures/targets/simcloud.yaml]
    #[arg(long, value_name = "FILE")]
    target: Option<PathBuf>,
}

pub(super) fn check(arguments: &Arguments, color: ColorChoice) -> u8 {
    let inputs = Inputs::new(&arguments.files, arguments.target.as_deref());
    let prepared = prepare(&inputs, &Variables::of_process());
    let rendered = render_all(&prepared.faults, &prepared.sources, color.colors(&stderr()));
    // Nobody reading is no fault of the scenarios.
    let _ = stderr().write_all(rendered.as_bytes());
    let _ = writeln!(stdout(), "{}", prepared.summary());
    if prepared.faults.has_errors() {
        exit_code::USAGE
    } else {
        exit_code::PASS
    }
}
