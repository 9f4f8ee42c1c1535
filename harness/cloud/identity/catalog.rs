//! Where the services are.

use reqwest::Url;
use serde::Deserialize;

use crate::cloud::ServiceKind;
use crate::cloud::config::{CloudConfig, Interface};
use crate::cloud::error::{ApiError, ApiErrorKind};
use crate::cloud::version_path::{has_version, with_version};

/// A service of the catalog.
#[derive(Clone, Deserialize)]
pub(super) struct CatalogService {
    #[serde(rename = "type")]
    pub(super) service_type: String,
    #[serde(default)]
    pub(super) endpoints: Vec<CatalogEndpoint>,
}

/// An address of a service.
#[derive(Clone, Deserialize)]
pub(super) struct CatalogEndpoint {
    pub(super) interface: String,
    pub(super) url: String,
    #[serde(default)]
    pub(super) region_id: Option<String>,
    /// The older name of `region_id`; both are given.
    #[serde(default)]
    pub(super) region: Option<String>,
}

impl CatalogEndpoint {
    fn region(&self) -> Option<&str> {
        self.region_id.as_deref().or(self.region.as_deref())
    }
}

/// The address of a service, with its API version and a `/` at the end.
///
/// An address without version gets the one that the harness speaks; for Cinder the project too, which every release
/// takes and those before microversion 3.67 need.
pub(super) fn endpoint(
    catalog: &[CatalogService],
    service: ServiceKind,
    config: &CloudConfig,
    project_id: &str,
) -> Result<Url, ApiError> {
    if service == ServiceKind::Identity {
        return Ok(config.auth_url.clone());
    }
    let address = match config.endpoint_overrides.get(&service) {
        Some(url) => url.to_string(),
        None => lookup(catalog, service, config.region.as_deref(), config.interface)?,
    };
    let address = ["%(project_id)s", "$(project_id)s", "%(tenant_id)s", "$(tenant_id)s"]
        .iter()
        .fold(address, |address, placeholder| address.replace(placeholder, project_id));
    let url = Url::parse(&address).map_err(|error| {
        ApiError::new(ApiErrorKind::Setup {
            message: format!("the address of {service}, '{address}', is not a URL: {error}"),
        })
    })?;
    let versioned = match service {
        ServiceKind::BlockStorage | ServiceKind::Identity => with_version(&url, "v3", false),
        ServiceKind::Compute => with_version(&url, "v2.1", false),
        ServiceKind::Image => with_version(&url, "v2", false),
        ServiceKind::Network => with_version(&url, "v2.0", false),
    };
    if service == ServiceKind::BlockStorage && !has_version(&url) {
        return Ok(with_path(versioned, &[project_id, ""]));
    }
    Ok(versioned)
}

/// The URL with segments added to its path.
pub(super) fn with_path(mut url: Url, segments: &[&str]) -> Url {
    // Only URLs that cannot be a base have no path, and http and https always can.
    if let Ok(mut path) = url.path_segments_mut() {
        path.pop_if_empty().extend(segments);
    }
    url
}

fn lookup(
    catalog: &[CatalogService],
    service: ServiceKind,
    region: Option<&str>,
    interface: Interface,
) -> Result<String, ApiError> {
    for service_type in service.catalog_types() {
        let endpoints: Vec<&CatalogEndpoint> = catalog
            .iter()
            .filter(|listed| listed.service_type == *service_type)
            .flat_map(|listed| &listed.endpoints)
            .filter(|endpoint| endpoint.interface == interface.as_str())
            .filter(|endpoint| region.is_none_or(|region| endpoint.region() == Some(region)))
            .collect();
        let mut regions: Vec<&str> = endpoints.iter().filter_map(|endpoint| endpoint.region()).collect();
        regions.sort_unstable();
        regions.dedup();
        if regions.len() > 1 {
            // Clients take the first; a drill must not fail over the backend of a region that was not chosen.
            let regions = regions.into_iter().map(str::to_owned).collect();
            return Err(ApiError::new(ApiErrorKind::RegionNotChosen { service, regions }));
        }
        if let Some(endpoint) = endpoints.first() {
            return Ok(endpoint.url.clone());
        }
    }
    let mut listed: Vec<String> = catalog
        .iter()
        .flat_map(|service| {
            service.endpoints.iter().map(|endpoint| {
                format!(
                    "{} {} {}",
                    service.service_type,
                    endpoint.region().unwrap_or("-"),
                    endpoint.interface
                )
            })
        })
        .collect();
    listed.sort_unstable();
    listed.dedup();
    Err(ApiError::new(ApiErrorKind::ServiceMissing {
        service,
        region: region.map(str::to_owned),
        interface,
        catalog: listed,
    }))
}
