//! A cloud behind a proxy, the files that lead to it, and a run of the program.

use std::path::PathBuf;
use std::sync::Arc;

use crate::common::{program, repository};

use crate::marks::{self, Mark};
use crate::proxy::{Proxy, Trouble};

/// A run that is over.
pub struct Ran {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Ran {
    /// All that it printed.
    pub fn said(&self) -> String {
        format!("{}{}", self.stdout, self.stderr)
    }
}

/// A cloud with marked secrets.
pub struct Arena {
    folder: tempfile::TempDir,
    marks: Vec<Mark>,
    proxy: Arc<Proxy>,
    target: String,
    /// The proxy and the cloud end with it.
    _runtime: tokio::runtime::Runtime,
}

impl Arena {
    /// Starts the cloud and writes the files.
    pub fn new(trouble: Trouble) -> Arena {
        let folder = tempfile::tempdir().expect("a folder");
        let mut marks = marks::all();
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .expect("a runtime");
        let log = folder.path().join("cinder-volume.log");
        let proxy = runtime.block_on(Proxy::start(trouble, marks.clone(), log.clone()));
        let variables = proxy.cloud.variables();
        // The private key with which the run logs in is a secret as it is: every line of it.
        let key = std::fs::read_to_string(&variables["client_key"]).expect("a key");
        marks.extend(
            key.lines()
                .filter(|line| line.len() > 30 && !line.starts_with("-----"))
                .map(|line| Mark {
                    name: "key of the run",
                    text: line.to_owned(),
                }),
        );
        let mut target =
            std::fs::read_to_string(repository().join("fixtures/targets/simcloud.yaml")).expect("the target");
        for (name, value) in &variables {
            target = target.replace(&format!("${{simcloud.{name}}}"), value);
        }
        let clouds = folder.path().join("clouds.yaml");
        let target = target
            .lines()
            .filter(|line| !line.starts_with("simcloud:") && !line.starts_with("snapshots:"))
            .map(|line| match line.trim() {
                trimmed if trimmed.starts_with("clouds-file:") => format!("clouds-file: {}", clouds.display()),
                trimmed if trimmed.starts_with("path:") => format!("  path: {}", log.display()),
                trimmed if trimmed.contains(&variables["controller"]) => "  shell: { local: {} }".to_owned(),
                _ => line.to_owned(),
            })
            .collect::<Vec<_>>()
            .join("\n");
        let arena = Arena {
            folder,
            marks,
            proxy,
            target,
            _runtime: runtime,
        };
        arena.write_clouds("password", &arena.proxy.url);
        arena
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.folder.path().join(name), text).expect("written");
    }

    fn mark(&self, name: &str) -> &str {
        &self.marks.iter().find(|mark| mark.name == name).expect("a mark").text
    }

    fn write_clouds(&self, password: &str, url: &str) {
        self.clouds_yaml_with(&format!(
            "    auth:\n      auth_url: \"{url}/identity/v3\"\n      username: admin\n      password: {}\n      project_name: demo\n      \
             user_domain_name: Default\n      project_domain_name: Default\n    region_name: RegionOne\n",
            serde_json::Value::from(self.mark(password))
        ));
    }

    /// A clouds.yaml whose cloud holds this; `PASSWORD` stands for the password.
    pub fn clouds_yaml_with(&self, entry: &str) {
        let password = self.mark("password").replace(['"', '\\', '#', '\''], "");
        self.write(
            "clouds.yaml",
            &format!("clouds:\n  simcloud:\n{}", entry.replace("PASSWORD", &password)),
        );
    }

    /// clouds.yaml holds a password that does not count.
    pub fn password_in_secure_yaml(&self) {
        self.write_clouds("wrong password", &self.proxy.url);
        let password = serde_json::Value::from(self.mark("password"));
        self.write(
            "secure.yaml",
            &format!("clouds:\n  simcloud:\n    auth: {{ password: {password} }}\n"),
        );
    }

    /// The URL of Keystone holds a user and a password.
    pub fn user_in_the_url(&self) {
        let user = format!("http://proxy:{}@", self.mark("url password"));
        self.write_clouds("password", &self.proxy.url.replace("http://", &user));
    }

    /// The URL of Keystone is wrong, and holds a user and a password.
    pub fn bad_url(&self) {
        self.write_clouds(
            "password",
            &format!("htp://proxy:{}@127.0.0.1", self.mark("url password")),
        );
    }

    /// Every command at the primary site fails and quotes keys.
    pub fn site_that_quotes_keys(&mut self) {
        let key = std::fs::read_to_string(&self.proxy.cloud.variables()["client_key"]).expect("a key");
        let line = key.lines().nth(1).expect("a line of the key");
        let script = format!(
            "cat >&2 <<'END'\n2026-11-24 auth: unable to find a keyring\n[client.cinder]\n\tkey = {}\nload failed: {line}\n\
             -----BEGIN OPENSSH PRIVATE KEY-----\n{}\n-----END OPENSSH PRIVATE KEY-----\npassword: {}\nEND\nexit 22\n",
            self.mark("keyring"),
            self.mark("private key"),
            self.mark("password"),
        );
        self.leak(&script);
    }

