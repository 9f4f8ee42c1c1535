//! Why a command could not be run, or what came of it could not be known.

use std::path::PathBuf;
use std::time::Duration;

use super::{HostKey, MarkFault};

use crate::counted::counted;

/// How much of a long text an error shows.
const SHOWN: usize = 2000;

/// Why a host key is not trusted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotTrusted {
    /// The target declares this one.
    Declared(String),
    /// One of these files has another one of the address, or revokes it.
    Another(String),
    /// None of these files has one of the address.
    Unknown(String),
}

/// Why a command could not be run, or why what came of it is not known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ShellError {
    /// Nothing listens at the address.
    ConnectionRefused {
        /// `host:port`.
        address: String,
    },
    /// No connection came about: the name is unknown, there is no route, or there was no answer in time.
    Unreachable {
        /// `host:port`.
        address: String,
        /// What the operating system said.
        cause: String,
    },
    /// There is a connection, but what is at its other end did not complete an SSH handshake.
    HandshakeFailed {
        /// `host:port`.
        address: String,
        /// What libssh2 said.
        cause: String,
    },
    /// The server shows another host key than before in this run.
    HostKeyChanged {
        /// `host:port`.
        address: String,
        /// The key seen first.
        expected: HostKey,
        /// The key seen now.
        seen: HostKey,
    },
    /// The host key that the server shows is not known.
    HostKeyNotTrusted {
        /// `host:port`.
        address: String,
        /// The key seen.
        seen: Box<HostKey>,
        /// Why not.
        why: NotTrusted,
    },
    /// The private key cannot be used.
    KeyUnreadable {
        /// The key's file.
        path: PathBuf,
        /// What is wrong with it.
        cause: String,
    },
    /// The server does not let the user in with this key.
    AuthenticationRefused {
        /// `host:port`.
        address: String,
        /// The user.
        user: String,
        /// The keys that were shown to it: their files, or what the agent calls them.
        keys: Vec<String>,
        /// The methods that the server offers, for example `publickey`; empty if it did not say.
        offered: Vec<String>,
        /// What libssh2 said.
        cause: String,
    },
    /// A jump host or a program that makes the connection did not lead to the machine. Which of both failed is not known.
    NoWay {
        /// The machine: `host:port`.
        address: String,
        /// What the program said.
        cause: String,
    },
    /// A program leads to no shell, or ended before the command did.
    NoShell {
        /// The program, and the words before the command line.
        words: String,
        /// The command, if it is not known whether it ran.
        command: Option<String>,
        /// What it said.
        cause: String,
    },
    /// An entry of `~/.ssh/config` does not say how to reach its machine, or in a way that is not possible here.
    EntryUnusable {
        /// Its name.
        entry: String,
        /// What is wrong with it.
        cause: String,
    },
    /// The connection ended while a command ran. Whether the command did its work is not known.
    Disconnected {
        /// Where it ran, for example `root@192.0.2.11:22`.
        place: String,
        /// The command line.
        command: String,
        /// What libssh2 said.
        cause: String,
    },
    /// The command did not end in time. The session was ended with it; whether the command did its work is not known.
    TimedOut {
        /// Where it ran.
        place: String,
        /// The command line.
        command: String,
        /// The time that it had.
        after: Duration,
        /// What it had written to its standard output.
        stdout: String,
        /// What it had written to its standard error.
        stderr: String,
    },
    /// The command's output ended, but its exit status never came. Whether the command did its work is not known.
    NoExitStatus {
        /// Where it ran.
        place: String,
        /// The command line.
        command: String,
        /// The signal that ended its shell, if one was reported: by an SSH server its name without `SIG`, by the operating
        /// system its number.
        signal: Option<String>,
        /// What it had written to its standard output.
        stdout: String,
        /// What it had written to its standard error.
        stderr: String,
    },
    /// The command came to its end, but what its shell wrote last does not arrive as it was written.
    MarkDisturbed {
        /// Where it ran.
        place: String,
        /// The command line.
        command: String,
        /// What happened to it.
        fault: Box<MarkFault>,
        /// What it had written to its standard output.
        stdout: String,
        /// What it had written to its standard error.
        stderr: String,
    },
    /// The shell that ran the command reported an exit status, and the SSH server that a signal ended it.
    SignalAndStatus {
        /// Where it ran.
        place: String,
        /// The command line.
        command: String,
        /// The exit status in `$?`.
        shell: i32,
        /// The signal, without `SIG`.
        signal: String,
    },
    /// The shell that ran the command reported one exit status and what ran the shell another.
    ExitStatusesDiffer {
        /// Where it ran.
        place: String,
        /// The command line.
        command: String,
        /// The exit status in `$?`.
        shell: i32,
        /// The exit status of the SSH channel, or of the shell's process.
        channel: i32,
    },
    /// The command wrote more than is kept.
    TooMuchOutput {
        /// Where it ran.
        place: String,
        /// The command line.
        command: String,
        /// The limit in bytes, of one of its outputs.
        limit: usize,
    },
    /// The command ended with another exit status than 0.
    CommandFailed {
        /// Where it ran.
        place: String,
        /// The command line.
        command: String,
        /// The exit status.
        exit_code: i32,
        /// What it wrote to its standard error.
        stderr: String,
    },
    /// The command was never started.
    NotStarted {
        /// Where it would have run.
        place: String,
        /// The command line.
        command: String,
        /// Why not.
        cause: String,
    },
}

