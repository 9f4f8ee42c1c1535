//! Logging in to a target's cloud.

use std::sync::Arc;

use crate::cloud::{Cloud, CloudConfig, Environment, RequestObserver};
use crate::failure::Failure;
use crate::target::{CloudSource, Target};

/// Logs in to the cloud that a target names.
///
/// # Errors
/// Its `clouds.yaml` cannot be used, or the cloud does not let one in.
pub async fn log_in(target: &Target, observer: Arc<dyn RequestObserver>) -> Result<Cloud, Failure> {
    let environment = Environment::of_process()
        .map_err(|error| Failure::harness(format!("cannot read the current directory: {error}")))?;
    let name = match &target.cloud {
        CloudSource::Named(name) => name,
        CloudSource::Environment => "envvars",
    };
    let config = CloudConfig::load(name, target.clouds_file.as_deref(), &environment)?;
    Ok(Cloud::connect(config, observer).await?)
}
