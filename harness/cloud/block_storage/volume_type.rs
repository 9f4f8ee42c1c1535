//! Volume types.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::json;

use super::versions;
use crate::cloud::call::Call;
use crate::cloud::{ApiError, Cloud, ServiceKind, VolumeTypeId};

/// A volume type: the choice of a backend and of replication.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct VolumeType {
    /// Its id.
    pub id: VolumeTypeId,
    /// Its name.
    pub name: String,
    /// Whether every project may use it.
    #[serde(default)]
    pub is_public: bool,
    /// What it asks of a backend; shown to administrators only.
    #[serde(default)]
    pub extra_specs: BTreeMap<String, String>,
}

impl VolumeType {
    /// Whether volumes of this type are replicated. Drivers compare the text: only `<is> True` counts.
    pub fn is_replicated(&self) -> bool {
        self.extra_specs
            .get("replication_enabled")
            .is_some_and(|value| value == "<is> True")
    }
}

#[derive(Deserialize)]
struct VolumeTypeEnvelope {
    volume_type: VolumeType,
}

impl Cloud {
    /// All volume types, private ones too.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn volume_types(&self) -> Result<Vec<VolumeType>, ApiError> {
        let call = Call::get(ServiceKind::BlockStorage, &["types"])
            .version(versions::GENERAL)
            // Without it Cinder lists public types only.
            .query("is_public", "None");
        self.list(call, "volume_types").await
    }

    /// Makes a public volume type. Needs an administrator.
    ///
    /// # Errors
    /// See [`ApiError`]; 409 if the name is taken.
    pub async fn create_volume_type(
        &self,
        name: &str,
        extra_specs: &BTreeMap<String, String>,
    ) -> Result<VolumeType, ApiError> {
        let body = json!({ "volume_type": { "name": name, "extra_specs": extra_specs } });
        let call = Call::post(ServiceKind::BlockStorage, &["types"], body).version(versions::GENERAL);
        Ok(self.fetch::<VolumeTypeEnvelope>(call).await?.volume_type)
    }

    /// Makes a volume type that no project may use. Needs an administrator.
    ///
    /// # Errors
    /// See [`ApiError`]; 409 if the name is taken.
    pub async fn create_private_volume_type(
        &self,
        name: &str,
        extra_specs: &BTreeMap<String, String>,
    ) -> Result<VolumeType, ApiError> {
        let body = json!({ "volume_type": {
            "name": name,
            "extra_specs": extra_specs,
            "os-volume-type-access:is_public": false,
        } });
        let call = Call::post(ServiceKind::BlockStorage, &["types"], body).version(versions::GENERAL);
        Ok(self.fetch::<VolumeTypeEnvelope>(call).await?.volume_type)
    }

    /// Adds extra specs to a volume type, or changes them. Needs an administrator.
    ///
    /// # Errors
    /// See [`ApiError`]; 400 while volumes have the type, unless Cinder is configured to allow it.
    pub async fn add_extra_specs(
        &self,
        id: &VolumeTypeId,
        extra_specs: &BTreeMap<String, String>,
    ) -> Result<(), ApiError> {
        let body = json!({ "extra_specs": extra_specs });
        let path = ["types", id.as_str(), "extra_specs"];
        self.perform(Call::post(ServiceKind::BlockStorage, &path, body).version(versions::GENERAL))
            .await?;
        Ok(())
    }

    /// Deletes a volume type. Needs an administrator.
    ///
    /// # Errors
    /// See [`ApiError`]; 400 while volumes have the type.
    pub async fn delete_volume_type(&self, id: &VolumeTypeId) -> Result<(), ApiError> {
        let call = Call::delete(ServiceKind::BlockStorage, &["types", id.as_str()]).version(versions::GENERAL);
        self.perform(call).await?;
        Ok(())
    }
}
