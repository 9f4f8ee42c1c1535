//! A server to be made.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::cloud::{FlavorId, ImageId, NetworkId, VolumeId};

/// What a server's root disk is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Boot {
    /// A volume, which outlives the server.
    Volume(VolumeId),
    /// A disk on the compute host, filled with an image.
    Image(ImageId),
}

/// A server to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewServer {
    /// Its name, and the guest's host name.
    pub name: String,
    /// Its flavor.
    pub flavor: FlavorId,
    /// Its network; without one Nova chooses (`auto`).
    pub network: Option<NetworkId>,
    /// Its root disk.
    pub boot: Boot,
    /// The key that its user is reached with.
    pub key_name: Option<String>,
    /// Its metadata.
    pub metadata: BTreeMap<String, String>,
    /// Whether it gets its key by a config drive instead of the metadata service; Nova's own choice without a value.
    pub config_drive: Option<bool>,
}

impl NewServer {
    pub(super) fn body(&self) -> Value {
        let mut server = Map::new();
        let mut put = |key: &str, value: Value| server.insert(key.to_owned(), value);
        put("name", json!(self.name));
        put("flavorRef", json!(self.flavor));
        put("metadata", json!(self.metadata));
        put(
            "networks",
            match &self.network {
                Some(network) => json!([{ "uuid": network }]),
                None => json!("auto"),
            },
        );
        match &self.boot {
            Boot::Image(image) => put("imageRef", json!(image)),
            Boot::Volume(volume) => put(
                "block_device_mapping_v2",
                json!([{
                    "boot_index": 0,
                    "uuid": volume,
                    "source_type": "volume",
                    "destination_type": "volume",
                    "delete_on_termination": false,
                }]),
            ),
        };
        if let Some(key_name) = &self.key_name {
            put("key_name", json!(key_name));
        }
        if let Some(config_drive) = self.config_drive {
            put("config_drive", json!(config_drive));
        }
        json!({ "server": server })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_body_is_what_was_recorded_on_the_lab() {
        let mut new = NewServer {
            name: "test-bfv-server".to_owned(),
            flavor: "c1".into(),
            network: Some("afea971d-87d3-43da-b096-6b3ab9ecbcc4".into()),
            boot: Boot::Volume("c68d9b55-5bfd-42b5-a5a7-b395229f2023".into()),
            key_name: None,
            metadata: BTreeMap::new(),
            config_drive: None,
        };
        // The recording itself is not kept, since its answer has a password; metadata is added, which a drill always has.
        let recorded = r#"{"server":{"name":"test-bfv-server","flavorRef":"c1","metadata":{},"networks":[{"uuid":"afea971d-87d3-43da-b096-6b3ab9ecbcc4"}],"block_device_mapping_v2":[{"boot_index":0,"uuid":"c68d9b55-5bfd-42b5-a5a7-b395229f2023","source_type":"volume","destination_type":"volume","delete_on_termination":false}]}}"#;
        assert_eq!(new.body(), serde_json::from_str::<Value>(recorded).unwrap());
        new.boot = Boot::Image("85fcbdaf-ca45-431d-a2ca-226e97c08fec".into());
        new.network = None;
        new.key_name = Some("drill".to_owned());
        new.config_drive = Some(true);
        let recorded = r#"{"server":{"name":"test-bfv-server","flavorRef":"c1","metadata":{},"networks":"auto","imageRef":"85fcbdaf-ca45-431d-a2ca-226e97c08fec","key_name":"drill","config_drive":true}}"#;
        assert_eq!(new.body(), serde_json::from_str::<Value>(recorded).unwrap());
    }
}
