//! The program as a user types it.

use std::path::Path;
use std::process::{Command, Output, Stdio};

/// The repository.
pub fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The program without arguments, in a folder, with nothing to read and no colours.
pub fn program(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cinder-drill"));
    command
        .current_dir(folder)
        .env("NO_COLOR", "1")
        .env_remove("SSH_AUTH_SOCK")
        .env_remove("CINDER_DRILL_TARGET")
        .env_remove("CINDER_DRILL_RUNS")
        .env_remove("CINDER_DRILL_REPORT")
        .stdin(Stdio::null());
    command
}

/// A command line, run in the repository.
pub fn cinder_drill(arguments: &[&str]) -> Output {
    let mut command = program(repository());
    command.args(arguments).env("INSTA_UPDATE", "no");
    command.output().expect("the program starts")
}

/// What was printed.
pub fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("UTF-8")
}

/// The exit code.
pub fn code(output: &Output) -> i32 {
    output.status.code().expect("an exit code")
}