impl ShellError {
    /// Whether no SSH server answers at the address: the machine may be dead, and come back.
    #[must_use]
    pub fn is_unreachable(&self) -> bool {
        matches!(
            self,
            ShellError::ConnectionRefused { .. }
                | ShellError::Unreachable { .. }
                | ShellError::HandshakeFailed { .. }
                | ShellError::NoWay { .. }
                | ShellError::NoShell { command: None, .. }
        )
    }

    /// What happened, in one sentence without a full stop.
    #[must_use]
    pub fn summary(&self) -> String {
        match self {
            ShellError::ConnectionRefused { address } => format!("{address} refused the SSH connection"),
            ShellError::Unreachable { address, .. } => format!("{address} cannot be reached over SSH"),
            ShellError::HandshakeFailed { address, .. } => format!("the SSH handshake with {address} failed"),
            ShellError::HostKeyChanged { address, .. } => format!("{address} shows another SSH host key than before"),
            ShellError::HostKeyNotTrusted { address, why, .. } => match why {
                NotTrusted::Declared(_) => format!("{address} shows another SSH host key than the target declares"),
                NotTrusted::Another(_) => format!("{address} shows another SSH host key than known_hosts has of it"),
                NotTrusted::Unknown(_) => format!("the SSH host key of {address} is not known"),
            },
            ShellError::KeyUnreadable { path, .. } => format!("the private key {} cannot be used", path.display()),
            ShellError::AuthenticationRefused { address, user, .. } => {
                format!("{address} does not let user {user} in with the private key")
            }
            ShellError::NoWay { address, .. } => format!("the jump host or proxy command does not lead to {address}"),
            ShellError::NoShell {
                words, command: None, ..
            } => format!("`{words}` leads to no shell"),
            ShellError::NoShell { words, .. } => format!("`{words}` ended before the command did"),
            ShellError::EntryUnusable { entry, .. } => format!("the SSH entry {entry} cannot be used"),
            ShellError::Disconnected { place, .. } => format!("the connection to {place} ended while a command ran"),
            ShellError::TimedOut { place, after, .. } => format!("a command on {place} did not end within {after:?}"),
            ShellError::NoExitStatus { place, .. } => format!("the exit status of a command on {place} never came"),
            ShellError::MarkDisturbed { place, fault, .. } => format!("a command on {place} {}", fault.words()),
            ShellError::SignalAndStatus { place, signal, .. } => {
                format!("a command on {place} has an exit status and was ended by signal {signal}")
            }
            ShellError::ExitStatusesDiffer { place, .. } => format!("a command on {place} has two exit statuses"),
            ShellError::TooMuchOutput { place, .. } => format!("a command on {place} wrote more than is kept"),
            ShellError::CommandFailed { place, exit_code, .. } => {
                format!("a command on {place} failed with exit status {exit_code}")
            }
            ShellError::NotStarted { place, .. } => format!("a command could not be started on {place}"),
        }
    }

