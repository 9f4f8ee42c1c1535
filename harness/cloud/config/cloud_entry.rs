//! One cloud as clouds.yaml writes it, before anything is made of it.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};

/// Keys that belong under `auth`, and that openstacksdk takes from beside it too.
const AUTH_KEYS: [&str; 20] = [
    "auth_url",
    "username",
    "user_id",
    "password",
    "project_name",
    "project_id",
    "tenant_name",
    "tenant_id",
    "user_domain_name",
    "user_domain_id",
    "project_domain_name",
    "project_domain_id",
    "domain_name",
    "domain_id",
    "default_domain",
    "default_domain_name",
    "default_domain_id",
    "application_credential_id",
    "application_credential_name",
    "application_credential_secret",
];

/// Keys beside `auth` that mean something to the harness.
const SETTINGS: [&str; 11] = [
    "profile",
    "cloud",
    "auth_type",
    "region_name",
    "interface",
    "endpoint_type",
    "verify",
    "insecure",
    "cacert",
    "cert",
    "key",
];

const ENDPOINT_OVERRIDE: &str = "_endpoint_override";

/// One cloud, as yet without meaning. It has no `Debug`, because a password may be in it.
///
/// Values are kept as they are written, so that a password of digits stays what it is.
#[derive(Clone, Default, PartialEq, Eq)]
pub(super) struct CloudEntry {
    pub(super) settings: BTreeMap<String, String>,
    pub(super) auth: BTreeMap<String, String>,
    pub(super) regions: Vec<RegionEntry>,
}

/// One of a cloud's `regions`: a name, and what is different there.
#[derive(Clone, Default, PartialEq, Eq)]
pub(super) struct RegionEntry {
    pub(super) name: String,
    pub(super) values: CloudEntry,
}

impl CloudEntry {
    /// Files `value` where its key belongs; keys without a meaning for the harness are dropped.
    pub(super) fn insert(&mut self, key: &str, value: String) {
        if AUTH_KEYS.contains(&key) {
            self.auth.insert(key.to_owned(), value);
        } else if is_setting(key) {
            self.settings.insert(key.to_owned(), value);
        }
    }

    /// Puts `over` over this: what it has wins, what it has not stays.
    pub(super) fn merge(&mut self, over: CloudEntry) {
        self.settings.extend(over.settings);
        self.auth.extend(over.auth);
        if !over.regions.is_empty() {
            self.regions = over.regions;
        }
    }

    pub(super) fn setting(&self, key: &str) -> Option<&str> {
        self.settings
            .get(key)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    }

    pub(super) fn auth(&self, key: &str) -> Option<&str> {
        self.auth.get(key).map(String::as_str).filter(|value| !value.is_empty())
    }
}

fn is_setting(key: &str) -> bool {
    SETTINGS.contains(&key) || key.ends_with(ENDPOINT_OVERRIDE)
}

/// openstacksdk takes `region-name` for `region_name`.
fn normal(key: &str) -> String {
    key.replace('-', "_")
}

impl<'de> Deserialize<'de> for CloudEntry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct EntryVisitor;

        impl<'de> Visitor<'de> for EntryVisitor {
            type Value = CloudEntry;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("the settings of a cloud")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<CloudEntry, A::Error> {
                let mut entry = CloudEntry::default();
                let mut under_auth = BTreeMap::new();
                while let Some(key) = map.next_key::<String>()? {
                    let key = normal(&key);
                    match key.as_str() {
                        "auth" => {
                            let auth: Option<BTreeMap<String, Option<String>>> = map.next_value()?;
                            under_auth = auth.unwrap_or_default();
                        }
                        "regions" => entry.regions = map.next_value::<Option<Vec<RegionEntry>>>()?.unwrap_or_default(),
                        key if AUTH_KEYS.contains(&key) || is_setting(key) => {
                            if let Some(value) = map.next_value::<Option<String>>()? {
                                entry.insert(key, value);
                            }
                        }
                        _ => {
                            map.next_value::<IgnoredAny>()?;
                        }
                    }
                }
                for (key, value) in under_auth {
                    if let Some(value) = value {
                        entry.auth.insert(normal(&key), value);
                    }
                }
                Ok(entry)
            }

            fn visit_unit<E>(self) -> Result<CloudEntry, E> {
                Ok(CloudEntry::default())
            }

            fn visit_none<E>(self) -> Result<CloudEntry, E> {
                Ok(CloudEntry::default())
            }
        }

        deserializer.deserialize_map(EntryVisitor)
    }
}

impl<'de> Deserialize<'de> for RegionEntry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct RegionVisitor;

        impl<'de> Visitor<'de> for RegionVisitor {
            type Value = RegionEntry;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("the name of a region, or its name and values")
            }

            fn visit_str<E>(self, name: &str) -> Result<RegionEntry, E> {
                Ok(RegionEntry {
                    name: name.to_owned(),
                    values: CloudEntry::default(),
                })
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<RegionEntry, A::Error> {
                let mut region = RegionEntry::default();
                while let Some(key) = map.next_key::<String>()? {
                    match key.as_str() {
                        "name" => region.name = map.next_value()?,
                        "values" => region.values = map.next_value()?,
                        _ => {
                            map.next_value::<IgnoredAny>()?;
                        }
                    }
                }
                Ok(region)
            }
        }

        deserializer.deserialize_any(RegionVisitor)
    }
}
