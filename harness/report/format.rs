//! The formats of reports.

use clap::ValueEnum;

use super::document::Report;
use super::{html, junit, metrics, subunit};

/// A format of reports.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum Format {
    /// For people, as at the end of a run
    Text,
    /// All of it as data; `cinder-drill schema report` describes it
    Json,
    /// JUnit XML
    Junit,
    /// subunit v2, the stream of OpenStack's gate jobs
    Subunit,
    /// One page that needs nothing else
    Html,
    /// OpenMetrics text: verdicts, RTO, RPO, waits and requests, for those who watch drills
    Metrics,
}

/// A report cannot be put into a format.
#[derive(Debug, thiserror::Error)]
#[error("cannot write the report as {format}: {cause}")]
pub struct FormatError {
    /// The format.
    pub format: &'static str,
    /// Why not.
    pub cause: String,
}

impl Format {
    /// All formats that are files of their own.
    pub const FILES: [Format; 6] = [
        Format::Json,
        Format::Junit,
        Format::Subunit,
        Format::Html,
        Format::Text,
        Format::Metrics,
    ];

    /// The name of the file in a folder of reports. That of subunit is the one which OpenStack's gate jobs collect.
    #[must_use]
    pub const fn file_name(self) -> &'static str {
        match self {
            Format::Text => "report.txt",
            Format::Json => "report.json",
            Format::Junit => "junit.xml",
            Format::Subunit => "testrepository.subunit",
            Format::Html => "report.html",
            Format::Metrics => "metrics.txt",
        }
    }

    /// What the file is.
    #[must_use]
    pub const fn what(self) -> &'static str {
        match self {
            Format::Text => "the report for people, as at the end of a run",
            Format::Json => "the report as data",
            Format::Junit => "the report as JUnit XML",
            Format::Subunit => "the report as subunit v2",
            Format::Html => "the report for people, as one page",
            Format::Metrics => "the report as OpenMetrics text",
        }
    }

    /// The report in this format. `text` makes the one for people, which may be colored.
    ///
    /// # Errors
    /// The format cannot hold it.
    pub fn write(self, report: &Report, text: impl FnOnce() -> String) -> Result<Vec<u8>, FormatError> {
        match self {
            Format::Text => Ok(text().into_bytes()),
            Format::Json => serde_json::to_string_pretty(report)
                .map(|json| (json + "\n").into_bytes())
                .map_err(|error| failed("JSON", error)),
            Format::Junit => junit::junit(report)
                .map(String::into_bytes)
                .map_err(|error| failed("JUnit", error)),
            Format::Subunit => subunit::subunit(report).map_err(|error| failed("subunit", error)),
            Format::Html => html::html(report)
                .map(String::into_bytes)
                .map_err(|error| failed("HTML", error)),
            Format::Metrics => Ok(metrics::metrics(report).into_bytes()),
        }
    }
}

fn failed(format: &'static str, cause: impl std::fmt::Display) -> FormatError {
    FormatError {
        format,
        cause: cause.to_string(),
    }
}
