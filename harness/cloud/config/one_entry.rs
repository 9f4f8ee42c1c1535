//! Reads one entry of clouds.yaml and no other: nobody's run depends on what the others hold, which may be ways to log in that
//! the harness does not have, or nothing. openstacksdk does the same.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};

use super::cloud_entry::CloudEntry;

/// Reads a file whose member `section` maps names to entries.
#[derive(Clone, Copy)]
pub(super) struct FileSeed<'a> {
    pub(super) section: &'static str,
    pub(super) name: &'a str,
}

/// What a file has of the wanted entry.
#[derive(Default)]
pub(super) struct Found {
    /// The entry; none if the file has none of that name.
    pub(super) entry: Option<CloudEntry>,
    /// The names of the others, sorted.
    pub(super) others: Vec<String>,
}

/// Reads the mapping of names to entries.
struct SectionSeed<'a>(&'a str);

impl<'de> DeserializeSeed<'de> for FileSeed<'_> {
    type Value = Found;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Found, D::Error> {
        deserializer.deserialize_option(self)
    }
}

impl<'de> Visitor<'de> for FileSeed<'_> {
    type Value = Found;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "a mapping with `{}`", self.section)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Found, A::Error> {
        let mut found = Found::default();
        while let Some(key) = map.next_key::<String>()? {
            if key == self.section {
                found = map.next_value_seed(SectionSeed(self.name))?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(found)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Found, D::Error> {
        deserializer.deserialize_map(self)
    }

    fn visit_none<E>(self) -> Result<Found, E> {
        Ok(Found::default())
    }

    fn visit_unit<E>(self) -> Result<Found, E> {
        Ok(Found::default())
    }
}

impl<'de> DeserializeSeed<'de> for SectionSeed<'_> {
    type Value = Found;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Found, D::Error> {
        deserializer.deserialize_option(self)
    }
}

impl<'de> Visitor<'de> for SectionSeed<'_> {
    type Value = Found;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("clouds by their names")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Found, A::Error> {
        let mut found = Found::default();
        while let Some(name) = map.next_key::<String>()? {
            if name == self.0 {
                // One without anything says what it lacks when it is used.
                found.entry = Some(map.next_value::<Option<CloudEntry>>()?.unwrap_or_default());
            } else {
                map.next_value::<IgnoredAny>()?;
                found.others.push(name);
            }
        }
        found.others.sort_unstable();
        Ok(found)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Found, D::Error> {
        deserializer.deserialize_map(self)
    }

    fn visit_none<E>(self) -> Result<Found, E> {
        Ok(Found::default())
    }

    fn visit_unit<E>(self) -> Result<Found, E> {
        Ok(Found::default())
    }
}
