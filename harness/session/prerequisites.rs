//! What every volume and server of a run stands on.

use std::collections::BTreeMap;

use crate::cloud::{FlavorId, ImageId, NetworkId};

/// What is looked up or made once for all volumes and servers of a run.
#[derive(Clone)]
pub struct Prerequisites {
    pub(crate) flavor: FlavorId,
    pub(crate) network: NetworkId,
    pub(crate) key_name: String,
    pub(crate) images: BTreeMap<String, ImageId>,
    /// Cinder's name of each volume type, by its name in the target, and whether it selects replication.
    pub(crate) volume_types: BTreeMap<String, (String, bool)>,
}
