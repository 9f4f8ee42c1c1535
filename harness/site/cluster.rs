//! What `ceph` says of a site's cluster.

use serde::Deserialize;
use serde_json::Value;

use super::error::SiteError;
use super::handle::Site;
use super::monitor_hosts::hosts;
use crate::shell::quote;

/// A cluster that answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cluster {
    /// Its id.
    pub fsid: String,
    /// The names of its monitors.
    pub monitors: Vec<String>,
    /// Where its monitors listen, addresses without ports, each once: what connection info calls `hosts`.
    pub hosts: Vec<String>,
}

/// A pool and how much room it has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PoolRoom {
    /// Its name.
    pub pool: String,
    /// How many bytes can still be stored in it.
    pub free_bytes: u64,
}

/// What a cephx user may do, without its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Capabilities {
    /// For the monitors, for example `profile rbd`; empty for nothing.
    pub mon: String,
    /// For the storage, for example `profile rbd pool=volumes`; empty for nothing.
    pub osd: String,
    /// For the managers; empty for nothing.
    pub mgr: String,
}

/// Who runs a cluster's daemons.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Orchestrator {
    /// An orchestrator, for example `cephadm`.
    Available(String),
    /// Whoever installed them by hand.
    None,
}

/// The rbd-mirror daemons that a cluster's managers know, whether a pool is mirrored or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MirrorDaemons {
    /// The machines that they run on.
    pub hosts: Vec<String>,
}

#[derive(Deserialize)]
struct MonitorMap {
    fsid: String,
    #[serde(default)]
    mons: Vec<Monitor>,
}

#[derive(Deserialize)]
struct Monitor {
    name: String,
    #[serde(default)]
    addr: String,
    #[serde(default)]
    public_addr: String,
}

#[derive(Deserialize)]
struct Usage {
    pools: Vec<PoolUsage>,
}

#[derive(Deserialize)]
struct PoolUsage {
    name: String,
    stats: PoolStats,
}

#[derive(Deserialize)]
struct PoolStats {
    max_avail: u64,
}

impl Site {
    /// The cluster's id and monitors, by `ceph mon dump`: that is what the Cinder driver asks, too, so a user with `profile
    /// rbd` may (`volume/drivers/rbd.py`, `_get_mon_addrs`).
    ///
    /// # Errors
    /// The site or its cluster cannot be asked, or the answer makes no sense.
    pub async fn cluster(&self) -> Result<Cluster, SiteError> {
        let map: MonitorMap = self
            .ceph_json("ask for the cluster's monitors", "mon dump --format json")
            .await?;
        let listening = map.mons.iter().map(|monitor| match monitor.public_addr.as_str() {
            "" => monitor.addr.as_str(),
            address => address,
        });
        Ok(Cluster {
            fsid: map.fsid,
            hosts: hosts(&listening.collect::<Vec<_>>().join(",")),
            monitors: map.mons.into_iter().map(|monitor| monitor.name).collect(),
        })
    }

    /// The pools of the cluster and the room in each, by `ceph df`.
    ///
    /// # Errors
    /// As [`Site::cluster`].
    pub async fn pools(&self) -> Result<Vec<PoolRoom>, SiteError> {
        let usage: Usage = self
            .ceph_json("ask for the room that is left", "df --format json")
            .await?;
        let pools = usage.pools.into_iter().map(|found| PoolRoom {
            pool: found.name,
            free_bytes: found.stats.max_avail,
        });
        Ok(pools.collect())
    }

