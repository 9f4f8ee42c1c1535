//! What `rbd mirror pool status --verbose` says of a pool.

use serde::Deserialize;

use super::error::SiteError;
use super::handle::Site;
use super::mirror_status::MirrorStatus;
use crate::shell::quote;

/// What `rbd` complains of with a client that is no administrator; it answers all the same, without the daemons.
const SERVICES_HIDDEN: &str = "failed to query services";

/// What `rbd mirror pool status --verbose --format json` says of a pool. One command covers all mirrored images.
#[derive(Clone, Debug, PartialEq)]
pub struct PoolStatus {
    /// `OK`, `WARNING`, `ERROR` or `UNKNOWN`, of the daemons together.
    pub daemon_health: String,
    /// The site's rbd-mirror daemons; `None` if the client may not ask for them.
    pub daemons: Option<Vec<MirrorDaemon>>,
    /// The pool's mirrored images.
    pub images: Vec<ImageStatus>,
}

/// An rbd-mirror daemon.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct MirrorDaemon {
    /// The cephx user that it runs as, without `client.rbd-mirror.`, or its id.
    #[serde(default)]
    pub client_id: String,
    /// The machine that it runs on.
    #[serde(default)]
    pub hostname: String,
    /// Its release, for example `16.2.15`.
    #[serde(default)]
    pub ceph_version: String,
    /// `OK`, `WARNING`, `ERROR` or `UNKNOWN`.
    #[serde(default)]
    pub health: String,
    /// What it is not well with, for example `not reporting status`.
    #[serde(default)]
    pub callouts: Vec<String>,
}

/// The mirroring of one image.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct ImageStatus {
    /// The image's name in its pool.
    pub name: String,
    /// What the daemons say of it.
    #[serde(flatten)]
    pub status: MirrorStatus,
}

#[derive(Deserialize)]
struct Answer {
    summary: Summary,
    #[serde(default)]
    daemons: Vec<MirrorDaemon>,
    #[serde(default)]
    images: Vec<ImageStatus>,
}

#[derive(Deserialize)]
struct Summary {
    #[serde(default)]
    daemon_health: String,
}

impl PoolStatus {
    /// The mirroring of an image by its name; `None` if the image is not mirrored here.
    #[must_use]
    pub fn image(&self, name: &str) -> Option<&MirrorStatus> {
        self.images
            .iter()
            .find(|image| image.name == name)
            .map(|image| &image.status)
    }
}

impl Site {
    /// What `rbd mirror pool status --verbose` says of a pool.
    ///
    /// # Errors
    /// The site cannot be asked, has no such pool, does not mirror it, or its answer makes no sense.
    pub async fn pool_status(&self, pool: &str) -> Result<PoolStatus, SiteError> {
        let doing = format!("read the mirror status of pool {pool}");
        let line = self.rbd(&format!("mirror pool status {} --verbose --format json", quote(pool)));
        let command = self.command(&line);
        let output = self.run(&doing, command.clone()).await?;
        if !output.success() {
            return Err(self.refused(&doing, &command, output.exit_code, &output.stderr_text()));
        }
        let answer: Answer = serde_json::from_slice(&output.stdout)
            .map_err(|error| self.garbage(&doing, &command, &output, &error.to_string()))?;
        let hidden = output.stderr_text().contains(SERVICES_HIDDEN);
        Ok(PoolStatus {
            daemon_health: answer.summary.daemon_health,
            daemons: (!hidden).then_some(answer.daemons),
            images: answer.images,
        })
    }
}
