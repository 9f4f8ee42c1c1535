//! The OS_* variables as a cloud.

use super::cloud_entry::CloudEntry;
use super::environment::Environment;

/// The name under which the variables are a cloud, openstacksdk's.
pub(super) const CLOUD_NAME: &str = "envvars";

/// Makes a cloud of the variables: OS_REGION_NAME is `region_name`, and so on.
pub(super) fn entry(environment: &Environment) -> CloudEntry {
    let mut entry = CloudEntry::default();
    for (name, value) in environment.openstack_variables() {
        let key = name["OS_".len()..].to_lowercase();
        // OS_CLOUD names a cloud of clouds.yaml for other tools; here it would be taken for a vendor profile.
        if key == "cloud" {
            continue;
        }
        entry.insert(&key, value.to_owned());
    }
    entry
}
