//! The keys that guests let the harness in with.

use serde::Deserialize;
use serde_json::json;

use super::versions;
use crate::cloud::call::Call;
use crate::cloud::{ApiError, Cloud, ServiceKind};

/// A key of the user's. Keypairs belong to a user and not to a project, and have no id but their name.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Keypair {
    /// Its name.
    pub name: String,
    /// The public key, a line of authorized_keys.
    pub public_key: String,
    /// Its MD5 fingerprint.
    #[serde(default)]
    pub fingerprint: Option<String>,
}

#[derive(Deserialize)]
struct KeypairEnvelope {
    keypair: Keypair,
}

const PATH: &str = "os-keypairs";

impl Cloud {
    /// Gives Nova a public key to put into guests.
    ///
    /// # Errors
    /// See [`ApiError`]; 409 if the name is taken.
    pub async fn create_keypair(&self, name: &str, public_key: &str) -> Result<Keypair, ApiError> {
        let body = json!({ "keypair": { "name": name, "type": "ssh", "public_key": public_key } });
        let call = Call::post(ServiceKind::Compute, &[PATH], body).version(versions::GENERAL);
        Ok(self.fetch::<KeypairEnvelope>(call).await?.keypair)
    }

    /// A keypair, if it exists.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn keypair_if_exists(&self, name: &str) -> Result<Option<Keypair>, ApiError> {
        let call = Call::get(ServiceKind::Compute, &[PATH, name]).version(versions::GENERAL);
        Ok(self
            .fetch_if_exists::<KeypairEnvelope>(call)
            .await?
            .map(|found| found.keypair))
    }

    /// The keypairs of the user.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn keypairs(&self) -> Result<Vec<Keypair>, ApiError> {
        let call = Call::get(ServiceKind::Compute, &[PATH]).version(versions::GENERAL);
        let all: Vec<KeypairEnvelope> = self.list(call, "keypairs").await?;
        Ok(all.into_iter().map(|found| found.keypair).collect())
    }

    /// Deletes a keypair. Guests that have the key keep it.
    ///
    /// # Errors
    /// See [`ApiError`]; 404 if it does not exist.
    pub async fn delete_keypair(&self, name: &str) -> Result<(), ApiError> {
        self.perform(Call::delete(ServiceKind::Compute, &[PATH, name]).version(versions::GENERAL))
            .await?;
        Ok(())
    }
}
