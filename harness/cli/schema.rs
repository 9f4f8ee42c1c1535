//! `cinder-drill schema`

use std::io::{Write, stderr, stdout};
use std::path::PathBuf;

use clap::ValueEnum;
use serde_json::Value;

use super::exit_code;
use crate::{report, scenario, target};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Of which files
    #[arg(value_enum, required_unless_present = "output")]
    kind: Option<Kind>,
    /// Writes `scenario.schema.json`, `target.schema.json` and `report.schema.json` into this folder instead
    #[arg(long, value_name = "DIR")]
    output: Option<PathBuf>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum Kind {
    /// Scenario files
    Scenario,
    /// Target files
    Target,
    /// Reports in JSON
    Report,
}

impl Kind {
    const fn file_name(self) -> &'static str {
        match self {
            Kind::Scenario => "scenario.schema.json",
            Kind::Target => "target.schema.json",
            Kind::Report => "report.schema.json",
        }
    }

    /// The schema as text. `{:#}` of JSON cannot fail and ends without a line break.
    fn text(self) -> String {
        let schema: Value = match self {
            Kind::Scenario => scenario::json_schema(),
            Kind::Target => target::json_schema(),
            Kind::Report => return report::JSON_SCHEMA.to_owned(),
        };
        format!("{schema:#}\n")
    }
}

pub(super) fn schema(arguments: &Arguments) -> u8 {
    let kinds = arguments
        .kind
        .map_or_else(|| vec![Kind::Scenario, Kind::Target, Kind::Report], |kind| vec![kind]);
    for kind in kinds {
        let written = match &arguments.output {
            Some(folder) => std::fs::create_dir_all(folder)
                .and_then(|()| std::fs::write(folder.join(kind.file_name()), kind.text()))
                .map_err(|error| format!("cannot write {}: {error}", folder.join(kind.file_name()).display())),
            None => stdout()
                .write_all(kind.text().as_bytes())
                .map_err(|error| error.to_string()),
        };
        if let Err(error) = written {
            // With nobody to tell, the exit code says it.
            let _ = writeln!(stderr(), "error: {error}");
            return exit_code::USAGE;
        }
    }
    exit_code::PASS
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn the_committed_schemas_are_current() {
        for kind in [Kind::Scenario, Kind::Target] {
            let path = Path::new(env!("CARGO_MANIFEST_DIR"))
                .join("fixtures/schemas")
                .join(kind.file_name());
            let committed = std::fs::read_to_string(&path).unwrap_or_default();
            assert!(
                committed == kind.text(),
                "{} is not current; run `cargo run -- schema --output fixtures/schemas`",
                path.display()
            );
        }
    }
}
