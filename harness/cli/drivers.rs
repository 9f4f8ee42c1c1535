//! `cinder-drill drivers`

use std::io::{Write, stdout};

use super::exit_code;
use crate::drivers::{self, DriverFile, Moves};

/// Lists the built-in driver profiles, a driver at a time: what a target names, and what each cannot do.
pub(super) fn drivers() -> u8 {
    let text: String = drivers::driver_files().iter().map(of_file).collect();
    match stdout().write_all(text.as_bytes()) {
        Ok(()) => exit_code::PASS,
        Err(_) => exit_code::CLOUD_OR_HARNESS,
    }
}

fn of_file(file: &DriverFile) -> String {
    let lacks = match &file.moves {
        Moves::Backend => String::new(),
        Moves::Groups(because) | Moves::Nothing(because) => format!("    {because}\n"),
    };
    let names: String = file
        .profiles
        .iter()
        .map(|profile| format!("    {}\n", profile.name))
        .collect();
    format!("{} ({})\n{lacks}{names}", file.driver, file.title)
}
