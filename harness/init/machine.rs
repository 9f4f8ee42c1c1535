//! The machines that `init` may log in to.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use super::yaml::{flow, scalar};
use crate::failure::Failure;
use crate::session;
use crate::shell::{Command, Output, Shell, Trust, behind};
use crate::targets::{self, SshAddress, SshEntry, SshShell};

/// How long one question may take: `ceph` waits for minutes for a cluster that does not answer.
pub(super) const PATIENCE: Duration = Duration::from_secs(20);

/// A machine, as the command line names it: `[ROLE=]local`, `[ROLE=]USER@HOST[:PORT]`, or `[ROLE=]ENTRY` of `~/.ssh/config`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reach {
    /// What it is.
    pub role: Role,
    place: Place,
}

/// Where a machine is.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Place {
    /// Here.
    Local,
    /// At an address, with the user to log in as.
    Address(String, SshAddress),
    /// Where an entry of `~/.ssh/config` says.
    Entry(String),
}

/// What a machine is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// The host of cinder-volume, whose cinder.conf and log are read.
    Controller,
    /// A host where `rbd` reaches the primary site.
    Primary,
    /// A host where `rbd` reaches the secondary site.
    Secondary,
    /// A compute host, by its name.
    Compute(String),
}

impl fmt::Display for Role {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Role::Controller => formatter.write_str("controller"),
            Role::Primary => formatter.write_str("primary"),
            Role::Secondary => formatter.write_str("secondary"),
            Role::Compute(name) => write!(formatter, "compute:{name}"),
        }
    }
}

impl FromStr for Reach {
    type Err = String;

    fn from_str(text: &str) -> Result<Reach, String> {
        let (role, place) = text.split_once('=').unwrap_or(("controller", text));
        let role = match role {
            "controller" => Role::Controller,
            "primary" => Role::Primary,
            "secondary" => Role::Secondary,
            role => match role.strip_prefix("compute:") {
                Some(name) if crate::names::is_name(name) => Role::Compute(name.to_owned()),
                _ => {
                    return Err(format!(
                        "`{role}` is not a role: expected controller, primary, secondary or compute:NAME"
                    ));
                }
            },
        };
        if place == "local" {
            return Ok(Reach {
                role,
                place: Place::Local,
            });
        }
        let is_entry = !place.is_empty() && !place.starts_with('-') && !place.contains([':', '/', '[', ' ']);
        let Some((user, host)) = place.rsplit_once('@') else {
            return if is_entry {
                Ok(Reach {
                    role,
                    place: Place::Entry(place.to_owned()),
                })
            } else {
                Err("expected USER@HOST, USER@HOST:PORT, an entry of ~/.ssh/config, or local".to_owned())
            };
        };
        let address = SshAddress::parse(host).ok_or_else(|| format!("`{host}` is not `host` or `host:port`"))?;
        if user.is_empty() {
            return Err("nothing is before the @".to_owned());
        }
        Ok(Reach {
            role,
            place: Place::Address(user.to_owned(), address),
        })
    }
}

/// How machines are logged in to.
#[derive(Clone, Debug, Default)]
pub(super) struct LogIn {
    /// The private key.
    pub key: Option<PathBuf>,
    /// Whether a host key that nobody knows is taken, and written into the target.
    pub accept_new: bool,
}

/// A machine that was logged in to.
pub(super) struct Machine {
    shell: Shell,
    access: targets::Shell,
    /// What stands before every command there.
    pub prefix: String,
}