    /// Named facts: what was tried and what came. Values may span lines.
    #[must_use]
    pub fn details(&self) -> Vec<(String, String)> {
        let mut details = Vec::new();
        let mut add = |name: &str, value: &str| {
            if !value.trim().is_empty() {
                details.push((name.to_owned(), shortened(value.trim_end())));
            }
        };
        match self {
            ShellError::ConnectionRefused { .. } => {}
            ShellError::Unreachable { cause, .. }
            | ShellError::HandshakeFailed { cause, .. }
            | ShellError::EntryUnusable { cause, .. }
            | ShellError::NoWay { cause, .. }
            | ShellError::KeyUnreadable { cause, .. } => add("cause", cause),
            ShellError::HostKeyChanged { expected, seen, .. } => {
                add("expected", &expected.to_string());
                add("seen", &seen.to_string());
            }
            ShellError::HostKeyNotTrusted { seen, why, .. } => {
                match why {
                    NotTrusted::Declared(expected) => add("expected", expected),
                    NotTrusted::Another(files) | NotTrusted::Unknown(files) => add("looked in", files),
                }
                add("seen", &seen.to_string());
            }
            ShellError::AuthenticationRefused {
                user,
                keys,
                offered,
                cause,
                ..
            } => {
                add("user", user);
                add("private key", &keys.join("; "));
                add("methods offered", &offered.join(", "));
                add("cause", cause);
            }
            ShellError::NoShell { command, cause, .. } => {
                add("command", command.as_deref().unwrap_or_default());
                add("cause", cause);
            }
            ShellError::Disconnected { command, cause, .. } | ShellError::NotStarted { command, cause, .. } => {
                add("command", command);
                add("cause", cause);
            }
            ShellError::TimedOut {
                command,
                stdout,
                stderr,
                ..
            } => {
                add("command", command);
                add("stdout until then", stdout);
                add("stderr until then", stderr);
            }
            ShellError::NoExitStatus {
                command,
                signal,
                stdout,
                stderr,
                ..
            } => {
                add("command", command);
                add("signal", signal.as_deref().unwrap_or_default());
                add("stdout", stdout);
                add("stderr", stderr);
            }
            ShellError::MarkDisturbed {
                command,
                fault,
                stdout,
                stderr,
                ..
            } => {
                let (name, value) = fault.fact();
                add("command", command);
                add(name, &value);
                add("stdout", stdout);
                add("stderr", stderr);
            }
            ShellError::SignalAndStatus {
                command, shell, signal, ..
            } => {
                add("command", command);
                add("its shell says", &shell.to_string());
                add("the connection says", &format!("signal {signal}"));
            }
            ShellError::ExitStatusesDiffer {
                command,
                shell,
                channel,
                ..
            } => {
                add("command", command);
                add("its shell says", &shell.to_string());
                add("the connection says", &channel.to_string());
            }
            ShellError::TooMuchOutput { command, limit, .. } => {
                add("command", command);
                add("limit", &size(*limit));
            }
            ShellError::CommandFailed { command, stderr, .. } => {
                add("command", command);
                add("stderr", stderr);
            }
        }
        details
    }

