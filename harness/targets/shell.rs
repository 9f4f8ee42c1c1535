//! How shells are reached.

use std::fmt;
use std::path::PathBuf;

use crate::shell::{Trust, Via};

/// How to reach a shell.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Shell {
    /// On the machine that runs cinder-drill.
    Local,
    /// Over SSH.
    Ssh(SshShell),
    /// Over SSH, as an entry of `~/.ssh/config` says.
    Entry(SshEntry),
    /// Behind a program on the machine that runs cinder-drill, which takes a command line as its last argument.
    Program(String),
}

impl fmt::Display for Shell {
    /// For people.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Shell::Local => formatter.write_str("this machine"),
            Shell::Ssh(ssh) => write!(formatter, "{}@{} over SSH", ssh.user, ssh.address),
            Shell::Entry(entry) => write!(formatter, "{} of the SSH configuration", entry.name),
            Shell::Program(words) => write!(formatter, "`{words}`"),
        }
    }
}

/// A shell that is reached over SSH.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SshShell {
    /// Where its server listens.
    pub address: SshAddress,
    /// The user to log in as.
    pub user: String,
    /// The file of the private key; without one, the SSH agent has it.
    pub key: Option<PathBuf>,
    /// Which host key is trusted.
    pub host_key: Trust,
    /// What makes the connection, if it is no plain one.
    pub via: Option<Via>,
}

/// A machine that the user's own SSH configuration knows.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SshEntry {
    /// Its entry: a `Host`.
    pub name: String,
    /// The file that has it, if that is not `~/.ssh/config`.
    pub config: Option<PathBuf>,
    /// Which host key is trusted, if not what the entry says.
    pub host_key: Option<Trust>,
}

/// `host` or `host:port`; IPv6 addresses with a port stand in brackets.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct SshAddress {
    /// A host name or an IP address.
    pub host: String,
    /// The TCP port; 22 if none was given.
    pub port: u16,
}

impl SshAddress {
    /// Reads an address. None if it is not one.
    #[must_use]
    pub fn parse(text: &str) -> Option<SshAddress> {
        let (host, port) = match text.strip_prefix('[') {
            Some(rest) => {
                let (host, port) = rest.split_once(']')?;
                (
                    host,
                    if port.is_empty() {
                        None
                    } else {
                        Some(port.strip_prefix(':')?)
                    },
                )
            }
            None => match text.split_once(':') {
                // Two colons without brackets are an IPv6 address, which has no port then.
                Some((_, port)) if port.contains(':') => (text, None),
                Some((host, port)) => (host, Some(port)),
                None => (text, None),
            },
        };
        let port = port.map_or(Some(22), |port| port.parse().ok().filter(|port| *port != 0))?;
        let good = !host.is_empty()
            && !host.contains(|character: char| character.is_whitespace() || "[]@/".contains(character));
        good.then(|| SshAddress {
            host: host.to_owned(),
            port,
        })
    }
}

impl fmt::Display for SshAddress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(formatter, "[{}]:{}", self.host, self.port)
        } else {
            write!(formatter, "{}:{}", self.host, self.port)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_with_and_without_ports() {
        for (text, host, port) in [
            ("site-a", "site-a", 22),
            ("127.0.0.1:41234", "127.0.0.1", 41234),
            ("[::1]:2222", "::1", 2222),
            ("[::1]", "::1", 22),
            ("fd00::1", "fd00::1", 22),
        ] {
            assert_eq!(
                SshAddress::parse(text),
                Some(SshAddress {
                    host: host.into(),
                    port
                }),
                "{text}"
            );
        }
        for bad in [
            "",
            ":22",
            "a:b",
            "a:0",
            "a:70000",
            "[::1",
            "[::1]22",
            "root@site-a",
            "a b",
        ] {
            assert_eq!(SshAddress::parse(bad), None, "{bad}");
        }
    }
}
