//! Asks the cloud.

use std::sync::Arc;

use super::super::{Asked, CloudFacts, Unasked};
use super::within::{patience, within};
use crate::cloud::{BackendHost, Unobserved};
use crate::run::log_in;
use crate::target::Target;

pub(super) async fn ask(target: &Target) -> CloudFacts {
    let patience = patience(target);
    let cloud = match within(patience, "the cloud", log_in(target, None, Arc::new(Unobserved))).await {
        Ok(cloud) => cloud,
        Err(unasked) => return nothing(unasked),
    };
    let backend = target.backend.as_str().parse::<BackendHost>();
    let volumes = async {
        match backend {
            Ok(backend) => within(patience, "Cinder", cloud.volumes_on(&backend)).await,
            Err(error) => Err(Unasked::silent(error.to_string())),
        }
    };
    let (services, pools, types, quota, volumes) = tokio::join!(
        within(patience, "Cinder", cloud.services(None)),
        within(patience, "Cinder", cloud.pools()),
        within(patience, "Cinder", cloud.volume_types()),
        within(patience, "Cinder", cloud.quota()),
        volumes,
    );
    CloudFacts {
        login: Ok(format!("{} in project {}", cloud.user_name(), cloud.project_name())),
        services,
        pools,
        types,
        quota,
        volumes,
        project: Some(cloud.project_id().to_owned()),
    }
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
        project: None,
    }
}
