//! All volumes of a cloud, and whether the list is whole.

use std::time::Duration;

use serde::Deserialize;

use super::versions;
use super::volume::Volume;
use crate::cloud::call::Call;
use crate::cloud::{ApiError, ApiErrorKind, BackendHost, Cloud, ServiceKind};

/// How often list and count are read before they are taken to disagree: others make and delete volumes between the two.
const ROUNDS: usize = 4;
/// The pause between two rounds.
const PAUSE: Duration = Duration::from_millis(500);

/// The volumes of all projects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AllVolumes {
    /// The volumes.
    pub volumes: Vec<Volume>,
    /// Why they could not be counted, in short; none if they were counted and none is missing.
    pub uncounted: Option<String>,
}

#[derive(Deserialize)]
struct Summary {
    total_count: usize,
}

#[derive(Deserialize)]
struct SummaryEnvelope {
    #[serde(rename = "volume-summary")]
    summary: Summary,
}

impl Cloud {
    /// The volumes of all projects, read to the end of the list and counted by Cinder too (`/volumes/summary`). Needs an
    /// administrator. A count that is not available is reported, and not an error. `clusters` asks for the microversion in
    /// which volumes name their cluster, where it is offered.
    ///
    /// # Errors
    /// See [`ApiError`]. If Cinder hides where a volume is, or counts more volumes than it lists, that is an error and not a
    /// short list: to a user who is not an administrator it shows neither other projects' volumes nor any volume's place,
    /// without a word.
    pub async fn all_volumes(&self, clusters: bool) -> Result<AllVolumes, ApiError> {
        let mut counted = None;
        let mut round = 0;
        loop {
            round += 1;
            let volumes = self.listed_volumes(clusters).await?;
            // A count of before is as good as one of now: what was counted then and listed now was not hidden.
            if counted.is_some_and(|count| count <= volumes.len()) {
                return Ok(AllVolumes {
                    volumes,
                    uncounted: None,
                });
            }
            match self.volume_count().await? {
                Err(why) => {
                    let uncounted = Some(why);
                    return Ok(AllVolumes { volumes, uncounted });
                }
                Ok(count) if count <= volumes.len() => {
                    return Ok(AllVolumes {
                        volumes,
                        uncounted: None,
                    });
                }
                Ok(count) if round >= ROUNDS => {
                    let listed = volumes.len();
                    let why = format!("of all projects it lists {listed} and counts {count}, {ROUNDS} times in a row");
                    let collection = "volumes".to_owned();
                    return Err(
                        ApiError::new(ApiErrorKind::ListIncomplete { collection, why }).of(ServiceKind::BlockStorage)
                    );
                }
                Ok(count) => counted = Some(count),
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// The volumes of all projects that are on a backend. Needs an administrator.
    ///
    /// # Errors
    /// As [`all_volumes`](Self::all_volumes).
    pub async fn volumes_on(&self, backend: &BackendHost) -> Result<Vec<Volume>, ApiError> {
        let mut volumes = self.all_volumes(false).await?.volumes;
        volumes.retain(|volume| volume.is_on(backend));
        Ok(volumes)
    }

    async fn listed_volumes(&self, clusters: bool) -> Result<Vec<Volume>, ApiError> {
        let call = Call::get(ServiceKind::BlockStorage, &["volumes", "detail"])
            .version(if clusters {
                versions::CLUSTERS
            } else {
                versions::GENERAL
            })
            .query("all_tenants", "1");
        let volumes: Vec<Volume> = self.list(call, "volumes").await?;
        if let Some(hidden) = volumes.iter().find(|volume| volume.placement.is_none()) {
            let attribute = "os-vol-host-attr:host";
            let of = format!("volume {}", hidden.id);
            return Err(ApiError::new(ApiErrorKind::AttributeHidden { attribute, of }));
        }
        Ok(volumes)
    }

    /// How many volumes of all projects Cinder counts, or why it does not say: an old release has no such call, and a policy
    /// may forbid it.
    async fn volume_count(&self) -> Result<Result<usize, String>, ApiError> {
        let call = Call::get(ServiceKind::BlockStorage, &["volumes", "summary"])
            .version(versions::SUMMARY)
            .query("all_tenants", "1");
        match self.fetch::<SummaryEnvelope>(call).await {
            Ok(envelope) => Ok(Ok(envelope.summary.total_count)),
            Err(error)
                if matches!(
                    error.kind(),
                    ApiErrorKind::Answered { .. }
                        | ApiErrorKind::VersionNotOffered { .. }
                        | ApiErrorKind::WrongShape { .. }
                ) =>
            {
                Ok(Err(error.summary()))
            }
            Err(error) => Err(error),
        }
    }
}
