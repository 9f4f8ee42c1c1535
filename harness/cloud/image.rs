//! Glance (<https://docs.openstack.org/api-ref/image/v2/>).

use serde::Deserialize;

use super::by_name::{Identified, choose};
use super::call::Call;
use super::{ApiError, Cloud, ImageId, ServiceKind};

/// An image that guests are made of.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Image {
    /// Its id.
    pub id: ImageId,
    /// Its name; Glance lets an image have none.
    #[serde(default)]
    pub name: Option<String>,
    /// `queued`, `saving`, `active`, `deactivated`, …
    pub status: String,
    /// `raw`, `qcow2`, … A raw image that lies in the same Ceph cluster is cloned, and the clone cannot be mirrored unless
    /// the image is.
    #[serde(default)]
    pub disk_format: Option<String>,
    /// The size of its data in bytes.
    #[serde(default)]
    pub size: Option<u64>,
    /// The smallest disk that it fits on, in GiB.
    #[serde(default)]
    pub min_disk: u64,
    /// The least memory that it runs with, in MiB.
    #[serde(default)]
    pub min_ram: u64,
    /// The user to log in as, where the image says it.
    #[serde(default)]
    pub os_admin_user: Option<String>,
    /// The distribution, where the image says it: `ubuntu`, `debian`, …
    #[serde(default)]
    pub os_distro: Option<String>,
}

impl Identified for Image {
    fn id(&self) -> &str {
        self.id.as_str()
    }

    fn name(&self) -> &str {
        self.name.as_deref().unwrap_or_default()
    }
}

impl Cloud {
    /// All images that the project may use.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn images(&self) -> Result<Vec<Image>, ApiError> {
        self.list(Call::get(ServiceKind::Image, &["images"]), "images").await
    }

    /// An image by id or name.
    ///
    /// # Errors
    /// See [`ApiError`]; if there is none, the error lists those that there are, and if there are several of the name, their
    /// ids.
    pub async fn image_by_name_or_id(&self, name_or_id: &str) -> Result<Image, ApiError> {
        // Only an id can be asked for directly: Glance answers 400 or an HTML 404 to other texts, by its release.
        if uuid::Uuid::try_parse(name_or_id).is_ok()
            && let Some(image) = self
                .fetch_if_exists(Call::get(ServiceKind::Image, &["images", name_or_id]))
                .await?
        {
            return Ok(image);
        }
        let named = Call::get(ServiceKind::Image, &["images"]).query("name", name_or_id);
        let named: Vec<Image> = self.list(named, "images").await?;
        if !named.is_empty() {
            return choose("image", name_or_id, named);
        }
        // The whole list is only for saying what there is; public clouds have hundreds.
        choose("image", name_or_id, self.images().await?)
    }
}
