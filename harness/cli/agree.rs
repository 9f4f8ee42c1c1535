//! `cinder-drill agree`: whether two clouds behave alike.

use std::io::{Write, stdout};
use std::path::{Path, PathBuf};

use super::agree_side::{Side, run_side};
use super::failure_text::{refuse, show};
use super::{ColorChoice, exit_code};
use crate::agreement::{self, Accepted, Evidence, compare, judge, read_run};
use crate::diagnostic::SourceMap;
use crate::failure::Failure;

/// The target of the left side unless the command line says otherwise.
const LEFT: &str = "fixtures/targets/simcloud.yaml";
/// The scenarios that are run unless the command line says otherwise.
const SCENARIOS: [&str; 5] = [
    "scenarios/bfv-failover.yaml",
    "scenarios/bfv-failback.yaml",
    "scenarios/data-volume-failover.yaml",
    "scenarios/data-volume-failback.yaml",
    "fixtures/agreement/mistakes.yaml",
];

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Scenario files, or folders of them [default: the four flows and fixtures/agreement/mistakes.yaml]
    files: Vec<PathBuf>,
    /// One side: a target, on which the scenarios are run, or the folder of a finished run
    /// [default: fixtures/targets/simcloud.yaml]
    #[arg(long, value_name = "TARGET|RUN")]
    left: Option<PathBuf>,
    /// The other side.
    #[arg(long, value_name = "TARGET|RUN")]
    right: PathBuf,
    /// The differences that are accepted, each with its reason.
    #[arg(long, value_name = "FILE")]
    accepted: Option<PathBuf>,
    /// Where each run leaves its journal, in a folder by its id [default: runs]
    #[arg(long, value_name = "FOLDER")]
    runs: Option<PathBuf>,
    /// Multiplies every delay of the embedded cloud, in place of what its target says: what is slower is seen better.
    #[arg(long, value_name = "FACTOR")]
    pace: Option<f64>,
    /// Keeps answers and outputs of the right side in this folder, without secrets, as fixtures for tests.
    #[arg(long, value_name = "FOLDER")]
    capture: Option<PathBuf>,
}

pub(super) fn agree(arguments: &Arguments, color: ColorChoice) -> u8 {
    let mut sources = SourceMap::default();
    let accepted = match arguments
        .accepted
        .as_deref()
        .map(|path| Accepted::load(path, &mut sources))
    {
        None => Accepted::default(),
        Some(Ok(accepted)) => accepted,
        Some(Err(faults)) => {
            show(&faults, &sources, color);
            return exit_code::USAGE;
        }
    };
    let left = arguments.left.as_deref().unwrap_or(Path::new(LEFT));
    let (left, right) = match sides(arguments, left, color) {
        Ok(sides) => sides,
        Err(code) => return code,
    };
    let comparison = compare(&left, &right);
    let judged = judge(&comparison, &accepted);
    let text = agreement::as_text(&left, &right, &comparison, &judged);
    let _ = stdout().write_all(text.as_bytes());
    if !judged.agrees() {
        return exit_code::FAILED_EXPECTATION;
    }
    // Two clouds that fail in the same way agree, and nothing is proven by it.
    let all_passed = |side: &Evidence| side.passed() == side.verdicts.len();
    if !all_passed(&left) || !all_passed(&right) || left.verdicts.is_empty() {
        let failure = Failure::cloud("not every scenario passed, so there was less to compare than there should be")
            .help("see above which did not; drill them by themselves first");
        return refuse(&failure, color);
    }
    exit_code::PASS
}

/// What both sides saw. Finished runs are read before any other is made: a wrong path is reported before a cloud runs.
fn sides(arguments: &Arguments, left: &Path, color: ColorChoice) -> Result<(Evidence, Evidence), u8> {
    let finished = |path: &Path| match is_target(path) {
        true => Ok(None),
        false => read(path, color).map(Some),
    };
    let (left_seen, right_seen) = (finished(left)?, finished(&arguments.right)?);
    let made = |path: &Path, capture: Option<&Path>| {
        let files: Vec<PathBuf> = if arguments.files.is_empty() {
            SCENARIOS.iter().map(PathBuf::from).collect()
        } else {
            arguments.files.clone()
        };
        let side = Side {
            files,
            target: path.to_owned(),
            runs: arguments.runs.clone().unwrap_or_else(|| PathBuf::from("runs")),
            pace: arguments.pace,
            capture: capture.map(Path::to_owned),
        };
        read(&run_side(&side, color)?, color)
    };
    let left = left_seen.map_or_else(|| made(left, None), Ok)?;
    let right = right_seen.map_or_else(|| made(&arguments.right, arguments.capture.as_deref()), Ok)?;
    Ok((left, right))
}

fn is_target(path: &Path) -> bool {
    path.extension()
        .is_some_and(|extension| extension == "yaml" || extension == "yml")
}

fn read(run: &Path, color: ColorChoice) -> Result<Evidence, u8> {
    read_run(run).map_err(|failure| refuse(&failure, color))
}
