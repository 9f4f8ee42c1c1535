//! Why something could not be done in a guest.

use std::fmt;

use super::mount_fault::MountFault;
use super::problem::Problem;
use crate::counted::counted;
use crate::shell::ShellError;

/// How many disks an error lists.
const LISTED: usize = 8;

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
        /// How many bytes were sent.
        bytes: usize,
        /// What the guest holds, in words.
        seen: String,
    },
    /// The guest says two things of one file: what it reads has another digest than it computes.
    Contradiction {
        /// Where the guest is.
        place: String,
        /// The file.
        path: String,
        /// What `cat` gave, in words.
        read: String,
        /// What `sha256sum` gave.
        digest: String,
    },
    /// Something writes along with the file's content.
    Noise {
        /// Where the guest is.
        place: String,
        /// The file.
        path: String,
        /// What was done to the content, in words.
        how: String,
        /// What came instead of the content; of a long text the beginning and the end.
        seen: String,
    },
    /// It is mounted otherwise than it was to be.
    WrongMount {
        /// Where the guest is.
        place: String,
        /// The mount point.
        directory: String,
        /// The disk that was to be mounted.
        device: String,
        /// What is wrong.
        fault: Box<MountFault>,
        /// The last line of `/proc/mounts` for the mount point, without its last two fields.
        seen: String,
    },
    /// A disk that no file system must be made on.
    NotToFormat {
        /// Where the guest is.
        place: String,
        /// The disk.
        device: String,
        /// Why not, after `… is `.
        because: String,
    },
    /// `mkfs` succeeded, and there is no such file system on the disk.
    NotFormatted {
        /// Where the guest is.
        place: String,
        /// The disk.
        device: String,
        /// The kind of file system.
        filesystem: String,
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
    /// than about a guest that could not be asked, a disk that does not answer or a command that could not be run.
    #[must_use]
    pub fn is_about_the_file(&self) -> bool {
        match self {
            GuestError::Failed { problem, .. } => {
                matches!(problem, Problem::NoSuchFile | Problem::NoFilesystem)
            }
            GuestError::Unanswered { .. }
            | GuestError::WrittenOtherwise { .. }
            | GuestError::Contradiction { .. }
            | GuestError::Noise { .. }
            | GuestError::WrongMount { .. }
            | GuestError::NotToFormat { .. }
            | GuestError::NotFormatted { .. }
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
                format!("guest {place} says that it has written {path}, and does not hold it")
            }
            GuestError::Contradiction { place, path, .. } => {
                format!(
                    "guest {place} contradicts itself about {path}: it reads one thing, and has the digest of another"
                )
            }
            GuestError::Noise { place, path, how, .. } => {
                format!("guest {place} gives {path} with noise: {how}")
            }
            GuestError::WrongMount {
                place,
                directory,
                device,
                fault,
                ..
            } => fault.summary(place, directory, device),
            GuestError::NotToFormat { place, device, because } => {
                format!("no file system is made on {device} of guest {place}: it is {because}")
            }
            GuestError::NotFormatted {
                place,
                device,
                filesystem,
            } => {
                format!("guest {place} says that it made {filesystem} on {device}, and there is none")
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
                format!("guest {place} gave an invalid answer to a command that should {doing}")
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
            GuestError::WrittenOtherwise { bytes, seen, .. } => {
                add("written", &counted(*bytes, "byte"));
                add("read back at once", seen);
            }
            GuestError::Contradiction { read, digest, .. } => {
                add("cat", read);
                add("sha256sum", digest);
            }
            GuestError::Noise { seen, .. } => add("stdout", seen),
            GuestError::WrongMount { seen, .. } => add("/proc/mounts", seen),
            GuestError::NotToFormat { .. } | GuestError::NotFormatted { .. } => {}
            GuestError::SeveralDevices { devices, .. } => {
                let more = match devices.len().saturating_sub(LISTED) {
                    0 => String::new(),
                    more => format!(" and {more} more"),
                };
                let listed = devices.iter().take(LISTED).map(String::as_str).collect::<Vec<_>>();
                add("disks", &format!("{}{more}", listed.join(", ")));
            }
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
                "the guest never took the write, so replication is not the cause: check `df`, `mount` and `dmesg` in \
                 the guest"
            }
            GuestError::Contradiction { .. } => {
                "one of the two does not come from the disk, so neither can be trusted; this says nothing about the \
                 data. Run both by hand in the guest: a wrapper, an alias or a login script is in between"
            }
            GuestError::Noise { .. } => {
                "this is noise and not lost data: a login script, a message of the day, `sudo` or a wrapper adds \
                 output to every command; silence it where there is no terminal"
            }
            GuestError::WrongMount { fault, .. } => fault.help(),
            GuestError::NotToFormat { .. } => {
                "the disk that the guest names for the volume's serial is not a fresh volume: check `lsblk -o \
                 NAME,SERIAL,MOUNTPOINT` in the guest; nothing was written to it"
            }
            GuestError::NotFormatted { .. } => {
                "the file system went to another disk, or nowhere: run `mkfs` by hand in the guest, and check `dmesg`"
            }
            GuestError::SeveralDevices { .. } => {
                "one volume must be one disk: detach what was attached twice, or have multipathd join its paths"
            }
            GuestError::MountTable {
                expected_mounted: true, ..
            } => "run the mount by hand in the guest, and check `dmesg`",
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
