//! A simcloud behind the liar, the files that lead a drill to it, and the program.

use std::fs::File;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use cinder_drill::internals::served_target;
use serde_json::{Value, json};
use simcloud::SimCloud;
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::common::{inventory, repository, served};
use crate::log::LogLie;
use crate::operator::Operator;
use crate::proxy::Proxy;
use crate::row::{Edit, Row};
use crate::site::{self, Sites};

/// How long anything may take before it counts as hanging.
const PATIENCE: Duration = Duration::from_secs(300);

/// How a command of the program ended.
#[derive(Clone, Debug)]
pub struct Ran {
    /// None if it hung and was killed.
    pub exit: Option<i32>,
    /// The standard output and the standard error.
    pub said: String,
    pub took: Duration,
}

/// The cloud and the folder of the drill.
pub struct World {
    runtime: Runtime,
    cloud: Option<Arc<SimCloud>>,
    pub operator: Operator,
    pub proxy: Arc<Proxy>,
    folder: TempDir,
    over: Arc<AtomicBool>,
}

impl World {
    /// Starts all of it as a row says. The liar still tells the truth: a row's lie begins with the drill.
    pub fn start(row: &Row) -> World {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build();
        let runtime = runtime.expect("a runtime");
        let cloud = simcloud::start(served(7, row.pace, row.sabotage));
        let cloud = Arc::new(runtime.block_on(cloud).expect("a simcloud"));
        let folder = tempfile::tempdir().expect("a folder");
        let (auth_url, clouds_yaml) = (cloud.auth_url(), cloud.clouds_yaml());
        let upstream = auth_url.trim_end_matches("/identity/v3").to_owned();
        let (operator, proxy) = runtime.block_on(async {
            let operator = Operator::login(&auth_url, &clouds_yaml).await;
            for name in row.foreign {
                operator.volume(name, !name.starts_with("plain")).await;
            }
            for filler in 0..row.fillers {
                let kind = json!({"volume_type": {"name": format!("filler-{filler}")}});
                operator.cinder("POST", "/types", Some(kind)).await;
            }
            (operator, Proxy::start(&upstream, row.lie.clone()).await)
        });
        let world = World {
            runtime,
            cloud: Some(cloud),
            operator,
            proxy,
            folder,
            over: Arc::default(),
        };
        world.write("clouds.yaml", &clouds_yaml.replace(&upstream, &world.proxy.url));
        world.write("target.yaml", &world.target(row));
        // Foreign volumes are mirrored before the drill looks at the sites.
        if !row.foreign.is_empty() {
            std::thread::sleep(Duration::from_millis(600));
        }
        world
    }

