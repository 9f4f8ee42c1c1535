//! clouds.yaml and secure.yaml.

use std::path::Path;

use crate::cloud::{CloudConfig, Environment};

/// A clouds.yaml with the cloud `simcloud`, or none.
pub(super) fn clouds_yaml(bytes: &[u8]) {
    let environment = Environment::isolated(Path::new("/nowhere"));
    match CloudConfig::of_bytes("simcloud", Path::new("clouds.yaml"), bytes, &environment) {
        Ok(config) => assert!(config.auth_url.has_host()),
        Err(error) => {
            assert!(!error.to_string().is_empty());
            error.help();
        }
    }
}
