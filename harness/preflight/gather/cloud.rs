//! Asks the cloud.

use std::sync::Arc;

use super::super::{Asked, CloudFacts, Unasked};
use super::within::{patience, within};
use crate::backend::{Here, Radius, judge, moves};
use crate::cloud::{BackendHost, Cloud, Unobserved, Volume};
use crate::run::log_in;
use crate::target::Target;

/// The cloud, and what it listed.
pub(super) struct Known {
    pub(super) cloud: Cloud,
    /// The volumes of all projects.
    pub(super) volumes: Vec<Volume>,
}

/// What the cloud says, and who may be asked more.
pub(super) async fn ask(target: &Target) -> (CloudFacts, Option<Known>) {
    let patience = patience(target);
    let cloud = match within(patience, "the cloud", log_in(target, None, Arc::new(Unobserved))).await {
        Ok(cloud) => cloud,
        Err(unasked) => return (nothing(unasked), None),
    };
    let backend = target.backend.as_str().parse::<BackendHost>();
    let (services, pools, types, quota, all) = tokio::join!(
        within(patience, "Cinder", cloud.services(None)),
        within(patience, "Cinder", cloud.pools()),
        within(patience, "Cinder", cloud.volume_types()),
        within(patience, "Cinder", cloud.quota()),
        within(patience, "Cinder", cloud.all_volumes(false)),
    );
    let judgement = backend.map(|backend| {
        // Without the services nobody knows of a cluster; that they were not asked is said where they are judged.
        let judgement = judge(&backend, services.as_deref().unwrap_or_default());
        (backend, judgement)
    });
    let all = match &judgement {
        Ok((_, judgement)) if judgement.cluster.is_some() => within(patience, "Cinder", cloud.all_volumes(true)).await,
        Ok(_) => all,
        Err(error) => Err(Unasked::silent(error.to_string())),
    };
    let (volumes, in_flight, uncounted, everywhere) = match (all, judgement) {
        (Err(unasked), _) => (Err(unasked), Vec::new(), None, None),
        (Ok(_), Err(error)) => (Err(Unasked::silent(error.to_string())), Vec::new(), None, None),
        (Ok(all), Ok((backend, judgement))) => {
            let known = Here::of(
                &backend,
                pools.as_deref().unwrap_or_default(),
                types.as_deref().unwrap_or_default().to_vec(),
            );
            let radius = moves(&backend, &judgement, &all.volumes, &known);
            let (here, in_flight): (Radius, Radius) = radius.into_iter().partition(|counted| counted.why.is_here());
            let here = here.into_iter().map(|counted| counted.volume).collect();
            (Ok(here), in_flight, all.uncounted, Some(all.volumes))
        }
    };
    let facts = CloudFacts {
        login: Ok(format!("{} in project {}", cloud.user_name(), cloud.project_name())),
        services,
        pools,
        types,
        quota,
        volumes,
        in_flight,
        uncounted,
        unseen: Vec::new(),
        project: Some(cloud.project_id().to_owned()),
    };
    (facts, everywhere.map(|volumes| Known { cloud, volumes }))
}

/// What is known without a login.
fn nothing(unasked: Unasked) -> CloudFacts {
    fn no<T>() -> Asked<T> {
        Err(Unasked {
            help: None,
            ..Unasked::silent("nobody is logged in to the cloud")
        })
    }
    CloudFacts {
        login: Err(unasked),
        services: no(),
        pools: no(),
        types: no(),
        quota: no(),
        volumes: no(),
        in_flight: Vec::new(),
        uncounted: None,
        unseen: Vec::new(),
        project: None,
    }
}