    /// A script stands in the place of every command at the primary site.
    fn leak(&mut self, script: &str) {
        self.write("leak.sh", script);
        let shell = self
            .target
            .lines()
            .find(|line| line.contains("shell: { ssh:"))
            .expect("a shell")
            .to_owned();
        let local = format!(
            "    shell: {{ local: {{}} }}\n    prefix: sh {}",
            self.folder.path().join("leak.sh").display()
        );
        self.target = self.target.replacen(&shell, &local, 1);
    }

    /// The keys of guests and sites have a passphrase, which stands in the environment.
    pub fn keys_with_a_passphrase(&mut self) {
        let open = self.proxy.cloud.variables()["client_key"].clone();
        let locked = self.folder.path().join("locked");
        for end in ["", ".pub"] {
            std::fs::copy(format!("{open}{end}"), format!("{}{end}", locked.display())).expect("copied");
        }
        std::fs::set_permissions(&locked, std::os::unix::fs::PermissionsExt::from_mode(0o600)).expect("a private file");
        let done = std::process::Command::new("ssh-keygen")
            .args(["-q", "-p", "-P", "", "-N", self.mark("passphrase"), "-f"])
            .arg(&locked)
            .output()
            .expect("ssh-keygen");
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        self.target = self.target.replace(&open, &locked.display().to_string());
    }

    /// Every command at the primary site fails, and with another exit status if the environment has the passphrase.
    pub fn site_that_looks_for_the_passphrase(&mut self) {
        self.leak(
            "[ -z \"${CINDER_DRILL_PASSPHRASE+given}\" ] && exit 22\necho \"$CINDER_DRILL_PASSPHRASE\" >&2\nexit 23\n",
        );
    }

    /// Snapshots are compared, and there are none.
    pub fn empty_snapshots(&mut self) {
        self.target.push_str("\nsnapshots: snapshots\n");
    }

    /// Runs the program.
    pub fn run(&self, scenarios: &[&str]) -> Ran {
        self.write("target.yaml", &self.target);
        let files = scenarios
            .iter()
            .map(|name| repository().join(format!("scenarios/{name}.yaml")));
        // Those that are continued are requested, too, so all are judged.
        let continued = scenarios
            .iter()
            .filter(|name| name.ends_with("-failback"))
            .map(|name| repository().join(format!("scenarios/{}.yaml", name.replace("-failback", "-failover"))));
        let output = program(self.folder.path())
            .arg("run")
            .args(files.chain(continued))
            .arg("--target")
            .arg(self.folder.path().join("target.yaml"))
            .arg("--runs")
            .arg(self.written())
            .arg("-o")
            .arg(self.folder.path().join("bundle"))
            .env("RUST_BACKTRACE", "1")
            .env("CINDER_DRILL_PASSPHRASE", self.mark("passphrase"))
            .env_remove("SSH_AUTH_SOCK")
            .env_remove("CI")
            .env("INSTA_UPDATE", "new")
            .output()
            .expect("the program starts");
        Ran {
            code: output.status.code().expect("an exit code"),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    fn written(&self) -> PathBuf {
        self.folder.path().join("runs")
    }

    /// Panics unless these secrets went through the cloud or were in its log.
    pub fn must_have_used(&self, names: &[&str]) {
        for name in names {
            assert!(self.proxy.has_used(name), "the {name} was never used");
        }
    }

    /// Panics if a secret is in anything that the run printed or wrote.
    pub fn must_not_have_written_a_secret(&self, ran: &Ran) {
        let mut texts = vec![
            ("stdout".to_owned(), ran.stdout.clone().into_bytes()),
            ("stderr".to_owned(), ran.stderr.clone().into_bytes()),
        ];
        // A run that has a journal has a bundle, which is searched as well.
        let has_run = std::fs::read_dir(self.written()).is_ok_and(|mut runs| runs.next().is_some());
        assert_eq!(
            self.folder.path().join("bundle/manifest.json").is_file(),
            has_run,
            "{}",
            ran.said()
        );
        // All that is new in the folder was written by the run.
        let inputs = [
            "clouds.yaml",
            "secure.yaml",
            "target.yaml",
            "leak.sh",
            "locked",
            "locked.pub",
            "cinder-volume.log",
        ]
        .map(|name| self.folder.path().join(name));
        let mut folders = vec![self.folder.path().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).expect("a folder") {
                let path = entry.expect("a readable folder").path();
                if path.is_dir() {
                    folders.push(path);
                } else if !inputs.contains(&path) {
                    texts.push((
                        path.display().to_string(),
                        std::fs::read(&path).expect("a readable file"),
                    ));
                }
            }
        }
        let leaks: Vec<String> = texts
            .iter()
            .flat_map(|(name, bytes)| {
                marks::found(&self.marks, bytes)
                    .into_iter()
                    .map(move |leak| format!("{name} holds {leak}"))
            })
            .collect();
        assert!(leaks.is_empty(), "{}\n\n{}", leaks.join("\n"), ran.said());
        // Every file of inputs holds secrets: a search that finds none there would find none anywhere.
        assert!(!marks::found(&self.marks, &std::fs::read(&inputs[0]).expect("clouds.yaml")).is_empty());
    }
}
