//! What happened to the mark behind a command's output.

/// Why the mark that carries a command's exit status cannot be read, though the command came to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MarkFault {
    /// Something was written after it, as a logout script does.
    Followed {
        /// The exit status in the mark.
        status: i32,
        /// The beginning of what follows.
        by: String,
    },
    /// Its line ends with CR LF, as behind a terminal.
    CarriageReturn,
    /// It came on the standard error.
    InStandardError,
    /// It carries no exit status of a shell, which is a number from 0 to 255.
    NoStatus {
        /// What stands in its place.
        line: String,
    },
}

impl MarkFault {
    /// What happened, after `a command on … `.
    pub(super) fn words(&self) -> &'static str {
        match self {
            MarkFault::Followed { .. } => "ended, and then something else was written",
            MarkFault::CarriageReturn => "ended, and its output has CR LF for line ends",
            MarkFault::InStandardError => "ended, and its output came on the standard error",
            MarkFault::NoStatus { .. } => "ended without a valid exit status",
        }
    }

    /// A named fact about it.
    pub(super) fn fact(&self) -> (&'static str, String) {
        match self {
            MarkFault::Followed { by, .. } => ("written after it", by.clone()),
            MarkFault::CarriageReturn => ("the last line", "ends with CR LF".to_owned()),
            MarkFault::InStandardError => ("the last line", "is on stderr".to_owned()),
            MarkFault::NoStatus { line } => ("in place of its exit status", line.clone()),
        }
    }

    /// What to do next.
    pub(super) fn help(&self) -> &'static str {
        match self {
            MarkFault::Followed { .. } => {
                "this is noise and says nothing about the command: a logout script (`.bash_logout`), a wrapper or a \
                 ForceCommand writes after it; silence it where there is no terminal"
            }
            MarkFault::CarriageReturn => {
                "this is noise and says nothing about the command: a terminal or a wrapper changes line ends; \
                 configure the SSH server to allocate no terminal for commands"
            }
            MarkFault::InStandardError => {
                "something between the shell and this machine mixes up the two outputs (a wrapper as login shell, a \
                 ForceCommand)"
            }
            MarkFault::NoStatus { .. } => {
                "something between the shell and this machine changes what is written (a wrapper as login shell, a \
                 ForceCommand); a result like this counts for nothing"
            }
        }
    }
}
