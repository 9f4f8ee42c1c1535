//! Options that several commands have, each with the environment variable that stands in for it. An empty variable is none.

use std::path::{Path, PathBuf};

use clap::ValueHint;
use clap::builder::{OsStringValueParser, TypedValueParser};

use crate::launch::{RUNS, TARGET_VARIABLE};

/// The variable that names the folder of runs.
const RUNS_VARIABLE: &str = "CINDER_DRILL_RUNS";
/// The variable that names the folder of reports.
const REPORT_VARIABLE: &str = "CINDER_DRILL_REPORT";

/// Reads a path. An empty one is left to [`named`]: `CINDER_DRILL_TARGET= cinder-drill run` is what unsets a variable.
fn path() -> impl TypedValueParser<Value = PathBuf> {
    OsStringValueParser::new().map(PathBuf::from)
}

fn named(path: Option<&PathBuf>) -> Option<&Path> {
    path.map(PathBuf::as_path).filter(|path| !path.as_os_str().is_empty())
}

/// The target of a command.
#[derive(Clone, Debug, Default, clap::Args)]
pub(super) struct TargetOption {
    /// The target: its file, or `simcloud` [default: simcloud, the embedded cloud]
    #[arg(
        long,
        short,
        value_name = "FILE",
        env = TARGET_VARIABLE,
        hide_env_values = true,
        value_parser = path(),
        value_hint = ValueHint::FilePath
    )]
    target: Option<PathBuf>,
}

impl TargetOption {
    /// It, if one was named.
    pub fn path(&self) -> Option<&Path> {
        named(self.target.as_ref())
    }

    /// This one.
    #[cfg(test)]
    pub fn of(target: Option<&str>) -> TargetOption {
        let target = target.map(PathBuf::from);
        TargetOption { target }
    }
}

/// The folder of the runs.
#[derive(Clone, Debug, Default, clap::Args)]
pub(super) struct RunsOption {
    /// The folder of the runs: each leaves its journal there, in a folder by its id [default: runs]
    #[arg(
        long,
        value_name = "FOLDER",
        env = RUNS_VARIABLE,
        hide_env_values = true,
        value_parser = path(),
        value_hint = ValueHint::DirPath
    )]
    runs: Option<PathBuf>,
}

impl RunsOption {
    /// It.
    pub fn path(&self) -> &Path {
        named(self.runs.as_ref()).unwrap_or(Path::new(RUNS))
    }
}

/// The folder of the runs, of a command that takes runs, too.
#[derive(Clone, Debug, Default, clap::Args)]
pub(super) struct RunsFolderOption {
    /// The folder of the runs [default: runs]
    #[arg(
        long,
        value_name = "FOLDER",
        env = RUNS_VARIABLE,
        hide_env_values = true,
        value_parser = path(),
        value_hint = ValueHint::DirPath
    )]
    runs_folder: Option<PathBuf>,
}

impl RunsFolderOption {
    /// It.
    pub fn path(&self) -> &Path {
        named(self.runs_folder.as_ref()).unwrap_or(Path::new(RUNS))
    }
}

/// The folder of the reports of a run.
#[derive(Clone, Debug, Default, clap::Args)]
pub(super) struct ReportOption {
    /// Writes the report in all formats into this folder, however the run ends
    #[arg(
        long,
        value_name = "DIR",
        env = REPORT_VARIABLE,
        hide_env_values = true,
        value_parser = path(),
        value_hint = ValueHint::DirPath
    )]
    report: Option<PathBuf>,
}

impl ReportOption {
    /// It, if one was named.
    pub fn path(&self) -> Option<&Path> {
        named(self.report.as_ref())
    }
}
