//! One cloud as clouds.yaml writes it, before anything is made of it.

use std::collections::{BTreeMap, BTreeSet};
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

/// Keys of `auth` for ways to log in, or scopes, that the harness does not have: who writes one means it, so none is passed over.
/// (keystoneauth1, `identity/v3`, the options of its plugins)
const FOREIGN_AUTH_KEYS: [&str; 18] = [
    "system_scope",
    "trust_id",
    "auth_methods",
    "passcode",
    "token",
    "auth_token",
    "identity_provider",
    "protocol",
    "client_id",
    "client_secret",
    "access_token",
    "access_token_endpoint",
    "discovery_endpoint",
    "openid_scope",
    "consumer_key",
    "access_key",
    "service_provider",
    "mutual_auth",
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
/// Values are kept as they are written, so a password of digits stays what it is.
#[derive(Clone, Default, PartialEq, Eq)]
pub(super) struct CloudEntry {
    pub(super) settings: BTreeMap<String, String>,
    pub(super) auth: BTreeMap<String, String>,
    pub(super) regions: Vec<RegionEntry>,
    /// The keys of [`FOREIGN_AUTH_KEYS`] that have a value, whatever it is.
    pub(super) foreign_auth: BTreeSet<String>,
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
        } else if FOREIGN_AUTH_KEYS.contains(&key) && !value.is_empty() {
            self.foreign_auth.insert(key.to_owned());
        }
    }

    /// Puts `over` over this: what it has wins, what it has not stays.
    pub(super) fn merge(&mut self, over: CloudEntry) {
        self.settings.extend(over.settings);
        self.auth.extend(over.auth);
        self.foreign_auth.extend(over.foreign_auth);
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
                let mut under_auth = AuthEntry::default();
                while let Some(key) = map.next_key::<String>()? {
                    let key = normal(&key);
                    match key.as_str() {
                        "auth" => {
                            under_auth = map.next_value::<Option<AuthEntry>>()?.unwrap_or_default();
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
                entry.auth.extend(under_auth.values);
                entry.foreign_auth.extend(under_auth.foreign);
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

/// The content of `auth`. Keys without a meaning may have any value.
#[derive(Default)]
struct AuthEntry {
    values: BTreeMap<String, String>,
    foreign: BTreeSet<String>,
}

impl<'de> Deserialize<'de> for AuthEntry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct AuthVisitor;

        impl<'de> Visitor<'de> for AuthVisitor {
            type Value = AuthEntry;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("who logs in, and where")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<AuthEntry, A::Error> {
                let mut auth = AuthEntry::default();
                while let Some(key) = map.next_key::<String>()? {
                    let key = normal(&key);
                    if AUTH_KEYS.contains(&key.as_str()) {
                        if let Some(value) = map.next_value::<Option<String>>()? {
                            auth.values.insert(key, value);
                        }
                    } else {
                        let is_there = map.next_value::<Option<IgnoredAny>>()?.is_some();
                        if is_there && FOREIGN_AUTH_KEYS.contains(&key.as_str()) {
                            auth.foreign.insert(key);
                        }
                    }
                }
                Ok(auth)
            }
        }

        deserializer.deserialize_map(AuthVisitor)
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
