//! What is done to servers.

use serde::Deserialize;
use serde_json::{Value, json};

use super::versions;
use crate::cloud::call::Call;
use crate::cloud::{ApiError, Cloud, ServerId, ServiceKind};

#[derive(Deserialize)]
struct Console {
    output: String,
}

fn action(server: &ServerId, body: Value) -> Call {
    Call::post(ServiceKind::Compute, &["servers", server.as_str(), "action"], body).version(versions::GENERAL)
}

impl Cloud {
    /// Shelves a server. One that boots from a volume is offloaded at once; wait until it is `SHELVED_OFFLOADED` without a
    /// task. Its volumes are `reserved` then, each by a new attachment.
    ///
    /// # Errors
    /// See [`ApiError`]; 409 in a state that cannot be shelved.
    pub async fn shelve(&self, server: &ServerId) -> Result<(), ApiError> {
        self.perform(action(server, json!({ "shelve": null }))).await?;
        Ok(())
    }

    /// Takes a shelved server off its compute host.
    ///
    /// # Errors
    /// See [`ApiError`]; 409 unless it is `SHELVED`.
    pub async fn shelve_offload(&self, server: &ServerId) -> Result<(), ApiError> {
        self.perform(action(server, json!({ "shelveOffload": null }))).await?;
        Ok(())
    }

    /// Starts a shelved server; its volumes are connected anew. Wait until it is `ACTIVE` without a task.
    ///
    /// # Errors
    /// See [`ApiError`]; 409 unless it is shelved.
    pub async fn unshelve(&self, server: &ServerId) -> Result<(), ApiError> {
        self.perform(action(server, json!({ "unshelve": null }))).await?;
        Ok(())
    }

    /// Stops a server: its guest may shut down by itself for some time, and is cut off then. Wait until it is `SHUTOFF` without a
    /// task.
    ///
    /// # Errors
    /// See [`ApiError`]; 409 unless it is `ACTIVE` or in `ERROR`.
    pub async fn stop(&self, server: &ServerId) -> Result<(), ApiError> {
        self.perform(action(server, json!({ "os-stop": null }))).await?;
        Ok(())
    }

    /// Starts a server that is stopped. Wait until it is `ACTIVE` without a task.
    ///
    /// # Errors
    /// See [`ApiError`]; 409 unless it is `SHUTOFF`.
    pub async fn start(&self, server: &ServerId) -> Result<(), ApiError> {
        self.perform(action(server, json!({ "os-start": null }))).await?;
        Ok(())
    }

    /// The last `lines` lines of a server's console.
    ///
    /// # Errors
    /// See [`ApiError`]; 404 or 409 while it is on no compute host.
    pub async fn console_output(&self, server: &ServerId, lines: u32) -> Result<String, ApiError> {
        // A POST that only reads.
        let call = action(server, json!({ "os-getConsoleOutput": { "length": lines } })).only_reads();
        Ok(self.fetch::<Console>(call).await?.output)
    }
}
