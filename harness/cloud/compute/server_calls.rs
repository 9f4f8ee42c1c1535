//! Making, finding and deleting servers.

use serde::Deserialize;

use super::new_server::NewServer;
use super::server::Server;
use super::versions;
use crate::cloud::call::Call;
use crate::cloud::{ApiError, Cloud, ServerId, ServiceKind};

#[derive(Deserialize)]
struct ServerEnvelope {
    server: Server,
}

#[derive(Deserialize)]
struct CreatedEnvelope {
    server: Created,
}

/// All that Nova says of a server that it has only accepted; the rest of the answer is an unused password.
#[derive(Deserialize)]
struct Created {
    id: ServerId,
}

fn server_call(id: &ServerId) -> Call {
    Call::get(ServiceKind::Compute, &["servers", id.as_str()]).version(versions::GENERAL)
}

impl Cloud {
    /// Asks for a server. It is in `BUILD` then; wait until it is `ACTIVE`.
    ///
    /// # Errors
    /// See [`ApiError`]; 403 if the quota is used up.
    pub async fn create_server(&self, new: &NewServer) -> Result<ServerId, ApiError> {
        let call = Call::post(ServiceKind::Compute, &["servers"], new.body()).version(versions::GENERAL);
        Ok(self.fetch::<CreatedEnvelope>(call).await?.server.id)
    }

    /// A server.
    ///
    /// # Errors
    /// See [`ApiError`]; 404 if it does not exist.
    pub async fn server(&self, id: &ServerId) -> Result<Server, ApiError> {
        Ok(self.fetch::<ServerEnvelope>(server_call(id)).await?.server)
    }

    /// A server, if it exists.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn server_if_exists(&self, id: &ServerId) -> Result<Option<Server>, ApiError> {
        Ok(self
            .fetch_if_exists::<ServerEnvelope>(server_call(id))
            .await?
            .map(|found| found.server))
    }

    /// All that Nova says of a server, for people who look for the cause of a failure. It may hold secrets.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn raw_server(&self, id: &ServerId) -> Result<serde_json::Value, ApiError> {
        let call = Call::get(ServiceKind::Compute, &["servers", id.as_str()]).version(versions::GENERAL);
        self.fetch(call).await
    }

    /// The servers of this project, to find one whose answer to creation got lost by its metadata.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn servers(&self) -> Result<Vec<Server>, ApiError> {
        let call = Call::get(ServiceKind::Compute, &["servers", "detail"]).version(versions::GENERAL);
        self.list(call, "servers").await
    }

    /// The servers of this project whose names match a regular expression, as Nova's database understands it.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn servers_named(&self, pattern: &str) -> Result<Vec<Server>, ApiError> {
        let call = Call::get(ServiceKind::Compute, &["servers", "detail"])
            .version(versions::GENERAL)
            .query("name", pattern);
        self.list(call, "servers").await
    }

    /// Asks for the deletion of a server; wait until it is gone. Its volumes stay.
    ///
    /// # Errors
    /// See [`ApiError`]; 404 if it does not exist.
    pub async fn delete_server(&self, id: &ServerId) -> Result<(), ApiError> {
        let call = Call::delete(ServiceKind::Compute, &["servers", id.as_str()]).version(versions::GENERAL);
        self.perform(call).await?;
        Ok(())
    }
}
