//! How a machine is reached over SSH.

use std::path::PathBuf;
use std::time::Duration;

use super::proxy::through;
use crate::shell::{HostKey, Trust};

/// How a machine is reached over SSH.
#[derive(Clone, Debug)]
pub struct SshOptions {
    /// The host's name or address; an IPv6 address stands without brackets.
    pub host: String,
    /// The TCP port.
    pub port: u16,
    /// The user to log in as.
    pub user: String,
    /// What lets the user in.
    pub keys: Keys,
    /// How long it may take until the session is open: connection, handshake and authentication together.
    pub connect_timeout: Duration,
    /// The host key that the server showed before, and must show again.
    pub expected_host_key: Option<HostKey>,
    /// Which host key it must show the first time.
    pub trust: Trust,
    /// Where host keys are known.
    pub known_hosts: KnownHosts,
    /// What makes the connection, if it is no plain one.
    pub via: Option<Via>,
    /// How many sessions may be open at a time, at least one. Each runs one command at a time; another is opened only while
    /// all others are busy.
    pub sessions: usize,
}

/// The keys that may let a user in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keys {
    /// The files of private keys, in PEM or OpenSSH format.
    pub files: Vec<PathBuf>,
    /// The agent that may have more, or theirs if they have a passphrase.
    pub agent: Agent,
    /// Whether the agent's other keys are left alone.
    pub only_these: bool,
    /// Whether a file that cannot be used is a fault.
    pub must_be_there: bool,
}

/// Which SSH agent is asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Agent {
    /// None.
    None,
    /// The one at `SSH_AUTH_SOCK`, if there is one.
    #[default]
    Usual,
    /// The one at this socket.
    At(PathBuf),
}

impl Keys {
    /// The key in a file. The agent is asked for it only if it has a passphrase.
    #[must_use]
    pub fn file(path: impl Into<PathBuf>) -> Keys {
        Keys {
            files: vec![path.into()],
            agent: Agent::Usual,
            only_these: true,
            must_be_there: true,
        }
    }

    /// The keys of the user's agent.
    #[must_use]
    pub fn of_agent() -> Keys {
        Keys {
            agent: Agent::Usual,
            ..Keys::none()
        }
    }

    /// None.
    #[must_use]
    pub fn none() -> Keys {
        Keys {
            files: Vec::new(),
            agent: Agent::None,
            only_these: false,
            must_be_there: false,
        }
    }
}

/// Where host keys are known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KnownHosts {
    /// The files, in place of the user's and the machine's own.
    pub files: Option<Vec<PathBuf>>,
    /// The name by which the host is known there, in place of its own with its port.
    pub alias: Option<String>,
}

/// What makes a connection that is no plain one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Via {
    /// Jump hosts, as `ssh -J` takes them.
    Jump {
        /// Their names or addresses, separated by commas.
        hosts: String,
        /// The file that has their entries, in place of `~/.ssh/config`.
        config: Option<PathBuf>,
    },
    /// A program whose input and output are the connection. `%h`, `%p` and `%r` in it stand for host, port and user.
    Program(String),
}

impl Via {
    /// Whether each `%` of a program stands for something.
    #[must_use]
    pub fn is_understood(program: &str) -> bool {
        expanded(program, "h", 1, "u").is_some()
    }

    /// The command line.
    ///
    /// # Errors
    /// The program says something that stands for nothing, or a shell would make more than one word of what stands there.
    pub(super) fn line(&self, options: &SshOptions) -> Result<String, String> {
        match self {
            Via::Jump { hosts, config } => Ok(through(hosts, config.as_deref(), &options.host, options.port)),
            Via::Program(program) => {
                for (what, text) in [("host", &options.host), ("user", &options.user)] {
                    if !is_plain(text) {
                        return Err(format!("{text:?} is no {what} that a proxy command may be given"));
                    }
                }
                expanded(program, &options.host, options.port, &options.user)
                    .ok_or_else(|| format!("a `%` of the proxy command {program} stands for nothing"))
            }
        }
    }
}

/// Whether a shell takes a text as one word, and no program takes it as an option. A guest's address is what the cloud says.
pub(super) fn is_plain(text: &str) -> bool {
    let is_plain = |character: char| character.is_ascii_alphanumeric() || "._:%+@-".contains(character);
    !text.is_empty() && !text.starts_with('-') && text.chars().all(is_plain)
}

fn expanded(program: &str, host: &str, port: u16, user: &str) -> Option<String> {
    expand(program, |token| match token {
        'h' => Some(host.to_owned()),
        'p' => Some(port.to_string()),
        'r' => Some(user.to_owned()),
        _ => None,
    })
}

/// A text in which what each `%` and the character after it stand for is in their place, and `%%` is a `%`; none if they stand for
/// nothing.
pub(super) fn expand(text: &str, stands_for: impl Fn(char) -> Option<String>) -> Option<String> {
    let mut expanded = String::new();
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match character {
            '%' => match characters.next()? {
                '%' => expanded.push('%'),
                token => expanded.push_str(&stands_for(token)?),
            },
            other => expanded.push(other),
        }
    }
    Some(expanded)
}

impl SshOptions {
    /// A machine at an address, whose first host key is taken.
    #[must_use]
    pub fn new(host: &str, port: u16, user: &str, keys: Keys) -> SshOptions {
        SshOptions {
            host: host.to_owned(),
            port,
            user: user.to_owned(),
            keys,
            connect_timeout: Duration::from_secs(10),
            expected_host_key: None,
            trust: Trust::FirstUse,
            known_hosts: KnownHosts::default(),
            via: None,
            sessions: 1,
        }
    }

    /// `host:port`, with brackets around an IPv6 address.
    #[must_use]
    pub fn address(&self) -> String {
        if self.host.contains(':') {
            format!("[{}]:{}", self.host, self.port)
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }

    /// `user@host:port`.
    pub(super) fn place(&self) -> String {
        format!("{}@{}", self.user, self.address())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_given_words_and_no_commands() {
        let line = |host: &str, user: &str, program: &str| {
            let options = SshOptions::new(host, 2222, user, Keys::none());
            Via::Program(program.to_owned()).line(&options)
        };
        assert_eq!(
            line("site-a", "me", "nc -x %r %h %p 50%%").as_deref(),
            Ok("nc -x me site-a 2222 50%")
        );
        assert_eq!(line("fe80::1%eth0", "me", "nc %h").as_deref(), Ok("nc fe80::1%eth0"));
        for (host, user) in [
            ("site-a;reboot", "me"),
            ("$(reboot)", "me"),
            ("-oProxyCommand=x", "me"),
            ("", "me"),
            ("two words", "me"),
            ("site-a", "me`id`"),
            ("site-a\nreboot", "me"),
        ] {
            assert!(line(host, user, "nc %h %p").is_err(), "{host} {user}");
        }
        for program in ["nc %k", "nc %"] {
            assert!(
                line("site-a", "me", program).is_err() && !Via::is_understood(program),
                "{program}"
            );
        }
    }
}
