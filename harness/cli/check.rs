//! `cinder-drill check`

use std::io::{Write, stdout};
use std::path::PathBuf;
use std::sync::Arc;

use super::failure_text::{refuse, show};
use super::opened::opened;
use super::options::TargetOption;
use super::{ColorChoice, Inputs, exit_code, prepare};
use crate::diagnostic::Diagnostics;
use crate::failure::Failure;
use crate::launch::{Prepared, within_runtime};
use crate::targets::{Variables, named};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Scenarios: files, folders of them, or names of built-in ones [default: scenarios, or the guide's]
    files: Vec<PathBuf>,
    #[command(flatten)]
    target: TargetOption,
}

pub(super) fn check(arguments: &Arguments, color: ColorChoice) -> u8 {
    let inputs = Inputs::new(&arguments.files, arguments.target.path());
    let variables = Variables::of_process();
    let mut prepared = prepare(&inputs, &variables);
    match of_this_machine(&prepared, &variables) {
        Ok(found) => prepared.faults.extend(found),
        Err(failure) => return refuse(&failure, color),
    }
    show(&prepared.faults, &prepared.sources, color);
    let _ = writeln!(stdout(), "{}", prepared.summary());
    if prepared.faults.has_errors() {
        exit_code::USAGE
    } else {
        exit_code::PASS
    }
}

/// What is wrong with what the target names on this machine.
fn of_this_machine(prepared: &Prepared, variables: &Variables) -> Result<Diagnostics, Failure> {
    let Some(target) = prepared.target.as_ref().filter(|target| target.simcloud.is_none()) else {
        return Ok(Diagnostics::default());
    };
    let file: Arc<str> = target.file.to_string_lossy().into();
    let text = prepared.sources.text(&file).unwrap_or_default();
    within_runtime(opened(target, &named(&file, text, variables)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(files: &[&str], target: Option<&str>) -> u8 {
        let files = files.iter().map(PathBuf::from).collect();
        check(
            &Arguments {
                files,
                target: TargetOption::of(target),
            },
            ColorChoice::Never,
        )
    }

    #[test]
    fn exit_codes_tell_good_from_bad() {
        assert_eq!(code(&[], None), exit_code::PASS);
        assert_eq!(
            code(&["scenarios/bfv-failback.yaml"], Some("fixtures/targets/example.yaml")),
            exit_code::PASS
        );
        // A warning is no fault.
        assert_eq!(code(&["harness/scenario/golden/unused.yaml"], None), exit_code::PASS);
        assert_eq!(
            code(&["harness/scenario/golden/unknown-verb.yaml"], None),
            exit_code::USAGE
        );
        assert_eq!(code(&["scenarios/no-such.yaml"], None), exit_code::USAGE);
        assert_eq!(code(&[], Some("fixtures/targets/no-such.yaml")), exit_code::USAGE);
        assert_eq!(code(&["harness/cli"], None), exit_code::USAGE);
    }
}
