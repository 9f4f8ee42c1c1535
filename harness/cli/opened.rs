//! What `check` finds when it opens what a target names on this machine. Nothing is asked of the cloud or of a host.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::cloud::{CloudConfig, CloudConfigError, Environment};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::session::cloud_name;
use crate::shell::{KeyFile, NoKey, Unheard, is_locked_for_us, passphrase, what_ssh_makes_of};
use crate::targets::{CloudSource, Named, SshEntry, Target, Thing};

/// Whether nothing is there under this path. What may not be looked at is there.
fn is_missing(path: &Path) -> bool {
    matches!(path.symlink_metadata(), Err(error) if error.kind() == std::io::ErrorKind::NotFound)
}

/// What is wrong with what a target names. What is not here may be on the machine that drills, so it is a warning: scenarios are also
/// checked without a login. What is here and cannot be used is an error.
pub(super) async fn opened(target: &Target, named: &[Named]) -> Diagnostics {
    let mut faults = Diagnostics::default();
    let mut seen: Vec<&Thing> = Vec::new();
    let is_named = |thing: &Thing| named.iter().any(|other| other.thing == *thing);
    for named in named {
        // A key that several hosts take is told of once.
        if seen.contains(&&named.thing) {
            continue;
        }
        seen.push(&named.thing);
        let found = match &named.thing {
            Thing::Key(path) => key(path),
            Thing::KeyOfAgent => agent(std::env::var_os("SSH_AUTH_SOCK").is_some_and(|path| Path::new(&path).exists())),
            // A configuration that is not here is told of by itself.
            Thing::Entry(SshEntry { config: Some(path), .. }) if is_missing(path) => None,
            Thing::Entry(entry) => self::entry(entry).await,
            Thing::Config(path) => readable(path, "SSH configuration"),
            Thing::Cloud if is_named(&Thing::CloudsFile) => None,
            Thing::Cloud | Thing::CloudsFile => clouds_entry(target),
            Thing::Log(path) => readable(path, "log of cinder-volume"),
        };
        if let Some(fault) = found {
            faults.push(fault.at(&named.at, ""));
        }
    }
    faults
}

/// A private key: that it is one, that nobody else may read it, and whether its passphrase is known.
fn key(path: &Path) -> Option<Diagnostic> {
    let shown = path.display();
    if is_missing(path) {
        return Some(
            Diagnostic::warning(
                "no-key",
                format!("no login is possible from here: there is no private key {shown}"),
            )
            .help("name the private key; a relative path begins in the folder of the target's file"),
        );
    }
    let key = match KeyFile::read(path) {
        Ok(key) => key,
        Err(why) => return Some(no_key(path, &why)),
    };
    if is_locked_for_us(&key) {
        let variable = passphrase::VARIABLE;
        return Some(
            Diagnostic::warning("passphrase", format!("the private key {shown} has a passphrase"))
                .note(format!(
                    "{variable} is not set, and no SSH agent has the key: a run asks for it at a terminal"
                ))
                .help(format!(
                    "where nobody is there to type it: `ssh-add {shown}`, or set {variable}"
                )),
        );
    }
    let mode = path.metadata().ok()?.permissions().mode();
    (mode & 0o077 != 0).then(|| {
        Diagnostic::warning(
            "key-of-all",
            format!("others than its owner may use the private key {shown}"),
        )
        .note(format!("its mode is {:03o}; OpenSSH refuses such a key", mode & 0o777))
        .help(format!("chmod 600 {shown}"))
    })
}

fn no_key(path: &Path, why: &NoKey) -> Diagnostic {
    let shown = path.display();
    let fault = match why {
        NoKey::Unreadable(cause) => {
            Diagnostic::error("no-key", format!("cannot read the private key {shown}: {cause}"))
        }
        _ => Diagnostic::error(
            "no-key",
            format!("{shown} is no private key that can be used: {}", why.words()),
        ),
    };
    fault.help(match why {
        NoKey::Unreadable(_) => "let the user who drills read it, or name another key".to_owned(),
        NoKey::Public if path.extension().is_some_and(|extension| extension == "pub") => {
            format!("name its private half, {}", path.with_extension("").display())
        }
        NoKey::Public | NoKey::Other | NoKey::Type(_) => "`ssh-keygen -t ed25519` makes one".to_owned(),
    })
}

/// Where no key is named, the SSH agent has to have one.
fn agent(is_there: bool) -> Option<Diagnostic> {
    (!is_there).then(|| {
        Diagnostic::warning(
            "no-agent",
            "no login is possible from here: no `key` is named, and no SSH agent runs",
        )
        .note("SSH_AUTH_SOCK names no socket")
        .help("write `key` with the file of a private key, or start an agent and load one with `ssh-add`")
    })
}

