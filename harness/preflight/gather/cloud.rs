//! Asks the cloud.

use std::sync::Arc;

use super::super::{Asked, CloudFacts, GuestFacts, Unasked};
use super::guest;
use super::within::{patience, within};
use crate::cloud::{BackendHost, Cloud, Unobserved};
use crate::run::log_in;
use crate::target::Target;

pub(super) async fn ask(target: &Target) -> CloudFacts {
    let patience = patience(target);
    let cloud = match within(patience, "the cloud", log_in(target, None, Arc::new(Unobserved))).await {
        Ok(cloud) => cloud,
        Err(unasked) => return nothing(target, unasked),
    };
    Box::pin(ask_as(target, &cloud)).await
}

/// Asks as who is logged in.
pub(super) async fn ask_as(target: &Target, cloud: &Cloud) -> CloudFacts {
    let patience = patience(target);
    let backend = target.backend.as_str().parse::<BackendHost>();
    let volumes = async {
        match backend {
            Ok(backend) => within(patience, "Cinder", cloud.volumes_on(&backend)).await,
            Err(error) => Err(Unasked::silent(error.to_string())),
        }
    };
    let (services, pools, types, quota, volumes, things) = tokio::join!(
        Box::pin(within(patience, "Cinder", cloud.services(None))),
        Box::pin(within(patience, "Cinder", cloud.pools())),
        Box::pin(within(patience, "Cinder", cloud.volume_types())),
        Box::pin(within(patience, "Cinder", cloud.quota())),
        Box::pin(volumes),
        Box::pin(guest::things(target, cloud)),
    );
    CloudFacts {
        login: Ok(format!("{} in project {}", cloud.user_name(), cloud.project_name())),
        services,
        pools,
        types,
        quota,
        volumes,
        guest: GuestFacts {
            things,
            key: guest::key(&target.guest).await,
        },
        project: Some(cloud.project_id().to_owned()),
    }
}

/// What is known without a login.
fn nothing(target: &Target, unasked: Unasked) -> CloudFacts {
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
        guest: GuestFacts {
            things: guest::names(target).into_iter().map(|name| (name, no())).collect(),
            key: no(),
        },
        project: None,
    }
}
