//! An entry of the user's `~/.ssh/config`, as OpenSSH itself reads it: `ssh -G` tells what the file means, with its patterns, `Match`
//! and `Include`. No crate reads all of these, and whoever misreads them logs in to another machine.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::options::{Agent, Keys, KnownHosts, SshOptions, Via, expand, is_plain};
use crate::shell::local;
use crate::shell::{Command, ShellError, Trust, quote};

/// How long `ssh -G` may take: a `Match exec` runs a program.
const PATIENCE: Duration = Duration::from_secs(20);

/// What an entry may set that is not possible here, as `ssh -G` prints it and as ssh_config(5) writes it.
const NOT_HERE: [(&str, &str); 10] = [
    ("certificatefile", "CertificateFile"),
    ("pkcs11provider", "PKCS11Provider"),
    ("bindaddress", "BindAddress"),
    ("bindinterface", "BindInterface"),
    ("revokedhostkeys", "RevokedHostKeys"),
    ("knownhostscommand", "KnownHostsCommand"),
    ("remotecommand", "RemoteCommand"),
    ("proxyusefdpass", "ProxyUseFdpass"),
    ("setenv", "SetEnv"),
    ("sessiontype", "SessionType"),
];

/// An entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SshEntry {
    /// Its name: a `Host`.
    pub name: String,
    /// The file that has it, in place of `~/.ssh/config`.
    pub config: Option<PathBuf>,
    /// Which host key it must show, whatever the entry says.
    pub trust: Option<Trust>,
    /// How long it may take until a session is open.
    pub connect_timeout: Duration,
    /// How many sessions may be open at a time.
    pub sessions: usize,
}

impl SshEntry {
    /// How the machine is reached.
    ///
    /// # Errors
    /// OpenSSH does not know, or it would reach the machine in a way that is not known here.
    pub(super) async fn resolve(&self) -> Result<SshOptions, ShellError> {
        self.read(&self.printed(&self.name).await?, &Local::of_process())
    }

    /// What `ssh -G` prints for a name.
    async fn printed(&self, name: &str) -> Result<String, ShellError> {
        let mut line = "ssh -G".to_owned();
        if let Some(config) = &self.config {
            line.push_str(&format!(" -F {}", quote(&config.to_string_lossy())));
        }
        line.push_str(&format!(" -- {}", quote(name)));
        let output = local::run(Command::new(line).timeout(PATIENCE)).await?;
        if !output.success() {
            // OpenSSH ends its lines as a terminal needs it.
            let said = output.stderr_text().replace('\r', "");
            let said = said.trim();
            return Err(self.unusable(if said.is_empty() {
                format!("`ssh -G` ended with {}", output.exit_code)
            } else {
                said.to_owned()
            }));
        }
        Ok(output.stdout_text())
    }

    fn unusable(&self, cause: String) -> ShellError {
        ShellError::EntryUnusable {
            entry: self.name.clone(),
            cause,
        }
    }

    /// Reads what `ssh -G` prints.
    fn read(&self, printed: &str, local: &Local) -> Result<SshOptions, ShellError> {
        let all = |key: &str| -> Vec<String> {
            printed
                .lines()
                .filter_map(|line| line.split_once(' '))
                .filter(|(name, _)| name.eq_ignore_ascii_case(key))
                .map(|(_, value)| value.trim().to_owned())
                .collect()
        };
        let one = |key: &str| all(key).into_iter().next().filter(|value| value != "none");
        let said = |key: &str| {
            one(key).ok_or_else(|| {
                self.unusable(format!(
                    "`ssh -G` does not say its `{key}`; is it OpenSSH 6.8 or later?"
                ))
            })
        };
        // Without what libssh2 cannot do one would get in elsewhere, or as somebody else, or trust what OpenSSH does not.
        for (key, name) in NOT_HERE {
            let is_harmless =
                |value: &&String| ["none", "no", "default"].contains(&value.as_str()) || value.starts_with("TERM=");
            if let Some(value) = all(key).iter().find(|value| !is_harmless(value)) {
                return Err(self.unusable(format!("it sets {name} {value}, which libssh2 cannot do")));
            }
        }
        let (host, user) = (said("hostname")?, said("user")?);
        let port = said("port")?;
        let port: u16 = port
            .parse()
            .ok()
            .filter(|port| *port != 0)
            .ok_or_else(|| self.unusable(format!("its Port is {port}")))?;
        let alias = one("hostkeyalias");
        let tokens = Tokens {
            host: &host,
            port,
            user: &user,
            name: &self.name,
            alias: alias.as_deref(),
            local,
        };
        let path = |key: &str, text: &str| {
            let path = tokens.path(text).filter(|path| path.is_absolute());
            path.ok_or_else(|| {
                self.unusable(format!(
                    "its {key} names {text}: expected an absolute path without spaces, with `~/` and the tokens %h, %p, %r, %n, %k, \
                     %d and %u at most"
                ))
            })
        };
        let only_these = one("identitiesonly").is_some_and(|word| word == "yes" || word == "true");
        let files: Vec<PathBuf> = all("identityfile")
            .iter()
            .filter(|file| *file != "none")
            .map(|file| path("IdentityFile", file))
            .collect::<Result<_, _>>()?;
        let agent = match all("identityagent").first().map(String::as_str) {
            Some("none") => Agent::None,
            None | Some("SSH_AUTH_SOCK") => Agent::Usual,
            Some(named) => match named.strip_prefix('$') {
                Some(variable) => std::env::var_os(variable).map_or(Agent::None, |path| Agent::At(path.into())),
                None => Agent::At(path("IdentityAgent", named)?),
            },
        };
        // A file that is passed over may be the one that knows another key.
        let mut known_hosts = Vec::new();
        for (key, name) in [
            ("userknownhostsfile", "UserKnownHostsFile"),
            ("globalknownhostsfile", "GlobalKnownHostsFile"),
        ] {
            for file in one(key).iter().flat_map(|files| files.split_whitespace()) {
                known_hosts.push(path(name, file)?);
            }
        }
        let trust = match (&self.trust, one("stricthostkeychecking").as_deref()) {
            (Some(trust), _) => trust.clone(),
            // OpenSSH's `no` goes on even if another key is known. Here that one is refused: what the machine says is evidence.
            (None, Some("no" | "off" | "false" | "accept-new")) => Trust::AcceptNew,
            (None, _) => Trust::KnownHosts,
        };
        let via = match (one("proxycommand"), one("proxyjump")) {
            (Some(command), _) => {
                if let Some(odd) = [&host, &user, &self.name].into_iter().find(|text| !is_plain(text)) {
                    return Err(self.unusable(format!("{odd:?} is nothing that a ProxyCommand may be given")));
                }
                let line = tokens.expand(&command).ok_or_else(|| {
                    self.unusable(format!(
                        "its ProxyCommand has a token that is not known here: {command}"
                    ))
                })?;
                // It is expanded once more where it is started.
                Some(Via::Program(line.replace('%', "%%")))
            }
            (None, Some(hosts)) => Some(Via::Jump {
                hosts,
                config: self.config.clone(),
            }),
            (None, None) => None,
        };
        Ok(SshOptions {
            keys: Keys {
                files,
                agent,
                only_these,
                must_be_there: false,
            },
            connect_timeout: self.connect_timeout,
            trust,
            known_hosts: KnownHosts {
                files: Some(known_hosts),
                alias: alias.clone(),
            },
            via,
            sessions: self.sessions,
            ..SshOptions::new(&host, port, &user, Keys::none())
        })
    }
}

