//! A simcloud in this process, and a folder with a target that leads to it.

use std::path::{Path, PathBuf};

use cinder_drill::internals::served_target;
use serde_json::Value;
use simcloud::{Config, SimCloud};
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// A cloud that runs until it is dropped.
pub struct Served {
    runtime: Runtime,
    cloud: Option<SimCloud>,
    folder: TempDir,
}

/// Saboteurs by their names, as `NAME` or `NAME@failover`.
pub fn served(seed: u64, pace: f64, sabotage: &[&str]) -> Config {
    let sabotage = sabotage.iter().map(|name| name.parse().expect("a saboteur"));
    Config {
        seed,
        pace,
        sabotage: sabotage.collect(),
        ..Config::default()
    }
}

impl Served {
    /// Starts a cloud on so many threads of its own.
    pub fn start(threads: usize, config: Config) -> Served {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(threads)
            .enable_all()
            .build()
            .expect("a runtime");
        let cloud = runtime.block_on(simcloud::start(config)).expect("a simcloud");
        Served {
            runtime,
            cloud: Some(cloud),
            folder: tempfile::tempdir().expect("a folder"),
        }
    }

    /// The cloud itself.
    pub fn cloud(&self) -> &SimCloud {
        self.cloud.as_ref().expect("it runs until it is dropped")
    }

    /// Where its servers, and who stands before them, run.
    pub fn runtime(&self) -> &Runtime {
        &self.runtime
    }

    /// A folder for the target, the runs and whatever else a test needs.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The folder of runs.
    pub fn runs(&self) -> PathBuf {
        self.folder().join("runs")
    }

    /// The file of the target.
    pub fn target(&self) -> PathBuf {
        self.folder().join("target.yaml")
    }

    /// Writes the target, changed.
    pub fn write_target(&self, change: impl FnOnce(String) -> String) {
        let text = change(served_target(&self.cloud().variables()));
        std::fs::write(self.target(), text).expect("a target");
    }

    /// What the cloud holds.
    pub fn inventory(&self) -> Value {
        inventory(self.cloud())
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        if let Some(cloud) = self.cloud.take() {
            self.runtime.block_on(cloud.shutdown());
        }
    }
}

/// What a cloud holds, without what Cinder leaves behind: after a failback it says `""` where it said null.
pub fn inventory(cloud: &SimCloud) -> Value {
    let mut inventory = serde_json::to_value(cloud.inventory()).expect("an inventory");
    for field in ["active_backend_id", "disabled_reason"] {
        let value = &mut inventory["service"][field];
        if value == "" {
            *value = Value::Null;
        }
    }
    inventory
}
