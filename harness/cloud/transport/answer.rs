//! A service's answer and what is read from it.

use std::collections::BTreeMap;
use std::iter::repeat;
use std::marker::PhantomData;
use std::time::Duration;

use reqwest::StatusCode;
use reqwest::header::{CONTENT_TYPE, HeaderMap, LOCATION, WWW_AUTHENTICATE};
use serde::de::{DeserializeOwned, DeserializeSeed, IgnoredAny};

use crate::cloud::error::{
    ApiError, ApiErrorKind, Asked, Heard, answer_message, is_service_error, redact_json_error, redacted_beginning,
};

use super::page::{Identified, Page, PageOf};
use super::paging::{self, Query};

/// A complete answer. It has no `Debug`, because bodies hold secrets.
pub(crate) struct Answer {
    pub(crate) asked: Asked,
    pub(crate) attempts: u32,
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
    pub(crate) request_id: Option<String>,
    pub(crate) retry_after: Option<Duration>,
    /// How many answers the service gave by then, and how many of them were whole.
    pub(crate) heard: Heard,
}

/// A page of a list.
pub(crate) struct Listing<Item> {
    /// Its members, and the `id` of each that has one.
    pub(crate) items: Vec<(Option<String>, Item)>,
    /// The query of the service's link to the next page; nothing on the last.
    pub(crate) next: Option<Query>,
}

impl Answer {
    /// The answer if its status is a success, otherwise the error that it is.
    pub(crate) fn success(self) -> Result<Self, ApiError> {
        if self.status.is_success() {
            return Ok(self);
        }
        let kind = ApiErrorKind::Answered {
            status: self.status.as_u16(),
            message: self.message(),
            retry_after: self.retry_after,
            location: self.header(LOCATION.as_str()),
            by_service: match self.status {
                StatusCode::UNAUTHORIZED => self.is_keystones(),
                _ => self.request_id.is_some() && is_service_error(&self.body),
            },
        };
        Err(self.error(kind))
    }

    /// Whether a 401 is that of keystonemiddleware, or of Keystone, by the header that it gives or by the form of its body.
    pub(crate) fn is_keystones(&self) -> bool {
        let scheme = self.header(WWW_AUTHENTICATE.as_str());
        scheme.is_some_and(|scheme| scheme.trim_start().to_ascii_lowercase().starts_with("keystone"))
            || is_service_error(&self.body)
    }

    /// The message of an answer that is an error.
    pub(crate) fn message(&self) -> Option<String> {
        answer_message(&self.body)
    }

    /// A header as text.
    pub(crate) fn header(&self, name: &str) -> Option<String> {
        self.headers.get(name)?.to_str().ok().map(str::to_owned)
    }

    /// An error about this answer's request.
    pub(crate) fn error(&self, kind: ApiErrorKind) -> ApiError {
        ApiError::about(self.asked.clone(), kind, self.request_id.clone(), self.attempts)
    }

    /// The body read as JSON of the shape of `T`.
    pub(crate) fn json<T: DeserializeOwned>(&self) -> Result<T, ApiError> {
        self.read(PhantomData::<T>)
    }

    fn read<'de, Seed: DeserializeSeed<'de>>(&'de self, seed: Seed) -> Result<Seed::Value, ApiError> {
        let mut deserializer = serde_json::Deserializer::from_slice(&self.body);
        let mut track = serde_path_to_error::Track::new();
        let value = seed.deserialize(serde_path_to_error::Deserializer::new(&mut deserializer, &mut track));
        let value = value.map_err(|cause| {
            if cause.is_data() {
                self.wrong_shape(track.path().to_string(), &cause)
            } else {
                self.not_json(&cause)
            }
        })?;
        deserializer.end().map_err(|error| self.not_json(&error))?;
        Ok(value)
    }

    /// The body read as a page of the list `collection`, whose members are of the shape of `Item`.
    pub(crate) fn listing<Item: DeserializeOwned>(&self, collection: &str) -> Result<Listing<Item>, ApiError> {
        let Page { items, mut links } = self.read(PageOf::<Item>::new(collection))?;
        let next = paging::next(&mut links, &self.headers).map_err(|link| {
            self.error(ApiErrorKind::ListIncomplete {
                collection: collection.to_owned(),
                why: format!(
                    "it continues at a link that cannot be followed: {}",
                    redacted_beginning(link.as_bytes())
                ),
            })
        })?;
        let Some(items) = items else {
            return Err(self.error(ApiErrorKind::WrongShape {
                status: self.status.as_u16(),
                path: collection.to_owned(),
                message: "it is missing".to_owned(),
                beginning: redacted_beginning(&self.body),
                heard: self.heard,
            }));
        };
        // Items that are no objects have no ids.
        let identified = self.read(PageOf::<Identified>::new(collection));
        let identified = identified.ok().and_then(|page| page.items).unwrap_or_default();
        let ids = identified.into_iter().map(Identified::id).chain(repeat(None));
        let items = ids.zip(items).collect();
        Ok(Listing { items, next })
    }

    fn wrong_shape(&self, path: String, cause: &serde_json::Error) -> ApiError {
        self.error(ApiErrorKind::WrongShape {
            status: self.status.as_u16(),
            // A path is made of the body's own names, and words may quote one; a strange body has long ones.
            path: if path == "." {
                "the top".to_owned()
            } else {
                redacted_beginning(path.as_bytes())
            },
            message: redacted_beginning(redact_json_error(cause).as_bytes()),
            beginning: redacted_beginning(&self.body),
            heard: self.heard,
        })
    }

    fn not_json(&self, cause: &serde_json::Error) -> ApiError {
        self.error(ApiErrorKind::NotJson {
            status: self.status.as_u16(),
            content_type: self.header(CONTENT_TYPE.as_str()),
            beginning: redacted_beginning(&self.body),
            message: redacted_beginning(cause.to_string().as_bytes()),
            heard: self.heard,
        })
    }
}

/// Whether a body is what a service answers to a read: one JSON object, and nothing after it.
pub(super) fn is_whole(body: &[u8]) -> bool {
    str::from_utf8(body).is_ok_and(|body| serde_json::from_str::<BTreeMap<String, IgnoredAny>>(body).is_ok())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::cloud::ServiceKind;

    proptest! {
        #[test]
        fn no_body_is_too_strange(body in proptest::collection::vec(any::<u8>(), 0..300), json in r#"[\[\]{}":,0-9a-z \\]{0,80}"#) {
            for body in [body, json.into_bytes()] {
                let url = "http://box/".parse().unwrap();
                let answer = Answer {
                    asked: Asked::new(ServiceKind::BlockStorage, &reqwest::Method::GET, &url, false),
                    attempts: 1,
                    status: StatusCode::OK,
                    headers: HeaderMap::new(),
                    body,
                    request_id: None,
                    retry_after: None,
                    heard: Heard::default(),
                };
                let read = answer.json::<BTreeMap<String, u64>>().err();
                let listed = answer.listing::<u64>("things").err();
                for error in read.into_iter().chain(listed) {
                    prop_assert!(error.to_string().contains("http://box/"));
                }
                answer.message();
            }
        }
    }
}