/// Why an entry leads nowhere, as far as that is known without going there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Unheard {
    /// OpenSSH does not take it, or it asks for what cannot be done here.
    Unusable(ShellError),
    /// The configuration says no more of it than of any other name.
    Unknown,
}

/// A name of which no configuration says anything.
const NOBODY: &str = "cinder-drill-asks-about-nobody";

/// Whether the user's SSH configuration knows an entry, and it can be used. Nobody is connected to.
pub(crate) async fn what_ssh_makes_of(name: &str, config: Option<&Path>) -> Result<(), Unheard> {
    let entry = SshEntry {
        name: name.to_owned(),
        config: config.map(Path::to_owned),
        trust: None,
        connect_timeout: PATIENCE,
        sessions: 1,
    };
    let printed = entry.printed(name).await.map_err(Unheard::Unusable)?;
    entry.read(&printed, &Local::of_process()).map_err(Unheard::Unusable)?;
    // A configuration that cannot tell of nobody can tell of somebody.
    match entry.printed(NOBODY).await {
        Ok(of_nobody) if is_as_of_nobody(&printed, name, &of_nobody) => Err(Unheard::Unknown),
        _ => Ok(()),
    }
}

/// Whether all that is said of a name is said of nobody, too.
fn is_as_of_nobody(printed: &str, name: &str, of_nobody: &str) -> bool {
    let is_same = |(one, other): (&str, &str)| {
        let of = |line: &str, name: &str| {
            line.split_once(' ')
                .is_some_and(|(_, value)| value.eq_ignore_ascii_case(name))
        };
        one == other || (of(one, name) && of(other, NOBODY))
    };
    printed.lines().count() == of_nobody.lines().count() && printed.lines().zip(of_nobody.lines()).all(is_same)
}

/// What this machine puts into tokens.
#[derive(Clone, Debug, Default)]
struct Local {
    home: String,
    user: String,
}

impl Local {
    fn of_process() -> Local {
        let of = |name: &str| std::env::var(name).unwrap_or_default();
        Local {
            home: of("HOME"),
            user: of("USER"),
        }
    }
}

/// What the tokens of ssh_config(5) stand for.
struct Tokens<'a> {
    host: &'a str,
    port: u16,
    user: &'a str,
    name: &'a str,
    alias: Option<&'a str>,
    local: &'a Local,
}

impl Tokens<'_> {
    /// A text with its tokens replaced; `None` if it has one that is not known here.
    fn expand(&self, text: &str) -> Option<String> {
        expand(text, |token| match token {
            'h' => Some(self.host.to_owned()),
            'p' => Some(self.port.to_string()),
            'r' => Some(self.user.to_owned()),
            'n' => Some(self.name.to_owned()),
            'k' => Some(self.alias.unwrap_or(self.name).to_owned()),
            'd' => Some(self.local.home.clone()).filter(|home| !home.is_empty()),
            'u' => Some(self.local.user.clone()).filter(|user| !user.is_empty()),
            _ => None,
        })
    }

    fn path(&self, text: &str) -> Option<PathBuf> {
        if text.contains("${") {
            return None;
        }
        let text = self.expand(text.trim_matches('"'))?;
        Some(match text.strip_prefix("~/") {
            Some(rest) => Path::new(&self.local.home).join(rest),
            None => PathBuf::from(text),
        })
    }
}
