//! The cinder-volume service of the backend that is drilled.

use super::context::Context;
use crate::cloud::Service;
use crate::failure::Failure;

/// The service row of the backend.
///
/// # Errors
/// The API did not answer, or the cloud has no such backend; then the backends that it has are named.
pub async fn volume_service(context: &Context) -> Result<Service, Failure> {
    let services = context.cloud.services(None).await?;
    let volume_services = || services.iter().filter(|service| service.binary == "cinder-volume");
    let backend = context.backend.to_string();
    if let Some(service) = volume_services().find(|service| service.host == backend) {
        return Ok(service.clone());
    }
    let hosts: Vec<&str> = volume_services().map(|service| service.host.as_str()).collect();
    Err(
        Failure::cloud(format!("the cloud has no cinder-volume service {backend}"))
            .detail(
                "expected",
                format!("the backend that target {} names", context.target.name),
            )
            .detail(
                "seen",
                if hosts.is_empty() {
                    "no cinder-volume service at all".to_owned()
                } else {
                    hosts.join(", ")
                },
            )
            .help("set `backend` in the target to one of these, as `host@backend`"),
    )
}

/// Whether a service takes work: it reports, and nobody has disabled it.
#[must_use]
pub fn is_up(service: &Service) -> bool {
    service.state == "up"
}

/// A service row in words.
#[must_use]
pub fn words(service: &Service) -> String {
    let mut words = format!(
        "{}, {}, replication_status {}",
        service.state,
        service.status,
        service.replication_status.as_deref().unwrap_or("none")
    );
    if let Some(active) = service.active_backend_id.as_deref().filter(|active| !active.is_empty()) {
        words.push_str(&format!(", active_backend_id {active}"));
    }
    if service.frozen == Some(true) {
        words.push_str(", frozen");
    }
    if let Some(reason) = service.disabled_reason.as_deref().filter(|reason| !reason.is_empty()) {
        words.push_str(&format!(", disabled because: {reason}"));
    }
    words
}
