//! Why something could not be done in a guest.

use std::fmt;

use super::problem::Problem;
use crate::shell::ShellError;

/// Why something could not be done in a guest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GuestError {
    /// The guest could not be asked, or its answer is not known. Says nothing about the guest's data.
    Unanswered {
        /// What was to be done, as in `write failover-dr`.
        doing: String,
        /// What came in between.
        source: Box<ShellError>,
    },
    /// A command failed in the guest.
    Failed {
        /// Where the guest is, for example `root@192.0.2.50:22`.
        place: String,
        /// What was to be done.
        doing: String,
        /// What is behind it.
        problem: Problem,
        /// The command line.
        command: String,
        /// Its exit status.
        exit_code: i32,
        /// What it wrote to its standard error.
        stderr: String,
    },
    /// The guest holds something else than was written just before.
    WrittenOtherwise {
        /// Where the guest is.
        place: String,
        /// The file.
        path: String,
        /// The SHA-256 of what was sent, in hexadecimal.
        expected: String,
        /// The SHA-256 that the guest computed.
        seen: String,
    },
    /// Several disks have the volume's serial.
    SeveralDevices {
        /// Where the guest is.
        place: String,
        /// The serial.
        serial: String,
        /// The disks.
        devices: Vec<String>,
    },
    /// It should be mounted and is not, or the other way round.
    MountTable {
        /// Where the guest is.
        place: String,
        /// The mount point.
        directory: String,
        /// Whether it should be mounted.
        expected_mounted: bool,
        /// What `/proc/mounts` says of the mount point; empty for nothing.
        seen: String,
    },
    /// It cannot be asked for in this form.
    Unsupported {
        /// What was to be done.
        doing: String,
        /// Why it cannot be.
        cause: String,
    },
    /// A command succeeded, but its output makes no sense.
    Garbage {
        /// Where the guest is.
        place: String,
        /// What was to be done.
        doing: String,
        /// The command line.
        command: String,
        /// What it wrote to its standard output.
        output: String,
    },
}

impl GuestError {
    /// Whether it speaks about the data in the guest (a file that is gone, a disk that holds no file system), rather
    /// than about a guest that could not be asked or a command that could not be run.
    #[must_use]
    pub fn is_about_the_file(&self) -> bool {
        match self {
            GuestError::Failed { problem, .. } => {
                matches!(problem, Problem::NoSuchFile | Problem::NoFilesystem | Problem::DiskLost)
            }
            GuestError::WrittenOtherwise { .. } => true,
            GuestError::Unanswered { .. }
            | GuestError::SeveralDevices { .. }
            | GuestError::MountTable { .. }
            | GuestError::Unsupported { .. }
            | GuestError::Garbage { .. } => false,
        }
    }

    /// What is behind a command that failed.
    #[must_use]
    pub fn problem(&self) -> Option<Problem> {
        match self {
            GuestError::Failed { problem, .. } => Some(*problem),
            _ => None,
        }
    }

    /// What happened, in one sentence without a full stop.
    #[must_use]
    pub fn summary(&self) -> String {
        match self {
            GuestError::Unanswered { doing, source } => format!("could not {doing} in the guest: {}", source.summary()),
            GuestError::Failed {
                place, doing, problem, ..
            } => {
                format!("guest {place} cannot {doing}: {}", problem.words())
            }
            GuestError::WrittenOtherwise { place, path, .. } => {
                format!("guest {place} holds something else in {path} than was written to it just before")
            }
            GuestError::SeveralDevices { place, serial, devices } => {
                format!("guest {place} has {} disks with serial {serial}", devices.len())
            }
            GuestError::MountTable {
                place,
                directory,
                expected_mounted: true,
                ..
            } => {
                format!("guest {place} says that {directory} was mounted, but nothing is mounted there")
            }
            GuestError::MountTable { place, directory, .. } => {
                format!("guest {place} says that {directory} was unmounted, but it is still mounted")
            }
            GuestError::Unsupported { doing, cause } => format!("cannot {doing} in the guest: {cause}"),
            GuestError::Garbage { place, doing, .. } => {
                format!("guest {place} gave an answer that makes no sense when it was to {doing}")
            }
        }
    }

    /// Named facts: what was tried and what came. Values may span lines.
    #[must_use]
    pub fn details(&self) -> Vec<(String, String)> {
        let mut details = Vec::new();
        let mut add = |name: &str, value: &str| details.push((name.to_owned(), value.trim_end().to_owned()));
        match self {
            GuestError::Unanswered { source, .. } => return source.details(),
            GuestError::Failed {
                command,
                exit_code,
                stderr,
                ..
            } => {
                add("command", command);
                add("exit status", &exit_code.to_string());
                if !stderr.trim().is_empty() {
                    add("stderr", stderr);
                }
            }
            GuestError::WrittenOtherwise { expected, seen, .. } => {
                add("sha256 of what was sent", expected);
                add("sha256 in the guest", seen);
            }
            GuestError::SeveralDevices { devices, .. } => add("disks", &devices.join(", ")),
            GuestError::MountTable { seen, .. } => {
                add("/proc/mounts", if seen.is_empty() { "no line for it" } else { seen });
            }
            GuestError::Unsupported { .. } => {}
            GuestError::Garbage { command, output, .. } => {
                add("command", command);
                add("stdout", if output.trim().is_empty() { "(nothing)" } else { output });
            }
        }
        details
    }

    /// What to do next.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        let help = match self {
            GuestError::Unanswered { source, .. } => return source.help(),
            GuestError::Failed { problem, .. } => problem.help(),
            GuestError::WrittenOtherwise { .. } => {
                "the guest's storage returns other bytes than it was given: look at `dmesg` in the guest"
            }
            GuestError::SeveralDevices { .. } => {
                "one volume must be one disk: detach what was attached twice, or have multipathd join its paths"
            }
            GuestError::MountTable {
                expected_mounted: true, ..
            } => "run the mount by hand in the guest, and look at `dmesg`",
            GuestError::MountTable { .. } => {
                "something is mounted there twice, or holds it: `findmnt` and `fuser -vm` name it"
            }
            GuestError::Unsupported { .. } => return None,
            GuestError::Garbage { .. } => {
                "run the command in the guest by hand: something replaces it or writes along with it"
            }
        };
        Some(help.to_owned())
    }
}

impl fmt::Display for GuestError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.summary())
    }
}

impl std::error::Error for GuestError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            GuestError::Unanswered { source, .. } => Some(source.as_ref()),
            _ => None,
        }
    }
}