impl Machine {
    /// Logs in.
    ///
    /// # Errors
    /// It cannot be reached, or is not trusted, or does not let one in.
    pub async fn open(reach: &Reach, log_in: &LogIn, prefix: &str) -> Result<Machine, Failure> {
        let access = match &reach.place {
            Place::Local => targets::Shell::Local,
            Place::Entry(name) => targets::Shell::Entry(SshEntry {
                name: name.clone(),
                config: None,
                host_key: log_in.accept_new.then_some(Trust::AcceptNew),
            }),
            Place::Address(user, address) => targets::Shell::Ssh(SshShell {
                address: address.clone(),
                user: user.clone(),
                key: log_in.key.clone(),
                via: None,
                host_key: if log_in.accept_new {
                    Trust::AcceptNew
                } else {
                    Trust::KnownHosts
                },
            }),
        };
        let shell = session::shell(&access, PATIENCE)
            .await
            .map_err(|failure| failure.during(&format!("the {} of --ssh", reach.role)))?;
        Ok(Machine {
            shell,
            access,
            prefix: prefix.to_owned(),
        })
    }

    /// The shell.
    pub fn shell(&self) -> &Shell {
        &self.shell
    }

    /// Where it is, for people.
    pub fn place(&self) -> String {
        self.shell.place()
    }

    /// Runs a script there, behind the prefix.
    ///
    /// # Errors
    /// It does not end, or cannot be started.
    pub async fn run(&self, script: &str) -> Result<Output, Failure> {
        self.run_behind(&self.prefix, script).await
    }

    /// Runs a script there, behind other words than the prefix.
    ///
    /// # Errors
    /// It does not end, or cannot be started.
    pub async fn run_behind(&self, prefix: &str, script: &str) -> Result<Output, Failure> {
        let command = Command::new(behind(prefix, script)).timeout(PATIENCE);
        Ok(self.shell.run(command).await?)
    }

    /// The host key, if it was not known before.
    fn new_host_key(&self) -> Option<(&'static str, String)> {
        if self.shell.may_have_secrets() {
            return None;
        }
        Some(("host-key", scalar(&self.shell.host_key()?.fingerprint)))
    }

    /// How the target reaches it, on one line. A host key that was not known before is named, so no other is taken later.
    pub fn as_yaml(&self) -> String {
        match &self.access {
            targets::Shell::Local => "{ local: {} }".to_owned(),
            targets::Shell::Ssh(ssh) => {
                let mut fields = vec![("address", scalar(&short(&ssh.address))), ("user", scalar(&ssh.user))];
                if let Some(key) = &ssh.key {
                    fields.push(("key", scalar(&key.to_string_lossy())));
                }
                fields.extend(self.new_host_key());
                format!("{{ ssh: {} }}", flow(fields))
            }
            targets::Shell::Entry(entry) => {
                let mut fields = vec![("host", scalar(&entry.name))];
                fields.extend(self.new_host_key());
                format!("{{ ssh: {} }}", flow(fields))
            }
            targets::Shell::Program(words) => format!("{{ command: {} }}", scalar(words)),
        }
    }
}

/// An address without the usual port.
fn short(address: &SshAddress) -> String {
    match address.port {
        22 if !address.host.contains(':') => address.host.clone(),
        _ => address.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_is_a_role_and_a_place() {
        let reach = |text: &str| text.parse::<Reach>();
        assert_eq!(
            reach("local").map(|it| (it.role, it.place)),
            Ok((Role::Controller, Place::Local))
        );
        let found = reach("primary=root@192.0.2.1:2222").expect("a machine");
        let address = SshAddress::parse("192.0.2.1:2222").expect("an address");
        assert_eq!(found.role, Role::Primary);
        assert_eq!(found.place, Place::Address("root".to_owned(), address));
        assert_eq!(
            reach("secondary=site-b").map(|it| it.place),
            Ok(Place::Entry("site-b".to_owned()))
        );
        assert_eq!(
            reach("compute:c-1=local").map(|it| it.role),
            Ok(Role::Compute("c-1".to_owned()))
        );
        for bad in [
            "",
            "host:22",
            "-oProxyCommand=x",
            "@host",
            "second=a@b",
            "compute:=a@b",
            "primary=",
            "a@b:0",
            "primary=local@",
        ] {
            assert!(reach(bad).is_err(), "{bad}");
        }
    }
}
