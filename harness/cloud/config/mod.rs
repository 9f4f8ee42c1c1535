//! Which cloud, and as whom: clouds.yaml and the OS_* variables, by the rules of openstacksdk
//! (<https://docs.openstack.org/openstacksdk/latest/user/config/configuration.html>).

mod cloud_config;
mod cloud_entry;
mod credential;
mod environment;
mod error;
mod files;
mod one_entry;
mod resolve;
mod variables;

#[cfg(test)]
pub use cloud_config::Tls;
pub use cloud_config::{CloudConfig, Interface, Timeouts, Verification};
pub use credential::{Credential, DomainReference, ProjectReference, UserReference};
pub use environment::Environment;
pub use error::CloudConfigError;
