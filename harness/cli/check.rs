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

#[cfg(test)]
mod tests {
    use super::*;

    fn code(files: &[&str], target: Option<&str>) -> u8 {
        let files = files.iter().map(PathBuf::from).collect();
        check(
            &Arguments {
                files,
                target: target.map(PathBuf::from),
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