/// An entry of `~/.ssh/config`: whether OpenSSH takes it, whether anything there is about it, and whether it asks for what cannot be
/// done here.
async fn entry(entry: &SshEntry) -> Option<Diagnostic> {
    let name = &entry.name;
    match what_ssh_makes_of(name, entry.config.as_deref()).await {
        Ok(()) => None,
        Err(Unheard::Unusable(error)) => {
            let fault = Diagnostic::error("ssh-entry", error.summary());
            let causes = error.details().into_iter();
            let fault = causes.fold(fault, |fault, (_, cause)| fault.note(cause));
            Some(fault.help_if(error.help()))
        }
        Err(Unheard::Unknown) => {
            let file = entry
                .config
                .as_ref()
                .map_or("~/.ssh/config".to_owned(), |file| file.display().to_string());
            let fault = Diagnostic::warning("ssh-entry", format!("nothing in {file} is about `{name}`"));
            Some(
                fault
                    .note("OpenSSH then takes it for the name of a host, with your own user and keys")
                    .help("write the name of a `Host` of it, or `address` and `user` in the place of `host`"),
            )
        }
    }
}

/// A file of this machine that is only read.
fn readable(path: &Path, what: &str) -> Option<Diagnostic> {
    let shown = path.display();
    if is_missing(path) {
        return Some(Diagnostic::warning(
            "not-here",
            format!("there is no {what} {shown} on this machine"),
        ));
    }
    let error = match std::fs::File::open(path).and_then(|file| file.metadata()) {
        Ok(found) if found.is_file() => return None,
        Ok(_) => "it is no file".to_owned(),
        Err(error) => error.to_string(),
    };
    Some(
        Diagnostic::error("unreadable", format!("cannot read the {what} {shown}: {error}"))
            .help("let the user who drills read it, or name what reads it: `prefix: sudo`, a `shell`, another file"),
    )
}

