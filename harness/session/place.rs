//! Where a run happens, and whether two places are one.

use std::path::Path;

use crate::cloud::{Cloud, CloudConfig, Environment};
use crate::event::RunPlace;
use crate::failure::Failure;
use crate::targets::{CloudSource, Target};

/// What a target calls its cloud: its entry in `clouds.yaml`, or `envvars`.
#[must_use]
pub fn cloud_name(target: &Target) -> &str {
    match &target.cloud {
        CloudSource::Named(name) => name,
        CloudSource::Environment => "envvars",
    }
}

/// The configuration of a target's cloud. `directory` is where `clouds.yaml` is looked for first, if not in the current
/// one.
pub(crate) fn cloud_config(target: &Target, directory: Option<&Path>) -> Result<CloudConfig, Failure> {
    let mut environment = Environment::of_process()
        .map_err(|error| Failure::harness(format!("cannot read the current directory: {error}")))?;
    if let Some(directory) = directory {
        environment = environment.with_current_directory(directory);
    }
    Ok(CloudConfig::load(
        cloud_name(target),
        target.clouds_file.as_deref(),
        &environment,
    )?)
}

/// The URL of the cloud's Keystone, without a user or a password; `None` if its configuration has faults, which show when
/// somebody connects.
fn auth_url(target: &Target, directory: Option<&Path>) -> Option<String> {
    let mut url = cloud_config(target, directory).ok()?.auth_url;
    // Both fail only for URLs that have none.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    Some(url.to_string())
}

/// Where a run on this target happens, for whoever has to recover it.
pub(crate) fn of_run(target: &Target) -> RunPlace {
    RunPlace {
        target_file: std::path::absolute(&target.file).unwrap_or_else(|_| target.file.clone()),
        working_directory: std::env::current_dir().unwrap_or_default(),
        cloud: cloud_name(target).to_owned(),
        auth_url: auth_url(target, None),
        backend: target.backend.to_string(),
        primary_site: target.sites.primary.name.clone(),
        secondary_site: target.sites.secondary.as_ref().map(|site| site.name.clone()),
        embedded: target.simcloud.is_some(),
        user_id: None,
        user: None,
        project_id: None,
        project: None,
        host: RunPlace::this_host(),
        process: std::process::id(),
    }
}

/// The same place, with who is logged in.
pub(crate) fn logged_in(place: RunPlace, cloud: &Cloud) -> RunPlace {
    RunPlace {
        user_id: Some(cloud.user_id().to_owned()),
        user: Some(cloud.user_name().to_owned()),
        project_id: Some(cloud.project_id().to_owned()),
        project: Some(cloud.project_name().to_owned()),
        ..place
    }
}

/// Refuses to recover a run as another user, or in another project, than it had: key pairs belong to a user and lists to a
/// project, so what is not found would pass for removed.
pub(crate) fn require_same_login(place: &RunPlace, cloud: &Cloud) -> Result<(), Failure> {
    let now = logged_in(place.clone(), cloud);
    let same = |then: &Option<String>, now: &Option<String>| then.is_none() || then == now;
    if same(&place.user_id, &now.user_id) && same(&place.project_id, &now.project_id) {
        return Ok(());
    }
    let words = |place: &RunPlace| {
        let or_unknown = |text: &Option<String>| text.clone().unwrap_or_else(|| "unknown".to_owned());
        format!(
            "user {} ({}) in project {} ({})",
            or_unknown(&place.user),
            or_unknown(&place.user_id),
            or_unknown(&place.project),
            or_unknown(&place.project_id)
        )
    };
    Err(Failure::usage("this is not who the run was logged in as")
        .detail("expected", words(place))
        .detail("seen", words(&now))
        .help(
            "use the run's own credentials (the cloud's entry in clouds.yaml, or OS_… of the environment): others do \
             not see all of its resources; nothing was changed",
        ))
}

/// The identity of the target's backend: the same for every target that names it.
pub(crate) fn backend_key(target: &Target) -> String {
    let cloud = auth_url(target, None).unwrap_or_else(|| cloud_name(target).to_owned());
    format!("{cloud} {}", target.backend)
}

/// Whether a run of that place happened on the backend of this target. Where a URL is not known, the names decide.
#[must_use]
pub fn is_on(place: &RunPlace, target: &Target) -> bool {
    let same_url = match (&place.auth_url, auth_url(target, None)) {
        (Some(then), Some(now)) => *then == now,
        _ => place.cloud == cloud_name(target),
    };
    place.backend == target.backend.to_string() && same_url
}

/// Refuses to recover a run on another cloud than its own: what is not found there would pass for removed. `moved` says
/// that the cloud has another URL now.
pub(crate) fn require_same(place: &RunPlace, target: &Target, moved: bool) -> Result<(), Failure> {
    let now = auth_url(target, Some(&place.working_directory));
    let same_url = moved || place.auth_url.is_none() || now.is_none() || place.auth_url == now;
    let backend = target.backend.to_string();
    if backend == place.backend && cloud_name(target) == place.cloud && same_url {
        return Ok(());
    }
    let words = |backend: &str, cloud: &str, url: Option<&str>| {
        format!(
            "backend {backend} of cloud {cloud} at {}",
            url.unwrap_or("an unknown URL")
        )
    };
    let failure = Failure::usage(format!("{} is not the target of this run", target.file.display()))
        .detail(
            "expected",
            words(&place.backend, &place.cloud, place.auth_url.as_deref()),
        )
        .detail("seen", words(&backend, cloud_name(target), now.as_deref()));
    Err(failure.help(if same_url {
        "name the run's own target with --target; nothing was touched"
    } else {
        "name the run's own target with --target; if it is the same cloud at a new URL, pass --cloud-moved; nothing \
         was changed"
    }))
}
