//! Cinder's peculiar ways to write values.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, Visitor};
use serde_json::Value;

/// A truth that may be written as text: `bootable` is "true", `replication_enabled` of a pool may be `<is> True`.
pub(super) fn truth<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    struct Truth;

    impl Visitor<'_> for Truth {
        type Value = bool;

        fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            formatter.write_str("true or false, as truth or as text")
        }

        fn visit_bool<E>(self, truth: bool) -> Result<bool, E> {
            Ok(truth)
        }

        fn visit_str<E: Error>(self, text: &str) -> Result<bool, E> {
            match text.to_lowercase().trim_start_matches("<is>").trim() {
                "true" => Ok(true),
                "false" => Ok(false),
                _ => Err(E::invalid_value(serde::de::Unexpected::Str(text), &self)),
            }
        }

        // Services give null for a flag that was never set.
        fn visit_unit<E>(self) -> Result<bool, E> {
            Ok(false)
        }
    }

    deserializer.deserialize_any(Truth)
}

/// Text where the empty one means the same as none: `active_backend_id` is `""` after fail-back and may be null before.
pub(super) fn text_or_none<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(Option::<String>::deserialize(deserializer)?.filter(|text| !text.is_empty()))
}

/// A value that may be null where another service, driver or release leaves it out or gives an empty one.
pub(super) fn null_as_empty<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Ok(Option::<T>::deserialize(deserializer)?.unwrap_or_default())
}

/// A value that may be null and may be missing, where the difference matters: missing is hidden, null is not yet known.
pub(super) fn present<'de, D, T>(deserializer: D) -> Result<Option<Option<T>>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    Option::<T>::deserialize(deserializer).map(Some)
}

/// The ids of replication targets: texts, or the `backend_id` of whatever else a driver says of them. PowerFlex gives all of
/// `replication_device`, its password too (`volume/drivers/dell_emc/powerflex/driver.py`, `replication_targets`): that goes no further.
pub(super) fn target_ids<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let targets = Option::<Vec<Value>>::deserialize(deserializer)?.unwrap_or_default();
    let id = |target: &Value| {
        target
            .as_str()
            .or_else(|| target.get("backend_id")?.as_str())
            .map(str::to_owned)
    };
    Ok(targets.iter().filter_map(id).collect())
}