    fn cloud(&self) -> &Arc<SimCloud> {
        self.cloud.as_ref().expect("it runs until it is dropped")
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.folder.path().join(name), text).expect("written");
    }

    /// Does something as somebody else than the drill.
    pub fn wait_for<T>(&self, act: impl Future<Output = T>) -> T {
        self.runtime.block_on(act)
    }

    /// The target of simcloud, with what the row changes in it.
    fn target(&self, row: &Row) -> String {
        let variables = self.cloud().variables();
        let mut target = served_target(&variables);
        let replace = |target: &mut String, from: &str, to: &str| {
            assert!(target.contains(from), "the target has no {from:?}:\n{target}");
            *target = target.replace(from, to);
        };
        let ssh = |name: &str| {
            let (address, key) = (&variables[name], &variables["client_key"]);
            let host_key = &variables[format!("{name}_host_key").as_str()];
            format!(
                "shell: {{ ssh: {{ address: \"{address}\", user: root, key: \"{key}\", host-key: \"{host_key}\" }} }}"
            )
        };
        let clouds = self.folder.path().join("clouds.yaml").display().to_string();
        replace(&mut target, &variables["clouds_file"], &clouds);
        if let Some(lie) = row.site {
            let port = Sites {
                addresses: [variables["primary"].clone(), variables["secondary"].clone()],
                key: variables["client_key"].clone().into(),
                lie,
                liars: row.liars,
                first: std::sync::Mutex::default(),
            }
            .listen();
            let program = std::env::current_exe().expect("this program").display().to_string();
            for (number, name) in ["primary", "secondary"].into_iter().enumerate() {
                let local = format!(
                    "shell: {{ local: {{}} }}\n    prefix: env {}={port} {program} {number}",
                    site::PORT
                );
                replace(&mut target, &ssh(name), &local);
            }
        }
        if let Some(lie) = row.log {
            let log = self.folder.path().join("cinder-volume.log");
            replace(
                &mut target,
                "path: /var/log/cinder/cinder-volume.log",
                &format!("path: {}", log.display()),
            );
            replace(&mut target, &ssh("controller"), "shell: { local: {} }");
            self.falsify(lie, log);
        }
        for edit in row.edits {
            match edit {
                Edit::WithoutLog => {
                    let (from, to) = (target.find("volume-log:"), target.find("compute-shells:"));
                    target.replace_range(from.expect("a log")..to.expect("compute shells"), "");
                }
                Edit::SecondLog => {
                    let (from, to) = (target.find("volume-log:"), target.find("compute-shells:"));
                    let logs = format!(
                        "volume-log:\n  - {{ path: {}, shell: {{ local: {{}} }} }}\n  - {{ path: /var/log/cinder/cinder-volume.log, {} }}\n\n",
                        self.folder.path().join("cinder-volume.log").display(),
                        ssh("controller")
                    );
                    target.replace_range(from.expect("a log")..to.expect("compute shells"), &logs);
                }
                Edit::WithoutShells => {
                    replace(&mut target, &format!("    {}\n", ssh("primary")), "");
                    replace(&mut target, &format!("    {}\n", ssh("secondary")), "");
                }
                Edit::WithoutBackendId => replace(&mut target, "    backend-id: ceph2\n", ""),
                Edit::Floating => {
                    replace(
                        &mut target,
                        "address: fixed",
                        "address: floating\n  floating-network: public",
                    );
                }
                Edit::OwnType => replace(
                    &mut target,
                    "replicated: { name: ceph }",
                    "replicated: { create: { volume-backend-name: ceph } }",
                ),
                Edit::PlainType => replace(&mut target, "replicated: { name: ceph }", "replicated: { name: plain }"),
                Edit::Shared => replace(&mut target, "backend: box@ceph", "shared: true\nbackend: box@ceph"),
                Edit::OwnKeypair => {
                    let key = std::fs::read_to_string(format!("{}.pub", variables["client_key"])).expect("a key");
                    let body = json!({"keypair": {"name": "mine", "public_key": key.trim()}});
                    let made = self.wait_for(self.operator.call("compute", "POST", "/os-keypairs", Some(body)));
                    assert!(made.0 < 300, "{}", made.1);
                    replace(&mut target, "guest:\n", "guest:\n  keypair: mine\n");
                }
            }
        }
        target + row.budgets
    }

    /// Writes a falsified log, as often as a reader looks, until the world ends.
    fn falsify(&self, lie: LogLie, path: PathBuf) {
        lie.write(&path, "");
        let (cloud, over) = (self.cloud().clone(), self.over.clone());
        std::thread::spawn(move || {
            while !over.load(Ordering::Relaxed) {
                let log = cloud.volume_log();
                // The folder ends before the world does.
                if path.parent().is_none_or(|folder| !folder.exists()) {
                    return;
                }
                lie.write(&path, &log);
                std::thread::sleep(Duration::from_millis(50));
            }
        });
    }

    /// What is in the cloud and at both sites.
    pub fn inventory(&self) -> Value {
        inventory(self.cloud())
    }

    /// The folder of runs.
    pub fn runs(&self) -> PathBuf {
        self.folder.path().join("runs")
    }

    /// The command line of a drill.
    pub fn drill(&self, scenarios: &[&str], runs: &str, prefix: &[&str]) -> Command {
        let mut command = self.program("run", runs, prefix);
        for name in scenarios {
            let file = format!("scenarios/{name}.yaml");
            let of_users = repository().join(&file);
            let of_liars = repository().join("harness/tests/liars").join(&file);
            let files = [of_users, of_liars];
            command.arg(files.iter().find(|file| file.is_file()).expect("a scenario"));
        }
        command.arg("--target").arg(self.folder.path().join("target.yaml"));
        command
    }

    /// The command line of a command that takes a folder of runs.
    pub fn program(&self, verb: &str, runs: &str, prefix: &[&str]) -> Command {
        let program = env!("CARGO_BIN_EXE_cinder-drill");
        let words: Vec<&str> = prefix.iter().copied().chain([program, verb]).collect();
        let mut command = Command::new(words[0]);
        command
            .args(&words[1..])
            .arg("--runs")
            .arg(self.folder.path().join(runs))
            .current_dir(self.folder.path())
            .env("NO_COLOR", "1")
            .env_remove("CI")
            .stdin(Stdio::null());
        command
    }

    /// Starts a command; what it says goes to a file of this name.
    pub fn spawn(&self, mut command: Command, name: &str) -> Running {
        let output = self.folder.path().join(name);
        let file = File::create(&output).expect("a file");
        command.stdout(file.try_clone().expect("a file")).stderr(file);
        Running {
            child: command.spawn().expect("the program starts"),
            output,
            started: Instant::now(),
        }
    }

    /// Runs a command to its end.
    pub fn run(&self, command: Command, name: &str) -> Ran {
        self.spawn(command, name).wait()
    }

    /// Waits until the drill has asked for something and was answered.
    pub fn wait_for_request(&self, is: impl Fn(&crate::proxy::Entry) -> bool) {
        let started = Instant::now();
        while !self.proxy.entries().iter().any(&is) {
            assert!(started.elapsed() < PATIENCE, "it was never asked for");
            std::thread::sleep(Duration::from_millis(3));
        }
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        // Who falsifies the log may still hold the cloud; it ends with its last holder.
        drop(self.cloud.take());
    }
}

/// A command that runs.
pub struct Running {
    pub child: Child,
    output: PathBuf,
    started: Instant,
}

impl Running {
    /// Its end, or that it hangs.
    pub fn wait(mut self) -> Ran {
        let mut exit = None;
        while self.started.elapsed() < PATIENCE {
            if let Some(status) = self.child.try_wait().expect("a child") {
                exit = Some(status.code().unwrap_or(-1));
                break;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        if exit.is_none() {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
        Ran {
            exit,
            said: String::from_utf8_lossy(&std::fs::read(&self.output).expect("a file")).into_owned(),
            took: self.started.elapsed(),
        }
    }
}
