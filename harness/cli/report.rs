//! `cinder-drill report`: the reports of runs, from their journals alone.

use std::io::{Write, stdout};
use std::path::{Path, PathBuf};

use super::failure_text::refuse;
use super::options::RunsFolderOption;
use super::{ColorChoice, bundle, exit_code, journals};
use crate::failure::Failure;
use crate::report::document::{Outcome, Report};
use crate::report::{Format, text};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Runs: their ids, their folders or their journals [default: the newest]
    runs: Vec<String>,
    /// Puts the runs, such as the shards of one, into one report
    #[arg(long)]
    merge: bool,
    /// The format
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    /// The file to write in place of printing it
    #[arg(long, value_name = "FILE", conflicts_with = "report")]
    output: Option<PathBuf>,
    /// Writes the report in all formats into this folder instead
    #[arg(long, value_name = "DIR", conflicts_with = "format")]
    report: Option<PathBuf>,
    /// Writes a bundle for a bug report into this folder instead, which must be new: the report in all formats, the journals, the
    /// evidence, target and versions, without secrets
    #[arg(short = 'o', long, value_name = "DIR", conflicts_with_all = ["format", "output", "report", "trend"])]
    bundle: Option<PathBuf>,
    /// Shows how RTO and RPO were over all runs of this folder on the same backend; they change no verdict
    #[arg(long, value_name = "FOLDER")]
    trend: Option<PathBuf>,
    #[command(flatten)]
    runs_folder: RunsFolderOption,
}

/// Writes a report. The exit code is that of the runs, as with `stestr last`.
pub(super) fn report(arguments: &Arguments, color: ColorChoice) -> u8 {
    match reported(arguments, color) {
        Ok(outcome) => exit_code::of(outcome),
        Err(failure) => refuse(&failure, color),
    }
}

fn reported(arguments: &Arguments, color: ColorChoice) -> Result<Outcome, Failure> {
    let paths = journals::find(&arguments.runs, arguments.runs_folder.path())?;
    if paths.len() > 1 && !arguments.merge {
        return Err(Failure::usage("several runs are put into one report with --merge"));
    }
    if let Some(folder) = &arguments.bundle {
        bundle::must_be_new(folder)?;
        let outcome = bundle::write(&paths, folder)?;
        let _ = writeln!(stdout(), "{}", bundle::written(folder));
        return Ok(outcome);
    }
    let mut report = journals::report(&paths)?;
    if let Some(folder) = &arguments.trend {
        // A journal that cannot be read is no measurement.
        let all = journals::all(folder)?
            .into_iter()
            .filter_map(|path| journals::report(&[path]).ok());
        report = report.with_trends_over(all.flat_map(|other| other.runs).collect());
    }
    let words = |color| text(&report, &paths, color);
    if let Some(folder) = &arguments.report {
        write_all(folder, &report, &words(false))?;
        let _ = writeln!(stdout(), "{}", written(folder));
        return Ok(report.outcome);
    }
    let colors = color.colors(&stdout()) && arguments.output.is_none();
    let bytes = arguments
        .format
        .write(&report, || words(colors))
        .map_err(|error| Failure::harness(error.to_string()))?;
    match &arguments.output {
        Some(file) => std::fs::write(file, bytes).map_err(|error| not_written(file, &error))?,
        // A closed output is not a fault of the run.
        None => drop(stdout().write_all(&bytes)),
    }
    Ok(report.outcome)
}

/// What a run's journal says, for its end: in words, and as data.
///
/// # Errors
/// The journal cannot be read.
pub(super) fn of_run(journal: &Path, color: bool) -> Result<(String, Report), Failure> {
    let journals = [journal.to_owned()];
    let report = journals::report(&journals)?;
    Ok((text(&report, &journals, color), report))
}

/// The same without what is proven, for who wants to know no more than what failed.
///
/// # Errors
/// As [`of_run`].
pub(super) fn of_run_in_short(journal: &Path, color: bool) -> Result<(String, Report), Failure> {
    let journals = [journal.to_owned()];
    let report = journals::report(&journals)?;
    let mut short = report.clone();
    for run in &mut short.runs {
        run.recoveries.clear();
        run.recovery_statistics.clear();
        for scenario in &mut run.scenarios {
            scenario.proofs.clear();
            scenario.phases.clear();
        }
    }
    Ok((text(&short, &journals, color), report))
}

/// Writes the report of a run that has just ended, or is about to be stopped, in all formats into a folder.
///
/// # Errors
/// The journal cannot be read, or the folder not written.
pub(super) fn write_reports(journal: &Path, folder: &Path) -> Result<(), Failure> {
    let (words, report) = of_run(journal, false)?;
    write_all(folder, &report, &words)
}

/// Writes a report in all formats into a folder.
///
/// # Errors
/// The folder cannot be written.
pub(super) fn write_all(folder: &Path, report: &Report, words: &str) -> Result<(), Failure> {
    std::fs::create_dir_all(folder).map_err(|error| not_written(folder, &error))?;
    for format in Format::FILES {
        let bytes = format
            .write(report, || words.to_owned())
            .map_err(|error| Failure::harness(error.to_string()))?;
        let path = folder.join(format.file_name());
        std::fs::write(&path, bytes).map_err(|error| not_written(&path, &error))?;
    }
    Ok(())
}

/// A file that cannot be written.
pub(super) fn not_written(path: &Path, error: &std::io::Error) -> Failure {
    Failure::file(format!("cannot write {}", path.display()), error)
}

/// What was written, in one line.
pub(super) fn written(folder: &Path) -> String {
    let names: Vec<&str> = Format::FILES.iter().map(|format| format.file_name()).collect();
    format!("reports in {}: {}", folder.display(), names.join(", "))
}