    /// What to do next.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        let help = match self {
            ShellError::ConnectionRefused { .. } => {
                "check the port, and that an SSH server runs there; a machine that boots starts it late"
            }
            ShellError::Unreachable { .. } => {
                "check the address, the route and the security group or firewall from this machine: \
                 `ssh -v` says where it ends"
            }
            ShellError::HandshakeFailed { .. } => {
                "check that an SSH server answers at this address and port, and that it offers other algorithms than \
                 those with SHA-1, which are refused"
            }
            ShellError::HostKeyChanged { .. } => {
                "another machine answers at this address, or this one was reinstalled; nothing was sent to it. Check \
                 the machine's console for its host keys"
            }
            ShellError::HostKeyNotTrusted {
                why: NotTrusted::Unknown(_),
                ..
            } => {
                "compare it with the machine's own (`ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub` on its \
                 console); if it is the same, log in once with ssh, which notes it in known_hosts, or write it into \
                 the target as `host-key: SHA256:…`. `host-key: accept-new` trusts any key"
            }
            ShellError::HostKeyNotTrusted { .. } => {
                "another machine answers at this address, or this one was reinstalled; nothing was sent to it. Check \
                 the machine's console for its host keys, and correct the target's `host-key` or known_hosts \
                 (`ssh-keygen -R`)"
            }
            ShellError::KeyUnreadable { .. } => {
                "name a file with a private key (RSA, ECDSA or Ed25519, in PEM or OpenSSH format) that this user may read. If it \
                 has a passphrase, load it into the SSH agent (`ssh-add`), set CINDER_DRILL_PASSPHRASE, or type it when asked"
            }
            ShellError::NoWay { .. } => {
                "log in there with `ssh -o BatchMode=yes -J JUMP USER@HOST`, or run the proxy command by hand: the jump host must know this \
                 user's key without asking, and its own host key must be known here"
            }
            ShellError::NoShell { command: Some(_), .. } => {
                "find out whether the connection or the machine went down; whether the command did its work is not known, so it was not \
                 sent again"
            }
            ShellError::NoShell { .. } => {
                "run it on this machine with `true` behind it: it must end, with exit status 0. With `ssh`, `-o BatchMode=yes` asks \
                 for nothing, and `-o ControlPath=none` leaves no connection behind that keeps it from ending"
            }
            ShellError::EntryUnusable { .. } => {
                "`ssh -G` with the entry's name shows what OpenSSH makes of it. For what libssh2 cannot do, let OpenSSH itself \
                 run the commands: `shell: { command: ssh -o BatchMode=yes -o ControlPath=none NAME }`"
            }
            ShellError::AuthenticationRefused { keys, .. } if keys.is_empty() => {
                "name a key (`key` in the target, `--ssh-key` of `init`), or load one into the SSH agent (`ssh-add`)"
            }
            ShellError::AuthenticationRefused { offered, .. }
                if !offered.is_empty() && !offered.iter().any(|method| method == "publickey") =>
            {
                "the server takes no keys at all: allow PubkeyAuthentication in its sshd_config"
            }
            ShellError::AuthenticationRefused { .. } => {
                "check the user, and that its authorized_keys has the public half of this key (in a guest: the key pair \
                 of the server, which cloud-init installs late in the boot)"
            }
            ShellError::Disconnected { .. } => {
                "find out whether the machine went down or rebooted; whether the command did its work is not known, so \
                 it was not sent again"
            }
            ShellError::TimedOut { .. } => {
                "run the command by hand there; one that never ends often waits for storage that does not answer. A \
                 longer time budget helps one that is only slow"
            }
            ShellError::NoExitStatus { .. } => {
                "the shell ended before it could report, or the command line contains `exit`; a result without an exit \
                 status does not count"
            }
            ShellError::MarkDisturbed { fault, .. } => fault.help(),
            ShellError::SignalAndStatus { .. } | ShellError::ExitStatusesDiffer { .. } => {
                "something between the shell and this machine changes exit statuses (a ForceCommand, a wrapper as login \
                 shell, a proxy); neither of the two can be trusted"
            }
            ShellError::TooMuchOutput { .. } => "have the command write less, or to a file",
            ShellError::CommandFailed { exit_code: 127, .. } => {
                "the command is not installed there, or not in its PATH"
            }
            ShellError::CommandFailed { exit_code: 126, .. } => "the command is there, but may not be executed",
            ShellError::CommandFailed { .. } => "run the command by hand there",
            ShellError::NotStarted { .. } => return None,
        };
        Some(help.to_owned())
    }
}

impl std::fmt::Display for ShellError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.summary())
    }
}

impl std::error::Error for ShellError {}

/// A number of bytes in the largest unit that divides it.
fn size(bytes: usize) -> String {
    const MIB: usize = 1024 * 1024;
    match bytes {
        bytes if bytes % MIB == 0 => format!("{} MiB", bytes / MIB),
        bytes if bytes % 1024 == 0 => format!("{} KiB", bytes / 1024),
        bytes => counted(bytes, "byte"),
    }
}

/// The end of a long text, where commands say what went wrong.
fn shortened(text: &str) -> String {
    let mut start = text.len().saturating_sub(SHOWN);
    while !text.is_char_boundary(start) {
        start += 1;
    }
    if start == 0 {
        text.to_owned()
    } else {
        format!("…{}", &text[start..])
    }
}
