//! `cinder-drill completions` and `cinder-drill man`: what shells and `man` know of the command line, from the command line itself.

use std::io::{Write, stdout};
use std::path::{Path, PathBuf};

use clap::ValueHint;

use super::failure_text::refuse;
use super::report::not_written;
use super::{ColorChoice, exit_code};
use crate::failure::Failure;

/// The program's name.
const NAME: &str = "cinder-drill";

#[derive(Debug, clap::Args)]
pub(super) struct Completions {
    /// The shell
    shell: clap_complete::Shell,
}

#[derive(Debug, clap::Args)]
pub(super) struct Man {
    /// Writes a page for the program and one for each command into this folder, in place of printing the first
    #[arg(long, short, value_name = "DIR", value_hint = ValueHint::DirPath)]
    output: Option<PathBuf>,
}

pub(super) fn completions(arguments: &Completions, mut command: clap::Command) -> u8 {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut command, NAME, &mut script);
    // A closed output is nobody's fault.
    let _ = stdout().write_all(&script);
    exit_code::PASS
}

pub(super) fn man(arguments: &Man, command: clap::Command, color: ColorChoice) -> u8 {
    let done = match &arguments.output {
        Some(folder) => write_pages(command, folder),
        None => print_page(command),
    };
    match done {
        Ok(()) => exit_code::PASS,
        Err(failure) => refuse(&failure, color),
    }
}

fn write_pages(command: clap::Command, folder: &Path) -> Result<(), Failure> {
    let done = std::fs::create_dir_all(folder).and_then(|()| clap_mangen::generate_to(command, folder));
    done.map_err(|error| not_written(folder, &error))?;
    let _ = writeln!(stdout(), "man pages in {0}: man {0}/{NAME}.1", folder.display());
    Ok(())
}

fn print_page(command: clap::Command) -> Result<(), Failure> {
    let mut page = Vec::new();
    let rendered = clap_mangen::Man::new(command).render(&mut page);
    rendered.map_err(|error| Failure::harness(format!("the page cannot be made: {error}")))?;
    let _ = stdout().write_all(&page);
    Ok(())
}
