//! Texts that a command prints, or writes into a file that must be new.

use std::io::{Write, stdout};
use std::path::Path;

use crate::failure::Failure;

/// Writes a new file, or prints.
///
/// # Errors
/// The file is there already, or cannot be written.
pub(super) fn put(output: Option<&Path>, text: &str) -> Result<(), Failure> {
    let Some(path) = output else {
        // A closed output is nobody's fault.
        let _ = stdout().write_all(text.as_bytes());
        return Ok(());
    };
    let file = std::fs::OpenOptions::new().write(true).create_new(true).open(path);
    file.and_then(|mut file| file.write_all(text.as_bytes()))
        .map_err(|error| {
            if error.kind() == std::io::ErrorKind::AlreadyExists {
                is_there(path)
            } else {
                Failure::file(format!("cannot write {}", path.display()), &error)
            }
        })
}

/// Refuses early what would be refused at the end.
///
/// # Errors
/// The file is there already.
pub(super) fn require_new(output: Option<&Path>) -> Result<(), Failure> {
    match output {
        Some(path) if path.exists() => Err(is_there(path)),
        _ => Ok(()),
    }
}

fn is_there(path: &Path) -> Failure {
    Failure::usage(format!("{} is there already", path.display()))
        .help("name another file with --output, or remove it first")
}
