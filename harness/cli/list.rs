//! `cinder-drill list`

use std::io::{Write, stdout};
use std::path::PathBuf;

use clap::ValueEnum;
use serde_json::json;

use super::failure_text::show;
use super::{ColorChoice, Inputs, SelectionArguments, exit_code};
use crate::diagnostic::SourceMap;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Scenarios: files, folders of them, or names of built-in ones [default: scenarios, or the guide's]
    files: Vec<PathBuf>,
    #[command(flatten)]
    selection: SelectionArguments,
    /// How the list is shown
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, ValueEnum)]
enum Format {
    /// An id a line, as --load-list reads them
    #[default]
    Text,
    /// For programs: with names, files and what is continued
    Json,
}

/// Lists the ids of the scenarios that are selected. Reads no target: an id means the same on every one.
pub(super) fn list(arguments: &Arguments, color: ColorChoice) -> u8 {
    let mut sources = SourceMap::default();
    let selection = match arguments.selection.read() {
        Ok(selection) => selection,
        Err(faults) => {
            show(&faults, &sources, color);
            return exit_code::USAGE;
        }
    };
    let (mut scenarios, mut faults) = Inputs::new(&arguments.files, None).load_scenarios(&mut sources);
    faults.extend(selection.apply(&mut scenarios));
    show(&faults, &sources, color);
    if faults.has_errors() {
        return exit_code::USAGE;
    }
    let mut text = String::new();
    match arguments.format {
        Format::Text => {
            for scenario in scenarios.requested() {
                text += &format!("{}\n", scenario.name.test_id());
            }
        }
        Format::Json => {
            let listed: Vec<_> = scenarios
                .requested()
                .map(|scenario| {
                    json!({
                        "id": scenario.name.test_id(),
                        "name": scenario.name,
                        "summary": scenario.summary,
                        "file": &*scenario.file,
                        "tags": scenario.tags,
                        "continues": scenario.continues.as_ref().map(|continues| &continues.name),
                    })
                })
                .collect();
            text = format!("{:#}\n", json!(listed));
        }
    }
    let _ = stdout().write_all(text.as_bytes());
    exit_code::PASS
}
