//! A page of a list, read into its items at once: thousands of volumes on a hundred pages are not read into a tree first.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Map, Value};

use super::paging;

/// A page of the list that is a member of its body.
pub(super) struct Page<Item> {
    /// Its items; none if there is no such member.
    pub(super) items: Option<Vec<Item>>,
    /// The members that may lead to the next page.
    pub(super) links: Map<String, Value>,
}

/// Reads a page of the list that is the member of this name.
pub(super) struct PageOf<'a, Item> {
    collection: &'a str,
    item: PhantomData<Item>,
}

/// What an item is recognized by on two pages.
#[derive(Deserialize)]
pub(super) struct Identified {
    /// Whatever stands there.
    #[serde(default)]
    id: Value,
}

impl Identified {
    /// Its id, if it is a text.
    pub(super) fn id(self) -> Option<String> {
        match self.id {
            Value::String(id) => Some(id),
            _ => None,
        }
    }
}

impl<Item> PageOf<'_, Item> {
    pub(super) fn new(collection: &str) -> PageOf<'_, Item> {
        PageOf {
            collection,
            item: PhantomData,
        }
    }
}

impl<'de, Item: DeserializeOwned> DeserializeSeed<'de> for PageOf<'_, Item> {
    type Value = Page<Item>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Page<Item>, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, Item: DeserializeOwned> Visitor<'de> for PageOf<'_, Item> {
    type Value = Page<Item>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a map")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Page<Item>, A::Error> {
        let mut page = Page {
            items: None,
            links: Map::new(),
        };
        while let Some(key) = map.next_key::<Cow<'de, str>>()? {
            if key == self.collection {
                page.items = Some(map.next_value()?);
            } else if paging::may_lead_on(&key) {
                page.links.insert(key.into_owned(), map.next_value()?);
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(page)
    }
}
