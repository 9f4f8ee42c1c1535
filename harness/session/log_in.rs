//! Logging in to a target's cloud.

use std::path::Path;
use std::sync::Arc;

use super::place::cloud_config;
use crate::cloud::{Cloud, RequestObserver};
use crate::failure::Failure;
use crate::targets::Target;

/// Logs in to the cloud that a target names. `directory` is where `clouds.yaml` is looked for first, if not in the
/// current one.
///
/// # Errors
/// Its `clouds.yaml` cannot be used, or the cloud does not let one in.
pub async fn log_in(
    target: &Target,
    directory: Option<&Path>,
    observer: Arc<dyn RequestObserver>,
) -> Result<Cloud, Failure> {
    Ok(Cloud::connect(cloud_config(target, directory)?, observer).await?)
}
