//! `cinder-drill schema`

use std::io::{Write, stderr, stdout};
use std::path::PathBuf;

use clap::ValueEnum;
use serde_json::Value;

use super::exit_code;
use crate::{drivers, event, report, scenario, targets};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Of which files
    #[arg(value_enum, required_unless_present = "output")]
    kind: Option<Kind>,
    /// Writes the schemas of all of them into this folder instead, as `KIND.schema.json`
    #[arg(long, value_name = "DIR")]
    output: Option<PathBuf>,
    /// As JSON Schema, or as a reference for people
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, ValueEnum)]
enum Format {
    /// JSON Schema
    #[default]
    Json,
    /// Markdown; there is none of journals and reports
    Markdown,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum Kind {
    /// Scenario files
    Scenario,
    /// Files of steps that scenarios use
    Part,
    /// Target files
    Target,
    /// Driver profiles
    Profile,
    /// The lines of a run's journal
    Journal,
    /// Reports in JSON
    Report,
}

impl Kind {
    const fn file_name(self, format: Format) -> &'static str {
        match (self, format) {
            (Kind::Scenario, Format::Json) => "scenario.schema.json",
            (Kind::Part, Format::Json) => "part.schema.json",
            (Kind::Target, Format::Json) => "target.schema.json",
            (Kind::Profile, Format::Json) => "profile.schema.json",
            (Kind::Journal, Format::Json) => "journal.schema.json",
            (Kind::Report, Format::Json) => "report.schema.json",
            (Kind::Scenario | Kind::Part, Format::Markdown) => "scenario-reference.md",
            (Kind::Target, Format::Markdown) => "target-reference.md",
            (Kind::Profile, Format::Markdown) => "driver-profile-reference.md",
            (Kind::Journal, Format::Markdown) => "journal.md",
            (Kind::Report, Format::Markdown) => "reading-a-report.md",
        }
    }

    /// The schema as text. `{:#}` of JSON cannot fail and ends without a line break.
    fn text(self, format: Format) -> String {
        if format == Format::Markdown {
            return match self {
                Kind::Scenario => scenario::reference(),
                Kind::Target => targets::reference(),
                Kind::Profile => drivers::reference(),
                Kind::Part | Kind::Journal | Kind::Report => String::new(),
            };
        }
        let schema: Value = match self {
            Kind::Scenario => scenario::json_schema(),
            Kind::Part => scenario::part_json_schema(),
            Kind::Target => targets::json_schema(),
            Kind::Profile => drivers::json_schema(),
            Kind::Journal => event::json_schema(),
            Kind::Report => report::json_schema(),
        };
        format!("{schema:#}\n")
    }
}

pub(super) fn schema(arguments: &Arguments) -> u8 {
    let format = arguments.format;
    let kinds = arguments.kind.map_or_else(|| all(format), |kind| vec![kind]);
    if kinds.iter().any(|kind| !all(format).contains(kind)) {
        let _ = writeln!(
            stderr(),
            "error: there is a reference in Markdown of scenarios, targets and driver profiles only; harness/docs/ explains journals and reports"
        );
        return exit_code::USAGE;
    }
    for kind in kinds {
        let written = match &arguments.output {
            Some(folder) => std::fs::create_dir_all(folder)
                .and_then(|()| std::fs::write(folder.join(kind.file_name(format)), kind.text(format)))
                .map_err(|error| {
                    format!(
                        "cannot write {}: {error}",
                        folder.join(kind.file_name(format)).display()
                    )
                }),
            None => stdout()
                .write_all(kind.text(format).as_bytes())
                .map_err(|error| error.to_string()),
        };
        if let Err(error) = written {
            // With no output, the exit code says it.
            let _ = writeln!(stderr(), "error: {error}");
            return exit_code::USAGE;
        }
    }
    exit_code::PASS
}

/// The kinds of files that there is something to say of in a format.
fn all(format: Format) -> Vec<Kind> {
    match format {
        Format::Json => vec![
            Kind::Scenario,
            Kind::Part,
            Kind::Target,
            Kind::Profile,
            Kind::Journal,
            Kind::Report,
        ],
        Format::Markdown => vec![Kind::Scenario, Kind::Target, Kind::Profile],
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    /// Panics unless a file of the repository is what the program says.
    fn must_be_current(folder: &str, format: Format) {
        for kind in all(format) {
            let path = Path::new(env!("CARGO_MANIFEST_DIR"))
                .join(folder)
                .join(kind.file_name(format));
            if std::env::var_os("UPDATE_GOLDENS").is_some() {
                std::fs::write(&path, kind.text(format)).expect("a file that can be written");
            }
            let committed = std::fs::read_to_string(&path).unwrap_or_default();
            assert!(
                committed == kind.text(format),
                "{} is not current; run `UPDATE_GOLDENS=1 cargo test --lib the_committed`",
                path.display(),
            );
        }
    }

    #[test]
    fn the_committed_schemas_are_current() {
        must_be_current("fixtures/schemas", Format::Json);
    }

    #[test]
    fn the_committed_references_are_current() {
        must_be_current("harness/docs", Format::Markdown);
    }
}