/// The target's entry of clouds.yaml.
fn clouds_entry(target: &Target) -> Option<Diagnostic> {
    let name = cloud_name(target);
    let loaded = CloudConfig::load(name, target.clouds_file.as_deref(), &Environment::of_process().ok()?);
    let error = loaded.err()?;
    let is_elsewhere = match &error {
        CloudConfigError::NoFile { .. } => true,
        CloudConfigError::Unreadable { path, .. } => !path.exists(),
        CloudConfigError::NoSuchCloud { .. } => target.clouds_file.is_none(),
        CloudConfigError::Missing { .. } => target.cloud == CloudSource::Environment,
        _ => false,
    };
    let fault = if is_elsewhere {
        Diagnostic::warning("clouds-yaml", format!("no login is possible from here: {error}"))
    } else {
        Diagnostic::error("clouds-yaml", error.to_string())
    };
    let fault = fault.note(format!("the target {} logs in to the cloud `{name}`", target.name));
    Some(match error.help() {
        Some(help) => fault.help(help),
        None => fault,
    })
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;
    use std::sync::Arc;

    use super::*;
    use crate::diagnostic::{Severity, SourceMap, render_all};
    use crate::targets::{Variables, named};

    /// A folder with a target, and what lies beside it.
    struct Beside(tempfile::TempDir);

    impl Beside {
        /// With keys for the guest and both sites, and a clouds.yaml.
        fn new() -> Beside {
            let beside = Beside(tempfile::tempdir().expect("a folder"));
            for name in ["guest", "site"] {
                beside.make_key(name, "");
            }
            beside.write("clouds.yaml", GOOD_CLOUDS);
            beside
        }

        fn path(&self, name: &str) -> PathBuf {
            self.0.path().join(name)
        }

        fn write(&self, name: &str, text: &str) {
            std::fs::write(self.path(name), text).expect("written");
        }

        fn make_key(&self, name: &str, passphrase: &str) {
            let mut keygen = std::process::Command::new("ssh-keygen");
            let keygen = keygen
                .args(["-q", "-t", "ed25519", "-N", passphrase, "-f"])
                .arg(self.path(name));
            assert!(keygen.status().expect("ssh-keygen").success());
        }

        /// What is said of the target, with this in the place of what leads to its primary site.
        fn said(&self, ssh: &str) -> String {
            let example = std::fs::read_to_string("fixtures/targets/example.yaml").expect("the example");
            let kept = example
                .lines()
                .filter(|line| !line.trim_start().starts_with('#') && !line.starts_with("snapshots:"));
            let mut text: String = kept.map(|line| format!("{line}\n")).collect();
            text = text.replace("cloud: mycloud", "cloud: admin\nclouds-file: clouds.yaml");
            let pattern = |pattern: &str| regex::Regex::new(pattern).expect("a pattern");
            text = pattern(r"ssh: \{[^}]*\}").replace_all(&text, SITE).into_owned();
            text = pattern(r"(?m)key: ~/\S+$").replace(&text, "key: guest").into_owned();
            text = text.replacen(SITE, ssh, 1);
            self.write("target.yaml", &text);
            let variables = Variables::of_process();
            let mut sources = SourceMap::default();
            let file: Arc<str> = self.path("target.yaml").to_string_lossy().into();
            let target = Target::load(&self.path("target.yaml"), &variables, &mut sources)
                .unwrap_or_else(|faults| panic!("{}", render_all(&faults, &sources, false)));
            let named = named(&file, sources.text(&file).expect("a text"), &variables);
            assert!(named.len() > 5, "{named:?}");
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .expect("a runtime");
            let faults = runtime.block_on(opened(&target, &named));
            render_all(&faults, &sources, false).replace(&self.0.path().display().to_string(), "[folder]")
        }
    }

    const GOOD_CLOUDS: &str = "clouds:\n  admin:\n    auth: { auth_url: 'http://192.0.2.1:5000', username: a, password: p, \
                               project_name: a, user_domain_name: Default, project_domain_name: Default }\n";
    const SITE: &str = "ssh: { address: 192.0.2.1, user: root, key: site }";

    #[test]
    fn what_is_in_order_is_not_mentioned() {
        assert_eq!(Beside::new().said(SITE), "");
    }

    #[test]
    fn golden_keys_that_are_no_keys() {
        let beside = Beside::new();
        let of = |key: &str| beside.said(&SITE.replace("key: site", &format!("key: {key}")));
        beside.write("text", "hello\n");
        std::fs::create_dir(beside.path("folder")).expect("a folder");
        beside.make_key("locked", "a secret");
        beside.make_key("open", "");
        let everybody = std::fs::Permissions::from_mode(0o644);
        std::fs::set_permissions(beside.path("open"), everybody).expect("a mode");
        std::os::unix::fs::symlink("nowhere", beside.path("dangling")).expect("a link");
        let all = ["none", "site.pub", "text", "folder", "locked", "open", "dangling"].map(of);
        insta::assert_snapshot!(all.join("\n"));
    }

    #[test]
    fn golden_entries_of_the_ssh_configuration() {
        let beside = Beside::new();
        beside.write(
            "config",
            "Host site-a\n  HostName 192.0.2.1\nHost signed\n  CertificateFile ~/cert\nHost *\n  User someone\n",
        );
        beside.write("broken", "Host a\n  NoSuchWord yes\n");
        let of = |host: &str, config: &str| beside.said(&format!("ssh: {{ host: {host}, config: {config} }}"));
        assert_eq!(of("site-a", "config"), "");
        let all = [
            of("site-b", "config"),
            of("signed", "config"),
            of("a", "broken"),
            of("a", "none"),
        ];
        insta::assert_snapshot!(all.join("\n"));
    }

    #[test]
    fn golden_entries_of_clouds_yaml_and_no_other_is_looked_at() {
        let beside = Beside::new();
        let of = |clouds: &str| {
            beside.write("clouds.yaml", clouds);
            beside.said(SITE)
        };
        let others = format!("{GOOD_CLOUDS}  empty:\n  odd: [1, 2]\n  mfa: {{ auth: {{ auth_methods: [v3totp] }} }}\n");
        assert_eq!(of(&others), "");
        let all = [
            "clouds: { other: {} }",
            "clouds: { admin: {} }",
            "clouds: [",
            "clouds: { admin: { auth_type: v3multifactor } }",
        ]
        .map(of);
        assert!(all.iter().all(|said| said.starts_with("error[clouds-yaml]")), "{all:?}");
        insta::assert_snapshot!(all.join("\n"));
        std::fs::remove_file(beside.path("clouds.yaml")).expect("gone");
        assert!(beside.said(SITE).starts_with("warning[clouds-yaml]"));
    }

    #[test]
    fn golden_agents_and_logs_that_are_not_here() {
        let found = [
            agent(false),
            readable(Path::new("/no/such/log"), "log of cinder-volume"),
            readable(Path::new("/"), "log"),
        ];
        let said: Vec<String> = found
            .into_iter()
            .flatten()
            .map(|fault| crate::diagnostic::render(&fault, &SourceMap::default(), false))
            .collect();
        assert_eq!((said.len(), agent(true)), (3, None));
        insta::assert_snapshot!(said.join("\n"));
        assert_eq!(readable(Path::new("Cargo.toml"), "log"), None);
        assert_eq!(key(Path::new("/no/key")).expect("a fault").severity, Severity::Warning);
    }
}
