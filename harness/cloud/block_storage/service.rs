//! Cinder's services, and fail-over, which is of a service.

use serde::Deserialize;
use serde_json::{Value, json};

use super::fields::text_or_none;
use super::versions;
use crate::cloud::call::Call;
use crate::cloud::{ApiError, BackendHost, Cloud, ServiceKind};

/// A cinder-volume service: the row that fail-over changes.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Service {
    /// `cinder-volume`.
    pub binary: String,
    /// `host@backend`.
    pub host: String,
    /// `enabled` or `disabled`; a failed-over service is disabled.
    pub status: String,
    /// `up` or `down`: whether it has reported within the last minute.
    pub state: String,
    /// `enabled`, `disabled`, `failing-over`, `failed-over`, `failover-error`, `not-capable`, `error`. It says nothing of
    /// the volumes, which may be `error` under a service that is `failed-over`.
    #[serde(default)]
    pub replication_status: Option<String>,
    /// The replication target that is active; nothing while the backend is on its primary site (Cinder says null before the
    /// first fail-over, and `""` after a fail-back).
    #[serde(default, deserialize_with = "text_or_none")]
    pub active_backend_id: Option<String>,
    /// Whether the backend is frozen.
    #[serde(default)]
    pub frozen: Option<bool>,
    /// Why it is disabled: `failed-over` after a fail-over that Cinder counts as done.
    #[serde(default, deserialize_with = "text_or_none")]
    pub disabled_reason: Option<String>,
    /// When the row was last written, UTC, without a zone: `2026-11-23T12:16:18.000000`.
    #[serde(default)]
    pub updated_at: Option<String>,
    /// The cluster of an active-active service.
    #[serde(default)]
    pub cluster: Option<String>,
    /// Whether the driver reports its backend `up`; not given while the service is disabled.
    #[serde(default)]
    pub backend_state: Option<String>,
}

/// The `backend_id` by which Cinder fails back (Cinder's `volume/manager.py`, `failover`: `secondary_id == "default"`).
pub const FAILBACK_ID: &str = "default";

/// Whether a request to this URL asks for a failover or a failback.
#[must_use]
pub fn is_failover(url: &str) -> bool {
    url.ends_with("/os-services/failover_host")
}

impl Cloud {
    /// The cinder-volume services, or the one of `host`. Needs an administrator.
    ///
    /// # Errors
    /// See [`ApiError`]; 403 for users who are not administrators.
    pub async fn services(&self, host: Option<&BackendHost>) -> Result<Vec<Service>, ApiError> {
        let mut call = Call::get(ServiceKind::BlockStorage, &["os-services"])
            .version(versions::GENERAL)
            .query("binary", "cinder-volume");
        if let Some(host) = host {
            call = call.query("host", host.to_string());
        }
        let mut services: Vec<Service> = self.list(call, "services").await?;
        if let Some(host) = host {
            services.retain(|service| host.holds(&service.host));
        }
        Ok(services)
    }

    /// Fails a backend over to `backend_id`, to one that the driver chooses (nothing), or back (`default`).
    ///
    /// Cinder answers 202 before it has done anything, also to an unknown `backend_id`: watch the service and then the
    /// volumes. It is sent once, whatever comes of it.
    ///
    /// # Errors
    /// See [`ApiError`]; 400 for a host that Cinder does not know or whose service is not in a state to fail over.
    pub async fn failover_host(&self, host: &BackendHost, backend_id: Option<&str>) -> Result<(), ApiError> {
        self.perform_once(failover(host, backend_id)).await?;
        Ok(())
    }

    /// The same for who has seen that the cloud does nothing with it when it refuses a token: it is sent again with a new one,
    /// as other changes are.
    ///
    /// # Errors
    /// As [`Cloud::failover_host`].
    pub async fn failover_host_again(&self, host: &BackendHost, backend_id: Option<&str>) -> Result<(), ApiError> {
        self.perform(failover(host, backend_id)).await?;
        Ok(())
    }

    /// Freezes a backend: nothing is made or deleted on it, and its service is disabled.
    ///
    /// # Errors
    /// See [`ApiError`]; 400 for one that is frozen already, or whose service is down.
    pub async fn freeze_host(&self, host: &BackendHost) -> Result<(), ApiError> {
        let body = json!({ "host": host.to_string() });
        let call = Call::put(ServiceKind::BlockStorage, &["os-services", "freeze"], body).version(versions::GENERAL);
        self.perform(call).await?;
        Ok(())
    }

    /// Thaws a backend that is frozen, and enables its service.
    ///
    /// # Errors
    /// See [`ApiError`]; 404 for a host that Cinder does not know.
    pub async fn thaw_host(&self, host: &BackendHost) -> Result<(), ApiError> {
        let body = json!({ "host": host.to_string() });
        let call = Call::put(ServiceKind::BlockStorage, &["os-services", "thaw"], body).version(versions::GENERAL);
        self.perform(call).await?;
        Ok(())
    }

    /// Enables the cinder-volume service of a backend: the scheduler gives it work again.
    ///
    /// # Errors
    /// See [`ApiError`]; 404 for a host that Cinder does not know.
    pub async fn enable_service(&self, host: &BackendHost) -> Result<(), ApiError> {
        let body = json!({ "host": host.to_string(), "binary": "cinder-volume" });
        let call = Call::put(ServiceKind::BlockStorage, &["os-services", "enable"], body).version(versions::GENERAL);
        self.perform(call).await?;
        Ok(())
    }
}

fn failover(host: &BackendHost, backend_id: Option<&str>) -> Call {
    let mut body = json!({ "host": host.to_string() });
    if let Some(backend_id) = backend_id {
        body["backend_id"] = Value::from(backend_id);
    }
    Call::put(ServiceKind::BlockStorage, &["os-services", "failover_host"], body).version(versions::FAILOVER)
}
