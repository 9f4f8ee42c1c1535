//! A simcloud of its own, and the program that is drilled against it.

use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use cinder_drill::cli::served_target;
use cinder_drill::event::{Event, Journal, KILL_AT_ENTRY};
use simcloud::SimCloud;
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// A tenth of simcloud's usual delays.
const PACE: f64 = 0.1;

/// A cloud in this process, and a folder with a target that leads to it.
pub struct World {
    runtime: Runtime,
    cloud: Option<SimCloud>,
    folder: TempDir,
}

impl World {
    pub fn start() -> World {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a runtime");
        let config = simcloud::Config {
            seed: 7,
            pace: PACE,
            port: None,
        };
        let cloud = runtime.block_on(simcloud::start(config)).expect("a simcloud");
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("target.yaml"), served_target(&cloud.variables())).expect("written");
        World {
            runtime,
            cloud: Some(cloud),
            folder,
        }
    }

    /// What the cloud holds, without what Cinder leaves behind: after a failback it says `""` where it said null.
    pub fn inventory(&self) -> serde_json::Value {
        let cloud = self.cloud.as_ref().expect("it runs until it is dropped");
        let mut inventory = serde_json::to_value(cloud.inventory()).expect("an inventory");
        for field in ["active_backend_id", "disabled_reason"] {
            let value = &mut inventory["service"][field];
            if value == "" {
                *value = serde_json::Value::Null;
            }
        }
        inventory
    }

    pub fn runs(&self) -> PathBuf {
        self.folder.path().join("runs")
    }

    /// The command line `run` of a flow.
    pub fn run(&self, flow: &str) -> Command {
        let mut command = self.command("run");
        command
            .arg(format!("scenarios/{flow}.yaml"))
            .arg("--target")
            .arg(self.folder.path().join("target.yaml"));
        command
    }

    /// The command line `recover`, in another directory than the run.
    pub fn recover(&self) -> Command {
        let mut command = self.command("recover");
        command.current_dir(self.folder.path());
        command
    }

    fn command(&self, verb: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cinder-drill"));
        command
            .arg(verb)
            .arg("--runs")
            .arg(self.runs())
            .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")))
            .env_remove(KILL_AT_ENTRY)
            .env("NO_COLOR", "1")
            .stdin(Stdio::null());
        command
    }

    /// The events of the only run.
    pub fn events(&self) -> Vec<Event> {
        let runs = std::fs::read_dir(self.runs()).expect("the folder of runs");
        let run = runs.last().expect("a run").expect("a readable folder");
        let journal = Journal::read(&run.path().join("journal.jsonl")).expect("a readable journal");
        journal.events
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if let Some(cloud) = self.cloud.take() {
            self.runtime.block_on(cloud.shutdown());
        }
    }
}

/// What the program printed, for a fault.
pub fn printed(output: &Output) -> String {
    format!(
        "exit {:?}, signal {:?}\n{}{}",
        output.status.code(),
        output.status.signal(),
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

/// Whether SIGKILL ended it.
pub fn was_killed(output: &Output) -> bool {
    output.status.signal() == Some(9)
}