    /// What a cephx user may do; `None` if there is no such user. Needs an administrator. The user's key never leaves the
    /// site: `grep` takes its line away there.
    ///
    /// # Errors
    /// As [`Site::cluster`].
    pub async fn capabilities(&self, user: &str) -> Result<Option<Capabilities>, SiteError> {
        let doing = format!("read the capabilities of client.{user}");
        let entity = format!("client.{user}");
        let line = self.ceph(&format!("auth get {}", quote(&entity)));
        // The exit status is that of the pipeline's last command; the words of ceph's error show the rest.
        let command = self.command(&format!("{line} | grep -v key"));
        let output = self.run(&doing, command.clone()).await?;
        let (stdout, stderr) = (output.stdout_text(), output.stderr_text());
        if stderr.contains("Error ENOENT: failed to find") {
            return Ok(None);
        }
        if !stdout.contains(&format!("[{entity}]")) {
            let exit_code = if output.exit_code == 0 { 1 } else { output.exit_code };
            return Err(self.refused(&doing, &command, exit_code, &stderr));
        }
        let caps = |daemon: &str| {
            let start = format!("caps {daemon} = ");
            let line = stdout.lines().find_map(|line| line.trim().strip_prefix(&start));
            line.map(|caps| caps.trim_matches('"').to_owned()).unwrap_or_default()
        };
        Ok(Some(Capabilities {
            mon: caps("mon"),
            osd: caps("osd"),
            mgr: caps("mgr"),
        }))
    }

    /// Whether a cephx user may list a pool, tried with the same options as ever but for the user.
    ///
    /// # Errors
    /// It may not, or the site cannot be asked.
    pub async fn list_as(&self, user: &str, pool: &str) -> Result<(), SiteError> {
        let arguments = format!("--id {} ls {} --format json", quote(user), quote(pool));
        let _: Vec<String> = self
            .json_of(&format!("list pool {pool} as client.{user}"), &self.rbd(&arguments))
            .await?;
        Ok(())
    }

    /// Who runs the cluster's daemons, by `ceph orch status`. Needs an administrator.
    ///
    /// # Errors
    /// As [`Site::cluster`].
    pub async fn orchestrator(&self) -> Result<Orchestrator, SiteError> {
        let answer: Result<Value, SiteError> = self
            .ceph_json("ask who runs the cluster", "orch status --format json")
            .await;
        match answer {
            Ok(status) if status["available"] == Value::Bool(false) => Ok(Orchestrator::None),
            Ok(status) => Ok(Orchestrator::Available(
                status["backend"].as_str().unwrap_or("an orchestrator").to_owned(),
            )),
            Err(SiteError::Failed { ref stderr, .. }) if stderr.contains("No orchestrator configured") => {
                Ok(Orchestrator::None)
            }
            Err(error) => Err(error),
        }
    }

    /// The rbd-mirror daemons that run, by `ceph service dump`. Needs an administrator.
    ///
    /// # Errors
    /// As [`Site::cluster`].
    pub async fn mirror_daemons(&self) -> Result<MirrorDaemons, SiteError> {
        let dump: Value = self
            .ceph_json("ask for the rbd-mirror daemons", "service dump --format json")
            .await?;
        let daemons = dump["services"]["rbd-mirror"]["daemons"].as_object();
        let hosts = daemons
            .into_iter()
            .flatten()
            .filter(|(id, _)| *id != "summary")
            .map(|(id, daemon)| daemon["metadata"]["hostname"].as_str().unwrap_or(id).to_owned());
        Ok(MirrorDaemons { hosts: hosts.collect() })
    }

    async fn ceph_json<Answer: serde::de::DeserializeOwned>(
        &self,
        doing: &str,
        arguments: &str,
    ) -> Result<Answer, SiteError> {
        self.json_of(doing, &self.ceph(arguments)).await
    }

    /// Runs a whole command line that answers in JSON.
    async fn json_of<Answer: serde::de::DeserializeOwned>(&self, doing: &str, line: &str) -> Result<Answer, SiteError> {
        let command = self.command(line);
        let output = self.run(doing, command.clone()).await?;
        if !output.success() {
            return Err(self.refused(doing, &command, output.exit_code, &output.stderr_text()));
        }
        serde_json::from_slice(&output.stdout)
            .map_err(|error| self.garbage(doing, &command, &output, &error.to_string()))
    }
}
