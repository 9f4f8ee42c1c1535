//! A simcloud in this process, and a folder with a target that leads to it.

use std::path::{Path, PathBuf};

use cinder_drill::cli::served_target;
use simcloud::{Sabotage, SimCloud};
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// How a cloud is started.
pub struct Settings {
    /// Seeds all that varies in it.
    pub seed: u64,
    /// Multiplies its delays.
    pub pace: f64,
    /// How it misbehaves, as `NAME` or `NAME@failover`.
    pub sabotage: &'static [&'static str],
}

/// A cloud that runs until it is dropped.
pub struct Served {
    runtime: Runtime,
    cloud: Option<SimCloud>,
    folder: TempDir,
}

impl Served {
    /// Starts a cloud.
    pub fn start(settings: &Settings) -> Served {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .expect("a runtime");
        let config = simcloud::Config {
            seed: settings.seed,
            pace: settings.pace,
            ..simcloud::Config::default()
        };
        let cloud = runtime.block_on(simcloud::start(config)).expect("a simcloud");
        for name in settings.sabotage {
            cloud.sabotage(name.parse::<Sabotage>().expect("a saboteur"));
        }
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

    /// What the cloud holds, without what Cinder leaves behind: after a failback it says `""` where it said null.
    pub fn inventory(&self) -> serde_json::Value {
        let mut inventory = serde_json::to_value(self.cloud().inventory()).expect("an inventory");
        for field in ["active_backend_id", "disabled_reason"] {
            let value = &mut inventory["service"][field];
            if value == "" {
                *value = serde_json::Value::Null;
            }
        }
        inventory
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        if let Some(cloud) = self.cloud.take() {
            self.runtime.block_on(cloud.shutdown());
        }
    }
}
