//! What a target's file names on the machine that runs cinder-drill: private keys, SSH entries, the entry of clouds.yaml, logs.
//! Each with its place, for whoever looks whether it is there.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::paths::resolve;
use super::{SshEntry, Variables};
use crate::diagnostic::{Diagnostics, Location};
use crate::document::{self, Fields, Node, Value};

/// Something that a target's file names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Named {
    /// What it is.
    pub thing: Thing,
    /// Where it is named.
    pub at: Location,
}

/// What can be named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Thing {
    /// The file of a private key.
    Key(PathBuf),
    /// A key that the SSH agent must have, as none is named.
    KeyOfAgent,
    /// An entry of the user's SSH configuration.
    Entry(SshEntry),
    /// A file of SSH configuration.
    Config(PathBuf),
    /// The entry of clouds.yaml.
    Cloud,
    /// The clouds.yaml itself.
    CloudsFile,
    /// A log on this machine.
    Log(PathBuf),
}

/// What a target's file, which was read without faults, names, in the order of the file.
#[must_use]
pub(crate) fn named(file: &Arc<str>, text: &str, variables: &Variables) -> Vec<Named> {
    let Ok(mut root) = document::parse_whole(file, text, "", "") else {
        return Vec::new();
    };
    // Who read it has said what is wrong with its variables.
    variables.render(&mut root, false, &mut Diagnostics::default());
    let mut seeker = Seeker {
        file: Path::new(&**file),
        variables,
        found: Vec::new(),
    };
    seeker.root(Fields::of(&root));
    seeker.found
}

struct Seeker<'a> {
    file: &'a Path,
    variables: &'a Variables,
    found: Vec<Named>,
}

impl Seeker<'_> {
    fn root(&mut self, fields: Fields<'_>) {
        for (name, _, node) in fields.entries() {
            match name {
                "cloud" => self.add(Thing::Cloud, &node.at),
                "clouds-file" => self.add(Thing::CloudsFile, &node.at),
                "guest" => self.key(Fields::of(node)),
                // These hold what storage and Cinder say, and no shell.
                "volume-types" | "budgets" | "summary" => {}
                "volume-log" => {
                    self.shells(node);
                    fields
                        .one_or_more("volume-log")
                        .iter()
                        .for_each(|log| self.log(Fields::of(log)));
                }
                _ => self.shells(node),
            }
        }
    }

    /// The shells below a node.
    fn shells(&mut self, node: &Node) {
        if let Value::List(values) = &node.value {
            values.iter().for_each(|value| self.shells(value));
        }
        for (name, at, child) in Fields::of(node).entries() {
            match name {
                "ssh" => self.ssh(Fields::of(child), at),
                "connection" => {}
                _ => self.shells(child),
            }
        }
    }

    fn ssh(&mut self, ssh: Fields<'_>, at: &Location) {
        if let Some(config) = ssh.text("config") {
            self.add(Thing::Config(self.path(&config.value)), &config.at);
        }
        match ssh.text("host") {
            Some(host) => {
                let entry = SshEntry {
                    name: host.value,
                    config: ssh.text("config").map(|config| self.path(&config.value)),
                    host_key: None,
                };
                self.add(Thing::Entry(entry), &host.at);
            }
            None if ssh.text("key").is_none() => self.add(Thing::KeyOfAgent, at),
            None => self.key(ssh),
        }
    }

    fn key(&mut self, fields: Fields<'_>) {
        if let Some(key) = fields.text("key") {
            self.add(Thing::Key(self.path(&key.value)), &key.at);
        }
    }

    /// A log of this machine, which nothing stands before.
    fn log(&mut self, log: Fields<'_>) {
        let is_here = log.record("shell").is_some_and(|shell| shell.get("local").is_some());
        if let (true, None, Some(path)) = (is_here, log.text("prefix"), log.text("path")) {
            self.add(Thing::Log(path.value.into()), &path.at);
        }
    }

    fn path(&self, text: &str) -> PathBuf {
        resolve(text, self.file, self.variables)
    }

    fn add(&mut self, thing: Thing, at: &Location) {
        let at = at.clone();
        self.found.push(Named { thing, at });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is named in a text, each with its line.
    fn lines(text: &str) -> Vec<(usize, Thing)> {
        let found = named(&Arc::from("clouds/t.yaml"), text, &Variables::default());
        found.into_iter().map(|named| (named.at.line, named.thing)).collect()
    }

    #[test]
    fn whatever_names_something_of_this_machine_is_found_with_its_line() {
        let text = "\
target: t
cloud: mycloud
clouds-file: clouds.yaml
sites:
  primary:
    shell: { ssh: { address: a, user: u, key: keys/a } }
    connection: { ssh: { key: not-one } }
  secondary: { shell: { ssh: { host: site-b, config: conf } } }
volume-log:
  - { path: /var/log/a.log, shell: { local: {} } }
  - { path: /var/log/b.log, shell: { local: {} }, prefix: sudo }
  - { path: /var/log/c.log, shell: { ssh: { address: c, user: u } } }
compute-shells:
  c1: { ssh: { address: c1, user: u, key: /k } }
guest: { key: keys/guest }
faults: { shell: { ssh: { host: power } } }
";
        let entry = |name: &str, config: Option<&str>| {
            Thing::Entry(SshEntry {
                name: name.to_owned(),
                config: config.map(PathBuf::from),
                host_key: None,
            })
        };
        assert_eq!(
            lines(text),
            [
                (2, Thing::Cloud),
                (3, Thing::CloudsFile),
                (6, Thing::Key("clouds/keys/a".into())),
                (8, Thing::Config("clouds/conf".into())),
                (8, entry("site-b", Some("clouds/conf"))),
                (12, Thing::KeyOfAgent),
                (10, Thing::Log("/var/log/a.log".into())),
                (14, Thing::Key("/k".into())),
                (15, Thing::Key("clouds/keys/guest".into())),
                (16, entry("power", None)),
            ]
        );
    }

    #[test]
    fn what_is_no_target_names_nothing() {
        for text in ["", "[", "- a", "guest: 5", "sites: { primary: { shell: { ssh: 7 } } }"] {
            assert!(
                lines(text).iter().all(|(_, thing)| *thing == Thing::KeyOfAgent),
                "{text}"
            );
        }
    }
}
