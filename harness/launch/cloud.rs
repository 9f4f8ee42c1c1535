//! The one way to start an embedded cloud for a drill, and a runtime.

use crate::embedded::{self, ABSENT, BUILD_IT, Played, Sabotage};
use crate::failure::Failure;
use crate::targets::{SimcloudSettings, Variables};

/// Does work with the variables of an embedded cloud, which is started before and ends with it.
///
/// # Errors
/// This build has none, or this machine does not let it start.
pub(crate) async fn with_embedded<T>(
    settings: &SimcloudSettings,
    sabotage: Vec<Sabotage>,
    driver: Option<Played>,
    variables: Variables,
    work: impl AsyncFnOnce(Variables) -> T,
) -> Result<T, Failure> {
    if !embedded::IS_HERE {
        return Err(no_embedded_cloud());
    }
    let SimcloudSettings {
        seed,
        pace,
        release,
        broken,
    } = settings.clone();
    let cloud = embedded::start(seed, pace, release, broken, sabotage, driver).await;
    let cloud = cloud.map_err(|error| Failure::harness(format!("cannot start the embedded cloud: {error}")))?;
    let done = work(variables.with_simcloud(cloud.variables())).await;
    cloud.shutdown().await;
    Ok(done)
}

/// What a build without the embedded cloud says to who asks for it.
pub(crate) fn no_embedded_cloud() -> Failure {
    Failure::usage(ABSENT).help(BUILD_IT)
}

/// Works to the end in a runtime of its own.
///
/// # Errors
/// This machine has no threads to give.
pub(crate) fn within_runtime<T>(work: impl Future<Output = T>) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    match runtime {
        Ok(runtime) => Ok(runtime.block_on(work)),
        Err(error) => Err(Failure::harness(format!("cannot start: {error}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::{SourceMap, render};
    use crate::report::document::as_fault;

    #[test]
    fn a_build_without_the_embedded_cloud_says_what_it_lacks() {
        let said = render(&as_fault(&no_embedded_cloud()), &SourceMap::default(), false);
        insta::assert_snapshot!(said, @"
        error[usage]: this cinder-drill was built without the embedded cloud
         |
         = help: name a target of your own with --target, or build cinder-drill with the feature `simcloud`, which is on by default
        ");
    }
}
