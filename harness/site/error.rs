//! Why a site could not be asked.

use std::fmt;

use super::problem::SiteProblem;
use crate::shell::ShellError;

/// Why a site could not be asked, or why it refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SiteError {
    /// The site's shell could not be asked, or its answer is not known.
    Unanswered {
        /// The site's name.
        site: String,
        /// What was to be done, as in `read the info of image volumes/volume-…`.
        doing: String,
        /// What came in between.
        source: Box<ShellError>,
    },
    /// The site has no such image.
    NoSuchImage {
        /// The site's name.
        site: String,
        /// What was to be done.
        doing: String,
        /// The command line.
        command: String,
        /// What it wrote to its standard error.
        stderr: String,
    },
    /// The image is not mirrored.
    MirroringDisabled {
        /// The site's name.
        site: String,
        /// What was to be done.
        doing: String,
        /// The command line.
        command: String,
    },
    /// The command failed otherwise.
    Failed {
        /// The site's name.
        site: String,
        /// What was to be done.
        doing: String,
        /// What is behind it.
        problem: SiteProblem,
        /// The command line.
        command: String,
        /// Its exit status.
        exit_code: i32,
        /// What it wrote to its standard error.
        stderr: String,
    },
    /// It cannot be asked for in this form.
    Unsupported {
        /// The site's name.
        site: String,
        /// What was to be done.
        doing: String,
        /// Why it cannot be.
        cause: String,
    },
    /// The command succeeded, but its output makes no sense.
    Garbage {
        /// The site's name.
        site: String,
        /// What was to be done.
        doing: String,
        /// The command line.
        command: String,
        /// What it wrote to its standard output.
        stdout: String,
        /// What it wrote to its standard error.
        stderr: String,
        /// What is wrong with it.
        cause: String,
    },
}

/// How much of a long output an error shows.
const SHOWN: usize = 1000;

impl SiteError {
    /// Reads from what `rbd` left behind why it failed. The words are those of Ceph's `src/tools/rbd` and of `librados`.
    pub(crate) fn of(site: &str, doing: &str, command: &str, exit_code: i32, stderr: &str) -> SiteError {
        let (site, doing, command, stderr) = (
            site.to_owned(),
            doing.to_owned(),
            command.to_owned(),
            stderr.trim_end().to_owned(),
        );
        let says = |words: &str| stderr.contains(words);
        if says("error opening image") && says("(2) No such file or directory") {
            return SiteError::NoSuchImage {
                site,
                doing,
                command,
                stderr,
            };
        }
        if says("mirroring not enabled on the image") {
            return SiteError::MirroringDisabled { site, doing, command };
        }
        let problem = SiteProblem::of(exit_code, &stderr);
        SiteError::Failed {
            site,
            doing,
            problem,
            command,
            exit_code,
            stderr,
        }
    }

    /// Whether the site answered that it has no such image.
    #[must_use]
    pub fn is_no_such_image(&self) -> bool {
        matches!(self, SiteError::NoSuchImage { .. })
    }

    /// What is behind a command that failed; `None` for all else.
    #[must_use]
    pub fn problem(&self) -> Option<SiteProblem> {
        match self {
            SiteError::Failed { problem, .. } => Some(*problem),
            _ => None,
        }
    }

    /// Whether there was no answer: neither from the shell nor from the cluster behind it.
    #[must_use]
    pub fn is_silent(&self) -> bool {
        let problem = match self {
            // A command whose exit status is missing was answered.
            SiteError::Unanswered { source, .. } => {
                return matches!(
                    **source,
                    ShellError::ConnectionRefused { .. }
                        | ShellError::Unreachable { .. }
                        | ShellError::HandshakeFailed { .. }
                        | ShellError::Disconnected { .. }
                        | ShellError::TimedOut { .. }
                );
            }
            SiteError::Failed { problem, .. } => problem,
            _ => return false,
        };
        *problem == SiteProblem::ClusterUnreachable
    }

    /// Whether it was not asked because the way to it failed: a jump host or a program, of which nothing says whether the site itself
    /// is well.
    #[must_use]
    pub fn is_of_the_way(&self) -> bool {
        let SiteError::Unanswered { source, .. } = self else {
            return false;
        };
        matches!(**source, ShellError::NoWay { .. } | ShellError::NoShell { .. })
    }

    /// What happened, in one sentence without a full stop.
    #[must_use]
    pub fn summary(&self) -> String {
        match self {
            SiteError::Unanswered { site, doing, source } => {
                format!("could not {doing} at {site}: {}", source.summary())
            }
            SiteError::NoSuchImage { site, doing, .. } => format!("{site} cannot {doing}: it has no such image"),
            SiteError::MirroringDisabled { site, doing, .. } => {
                format!("{site} cannot {doing}: the image is not mirrored")
            }
            SiteError::Failed {
                site,
                doing,
                problem,
                exit_code,
                ..
            } => format!("{site} cannot {doing}: {}", problem.words(*exit_code)),
            SiteError::Unsupported { site, doing, cause } => format!("cannot {doing} at {site}: {cause}"),
            SiteError::Garbage { site, doing, .. } => {
                format!("{site} gave an invalid answer to a command that should {doing}")
            }
        }
    }

    /// Named facts: what was tried and what came. Values may span lines.
    #[must_use]
    pub fn details(&self) -> Vec<(String, String)> {
        let mut details = Vec::new();
        let mut add = |name: &str, value: &str| {
            if !value.trim().is_empty() {
                details.push((name.to_owned(), beginning(value.trim_end())));
            }
        };
        match self {
            SiteError::Unanswered { source, .. } => return source.details(),
            SiteError::NoSuchImage { command, stderr, .. } => {
                add("command", command);
                add("stderr", stderr);
            }
            SiteError::MirroringDisabled { command, .. } => add("command", command),
            SiteError::Failed {
                command,
                exit_code,
                stderr,
                ..
            } => {
                add("command", command);
                add("exit status", &exit_code.to_string());
                add("stderr", stderr);
            }
            SiteError::Unsupported { .. } => {}
            SiteError::Garbage {
                command,
                stdout,
                stderr,
                cause,
                ..
            } => {
                add("command", command);
                add("cause", cause);
                add("stdout", if stdout.trim().is_empty() { "(nothing)" } else { stdout });
                add("stderr", stderr);
            }
        }
        details
    }

    /// What to do next.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        let help = match self {
            SiteError::Unanswered { source, .. } if matches!(**source, ShellError::TimedOut { .. }) => {
                "`rbd` waits for ever for a cluster that does not answer: ask `ceph -s` at the site, and check the target's \
                 rbd-arguments and the command budget"
            }
            SiteError::Unanswered { source, .. } => return source.help(),
            SiteError::NoSuchImage { .. } => {
                "check the target's pool; an image that was just enabled for mirroring takes a while (14 to 33 s on a real \
                 Ceph) to appear at the other site"
            }
            SiteError::MirroringDisabled { .. } => {
                "the volume's type must have replication_enabled='<is> True', and the volume replication_status `enabled`"
            }
            SiteError::Failed { problem, .. } => problem.help(),
            SiteError::Unsupported { .. } => return None,
            SiteError::Garbage { .. } => {
                "run the command by hand in the site's shell: a login message, a wrapper or a prefix may write along with it"
            }
        };
        Some(help.to_owned())
    }
}

impl fmt::Display for SiteError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.summary())
    }
}

impl std::error::Error for SiteError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            SiteError::Unanswered { source, .. } => Some(source.as_ref()),
            _ => None,
        }
    }
}

fn beginning(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
