//! Asks the cloud.

use std::sync::Arc;

use super::super::{Asked, CloudFacts, GuestFacts, Unasked};
use super::guest;
use super::within::{patience, within};
use crate::backend::{Here, Radius, judge, moves};
use crate::cloud::{Cloud, Unobserved, Volume};
use crate::session::log_in;
use crate::targets::Target;

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
        Err(unasked) => return (nothing(target, unasked), None),
    };
    Box::pin(ask_as(target, &cloud)).await
}

/// Asks as who is logged in.
pub(super) async fn ask_as(target: &Target, cloud: &Cloud) -> (CloudFacts, Option<Known>) {
    let patience = patience(target);
    let (services, pools, types, quota, all, things) = tokio::join!(
        Box::pin(within(patience, "Cinder", cloud.services(None))),
        Box::pin(within(patience, "Cinder", cloud.pools())),
        Box::pin(within(patience, "Cinder", cloud.volume_types())),
        Box::pin(within(patience, "Cinder", cloud.quota())),
        Box::pin(within(patience, "Cinder", cloud.all_volumes(false))),
        Box::pin(guest::things(target, cloud)),
    );
    // Without the services a cluster is unknown; that they were not asked is said where they are judged.
    let judgement = judge(
        &target.backend,
        target.primary_id(),
        services.as_deref().unwrap_or_default(),
    );
    let all = match judgement.cluster {
        Some(_) => within(patience, "Cinder", cloud.all_volumes(true)).await,
        None => all,
    };
    let (volumes, in_flight, uncounted, everywhere) = match all {
        Err(unasked) => (Err(unasked), Vec::new(), None, None),
        Ok(all) => {
            let known = Here::of(
                &target.backend,
                pools.as_deref().unwrap_or_default(),
                types.as_deref().unwrap_or_default().to_vec(),
            );
            let radius = moves(&target.backend, &judgement, &all.volumes, &known);
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
        guest: GuestFacts {
            things,
            key: guest::key(&target.guest).await,
        },
        project: Some(cloud.project_id().to_owned()),
    };
    let known = everywhere.map(|volumes| Known {
        cloud: cloud.clone(),
        volumes,
    });
    (facts, known)
}

/// What is known without a login.
fn nothing(target: &Target, unasked: Unasked) -> CloudFacts {
    fn no<T>() -> Asked<T> {
        Err(Unasked {
            help: None,
            ..Unasked::silent("there is no login to the cloud")
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
        guest: GuestFacts {
            things: guest::names(target).into_iter().map(|name| (name, no())).collect(),
            key: no(),
        },
        project: None,
    }
}
