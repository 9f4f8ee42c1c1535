//! The sites of a target: the two storage clusters.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::Value;

use super::Shell;
use crate::diagnostic::Location;

/// A storage cluster.
#[derive(Clone, PartialEq, Debug)]
pub struct Site {
    /// What people call it, such as `site-a`.
    pub name: String,
    /// The `backend_id` that `failover-host` takes for it: `default` for the primary site, that of the
    /// `replication_device` for the secondary one. None lets the driver choose.
    pub backend_id: Option<String>,
    /// What the service's `active_backend_id` says when the backend is there, if it is another word than `backend_id`.
    pub active_backend_id: Option<String>,
    /// How to reach a shell there; none if it cannot be asked.
    pub shell: Option<Shell>,
    /// What stands before every command there, such as `cephadm shell --`; may be empty.
    pub prefix: String,
    /// What stands after every `rbd`, such as `--cluster ceph --id cinder`; may be empty.
    pub rbd_arguments: String,
    /// The RBD pool of the volumes.
    pub pool: Option<String>,
    /// What stands in place of `rbd_arguments` where an administrator is needed, and after every `ceph`.
    pub admin_arguments: Option<String>,
    /// The path of the cluster's ceph.conf on the host of cinder-volume.
    pub ceph_conf: Option<String>,
    /// The UUID of libvirt's secret for the cluster on the compute hosts.
    pub libvirt_secret: Option<String>,
    /// What connection info says when it points here.
    pub connection: SiteConnection,
    /// Where the target declares it.
    pub at: Location,
}

impl Site {
    /// The cephx user of cinder-volume at the site: `auth_username` of its connection.
    #[must_use]
    pub fn cinder_user(&self) -> Option<&str> {
        self.connection.fields().get("auth_username")?.as_str()
    }

    /// The line of cinder.conf that makes an RBD backend replicate to this site, as the driver reads it
    /// (`volume/drivers/rbd.py`, `_parse_replication_configs`). What the target does not say is left out where the driver has
    /// a default.
    #[must_use]
    pub fn replication_device(&self) -> String {
        let id = self.backend_id.as_deref().unwrap_or(&self.name);
        let parts = [
            ("conf", self.ceph_conf.as_deref()),
            ("user", self.cinder_user()),
            ("secret_uuid", self.libvirt_secret.as_deref()),
        ];
        let given = parts
            .into_iter()
            .filter_map(|(key, value)| Some(format!(",{key}:{}", value?)));
        format!("replication_device = backend_id:{id}{}", given.collect::<String>())
    }
}

/// The fields of connection info that name a site, with their values there.
#[derive(Clone, PartialEq, Default)]
pub struct SiteConnection(pub(super) BTreeMap<String, Value>);

impl SiteConnection {
    /// The fields, by name. Values are texts, numbers, truth values, or lists of those.
    #[must_use]
    pub fn fields(&self) -> &BTreeMap<String, Value> {
        &self.0
    }
}

impl fmt::Debug for SiteConnection {
    /// Without the values of fields that may hold secrets. Cinder masks by the same words (oslo.utils'
    /// `mask_dict_password`).
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut map = formatter.debug_map();
        for (field, value) in &self.0 {
            if ["password", "secret", "key", "token"]
                .iter()
                .any(|word| field.to_ascii_lowercase().contains(word))
            {
                map.entry(field, &"***");
            } else {
                map.entry(field, &value.to_string());
            }
        }
        map.finish()
    }
}
